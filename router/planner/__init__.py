"""Which stations try, in which order. Pure."""
