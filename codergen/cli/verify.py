"""Options of `codergen verify`: judge the change that is in a repository, whoever made it. No station is called."""

import argparse
from pathlib import Path

from codergen.cli.nouns import Nouns

EXAMPLES = """\
examples:
  codergen verify                        what is not committed yet
  codergen verify --base main            the whole branch, as a CI step
  codergen verify --trust 'tests/**'     the changed tests are yours: they count

exit codes: 0 accepted, 10 rejected, 4 too weak to tell
"""


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen verify`."""
    parser = nouns.add_parser(
        "verify",
        help="judge the change that is in this repository, whoever made it",
        description="Judge the change between a base and the files of this repository, outside of whoever made it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="git repository (default: here)")
    parser.add_argument("--base", default="HEAD", metavar="REV", help="what the change started from (default: HEAD)")
    parser.add_argument(
        "--check", action="append", default=[], metavar="CMD", help="command that must pass; repeatable"
    )
    parser.add_argument("--scenario", action="append", default=[], type=Path, metavar="DIR", help="held-out check")
    parser.add_argument("--packet", type=Path, metavar="FILE", help="judge by a task packet: base must fail first")
    parser.add_argument("--trust", action="append", default=[], metavar="GLOB", help="paths whose change you vouch for")
    parser.add_argument("--accept-exit-code", action="store_true", help="accept a check that has only an exit code")
    parser.add_argument("--sandbox", default="auto", metavar="KIND", help="auto, bubblewrap or host (default: auto)")
    parser.add_argument("--python", type=Path, metavar="PATH", help="Python that checks run with")
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="where the evidence folder is written")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="no live steps on standard error")
    parser.set_defaults(handler="codergen.cli.verify_change:handle")
