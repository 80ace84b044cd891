"""The Messages API on the package anthropic."""
