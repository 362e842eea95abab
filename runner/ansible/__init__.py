"""What plugins and modules in Python that are written for Ansible import from it."""
