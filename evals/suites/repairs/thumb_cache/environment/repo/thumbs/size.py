from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    width: int
    height: int

    @classmethod
    def parse(cls, text):
        width, _, height = text.lower().partition("x")
        return cls(int(width), int(height))

    @property
    def area(self):
        return self.width * self.height


def fit(size, box):
    """The largest size of the same shape that fits into `box`; never larger than the picture itself."""
    if size.width <= box.width and size.height <= box.height:
        return size
    if size.width * box.height >= size.height * box.width:
        return Size(box.width, max(1, size.height * box.width // size.width))
    return Size(max(1, size.width * box.height // size.height), box.height)
