"""What a person sees: each listener is a callable that takes events."""
