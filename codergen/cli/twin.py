"""`codergen twin`: loopback servers that behave like the providers, and recordings of real ones."""

from pathlib import Path

from codergen.cli.nouns import Nouns

PROVIDERS = ("anthropic", "openai", "gemini", "chat")


def add_parser(subparsers: Nouns) -> None:
    """Add the noun and its verbs; each verb sets `handler`."""
    noun = subparsers.add_parser("twin", help="loopback servers that behave like the providers")
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="serve|record")

    serve = verbs.add_parser(
        "serve",
        help="serve a script, a recording or a brain until interrupted",
        description="The first line on stdout is the URL; lines to paste into a shell follow. Ends with 10 when turns "
        "were left over or requests came that nobody expected. docs/twins.md tells more.",
    )
    serve.add_argument("--provider", choices=(*PROVIDERS, "all"), required=True)
    said = serve.add_mutually_exclusive_group(required=True)
    said.add_argument("--script", type=Path, metavar="FILE", help="turns to play: TOML, YAML or JSON")
    said.add_argument("--cassette", type=Path, metavar="FILE", help="exchanges to play back, of `twin record`")
    said.add_argument(
        "--brain", choices=("repair", "local"), help="one that works: repair mends --repo, local is a model"
    )
    serve.add_argument(
        "--repo", type=Path, metavar="DIR", help="for --brain repair: the repository that the agent works on"
    )
    serve.add_argument("--check", metavar="COMMAND", help="for --brain repair: the test command that fails")
    serve.add_argument("--port", type=int, default=0, help="default: any free one")
    serve.add_argument("--fault", metavar="NAME", help="what goes wrong: a name of docs/twins.md")
    serve.add_argument("--fault-first", type=int, metavar="N", help="only for the first N requests")
    serve.add_argument("--fault-seconds", type=float, metavar="S", help="of latency and slow_tokens")
    serve.add_argument("--retry-after", type=float, metavar="S", help="told with a refusal")
    serve.add_argument("--log", type=Path, metavar="DIR", help="each request as JSON, without secrets")
    serve.set_defaults(handler="codergen.cli.twin_serve:serve")

    record = verbs.add_parser("record", help="pass requests on to a real endpoint and keep the exchanges, no secrets")
    record.add_argument("--provider", choices=PROVIDERS, required=True)
    record.add_argument("--upstream", metavar="URL", required=True, help="scheme and host of the real endpoint")
    record.add_argument("--out", type=Path, metavar="FILE", required=True, help="cassette to write")
    record.add_argument("--port", type=int, default=0, help="default: any free one")
    record.set_defaults(handler="codergen.cli.twin_serve:record")
