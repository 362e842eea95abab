"""The walk over plays, blocks and steps, host by host."""
