"""Texts encrypted as ansible-vault encrypts them, and the passwords that open them."""
