"""A station without a language model: searches single AST edits."""
