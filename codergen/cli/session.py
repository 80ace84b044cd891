"""`codergen session VERB`: what is kept of conversations, and going on with them."""

import argparse

from codergen.cli.nouns import Nouns
from codergen.cli.run import MODES

_VERBS = "codergen.cli.session_verbs"
_CHANGES = "codergen.cli.session_changes"
_WHICH = "id, a unique beginning or end of it, or `last`"
_AT = "turn after which to go on, as `session show` numbers them; 0 is before the first"

EXAMPLES = """\
examples:
  codergen session list
  codergen session rewind last --to 2 --both
  codergen session import claude-code last
"""


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen session`."""
    parser = nouns.add_parser(
        "session",
        help="conversations that are kept: list, show, go on, go back",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    list_ = _verb(verbs, "list", "newest first", f"{_VERBS}:list_sessions", which=False)
    list_.add_argument("--cwd", metavar="DIR", help="only those of this workspace")
    show = _verb(verbs, "show", "its conversation, to read", f"{_VERBS}:show_session")
    show.add_argument("--turns", action="store_true", help="one line a turn")
    export = _verb(verbs, "export", "one document that needs nothing else", f"{_VERBS}:export_session", json=False)
    export.add_argument("--format", choices=("json", "markdown"), default="json")
    export.add_argument("-o", "--out", metavar="FILE", help="default: standard output")
    fork = _verb(verbs, "fork", "a new session that goes on from a point of this one", f"{_CHANGES}:fork_session")
    fork.add_argument("--at", type=int, metavar="N", help=f"{_AT}; default: the last")
    _rewind(_verb(verbs, "rewind", "back to the end of an earlier turn; undoable", f"{_CHANGES}:rewind_session"))
    take = _verb(
        verbs, "import", "go on here with a session of another tool", f"{_CHANGES}:import_session", which=False
    )
    take.add_argument("tool", choices=("claude-code", "codex", "gemini"))
    take.add_argument("which", metavar="ID|FILE", help="its id there, a unique beginning, the file, or `last`")
    _resume(_verb(verbs, "resume", "one more turn, headless", "codergen.cli.session_turn:resume_session", json=False))


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",  # pyright: ignore[reportPrivateUsage]
    name: str,
    text: str,
    handler: str,
    *,
    which: bool = True,
    json: bool = True,
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, allow_abbrev=False)
    if which:
        verb.add_argument("which", metavar="ID", help=_WHICH)
    if json:
        verb.add_argument("--json", action="store_true", help="one JSON document")
    verb.set_defaults(handler=handler)
    return verb


def _rewind(verb: argparse.ArgumentParser) -> None:
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", type=int, metavar="N", help=_AT)
    where.add_argument("--undo", action="store_true", help="undo the last rewind (an undo too)")
    what = verb.add_mutually_exclusive_group()
    for name, text in (
        ("conversation", "what was said, not the files (the default)"),
        ("files", "the files, not what was said; the model is told"),
        ("both", "the two of them"),
    ):
        what.add_argument(f"--{name}", action="store_const", const=name, dest="what", help=text)
    verb.set_defaults(what="conversation")


def _resume(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="`-` reads it from standard input")
    verb.add_argument("--cwd", metavar="DIR", help="default: the workspace it began in")
    verb.add_argument("--model", default="", metavar="PROVIDER:MODEL", help="default: the model it was last with")
    verb.add_argument("--profile", default="", metavar="P", help="default: the model's own")
    verb.add_argument("--sandbox", default="auto", metavar="KIND")
    verb.add_argument("--approval", choices=MODES, help="what may be done unasked (default: auto, in the sandbox)")
    verb.add_argument("--max-turns", type=int, default=50, metavar="N", help="answers of the model (default: 50)")
    verb.add_argument("--timeout", type=float, default=1800.0, metavar="S", help="seconds (default: 1800)")
    verb.add_argument("--budget", metavar="USD", help="dollars after which it stops")
    verb.add_argument("--output", choices=("text", "json", "jsonl"), default="text")
    verb.add_argument("-q", "--quiet", action="store_true", help="no live steps on standard error")
