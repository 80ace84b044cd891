"""Reading what others wrote: JSON of unknown shape, paths inside a box, install folders. Never raises for its input."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, cast

from router.stations.vendor_cli.reading import Reading

_ELF = b"\x7fELF"
_OWN_SANDBOX = "No permissions to create new namespace"
_MIN_FAILURES = 2


def table(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under `name`; an empty one for anything else."""
    value = record.get(name)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def tables(record: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The objects in the list under `name`."""
    value = record.get(name)
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", item) for item in items if isinstance(item, dict)]


def whole(value: object) -> int | None:
    """A whole number, which `True` is not."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def relative(path: str, inside: str) -> str:
    """A path as the workspace's own files are named; one elsewhere stays as it is."""
    pure = PurePosixPath(path)
    return str(pure.relative_to(inside)) if pure.is_relative_to(inside) else path


def always_failing(reading: Reading) -> str:
    """Every command failed, and with words that only a missing permission of the tool itself explains."""
    failed = [answer.content for call, answer in reading.done if call.kind == "shell" and answer.is_error]
    ran = sum(call.kind == "shell" for call, _ in reading.done)
    if failed and len(failed) == ran and all(_OWN_SANDBOX in text for text in failed):
        return "its own sandbox cannot work within ours"
    same = {text.strip() for text in failed}
    if ran >= _MIN_FAILURES and len(failed) == ran and len(same) == 1 and "/dev/null" in "".join(same):
        return f"none of its commands could be started: {same.pop()[:200]}"
    return ""


def installed(found: Path, patterns: Sequence[str]) -> Path | None:
    """The first file that fits one of `patterns` below the npm tree that `found` (a launcher, a package, a prefix)
    belongs to."""
    real = found.resolve()
    trees = [real / "node_modules", real / "lib" / "node_modules"]
    trees += [parent for parent in (real, *real.parents) if parent.name == "node_modules"]
    for tree in trees:
        for pattern in patterns:
            for candidate in sorted(tree.glob(pattern)):
                if candidate.is_file():
                    return candidate.resolve()
    return None


def native(path: Path) -> Path | None:
    """The file itself, links followed, when it is a native program and no launching script."""
    real = path.resolve()
    try:
        with real.open("rb") as file:
            return real if file.read(len(_ELF)) == _ELF else None
    except OSError:
        return None
