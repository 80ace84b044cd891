"""summary.md, for a person who believes nothing yet. Stations' words are kept apart from what the line saw. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from router.line.evidence import AttemptRecord, CheckRecord, EvidenceItems, StopRecord, missing
from router.line.evidence_diff import changed_files
from router.line.evidence_markdown import block, bullets, code, one_line, table

NOTHING = "Nothing is recorded here."


def summary(items: EvidenceItems) -> str:
    """Well-formed Markdown; every section is there, also when it has to say that nothing is known."""
    sections: tuple[tuple[str, Callable[[EvidenceItems], str]], ...] = (
        ("What was asked", _asked),
        ("Did it exist", _existed),
        ("What changed", _changed),
        ("What proves it", _proof),
        ("Why it stopped", _stopped),
        ("What the station claims", _claims),
        ("What is uncertain", _uncertain),
        ("Residual risk", _risk),
        ("How to check this yourself", _how),
    )
    parts = [f"# Evidence of job {code(items.job_id)}", _head(items)]
    for title, render in sections:
        parts += [f"## {title}", render(items)]
    return "\n\n".join(parts) + "\n"


def _head(items: EvidenceItems) -> str:
    ending = "no ending is recorded" if items.stop is None else f"**{_ending(items.stop)}**"
    lacking = missing(items, items.required)
    seconds = (items.ended - items.started).total_seconds()
    lines = [
        f"Ended: {ending}",
        f"Started {items.started.isoformat(timespec='seconds')}, took {seconds:.1f} s. "
        f"Cost: {_total_cost(items.attempts)}.",
    ]
    if lacking:
        lines.append(f"**Required evidence that is missing: {', '.join(map(code, lacking))}.**")
    return "\n\n".join(lines)


def _asked(items: EvidenceItems) -> str:
    packet = items.packet
    if packet is None:
        return NOTHING
    parts = [block(str(packet.get("intent", "")))]
    rows = [
        ("Class", code(str(packet.get("task_class") or packet.get("class") or "unknown"))),
        ("Language", code(str(packet.get("language", "unknown")))),
        ("Base commit", code(items.base_commit or "unknown")),
        ("Scope", _codes(packet.get("scope"))),
        ("Not wanted", _codes(packet.get("non_goals"))),
    ]
    source = packet.get("source")
    if isinstance(source, Mapping):
        fields = cast(Mapping[str, Any], source)
        rows.append(("Source", one_line(f"{fields.get('kind', '')} {fields.get('ref', '')}")))
        if fields.get("text"):
            parts += ["The source's own words:", block(str(fields["text"]))]
    return "\n\n".join([*parts, table(("Field", "Value"), rows)])


def _existed(items: EvidenceItems) -> str:
    record = items.reproduction
    if record is None:
        return NOTHING
    words = {
        "reproduced": "Yes: it was shown on the unchanged base commit.",
        "not_reproduced": "No: the check ran on the unchanged base commit and found nothing wrong.",
        "unclear": "Unclear: the check did not run in a way that says anything.",
        "not_required": "Not asked: this kind of work is not about a fault that can be shown.",
    }
    parts = [words[record.state], one_line(record.why, 600)]
    return "\n\n".join([*parts, _checks(record.runs)] if record.runs else parts)


def _changed(items: EvidenceItems) -> str:
    files = changed_files(items.diff or b"")
    if not files:
        return "Nothing."
    whose = (
        "" if items.diff_attempt is None else f" Made in attempt {items.diff_attempt}; taken by the line, not reported."
    )
    total = (
        f"{len(files)} file(s), +{sum(f.added for f in files)} -{sum(f.removed for f in files)} (`diff.patch`).{whose}"
    )
    rows = [(code(f.path), "binary" if f.binary else f.kind, str(f.added), str(f.removed)) for f in files]
    parts = [total, table(("File", "How", "+", "-"), rows, frozenset({2, 3}))]
    if (
        not any(a.number == items.diff_attempt and a.accepted for a in items.attempts)
        and items.diff_attempt is not None
    ):
        parts.insert(0, "**The verifier did not accept this diff.** It is kept for a person to look at.")
    return "\n\n".join(parts)


def _proof(items: EvidenceItems) -> str:
    record = items.validation
    if record is None:
        return "Nothing: no verification is recorded."
    verdict = "Accepted" if record.passed else "Not accepted"
    weak = "" if record.explicit else " **Weak: no check stated its verdict by test; only exit codes were seen.**"
    parts = [
        f"{verdict} by {code(record.verifier or 'an unnamed verifier')}, outside the station, in a fresh sandbox: "
        f"{one_line(record.why, 600)}{weak}",
        _checks(record.checks) if record.checks else "No check was run.",
    ]
    if record.environment:
        parts.append(f"Environment: {one_line(record.environment)}")
    if record.not_enforced:
        parts += ["Not enforced by the sandbox:", bullets(record.not_enforced)]
    return "\n\n".join(parts)


def _stopped(items: EvidenceItems) -> str:
    parts = [NOTHING] if items.stop is None else [f"{_ending(items.stop)}: {one_line(items.stop.why, 600)}"]
    if items.plan is not None:
        order = ", then ".join(map(code, items.plan.stations))
        parts.append(f"Planned: {order or 'nobody'}. Why: {one_line(items.plan.reason, 600)}")
    if not items.attempts:
        return "\n\n".join([*parts, "No station was called."])
    rows = [
        (str(a.number), code(a.station.id), _judged(a), one_line(a.why), f"{a.seconds:.1f}", _cost(a.cost_usd))
        for a in items.attempts
    ]
    head = ("#", "Station", "Verdict", "Why", "Seconds", "USD")
    return "\n\n".join([*parts, table(head, rows, frozenset({0, 4, 5}))])


def _claims(items: EvidenceItems) -> str:
    if not items.attempts:
        return "No station was called."
    parts = ["These are the stations' own words. Nothing was decided by them."]
    for attempt in items.attempts:
        parts.append(f"Attempt {attempt.number}, {code(attempt.station.id)}:")
        if not attempt.claimed:
            parts.append("It ended without a report.")
            continue
        lines = [f"claims: {attempt.claimed} {attempt.claimed_reason}".rstrip(), attempt.claimed_summary]
        lines += [f"says it changed: {path}" for path in attempt.claimed_files]
        lines += [f"says it ran: {line}" for line in attempt.claimed_validation]
        parts.append(block("\n".join(line for line in lines if line)))
    return "\n\n".join(parts)


def _uncertain(items: EvidenceItems) -> str:
    stop = items.stop
    parts = [bullets(stop.uncertain)] if stop is not None and stop.uncertain else []
    if stop is not None and stop.question is not None:
        parts.append(f"A person has to say: **{one_line(stop.question.question, 600)}**")
        for number, answer in enumerate(stop.question.answers, start=1):
            parts.append(f"Candidate {number} gives {code(answer)}.")
        parts += [block(candidate, language="diff") for candidate in stop.question.candidates]
    return "\n\n".join(parts) or "Nothing is recorded as uncertain. That is a gap in the record, not a proof."


def _risk(items: EvidenceItems) -> str:
    if items.stop is None or not any(r.strip() for r in items.stop.residual_risk):
        return "Not stated. Treat it as unknown."
    return bullets(items.stop.residual_risk)


def _how(items: EvidenceItems) -> str:
    steps = ["codergen evidence verify .          # in this folder: is any byte changed?"]
    if items.diff and items.base_commit:
        steps.append(f"git worktree add --detach ../check {items.base_commit}   # in the repository")
        steps.append("git -C ../check apply --binary THIS_FOLDER/diff.patch")
    records = items.validation.checks if items.validation else ()
    commands = dict.fromkeys(c.run.check.command for c in records if c.run is not None and c.kind == "public")
    steps += [f"(cd ../check && {command})" for command in commands]
    note = (
        "The manifest finds changed, missing and added files. It is not a signature: whoever can rewrite the whole "
        "folder can rewrite the manifest too, so compare its `body_sha256` with the one in the job's journal."
    )
    return block("\n".join(steps), language="sh") + "\n\n" + note


def _checks(records: tuple[CheckRecord, ...]) -> str:
    rows = [
        (
            one_line(r.name, 60),
            one_line(r.kind, 20),
            "before" if r.phase == "base" else "after",
            "passed" if r.passed else "**failed**",
            _counts(r),
            "yes" if r.explicit else "no",
            one_line(r.why, 160),
        )
        for r in records
    ]
    return table(("Check", "Kind", "Change", "Result", "Tests", "By test", "Why"), rows)


def _counts(record: CheckRecord) -> str:
    run = record.run
    if run is None:
        return "not a command"
    if run.problem is not None:
        return f"none: {one_line(run.problem)}"
    if not run.tests:
        return f"exit {run.exit_code}"
    return ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(t.outcome for t in run.tests).items()))


def _judged(attempt: AttemptRecord) -> str:
    if attempt.infrastructure:
        return f"infrastructure: {one_line(attempt.infrastructure)}"
    return "accepted" if attempt.accepted else "rejected"


def _ending(stop: StopRecord) -> str:
    return f"{code(stop.terminal_state)} ({one_line(stop.reason)})"


def _cost(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"{cost.normalize():f}"


def _total_cost(attempts: tuple[AttemptRecord, ...]) -> str:
    known = [a.cost_usd for a in attempts if a.cost_usd is not None]
    unknown = len(attempts) - len(known)
    if attempts and not known:
        return "unknown"
    total = f"{_cost(sum(known, Decimal(0)))} USD"
    return f"{total} and that of {unknown} attempt(s) which is unknown" if unknown else total


def _codes(value: object) -> str:
    return (
        ", ".join(code(str(v)) for v in cast(list[object], value)) if isinstance(value, list | tuple) and value else "-"
    )
