"""The engine: reads, checks and walks playbooks; knows no protocol."""
