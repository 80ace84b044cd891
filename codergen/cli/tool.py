"""Options of `codergen tool`: the tools of a profile, shown and called as a model would."""

import argparse
from pathlib import Path

from codergen.cli.nouns import Nouns

EXAMPLES = """\
examples:
  codergen tool list --profile claude --json
  codergen tool run Read --profile claude --args '{"file_path": "README.md"}'
  codergen tool run apply_patch --profile codex --args - < change.patch
"""


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verbs."""
    noun = nouns.add_parser("tool", help="one call of a profile's tool, as a model would make it", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|run")
    listing = verbs.add_parser("list", help="the tools of a profile", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="as they go over the family's wire")
    run = verbs.add_parser(
        "run",
        help="one call; prints what the model would see, exits as the command did",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    run.add_argument("name", metavar="NAME", help="as `tool list` has it")
    run.add_argument("--args", default="{}", metavar="JSON", help="arguments; - reads them, or a free text, from stdin")
    run.add_argument("--cwd", type=Path, default=Path(), metavar="DIR", help="the workspace (default: here)")
    run.add_argument("--sandbox", default="auto", metavar="KIND", help="auto, bubblewrap or host (default: auto)")
    run.add_argument("--json", action="store_true", help="one document: content, details, error, state")
    for verb in (listing, run):
        verb.add_argument("--profile", required=True, metavar="P", help="claude, codex, gemini, captured")
        verb.add_argument("--model", default="", metavar="ID", help="a model of the family (default: its newest)")
    listing.set_defaults(handler="codergen.cli.tool_run:list_tools")
    run.set_defaults(handler="codergen.cli.tool_run:run_tool")
