"""Tools of MCP servers. `config.py` and `names.py` are light; the rest loads the package mcp, so it is imported only
where there are servers to start."""
