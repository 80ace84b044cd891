"""What `codergen profile list` and `diff` do: built-in data, captures, and what is between them."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codergen.cli.text import columns
from codergen.cli.tool_run import wire
from codergen.errors import UsageError
from codergen.profiles.capture.compare import leaves
from codergen.profiles.capture.store import Captured, load
from codergen.profiles.families import FAMILIES, load_profile
from codergen.profiles.native import Native
from codergen.profiles.native_data import load_family
from codergen.settings import Settings


def list_profiles(args: argparse.Namespace, settings: Settings) -> int:
    """One row a family and variant, one a capture."""
    rows: list[dict[str, Any]] = []
    for family in FAMILIES:
        data = load_family(family)
        for variant in data.variants:
            rows.append(
                {
                    "profile": family, "variant": variant.name, "models": list(variant.models), "from": data.measured,
                    "dated": data.dated.isoformat(), "tools": len(variant.tools),
                }
            )  # fmt: skip
        if captured := load(settings.data, family):
            rows.append(
                {
                    "profile": family, "variant": "captured", "models": [captured.model], "from": captured.version,
                    "dated": captured.dated.isoformat(), "tools": len(captured.tools),
                }
            )  # fmt: skip
    if args.json:
        sys.stdout.write(json.dumps({"profiles": rows}) + "\n")
        return 0
    head = ("profile", "variant", "models", "measured on", "dated", "tools")
    cells = [(r["profile"], r["variant"], " ".join(r["models"]), r["from"], r["dated"], str(r["tools"])) for r in rows]
    sys.stdout.write(columns([head, *cells], right=frozenset({5})))
    return 0


def diff(args: argparse.Namespace, settings: Settings) -> int:
    """Since the capture before, and since our own data. Raises UsageError without a capture."""
    captured = load(settings.data, args.family)
    if captured is None:
        raise UsageError(f"nothing was captured of {args.family!r}", remedy=f"codergen profile capture {args.family}")
    before = load(settings.data, args.family, before=True)
    document = {
        "family": args.family,
        "version": captured.version,
        "since_capture": None if before is None else list(changes(before, captured)),
        "since_builtin": list(from_builtin(load_profile(args.family, captured.model), captured)),
        "lacking": list(captured.lacking),
        "misses": [miss.call for miss in captured.misses],
    }
    if args.json:
        sys.stdout.write(json.dumps(document) + "\n")
        return 0
    sys.stdout.write(_told(document, before))
    return 0


def _told(document: Mapping[str, Any], before: Captured | None) -> str:
    lines = [f"{document['family']} {document['version']}"]
    if before is None:
        lines.append("since the last capture: there is none before this one")
    else:
        lines.append(f"since the capture of {before.version} ({before.dated}):")
        lines += [f"  {line}" for line in document["since_capture"]] or ["  nothing changed"]
    lines.append("since our own data:")
    lines += [f"  {line}" for line in document["since_builtin"]] or ["  nothing differs in structure"]
    lines.append(f"tools that we lack: {', '.join(document['lacking']) or 'none'}")
    lines += [f"not learned: {call}" for call in document["misses"]]
    return "\n".join(lines) + "\n"


def changes(before: Captured, after: Captured) -> Iterator[str]:
    """What a vendor changed between two captures."""
    if before.model != after.model:
        yield f"model: {before.model} -> {after.model}"
    yield from _table("parameter", dict(leaves(before.params)), dict(leaves(after.params)))
    yield from _tools(before.tools, after.tools)
    old, new = ({text.place: text.text for text in one.texts} for one in (before, after))
    for place in dict.fromkeys((*old, *new)):
        was, now = old.get(place), new.get(place)
        if was != now:
            yield f"text {place}: {_size(was)} -> {_size(now)} characters, {_lines(was or '', now or '')}"
    yield from _table("wording", before.wording, after.wording)


def from_builtin(profile: Native, captured: Captured) -> Iterator[str]:
    """Where our own data is not the vendor's in structure: names, schemas, order. Descriptions are our own."""
    ours = [wire(profile, spec) for spec in profile.facts.specs]
    yield from _tools(ours, captured.tools, described=False)


def _tools(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], *, described: bool = True
) -> Iterator[str]:
    old, new = ({str(t.get("name") or t.get("type")): t for t in tools} for tools in (before, after))
    for name in old.keys() - new.keys():
        yield f"tool {name}: gone"
    for name in new:
        if name not in old:
            yield f"tool {name}: new"
            continue
        pair = [dict(leaves(one)) for one in (old[name], new[name])]
        if not described:
            pair = [{p: v for p, v in one.items() if not p.endswith("description")} for one in pair]
        yield from _table(f"tool {name}", *pair)


def _table(what: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield f"{what} {key}: {_short(before.get(key))} -> {_short(after.get(key))}"


def _short(value: object) -> str:
    text = "-" if value is None else json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _size(text: str | None) -> str:
    return "-" if text is None else f"{len(text):,}"


def _lines(before: str, after: str) -> str:
    delta = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]
    return f"{sum(line[0] == '+' for line in delta)} lines new, {sum(line[0] == '-' for line in delta)} gone"
