"""The evidence folder on disk: written all at once or not at all, and checked byte by byte against its manifest."""

import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from codergen.errors import CodergenError
from router.line.evidence import EvidenceItems, missing
from router.line.evidence_files import FILE_OF, json_bytes, render

MANIFEST = "manifest.json"
SCHEMA = 1


class EvidenceError(CodergenError):
    """Base of what goes wrong with an evidence folder.

    EvidenceError
    ├── EvidenceIncomplete   exit 1   `pr_ready` was to be written while a required item is missing
    ├── EvidenceExists       exit 2   the folder is there; evidence is never overwritten
    └── NotEvidence          exit 2   no folder, or a folder without a manifest
    """


class EvidenceIncomplete(EvidenceError):
    def __init__(self, lacking: tuple[str, ...]) -> None:
        self.lacking = lacking
        super().__init__(f"pr_ready needs evidence that is missing: {', '.join(lacking)}")


class EvidenceExists(EvidenceError):
    exit_code = 2

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"evidence is already there and is not overwritten: {folder}")


class NotEvidence(EvidenceError):
    exit_code = 2

    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"{folder}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One way in which a folder is not what was written."""

    path: str
    """Relative to the folder."""
    what: str


def write_folder(items: EvidenceItems, folder: Path) -> str:
    """Write everything beside `folder`, flush it, and give it its name; returns the manifest's `body_sha256`.

    Raises EvidenceIncomplete for an incomplete `pr_ready`, EvidenceExists, OSError. What a killed writer left is
    removed by the next one.
    """
    lacking = missing(items, items.required)
    if lacking and items.stop is not None and items.stop.terminal_state == "pr_ready":
        raise EvidenceIncomplete(lacking)
    if os.path.lexists(folder):
        raise EvidenceExists(folder)
    files = render(items)
    files[MANIFEST] = manifest_bytes(items.job_id, files, lacking)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for path, content in files.items():
        _write(partial / path, content)
    for inside in sorted({(partial / path).parent for path in files}):
        _sync(inside)
    partial.rename(folder)
    _sync(folder.parent)
    return str(json.loads(files[MANIFEST])["body_sha256"])


def verify_folder(folder: Path, *, body_sha256: str | None = None) -> list[Problem]:
    """Every difference between the folder and its manifest, sorted by path; empty is good.

    Finds changed, missing and added files, links, and a manifest that does not agree with itself or, when given,
    with a hash that was kept elsewhere. Raises NotEvidence when there is nothing to check.
    """
    if not folder.is_dir():
        raise NotEvidence(folder, "not a folder")
    if not os.path.lexists(folder / MANIFEST):
        raise NotEvidence(folder, f"no {MANIFEST} in it")
    found = dict(_walk(folder))
    odd = [Problem(path=path, what=what) for path, what in found.items() if what != "file"]
    if any(problem.path == MANIFEST for problem in odd):
        return odd
    text = (folder / MANIFEST).read_bytes()
    body = _body(text)
    if body is None:
        return [*odd, Problem(path=MANIFEST, what="changed: it does not agree with its own hash")]
    if body_sha256 is not None and body["body_sha256"] != body_sha256:
        odd.append(Problem(path=MANIFEST, what=f"not the one that was recorded ({body_sha256})"))
    listed = {str(entry["path"]): entry for entry in body["files"]}
    present = {path for path, what in found.items() if what == "file"} - {MANIFEST}
    problems = [
        *odd,
        *(Problem(path=p, what="added: not in the manifest") for p in present - listed.keys()),
        *(Problem(path=p, what="missing") for p in listed.keys() - found.keys()),
        *(p for path in present & listed.keys() if (p := _compare(folder, path, listed[path]))),
    ]
    return sorted(problems or _contradictions(folder, listed), key=lambda problem: problem.path)


def manifest_bytes(job_id: str, files: Mapping[str, bytes], lacking: tuple[str, ...]) -> bytes:
    """Sorted list of files with size and hash, and a hash over all of that. Pure."""
    entries = [{"path": p, "sha256": sha256(c).hexdigest(), "size": len(c)} for p, c in sorted(files.items())]
    body = {"schema_version": SCHEMA, "job_id": job_id, "files": entries, "missing_required": list(lacking)}
    return json_bytes({**body, "body_sha256": sha256(json_bytes(body)).hexdigest()})


def _body(text: bytes) -> dict[str, Any] | None:
    """The manifest, or None when it is not exactly what `manifest_bytes` writes."""
    try:
        value = cast(object, json.loads(text))
        if not isinstance(value, dict):
            return None
        body = cast(dict[str, Any], value)
        rest = {k: v for k, v in body.items() if k != "body_sha256"}
        same = text == json_bytes(body) and body["body_sha256"] == sha256(json_bytes(rest)).hexdigest()
        known = body["schema_version"] == SCHEMA and all(
            isinstance(e["path"], str) and isinstance(e["sha256"], str) and isinstance(e["size"], int)
            for e in body["files"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return body if same and known else None


def _compare(folder: Path, path: str, entry: Mapping[str, Any]) -> Problem | None:
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        return Problem(path=path, what=f"unreadable: {error.strerror}")
    if len(content) != entry["size"]:
        return Problem(path=path, what=f"changed: {len(content)} bytes instead of {entry['size']}")
    if sha256(content).hexdigest() != entry["sha256"]:
        return Problem(path=path, what="changed: same size, other content")
    return None


def _contradictions(folder: Path, listed: Mapping[str, object]) -> list[Problem]:
    """A whole folder can still claim too much: `pr_ready` without a file that its packet requires."""
    if "stop.json" not in listed:
        return []
    stop = cast(dict[str, Any], json.loads((folder / "stop.json").read_bytes()))
    if stop.get("terminal_state") != "pr_ready":
        return []
    absent = [name for name in stop.get("required", []) if FILE_OF.get(name) not in listed]
    return [Problem(path=FILE_OF.get(n, n), what=f"pr_ready without its required item {n!r}") for n in absent]


def _walk(folder: Path) -> list[tuple[str, str]]:
    """(path, "file" or what is wrong with it); links are named, never followed; empty folders are named too."""
    found: list[tuple[str, str]] = []
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            below = _walk(Path(entry.path))
            found += [(f"{entry.name}/{path}", what) for path, what in below] or [(entry.name, "added: empty folder")]
        elif stat.S_ISREG(mode):
            found.append((entry.name, "file"))
        else:
            found.append((entry.name, "a link" if stat.S_ISLNK(mode) else "not a regular file"))
    return found


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
