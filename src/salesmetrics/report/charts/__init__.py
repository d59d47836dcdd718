"""Charts: small SVG of our own, each with its finding in a sentence and its table."""
