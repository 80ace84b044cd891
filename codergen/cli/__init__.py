"""Composition root: every command, one file per noun."""
