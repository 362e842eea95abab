"""The steps, one small module each."""
