"""Our tools held against what the vendors' tools were seen to say for the same calls."""
