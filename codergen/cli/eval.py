"""Options of `codergen eval`."""

from pathlib import Path

from codergen.cli.nouns import Nouns


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen eval`."""
    parser = nouns.add_parser("eval", help="run tasks through stations and record the outcomes", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run a task folder or a folder of tasks", allow_abbrev=False)
    run.add_argument("path", type=Path, metavar="PATH", help="task folder, or a folder that holds some")
    run.add_argument("--station", action="append", default=[], metavar="ID[,ID]", help="who tries, in this order")
    run.add_argument("--sandbox", default="auto", metavar="KIND", help="auto, bubblewrap or host (default: auto)")
    run.add_argument("--only", default="", metavar="TEXT", help="tasks whose name contains this")
    run.add_argument("--json", action="store_true", help="one JSON line a task on standard output")
    run.set_defaults(handler="codergen.cli.eval_run:handle")
