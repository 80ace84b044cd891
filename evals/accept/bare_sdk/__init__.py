"""One call with a vendor's SDK and nothing else, to hold our processor time against. Run as programs."""
