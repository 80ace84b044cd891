"""Options of `codergen prompt`: what a profile tells its model, section by section."""

from pathlib import Path

from codergen.cli.nouns import Nouns


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verb."""
    noun = nouns.add_parser("prompt", help="what a profile tells its model", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="show")
    show = verbs.add_parser("show", help="the system prompt of a profile, by section", allow_abbrev=False)
    show.add_argument("--profile", required=True, metavar="P", help="claude, codex, gemini, captured")
    show.add_argument("--model", default="", metavar="ID", help="a model of the family (default: its newest)")
    show.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="whose sections count (default: here)")
    show.add_argument("--diff", action="store_true", help="what your own sections change")
    show.add_argument("--json", action="store_true", help="one JSON document, with hashes")
    show.set_defaults(handler="codergen.cli.prompt_show:show")
