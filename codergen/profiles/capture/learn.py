"""From a vendor's answers and our tools' answers to the same calls: the vendor's wording as templates. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from codergen.profiles.capture.scratch import CWD, StandardCall
from codergen.tools.base import ToolResult
from codergen.tools.wording import Said, Wording

Verdict = Literal["same", "error_flag", "structure", "wording", "missing"]
"""`same`: equal once learned. `error_flag`: one calls it a failure, the other not. `structure`: numbers, tags, lines or
order differ. `wording`: learned, but it does not give this text again. `missing`: the vendor gave no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A vendor's answer."""

    text: str
    is_error: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One call, answered by both."""

    call: StandardCall
    ours: str
    theirs: str
    verdict: Verdict
    case: str = ""

    @property
    def structure(self) -> bool:
        """Our built-in words have the vendor's structure."""
        return self.verdict in {"same", "wording"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What came of it."""

    wording: Mapping[str, str]
    rows: tuple[Row, ...]


def learn(
    wording: Wording,
    calls: Sequence[StandardCall],
    ours: Sequence[ToolResult],
    theirs: Sequence[Theirs | None],
    *,
    root: str,
) -> Learned:
    """`theirs` have `@CWD@` where the repository's path was; `root` is the path that ours ran at."""
    templates: dict[str, str] = {}
    for answer, told in zip(ours, theirs, strict=True):
        said = _placeless(answer.said, root)
        if said is None or told is None or said.case in templates:
            continue
        if (template := wording.learn(said, told.text)) is not None:
            templates[said.case] = template
    again = Wording({**wording.templates, **templates}, wording.volatile)
    rows = [
        _row(wording, again, call, answer, told, root) for call, answer, told in zip(calls, ours, theirs, strict=True)
    ]
    return Learned(wording=templates, rows=tuple(rows))


def _row(
    built_in: Wording, learned: Wording, call: StandardCall, ours: ToolResult, theirs: Theirs | None, root: str
) -> Row:
    said = _placeless(ours.said, root)
    shown = ours.content.replace(root, CWD)
    verdict: Verdict
    if theirs is None:
        verdict = "missing"
    elif theirs.is_error is not None and bool(theirs.is_error) != bool(ours.is_error):
        verdict = "error_flag"
    elif said is None:
        verdict = "same" if shown == theirs.text else "structure"
    elif built_in.learn(said, theirs.text) is None:
        verdict = "structure"
    else:
        verdict = "same" if learned.gives(said, theirs.text) else "wording"
    return Row(
        call=call, ours=shown, theirs=theirs.text if theirs else "", verdict=verdict, case=said.case if said else ""
    )


def _placeless(said: Said | None, root: str) -> Said | None:
    if said is None:
        return None
    return Said(case=said.case, fields={name: value.replace(root, CWD) for name, value in said.fields.items()})


def table(rows: Iterable[Row]) -> str:
    """The score and each miss, for people."""
    kept = list(rows)
    same = sum(row.verdict == "same" for row in kept)
    alike = sum(row.structure for row in kept)
    lines = [
        f"{len(kept)} samples: structure equal {alike} ({alike / len(kept):.1%}), "
        f"equal byte for byte once learned {same} ({same / len(kept):.1%})"
    ]
    for row in kept:
        if row.verdict != "same":
            lines.append(f"  {row.verdict}: {row.call.name} {row.call.arguments[:100]}")
            lines.append(f"    theirs {row.theirs[:160]!r}")
            lines.append(f"    ours   {row.ours[:160]!r}")
    return "\n".join(lines)
