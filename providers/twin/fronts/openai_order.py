"""Which item may stand where in a Responses request. The SDK types none of it, so every rule here is assumed."""

import re
from collections.abc import Sequence

from providers.twin.check import need
from providers.twin.front import Wire
from providers.twin.fronts.openai_items import CALLS, OUTPUTS, SPOKEN, kind

AFTER = re.compile(r"\w+?_(\d+)_\d+_r(\d+)")
"""Id of an item that the twin made right behind a reasoning item; the groups name that one."""


def check(items: Sequence[Wire]) -> None:
    """Raises Rejected."""
    _calls_and_outputs(items)
    _reasoning_goes_with_its_item(items)


def _calls_and_outputs(items: Sequence[Wire]) -> None:
    """Every call has its output behind it, every output its call of the same kind before it.

    A custom tool may answer twice: the vendor's CLI does, for notes in the middle of a run (wire.md 2.6).
    """
    made: dict[str, str] = {}
    answered: set[str] = set()
    for item in items:
        what, id = kind(item), str(item.get("call_id"))
        if what in CALLS:
            need(id not in made, f"Duplicate call_id '{id}'.", "assumed")
            made[id] = what
        elif what in OUTPUTS:
            call = OUTPUTS[what]
            need(made.get(id) == call, f"No tool call found for {SPOKEN[call]} output with call_id {id}.", "assumed")
            again = id in answered and what == "function_call_output"
            need(not again, f"Duplicate function call output for call_id {id}.", "assumed")
            answered.add(id)
    for id, what in made.items():
        need(id in answered, f"No tool output found for {SPOKEN[what]} {id}.", "assumed")


def _reasoning_goes_with_its_item(items: Sequence[Wire]) -> None:
    """Reasoning is followed by what it led to; an item that is sent with its id comes with its reasoning."""
    seen: set[str] = set()
    for item, after in zip(items, (*items[1:], {}), strict=True):
        id = str(item.get("id") or "")
        if kind(item) == "reasoning":
            message = f"Item '{id}' of type 'reasoning' was provided without its required following item."
            need(_of_the_model(after), message, "assumed")
        elif led := AFTER.fullmatch(id):
            thought = f"rs_{led[1]}_{led[2]}"
            message = f"Item '{id}' of type '{kind(item)}' was provided without its required 'reasoning' item:"
            need(thought in seen, f"{message} '{thought}'.", "assumed")
        seen.add(id)


def _of_the_model(item: Wire) -> bool:
    what = kind(item)
    if what == "message":
        return item.get("role") == "assistant"
    return what == "reasoning" or what.endswith("_call")
