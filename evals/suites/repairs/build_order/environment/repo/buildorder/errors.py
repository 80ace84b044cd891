class BuildError(Exception):
    pass


class MissingTarget(BuildError):
    def __init__(self, name):
        super().__init__(f"no rule for {name}")
        self.name = name


class CycleError(BuildError):
    """Targets that need each other; `path` begins and ends with the same one."""

    def __init__(self, path):
        super().__init__(" -> ".join(path))
        self.path = list(path)
