"""Decisions and outcomes in SQLite; rows never leave the store."""
