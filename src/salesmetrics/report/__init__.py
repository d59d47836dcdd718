"""How results look: text for terminals, HTML for notebooks."""
