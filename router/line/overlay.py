"""The tree that is verified: base plus patch, with every trusted file written over it last."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from router.line.canary import PlantedFile
from router.line.protected import is_protected
from router.line.workspace import Patch, Repo


async def lay_tree(repo: Repo, patch: Patch | None, dest: Path, *, trusted: Path, protected: Sequence[str]) -> None:
    """Write base (and `patch`) into the new folder `dest`; then what is protected is as in `trusted`, nothing else.

    `trusted` is a checkout of base that no sandbox ever had. Files a sandbox left behind never travel: the tree comes
    from git objects, and compiled files count as protected.
    """
    await repo.checkout(dest, patch)
    restore(dest, trusted, protected)


def restore(dest: Path, trusted: Path, protected: Sequence[str]) -> None:
    """Make the protected part of `dest` equal to that of `trusted`: planted files go, changed ones come back."""
    kept = {path for path in walk(trusted) if is_protected(path, protected)}
    for path in sorted(set(walk(dest)) - kept):
        if is_protected(path, protected):
            (dest / path).unlink()
    for path in sorted(kept):
        _put(trusted / path, dest, path)


def write_planted(dest: Path, files: Iterable[PlantedFile]) -> None:
    """Put twins into the verifier's own copy."""
    for file in files:
        target = dest / file.path
        target.unlink()
        target.write_text(file.text, encoding="utf-8")


def remove(dest: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (dest / path).unlink(missing_ok=True)


def walk(root: Path) -> Iterator[str]:
    """Every file and link below a folder, relative, links not followed."""
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(root)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*files, *links):
            yield (below / name).as_posix()


def _put(source: Path, dest: Path, path: str) -> None:
    target = dest
    for part in Path(path).parts[:-1]:
        target = target / part
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            target.unlink()
        target.mkdir(exist_ok=True)
    target = dest / path
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
