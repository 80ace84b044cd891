"""Options of `codergen profile`: what each model family is sent, and how that compares to its vendor's own tool."""

from codergen.cli.nouns import Nouns

FAMILIES = ("claude", "codex", "gemini")


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verbs."""
    noun = nouns.add_parser("profile", help="what each model family is sent", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|capture|diff|compare")
    listing = verbs.add_parser("list", help="built-in and captured profiles, with their dates", allow_abbrev=False)
    capture = verbs.add_parser(
        "capture",
        help="learn the harness of the vendor's tool that is installed here",
        description="Runs your own installed CLI against a recorder on this machine, in a scratch repository, with a "
        "placeholder key. Nothing leaves the machine; what is learned stays in your data folder and is only ever "
        "sent to that vendor.",
        allow_abbrev=False,
    )
    capture.add_argument("--model", default="", metavar="ID", help="named to the tool (default: its own)")
    diff = verbs.add_parser("diff", help="what changed since the last capture, and since our data", allow_abbrev=False)
    compare = verbs.add_parser(
        "compare",
        help="the same session through the vendor's tool and through our loop, field by field",
        allow_abbrev=False,
    )
    compare.add_argument("--model", default="", metavar="ID", help="for both (default: the family's)")
    compare.add_argument("--builtin", action="store_true", help="our own words, also where there is a capture")
    compare.add_argument("--all", action="store_true", help="every field, also those that are the same")
    for verb in (capture, diff, compare):
        verb.add_argument("family", choices=FAMILIES, metavar="claude|codex|gemini")
    for verb in (listing, capture, diff, compare):
        verb.add_argument("--json", action="store_true", help="one JSON document")
    listing.set_defaults(handler="codergen.cli.profile_show:list_profiles")
    diff.set_defaults(handler="codergen.cli.profile_show:diff")
    capture.set_defaults(handler="codergen.cli.profile_capture:capture")
    compare.set_defaults(handler="codergen.cli.profile_compare:compare_streams")
