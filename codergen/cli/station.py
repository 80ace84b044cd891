"""Options of `codergen station`."""

from codergen.cli.nouns import Nouns


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verbs."""
    noun = nouns.add_parser("station", help="who can take a job here", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="init|list|test|add|enable|disable|remove")
    init = verbs.add_parser(
        "init",
        help="look for keys, tools and local models, and set up what can work",
        description="Adds every station that can work here; stations that are set up already stay as they are.",
        allow_abbrev=False,
    )
    init.set_defaults(handler="codergen.cli.station_verbs:init")
    listing = verbs.add_parser("list", help="the stations and whether each can work here", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="one JSON document")
    listing.set_defaults(handler="codergen.cli.station_verbs:show")
    test = verbs.add_parser(
        "test",
        help="a small real job for one station alone",
        description="Makes a repository with one bug and runs a job on it. Costs what the station costs.",
        allow_abbrev=False,
    )
    test.add_argument("name", metavar="NAME")
    test.add_argument("--output", choices=("text", "json", "jsonl"), default="text", help="as of `codergen run`")
    test.set_defaults(handler="codergen.cli.station_verbs:test")
    add = verbs.add_parser("add", help="set up one more, or set one up anew", allow_abbrev=False)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--kind", metavar="KIND", help="repair, codergen/plain, claude-code ... (default: NAME)")
    add.add_argument("--model", default="", help="PROVIDER:MODEL for our loop, the vendor's own id for its tool")
    add.add_argument("--executable", default="", metavar="PATH", help="of a vendor's tool")
    add.set_defaults(handler="codergen.cli.station_verbs:add")
    for verb, words in (("enable", "try it again"), ("disable", "set it aside"), ("remove", "forget it")):
        one = verbs.add_parser(verb, help=words, allow_abbrev=False)
        one.add_argument("name", metavar="NAME")
        one.set_defaults(handler="codergen.cli.station_verbs:change")
