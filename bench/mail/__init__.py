"""The mail steps and their peers, side by side against the same servers."""
