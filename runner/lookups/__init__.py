"""Lookups of the language: plain functions, one module a theme."""
