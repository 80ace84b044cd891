from .buffer import Buffer
from .commands import Delete, Insert, Replace
from .editor import Editor
from .history import History

__all__ = ["Buffer", "Delete", "Editor", "History", "Insert", "Replace"]
