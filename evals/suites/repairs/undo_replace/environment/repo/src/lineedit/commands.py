"""Changes that can be taken back. A command is applied to one buffer, undone, and perhaps applied again."""


class Insert:
    def __init__(self, position, text):
        self.position = position
        self.text = text

    def apply(self, buffer):
        buffer.insert(self.position, self.text)

    def undo(self, buffer):
        buffer.cut(self.position, len(self.text))

    @property
    def cursor(self):
        return self.position + len(self.text)


class Delete:
    def __init__(self, position, length):
        self.position = position
        self.length = length
        self.removed = None

    def apply(self, buffer):
        self.removed = buffer.cut(self.position, self.length)

    def undo(self, buffer):
        buffer.insert(self.position, self.removed)

    @property
    def cursor(self):
        return self.position


class Replace:
    def __init__(self, position, length, text):
        self.position = position
        self.length = length
        self.text = text

    def apply(self, buffer):
        buffer.cut(self.position, self.length)
        buffer.insert(self.position, self.text)

    def undo(self, buffer):
        buffer.cut(self.position, len(self.text))

    @property
    def cursor(self):
        return self.position + len(self.text)


class Group:
    """Several commands that are undone as one."""

    def __init__(self):
        self.commands = []

    def apply(self, buffer):
        for command in self.commands:
            command.apply(buffer)

    def undo(self, buffer):
        for command in reversed(self.commands):
            command.undo(buffer)

    @property
    def cursor(self):
        return self.commands[-1].cursor if self.commands else 0
