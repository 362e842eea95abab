"""What can be known of this machine: for each subset a function that gives facts by their names."""
