"""opsplay and ansible-core, side by side on the same playbooks."""
