"""The station we own (loop, profiles, tools, sandboxes) and the command line."""

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"


def _require_own_siblings() -> None:
    """Our packages have generic names; one that comes from somebody's repository must never be taken for ours."""
    here = Path(__file__).resolve().parent.parent
    for name in ("router", "providers", "prompts", "evals"):
        spec = find_spec(name)
        origin = spec.origin if spec else None
        if origin is None or Path(origin).resolve().parent.parent != here:
            found = Path(origin).resolve().parent if origin else "nothing"
            raise ImportError(
                f"codergen is installed in {here}, but the package {name!r} would come from {found}; "
                "start it by its console script `codergen`, with PYTHONPATH unset"
            )


_require_own_siblings()
