class Buffer:
    """Text, with the two operations that everything else is made of."""

    def __init__(self, text=""):
        self._text = text

    def __str__(self):
        return self._text

    def __len__(self):
        return len(self._text)

    def insert(self, position, text):
        if not 0 <= position <= len(self._text):
            raise IndexError(f"position {position} is outside the text")
        self._text = self._text[:position] + text + self._text[position:]

    def cut(self, position, length):
        """Remove and return a stretch."""
        if length < 0 or not 0 <= position <= len(self._text) - length:
            raise IndexError(f"{length} characters at {position} are outside the text")
        removed = self._text[position : position + length]
        self._text = self._text[:position] + self._text[position + length :]
        return removed

    def find(self, needle, start=0):
        """Position of the next occurrence, or None."""
        position = self._text.find(needle, start)
        return None if position < 0 else position

    def line_of(self, position):
        return self._text.count("\n", 0, position) + 1
