"""The execution boundary: one protocol, one file per backend."""
