"""The FTP steps and their peers, side by side against the same server."""
