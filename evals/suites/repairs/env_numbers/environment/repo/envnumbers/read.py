from envnumbers.limits import Limit, OutOfRange


def read_number(environ, name, default, kind=int, limit=None, warnings=None):
    """The number in `environ[name]`; `default` and a warning if it is unusable, `default` alone if it is unset."""
    warnings = [] if warnings is None else warnings
    text = environ.get(name)
    if text is None or not text.strip():
        return default
    try:
        return (limit or Limit()).check(kind(text))
    except TypeError:
        warnings.append(f"{name}: not a number: {text!r}")
    except OutOfRange as problem:
        warnings.append(f"{name}: {problem}")
    return default


class Reader:
    def __init__(self, environ, prefix=""):
        self.environ = environ
        self.prefix = prefix
        self.warnings = []

    def integer(self, name, default, low=None, high=None):
        return read_number(self.environ, self.prefix + name, default, int, Limit(low, high), self.warnings)

    def real(self, name, default, low=None, high=None):
        return read_number(self.environ, self.prefix + name, default, float, Limit(low, high), self.warnings)
