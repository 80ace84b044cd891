from dataclasses import asdict, dataclass, field

PRIORITIES = ("low", "normal", "high")


@dataclass
class Task:
    number: int
    text: str
    priority: str = "normal"
    tags: list = field(default_factory=list)
    done: bool = False

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, data):
        return cls(**data)

    @property
    def rank(self):
        return -PRIORITIES.index(self.priority)


def split_tags(words):
    """Separate `#tags` from the other words."""
    tags = [word[1:] for word in words if word.startswith("#") and len(word) > 1]
    text = " ".join(word for word in words if not (word.startswith("#") and len(word) > 1))
    return text, tags
