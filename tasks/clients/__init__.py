"""Protocol clients; they know no Context."""
