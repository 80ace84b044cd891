"""Own texts for sections of a profile's system prompt: a person's, a repository's, a packet's. The last wins.

`FOLDER/SECTION.md` counts for every family, `FOLDER/FAMILY/SECTION.md` for one, and over the other. An empty file takes
the section out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from codergen.errors import UsageError
from codergen.profiles.native_data import FamilyData, Variant
from prompts import Prompt, own

REPOSITORY = Path(".codergen") / "prompts"
"""Below a repository's root."""
SIZE = 64_000
"""Largest text that is taken, in bytes."""


def overrides(
    data: FamilyData, variant: Variant, folders: Iterable[Path], packet: Mapping[str, str] | None = None
) -> dict[str, Prompt]:
    """Section -> the text in its place, from folders (the later wins) and then from a packet.

    Raises UsageError for a file that names no section of this profile, is too large or no text.
    """
    found: dict[str, Prompt] = {}
    for folder in folders:
        found |= _files(folder, variant, known=frozenset(variant.sections), strict=False)
        found |= _files(folder / data.family, variant, known=frozenset(variant.sections), strict=True)
    for name, text in (packet or {}).items():
        if name in variant.sections:
            found[name] = own(f"packet/{name}", text)
    return found


def _files(folder: Path, variant: Variant, *, known: frozenset[str], strict: bool) -> dict[str, Prompt]:
    """`strict`: the folder is this family's own, so a name that it has no section for is a mistake."""
    out: dict[str, Prompt] = {}
    for path in sorted(folder.glob("*.md")):
        if path.stem in known:
            out[path.stem] = own(str(path), _text(path))
        elif strict:
            raise UsageError(
                f"{path}: there is no prompt section {path.stem!r}", remedy=f"there are: {', '.join(variant.sections)}"
            )
    return out


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > SIZE:
            raise UsageError(f"{path}: {len(data):,} bytes", remedy=f"a section of a prompt has at most {SIZE:,}")
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", remedy="a readable UTF-8 file, or none") from error
