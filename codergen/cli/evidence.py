"""`codergen evidence show|verify`: read a job's evidence folder, or find what was changed in it."""

import argparse
import json
import sys
from pathlib import Path

from codergen.cli.nouns import Nouns
from codergen.cli.text import printable
from codergen.errors import JournalDamaged
from codergen.journal import read
from codergen.settings import Settings
from router.line.evidence_folder import Problem, verify_folder
from router.line.job import EVIDENCE, find_job


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen evidence`."""
    parser = nouns.add_parser("evidence", help="show or check an evidence folder", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    show = verbs.add_parser("show", help="print the summary, and where the rest is", allow_abbrev=False)
    check = verbs.add_parser(
        "verify",
        help="find every byte that is not as it was written",
        description="Compare every file with the manifest. Exit 0: intact. Exit 10: changed, missing or added files.",
        allow_abbrev=False,
    )
    for verb, handler in ((show, show_folder), (check, check_folder)):
        verb.add_argument("which", metavar="DIR|JOB_ID", help="evidence folder, or the id of a job")
        verb.add_argument("--json", action="store_true", help="one JSON document")
        verb.set_defaults(handler=handler)


def show_folder(args: argparse.Namespace, settings: Settings) -> int:
    """Print summary.md, with --json the machine-readable parts too; 10, and a word first, when it was changed."""
    folder = _folder(args.which, settings)
    problems = _problems(folder)
    for problem in problems:
        sys.stderr.write(f"codergen: evidence was changed: {printable(problem.path)}: {problem.what}\n")
    page = folder / "summary.md"
    readable = page.is_file() and not page.is_symlink()
    text = printable(page.read_bytes().decode("utf-8", "replace")) if readable else ""
    if args.json:
        parts = {} if problems else {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
        rows = [{"path": problem.path, "what": problem.what} for problem in problems]
        document = {"folder": str(folder), "intact": not problems, "problems": rows, "summary": text, **parts}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        sys.stdout.write(text)
        sys.stderr.write(f"\nfolder: {folder}\n")
    return 10 if problems else 0


def check_folder(args: argparse.Namespace, settings: Settings) -> int:
    """0 intact, 10 with every difference named."""
    folder = _folder(args.which, settings)
    problems = _problems(folder)
    if args.json:
        rows = [{"path": problem.path, "what": problem.what} for problem in problems]
        sys.stdout.write(json.dumps({"folder": str(folder), "intact": not problems, "problems": rows}) + "\n")
    else:
        for problem in problems:
            sys.stdout.write(f"{printable(problem.path)}: {problem.what}\n")
        sys.stdout.write(f"{'not intact' if problems else 'intact'}: {folder}\n")
    return 10 if problems else 0


def _problems(folder: Path) -> list[Problem]:
    """Differences from the manifest, and of the manifest from the hash that the job's journal keeps."""
    journal = folder.parent / "journal.jsonl"
    if not journal.is_file():
        return verify_folder(folder)
    try:
        written = [line.data["body_sha256"] for line in read(journal).lines if line.kind == EVIDENCE]
    except JournalDamaged as error:
        return [Problem(path=str(journal), what=str(error)), *verify_folder(folder)]
    return verify_folder(folder, body_sha256=written[-1] if written else None)


def _folder(which: str, settings: Settings) -> Path:
    """A path that exists, else a job's evidence."""
    path = Path(which)
    return path if path.is_dir() else find_job(settings.jobs, which).evidence
