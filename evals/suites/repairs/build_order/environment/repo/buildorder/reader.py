from buildorder.errors import BuildError


def read(text):
    """`target: needs ...` by line; returns needs by target in the order of the file."""
    rules = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        target, colon, needs = line.partition(":")
        if not colon:
            raise BuildError(f"line {number}: no colon")
        rules.setdefault(target.strip(), []).extend(needs.split())
    return rules
