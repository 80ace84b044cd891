"""The embedded model: fetch, verify, serve on loopback, talk to it with the openai SDK."""
