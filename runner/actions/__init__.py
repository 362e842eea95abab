"""Words of the language that steer a run, one a file."""
