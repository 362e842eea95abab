"""The language as JSON Schema."""
