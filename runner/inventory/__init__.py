"""Hosts and groups: read once, merged in Ansible's order, frozen."""

from __future__ import annotations

from .model import Group, Host, Inventory
from .patterns import Selection, read_limit
from .sources import load

__all__ = ["Group", "Host", "Inventory", "Selection", "load", "read_limit"]
