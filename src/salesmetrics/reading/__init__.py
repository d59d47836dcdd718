"""Whatever people hold rows in, read into columns; every cell that cannot be used is named."""
