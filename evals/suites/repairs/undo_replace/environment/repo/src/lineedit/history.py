from contextlib import contextmanager

from .commands import Group


class History:
    def __init__(self, buffer, limit=100):
        self.buffer = buffer
        self.limit = limit
        self._done = []
        self._undone = []
        self._group = None

    def run(self, command):
        command.apply(self.buffer)
        if self._group is not None:
            self._group.commands.append(command)
        else:
            self._remember(command)
        return command

    def _remember(self, command):
        self._done.append(command)
        del self._done[: -self.limit]
        self._undone.clear()

    @contextmanager
    def grouped(self):
        if self._group is not None:
            yield
            return
        self._group = Group()
        try:
            yield
        finally:
            group, self._group = self._group, None
            if group.commands:
                self._remember(group)

    def undo(self):
        if not self._done:
            return None
        command = self._done.pop()
        command.undo(self.buffer)
        self._undone.append(command)
        return command

    def redo(self):
        if not self._undone:
            return None
        command = self._undone.pop()
        command.apply(self.buffer)
        self._done.append(command)
        return command
