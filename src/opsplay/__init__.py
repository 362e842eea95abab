"""opsplay: playbooks for the people who move files and mail."""

__version__ = "0.1.0"
