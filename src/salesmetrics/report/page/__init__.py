"""The page: one file that opens from disk, asks for nothing, and can be mailed."""
