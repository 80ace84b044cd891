"""The loop: conversation, requests, tool calls, limits, journal, session."""
