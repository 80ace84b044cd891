"""A bounded second edit on top of promising first ones. Pure; the trying is done by `search`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from codergen.tools.locate import Suspect
from router.stations.repair.edits import Candidate, apply, candidates_in
from router.stations.repair.rank import ranked
from router.stations.repair.search import Patch, Trial
from router.stations.repair.source import Source, open_source

FIRST_EDITS = 8
PER_FIRST_EDIT = 400


def second_patches(
    firsts: Sequence[Trial], suspects: Sequence[Suspect], sources: Mapping[str, Source]
) -> tuple[Patch, ...]:
    """Pairs of edits: the best second edits of every first one, before the second-best of any."""
    columns = [_on_top_of(trial.patch.edits[0], suspects, sources) for trial in firsts]
    pairs = chain.from_iterable(zip_longest(*columns))
    return tuple(pair for pair in pairs if pair is not None)


def _on_top_of(first: Candidate, suspects: Sequence[Suspect], sources: Mapping[str, Source]) -> list[Patch]:
    text = apply(sources[first.path].text, first.spans)
    changed = open_source(first.path, text)
    if changed is None or first.place is None:
        return []
    added = len(text.splitlines()) - len(sources[first.path].text.splitlines())
    pool: list[Candidate] = []
    for suspect in suspects:
        if suspect.path != first.path:
            pool.extend(candidates_in(sources[suspect.path], suspect))
            continue
        for candidate in candidates_in(changed, _moved(suspect, first.line, added)):
            pool.append(_placed_as_before(candidate, first.line, added))
    undone = {(span.start, span.end) for span in first.spans}
    texts = {path: source.text for path, source in sources.items()} | {first.path: text}
    quick = (c for c in pool if c.place is not None or c.kind == "mutable_default")
    fresh = (c for c in quick if c.path != first.path or not {(s.start, s.end) for s in c.spans} & undone)
    return [Patch(edits=(first, second)) for second in ranked(fresh, limit=PER_FIRST_EDIT, texts=texts)]


def _moved(suspect: Suspect, line: int, added: int) -> Suspect:
    """A suspect after `added` lines came in at `line`."""

    def move(number: int) -> int:
        return number + added if number > line else number

    lines = tuple((move(number), value) for number, value in suspect.lines)
    return replace(suspect, start=move(suspect.start), end=move(suspect.end), lines=lines)


def _placed_as_before(candidate: Candidate, line: int, added: int) -> Candidate:
    """The place names a function of the unchanged file: that is the one which lives in the process."""
    place = candidate.place
    if place is None or place.line <= line:
        return candidate
    return replace(candidate, place=place._replace(line=place.line - added))


def only_functions(suspects: Iterable[Suspect]) -> tuple[Suspect, ...]:
    return tuple(suspect for suspect in suspects if suspect.qualname != "<module>")
