"""What a run amounts to: faults of the infrastructure, limits, claims. An exit code of 0 alone is never enough."""

import json
from decimal import Decimal

import pytest

from codergen.sandbox.base import ExecResult
from providers.types import Usage
from router.credentials.values import Ledger, Stop
from router.station import StationFault
from router.stations.vendor_cli.ending import Run, conclude, spent
from router.stations.vendor_cli.outcome import Outcome, outcome_of
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Answered, Called, Denied, Ended, Retried, Said, Started

OK = ExecResult(stdout=b"", stderr=b"", exit_code=0)
DONE = {"outcome": "done", "summary": "mended", "checks": ["pytest: ok"], "question": ""}
EDIT = (
    Called(id="e", name="Edit", kind="edit", arguments={}),
    Answered(id="e", content="ok", files=("app.py",)),
)
SHELL = (Called(id="s", name="Bash", kind="shell", arguments={"command": "ls"}), Answered(id="s", content=""))
FINISHED = Ended(kind="finished", output=DONE)


def run(*steps, **fields):
    reading = Reading()
    for step in (Started(session="s"), *steps):
        reading.take(step)
    given = {"tool": "claude-code", "key": "ANTHROPIC_API_KEY", "ledger": Ledger(requests=1), "result": OK}
    return Run(reading=reading, **given | fields)


def ended(*, code=0, stderr=b"", **fields):
    return ExecResult(stdout=b"", stderr=stderr, exit_code=code, **fields)


def test_work_that_was_done_is_claimed():
    report = conclude(run(*EDIT, FINISHED))
    assert (report.claimed, report.reason, report.summary) == ("pr_ready", "", "mended")
    assert (report.files, report.validation) == (("app.py",), ("pytest: ok",))


CLAIMS = [
    ((FINISHED,), "escalate", "attempts_rejected", "no_change"),
    ((*SHELL, FINISHED), "pr_ready", "", "done"),
    ((*EDIT, Ended(kind="finished", text="It is done.")), "escalate", "attempts_rejected", "no_report"),
    ((*EDIT, Said(text="half of an ans"), Ended(kind="finished")), "escalate", "attempts_rejected", "no_report"),
    (
        (Ended(kind="finished", output={**DONE, "outcome": "blocked", "question": "Which?"}),),
        "escalate",
        "missing_context",
        "blocked",
    ),
    (
        (Ended(kind="finished", output={**DONE, "outcome": "nothing_to_do"}),),
        "no_op",
        "not_applicable",
        "nothing_to_do",
    ),
    ((*EDIT, Denied(id="d", tool="Bash"), FINISHED), "escalate", "access", "denied"),
    ((*EDIT, Ended(kind="turns")), "escalate", "attempts_rejected", "turns"),
    ((*EDIT, Ended(kind="budget")), "escalate", "budget", "budget"),
]


@pytest.mark.parametrize(("steps", "claimed", "reason", "how"), CLAIMS)
def test_claim(steps, claimed, reason, how):
    report = conclude(run(*steps))
    assert (report.claimed, report.reason, report.details["ended"]) == (claimed, reason, how)


AUTH = Ledger(requests=1, stop=Stop(reason="auth", message="the vendor does not accept the key", status=401))
QUOTA = Ledger(requests=1, stop=Stop(reason="quota", message="the key's allowance is used up", status=429))
BUDGET = Ledger(requests=3, stop=Stop(reason="budget", message="the job's money is used up"))
CUT = Ledger(requests=2, incomplete_answers=1, last_whole=False)
MENDED = Ledger(requests=3, incomplete_answers=1, last_whole=True)
FAILED = Ended(kind="failed", text="API Error: 529 overloaded", status=529)

FAULTS = [
    ("key refused", {"ledger": AUTH, "result": None, "stopped": "gate"}, (), "provider", "set ANTHROPIC_API_KEY"),
    ("allowance", {"ledger": QUOTA, "result": None, "stopped": "gate"}, (*EDIT,), "provider", "wait for the allowance"),
    ("service fails", {"result": ended(code=1)}, (FAILED,), "provider", "529 overloaded"),
    ("service fails with 0", {}, (FAILED,), "provider", "try again later"),
    ("rate limit", {}, (Ended(kind="failed", text="429", status=429),), "provider", "too many requests"),
    (
        "gave up",
        {"ledger": Ledger(requests=2, problems={"overloaded": 2}), "result": ended(code=1)},
        (),
        "provider",
        r"overloaded \(2x\)",
    ),
    ("cut and taken for whole", {"ledger": CUT}, (*EDIT, FINISHED), "provider", "without its end"),
    ("crash", {"result": ended(code=None, signal=6, stderr=b"panic: x")}, (*EDIT,), "worker", "signal 6.*panic: x"),
    ("no end", {}, (*EDIT,), "worker", "before it was done"),
    ("failed for its own reasons", {"result": ended(code=1)}, (Ended(kind="failed", text="bug"),), "worker", "bug"),
    ("said done, exit 1", {"result": ended(code=1)}, (*EDIT, FINISHED), "worker", "exit code 1"),
    ("no memory", {"result": ended(code=None, signal=9, oom=True)}, (*EDIT,), "sandbox", "more memory"),
    ("silent", {"result": None, "stopped": "idle"}, (*EDIT,), "timeout", "said nothing"),
    ("set up wrongly", {"wrong": "no code mode"}, (*EDIT, FINISHED), "environment", "no code mode"),
    ("denied everything", {}, (Denied(id="d", tool="Bash"), FINISHED), "environment", "denied its own calls: Bash"),
]


@pytest.mark.parametrize(
    ("fields", "steps", "reason", "words"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS]
)
def test_fault(fields, steps, reason, words):
    with pytest.raises(StationFault, match=words) as caught:
        conclude(run(*steps, **fields))
    assert caught.value.reason == reason


def test_a_tool_that_cannot_be_started_is_the_environments_fault():
    given = run(result=ended(code=127, stderr=b"/opt/cli/claude: No such file or directory"))
    given.reading.started = None
    with pytest.raises(StationFault, match="No such file") as caught:
        conclude(given)
    assert caught.value.reason == "environment"


@pytest.mark.parametrize(
    ("fields", "reason", "limit"),
    [
        ({"result": None, "stopped": "turns"}, "attempts_rejected", "turns"),
        ({"result": None, "stopped": "tokens"}, "budget", "tokens"),
        ({"result": ended(code=None, timed_out=True)}, "attempts_rejected", "seconds"),
        ({"result": None, "stopped": "gate", "ledger": BUDGET}, "budget", "budget"),
        (
            {"result": None, "ledger": Ledger(stop=Stop(reason="requests", message="used up"))},
            "attempts_rejected",
            "turns",
        ),
        ({"result": None, "ledger": Ledger(stop=Stop(reason="unpriced", message="no price"))}, "budget", "budget"),
    ],
)
def test_limit(fields, reason, limit):
    report = conclude(run(*EDIT, **fields))
    assert (report.claimed, report.reason, report.details["ended"]) == ("escalate", reason, limit)


def test_a_cut_answer_that_was_asked_for_again_is_no_fault():
    report = conclude(run(Retried(why="cut"), *EDIT, FINISHED, ledger=MENDED))
    assert report.claimed == "pr_ready"


COUNTED, SAID = Usage(input=10, output=1), Usage(input=99, output=9)


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        (Ledger(requests=2, usage=COUNTED, known_usd=Decimal("0.1")), (COUNTED, Decimal("0.1"))),
        (Ledger(requests=2, usage=COUNTED, known_usd=Decimal("0.1"), unpriced=1), (COUNTED, Decimal("0.5"))),
        (Ledger(), (SAID, Decimal("0.5"))),
    ],
)
def test_what_was_spent_is_what_the_proxy_counted(ledger, expected):
    assert spent(ledger, Ended(kind="finished", usage=SAID, cost_usd=Decimal("0.5"))) == expected


OUTCOME = Outcome(outcome="done", summary="mended", checks=("pytest: ok",), question="")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DONE),
        f"Here it is:\n```json\n{json.dumps(DONE, indent=1)}\n```\n",
        f"All is well. {json.dumps(DONE)}",
    ],
)
def test_a_report_is_found_in_the_last_words(text):
    assert outcome_of(None, text) == OUTCOME


@pytest.mark.parametrize(
    "text", ["", "done", '{"outcome": "done"', '{"outcome": "great", "summary": ""}', "[1]", "{" * 9]
)
def test_what_is_no_report(text):
    assert outcome_of(None, text) is None
