"""What the requests of one run show of a vendor's harness. Pure: bodies as the recorder kept them, in order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from codergen.profiles.capture.compare import is_identity

Wire = Mapping[str, Any]

BULK: Mapping[str, frozenset[str]] = {
    "claude": frozenset({"messages", "system", "tools"}),
    "codex": frozenset({"input", "tools"}),
    "gemini": frozenset({"contents", "systemInstruction", "tools"}),
}
"""Keys of a body that are no parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that the vendor's harness sends on its own account."""

    place: str
    """e.g. `system[2]`, `messages[1] system`, `input[0] developer[1]`."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call and what the harness told its model of it."""

    call_id: str
    text: str
    is_error: bool | None
    media: int = 0
    """Pictures that came along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One family's harness as one run showed it."""

    family: str
    model: str
    params: Wire
    texts: tuple[Text, ...]
    """Of the first request, without the prompt."""
    tools: tuple[Wire, ...]
    """Of the first request, as on the wire."""
    answers: Mapping[str, Answered]
    """By the id of the call."""
    later: tuple[Text, ...] = ()
    """Notes that the harness put between later turns."""


def main_requests(family: str, bodies: Sequence[Wire]) -> list[Wire]:
    """The agent's own requests: side calls (titles, routers, loop detectors) offer no tools."""
    return [body for body in bodies if _tools(family, body)]


def observe(family: str, bodies: Sequence[Wire], *, prompt: str, model: str) -> Observed:
    """Raises ValueError when no request of the run is the agent's."""
    asked = main_requests(family, bodies)
    if not asked:
        raise ValueError("no request offered tools")
    first, last = asked[0], asked[-1]
    early = _texts(family, first)
    known = {text.text for text in early}
    return Observed(
        family=family,
        model=model,
        params={k: v for k, v in first.items() if k not in BULK[family] and not is_identity(family, k)},
        texts=tuple(text for text in early if text.text.strip() != prompt.strip()),
        tools=tuple(_tools(family, first)),
        answers={answer.call_id: answer for answer in _ANSWERS[family](last)},
        later=tuple(text for text in _texts(family, last) if text.text not in known and text.text != prompt),
    )


def _tools(family: str, body: Wire) -> list[Wire]:
    if family == "gemini":
        return [tool for group in body.get("tools", []) for tool in group.get("functionDeclarations", [])]
    if family == "codex":
        added = [item for item in body.get("input", []) if item.get("type") == "additional_tools"]
        return [*body.get("tools", []), *(tool for item in added for tool in item.get("tools", []))]
    return list(body.get("tools", []))


def _texts(family: str, body: Wire) -> list[Text]:
    return [text for place, content in _places(family, body) for text in _blocks(place, content)]


def _places(family: str, body: Wire) -> Iterator[tuple[str, object]]:
    """Everything that is not the model's, with a name for where it stands."""
    match family:
        case "claude":
            yield "system", body.get("system", [])
            for at, message in enumerate(body["messages"]):
                if message["role"] != "assistant":
                    yield f"messages[{at}] {message['role']}", message["content"]
        case "codex":
            yield "instructions", body.get("instructions") or []
            for at, item in enumerate(body["input"]):
                if item.get("type", "message") == "message" and item.get("role") != "assistant":
                    yield f"input[{at}] {item['role']}", item["content"]
        case _:
            yield "systemInstruction", body.get("systemInstruction", {}).get("parts", [])
            for at, content in enumerate(body["contents"]):
                if content.get("role") == "user":
                    yield f"contents[{at}] user", content["parts"]


def _blocks(place: str, content: object) -> list[Text]:
    if isinstance(content, str):
        return [Text(place=place, text=content)]
    parts = cast("Sequence[Wire]", content)
    return [
        Text(place=f"{place}[{at}]", text=str(part["text"]))
        for at, part in enumerate(parts)
        if isinstance(part.get("text"), str)
    ]


def _claude_answers(body: Wire) -> list[Answered]:
    out: list[Answered] = []
    for message in body["messages"]:
        if isinstance(message["content"], str):
            continue
        for block in message["content"]:
            if block.get("type") == "tool_result":
                text, media = _joined(block.get("content", ""))
                out.append(
                    Answered(call_id=block["tool_use_id"], text=text, is_error=block.get("is_error"), media=media)
                )
    return out


def _codex_answers(body: Wire) -> list[Answered]:
    out: list[Answered] = []
    for item in body["input"]:
        if str(item.get("type", "")).endswith("call_output"):
            text, media = _joined(item["output"])
            out.append(Answered(call_id=item["call_id"], text=text, is_error=None, media=media))
    return out


def _gemini_answers(body: Wire) -> list[Answered]:
    out: list[Answered] = []
    for content in body["contents"]:
        pictures = sum("inlineData" in part for part in content["parts"])
        for part in content["parts"]:
            told = part.get("functionResponse")
            if told:
                response = told["response"]
                wrong = "error" in response
                text = str(response["error" if wrong else "output"])
                out.append(Answered(call_id=str(told.get("id")), text=text, is_error=wrong, media=pictures))
    return out


def _joined(content: object) -> tuple[str, int]:
    """All text of a result, and how many pictures are with it."""
    if isinstance(content, str):
        return content, 0
    parts = cast("Sequence[Wire]", content)
    text = "".join(str(part["text"]) for part in parts if isinstance(part.get("text"), str))
    return text, sum(str(part.get("type", "")).endswith("image") for part in parts)


_ANSWERS: Mapping[str, Callable[[Wire], list[Answered]]] = {
    "claude": _claude_answers,
    "codex": _codex_answers,
    "gemini": _gemini_answers,
}
