"""What `codergen prompt show` does: the sections of a system prompt, with a person's own texts in place."""

import argparse
import difflib
import json
import sys
from collections.abc import Sequence

from codergen.cli.turn import profile_for
from codergen.profiles.families import load_profile
from codergen.settings import Settings
from prompts import Prompt, own


def show(args: argparse.Namespace, settings: Settings) -> int:
    """Raises UsageError for a profile, model or section that is not there."""
    mine = profile_for(settings, args.repo, model=args.model, name=args.profile)
    ours = load_profile(mine.facts.name, args.model)
    if args.json:
        sections = [_document(*pair) for pair in paired(mine.texts.sections, ours.texts.sections)]
        document = {"profile": args.profile, "variant": mine.variant.name, "version": mine.facts.version}
        sys.stdout.write(json.dumps({**document, "sections": sections}) + "\n")
    elif args.diff:
        sys.stdout.write(difference(ours.texts.sections, mine.texts.sections) or "no section is your own\n")
    else:
        sys.stdout.write(f"# profile {args.profile}, variant {mine.variant.name}, version {mine.facts.version}\n")
        for text in mine.texts.sections:
            sys.stdout.write(f"\n# {text.name}  {text.sha256[:12]}\n\n{text.text.strip()}\n")
    return 0


def _document(mine: Prompt, ours: Prompt) -> dict[str, object]:
    return {"name": ours.name, "from": mine.name, "own": mine != ours, "sha256": mine.sha256, "text": mine.text}


def paired(mine: Sequence[Prompt], ours: Sequence[Prompt]) -> list[tuple[Prompt, Prompt]]:
    """Section by section; a captured prompt is one text in the place of all of ours."""
    if len(mine) == len(ours):
        return list(zip(mine, ours, strict=True))
    whole = own("built-in", "\n\n".join(text.text.strip() for text in ours))
    return [(mine[0], whole)]


def difference(ours: Sequence[Prompt], mine: Sequence[Prompt]) -> str:
    """A unified diff of the sections that were replaced."""
    lines: list[str] = []
    for after, before in paired(mine, ours):
        if before != after:
            a, b = (text.text.splitlines(keepends=True) for text in (before, after))
            lines += difflib.unified_diff(a, b, before.name, after.name)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
