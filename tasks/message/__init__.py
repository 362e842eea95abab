"""Building and reading mail messages."""
