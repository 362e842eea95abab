"""From the text of a YAML file to values with places."""
