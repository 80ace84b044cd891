from todolist.cli import main

__all__ = ["main"]
