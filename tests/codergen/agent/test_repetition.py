"""Models that go round in circles: what counts as one, and what is done about it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from codergen.agent.repetition import ABOUT, Cycle, cycle
from codergen.conversation import AssistantEntry, Entry, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.profile import LOOP_SCAFFOLDS
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Message


def rounds(*said: tuple[str, str]) -> list[Entry]:
    """Rounds of one call each: (arguments' value, result)."""
    entries: list[Entry] = []
    for number, (value, result) in enumerate(said):
        id = f"c{number}"
        made = call("look", json.dumps({"at": value}), id=id)
        entries.append(AssistantEntry(message=Message(role="assistant", parts=(made,)), by="model", stop="tool_calls"))
        entries.append(ToolEntry(call_id=id, name="look", content=result))
    return entries


def same(letters: str) -> list[Entry]:
    return rounds(*((letter, f"of {letter}") for letter in letters))


START: list[Entry] = [UserEntry(text="go")]


@pytest.mark.parametrize(
    ("letters", "length", "calls"),
    [
        ("AAAAA", 1, 5),
        ("xyAAAAA", 1, 5),
        ("ABABABAB", 2, 8),
        ("xABABABAB", 2, 8),
        ("ABCABCABC", 3, 9),
        ("yABCABCABC", 3, 9),
    ],
)
def test_cycles_of_one_two_and_three_are_seen_wherever_they_begin(letters: str, length: int, calls: int) -> None:
    assert cycle([*START, *same(letters)]) == Cycle(length=length, calls=calls, warned=False)
    assert cycle([*START, *same(letters[:-1])]) is None


@pytest.mark.parametrize("letters", ["", "A", "ABCDEFGHIJKLMNOP", "AAAAB", "ABCABCABD", "AABBAABB"])
def test_what_goes_on_is_no_cycle(letters: str) -> None:
    assert cycle([*START, *same(letters)]) is None


def test_another_result_is_another_call() -> None:
    assert cycle([*START, *rounds(*(("A", f"{n} of 9 done") for n in range(9)))]) is None


@pytest.mark.parametrize(
    "result",
    [
        "took {n}.123 seconds",
        "ended after 1{n} ms",
        "at 10:0{n}:30 nothing",
        "session 4f{n}a9c1 waits",
        "Wall time: 0.{n} s",
    ],
)
def test_time_and_ids_make_no_difference(result: str) -> None:
    said = [("A", result.replace("{n}", str(n))) for n in range(5)]
    assert cycle([*START, *rounds(*said)]) == Cycle(length=1, calls=5, warned=False)


def test_spelling_of_arguments_makes_no_difference() -> None:
    entries = list(START)
    for number in range(5):
        blanks = " " * number
        made = call(
            "look", f'{{"a": 1,{blanks} "b": 2}}' if number % 2 else f'{{"b": 2,{blanks} "a": 1}}', id=f"{number}"
        )
        message = Message(role="assistant", parts=(made,))
        entries += [
            AssistantEntry(message=message, by="model"),
            ToolEntry(call_id=f"{number}", name="look", content="x"),
        ]
    assert cycle(entries) == Cycle(length=1, calls=5, warned=False)


@pytest.mark.parametrize("between", [UserEntry(text="again"), UserEntry(text="psst", steer=True)])
def test_words_of_a_user_begin_afresh(between: Entry) -> None:
    assert cycle([*START, *same("AAA"), between, *same("AAAA")]) is None


def test_after_a_warning_only_a_full_run_counts() -> None:
    warned = [*START, *same("AAAAA"), NoteEntry(text="You repeat.", about=ABOUT)]
    assert cycle(warned) is None
    assert cycle([*warned, *same("AAAA")]) is None
    assert cycle([*warned, *same("AAAAA")]) == Cycle(length=1, calls=5, warned=True)
    assert cycle([*warned, *same("xABABABAB")]) == Cycle(length=2, calls=8, warned=True)
    assert cycle([*warned, UserEntry(text="go on"), *same("AAAAA")]) == Cycle(length=1, calls=5, warned=False)


def test_what_the_harness_does_is_no_circle() -> None:
    entries = [
        AssistantEntry(message=entry.message, by="harness") if isinstance(entry, AssistantEntry) else entry
        for entry in same("AAAAAA")
    ]
    assert cycle([*START, *entries]) is None


def circling() -> ScriptedClient:
    made = call("shell", json.dumps({"command": "cat missing"}))
    return ScriptedClient(always=lambda request: Reply(tool_calls=(made,)))


def notes(requests: Sequence[Any]) -> list[int]:
    return [sum(message.role == "system" for message in request.messages) for request in requests]


async def test_a_model_is_warned_once_then_stopped_with_its_own_reason(bench: Any) -> None:
    client = circling()
    session = bench.session(client, scaffolds={"loop_warning"})
    end = await session.submit("go")
    assert (end.status, end.reason) == ("limit", "repetition")
    assert notes(client.requests) == [0] * 5 + [1] * 5
    assert bench.data("loop.warning") == [{"length": 1, "calls": 5}]
    assert [data["about"] for data in bench.data("note")] == ["repetition"]
    assert bench.kinds()[-2:] == ["limit.reached", "turn.end"]
    again = await session.submit("once more")
    assert (again.reason, len(client.requests)) == ("repetition", 20)


async def test_a_model_that_takes_the_hint_goes_on(bench: Any) -> None:
    made = call("shell", json.dumps({"command": "cat missing"}))

    def play(request: Any) -> Reply:
        return Reply(text="Then not.") if request.messages[-1].role == "system" else Reply(tool_calls=(made,))

    end = await bench.session(ScriptedClient(always=play), scaffolds=LOOP_SCAFFOLDS).submit("go")
    assert (end.status, end.text) == ("finished", "Then not.")


async def test_without_the_scaffold_nobody_looks(bench: Any) -> None:
    made = call("shell", json.dumps({"command": "true"}))
    client = ScriptedClient(turns=[*[Reply(tool_calls=(made,))] * 12, Reply(text="ok")])
    end = await bench.session(client, scaffolds=()).submit("go")
    assert end.text == "ok"
    assert bench.data("note") == []
