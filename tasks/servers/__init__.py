"""The embedded FTP and mail servers."""
