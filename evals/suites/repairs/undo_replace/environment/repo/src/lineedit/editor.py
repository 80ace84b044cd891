from .buffer import Buffer
from .commands import Delete, Insert, Replace
from .history import History


class Editor:
    """What the key bindings call: a cursor, a selection, typing and replacing."""

    def __init__(self, text=""):
        self.buffer = Buffer(text)
        self.history = History(self.buffer)
        self.cursor = len(text)
        self.selection = None

    @property
    def text(self):
        return str(self.buffer)

    def select(self, start, end):
        self.selection = (min(start, end), max(start, end))

    def type(self, text):
        if self.selection:
            start, end = self.selection
            command = Replace(start, end - start, text)
        else:
            command = Insert(self.cursor, text)
        self._run(command)

    def backspace(self):
        if self.selection:
            start, end = self.selection
            self._run(Delete(start, end - start))
        elif self.cursor:
            self._run(Delete(self.cursor - 1, 1))

    def replace_all(self, old, new):
        """How many were replaced."""
        count = 0
        with self.history.grouped():
            position = self.buffer.find(old)
            while position is not None:
                self._run(Replace(position, len(old), new))
                count += 1
                position = self.buffer.find(old, position + len(new))
        return count

    def undo(self):
        self.history.undo()
        self._settle()

    def redo(self):
        self.history.redo()
        self._settle()

    def _run(self, command):
        self.history.run(command)
        self.cursor = command.cursor
        self.selection = None

    def _settle(self):
        self.cursor = min(self.cursor, len(self.buffer))
        self.selection = None
