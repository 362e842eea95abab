"""Jinja2 filters and tests of the language: plain functions, one module a theme."""
