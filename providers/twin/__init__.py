"""A loopback server that behaves like a provider on the wire, for tests, offline use and recorded exchanges."""
