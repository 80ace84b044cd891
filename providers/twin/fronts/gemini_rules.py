"""What the Gemini API refuses, rule by rule. Pure.

Every rule says where it is from: a type of google-genai (`types.X`), a row of wire.md, a page of Google's
documentation, reports of the error in public issues, or "assumed".
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from providers.gemini_generate import thinking
from providers.twin import wire
from providers.twin.check import need
from providers.twin.front import Wire
from providers.twin.fronts import gemini_fields
from providers.twin.fronts.gemini_fields import elements, within

DUMMIES = frozenset({"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"})
"""Google's page "Thought signatures", FAQ: what stands on a call that no Gemini model made."""
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
"""types.FunctionDeclaration.name."""
DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
)
"""types.Part: exactly one of them."""
MODES = frozenset({"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"})
LEVELS = frozenset({"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"})
COUNTS = "the number of function response parts is not that of the function call parts of the turn before"
UNSIGNED = "Function call is missing a thought_signature in functionCall parts"


def check(body: object, model: str) -> Wire:
    """A call for a model, in one spelling. Raises Rejected with the rule that is broken."""
    sent = shape(body)
    turns = elements(sent, "contents")
    names = _declarations(sent)
    _tool_config(sent, names)
    _generation(within(sent, "generationConfig"), model, tools=bool(names))
    _cached(sent)
    _calls_are_answered(turns)
    if thinking.wants_signatures(model):
        _calls_are_signed(turns)
    return sent


def shape(body: object) -> Wire:
    """What holds of any contents, also of some that are only counted: gemini-cli counts a result without its call."""
    sent = gemini_fields.same(body, "Request")
    for message in gemini_fields.wrong(sent, "Request"):
        need(False, message, "types, by field: gemini_fields.TYPES")
    checked = cast("Wire", sent)
    turns = elements(checked, "contents")
    need(turns, "contents is not specified", "types._GenerateContentParameters.contents")
    for at, content in enumerate(turns):
        told = content.get("role", "user")
        need(told in ("user", "model"), "Please use a valid role: user, model.", "types.Content.role")
        _content(content, f"contents[{at}]", told)
    if "systemInstruction" in checked:
        _content(checked["systemInstruction"], "systemInstruction", "user")
    return checked


def _content(content: Wire, place: str, role: str) -> None:
    parts = elements(content, "parts")
    need(parts, f"{place}.parts must not be empty", "types.Content.parts; reports in public issues")
    for at, part in enumerate(parts):
        _part(part, f"{place}.parts[{at}]", role)


def _part(part: Wire, place: str, role: str) -> None:
    held = [name for name in DATA if name in part]
    need(held, f"{place}: required oneof field 'data' must have one initialized field", "types.Part")
    need(len(held) == 1, f"{place}: oneof field 'data' is already set: {held}", "types.Part")
    need(held[0] != "functionCall" or role == "model", f"{place}: a function call of the user", "assumed")
    need(held[0] != "functionResponse" or role == "user", f"{place}: a function response of the model", "assumed")
    inner = within(part, held[0])
    if held[0] in ("functionCall", "functionResponse"):
        text = f"{place}.{held[0]}.name: [REQUIRED_FIELD_MISSING]"
        need(NAME.fullmatch(inner.get("name", "")), text, "types.FunctionCall.name, types.FunctionResponse.name")
    if held[0] == "inlineData":
        need(inner.get("mimeType"), f"{place}.inlineData.mimeType is missing", "types.Blob")
        need(
            _bytes(inner.get("data", "")) is not None, f"{place}.inlineData.data: Base64 decoding failed", "types.Blob"
        )
    if (sent := part.get("thoughtSignature")) is not None and sent not in DUMMIES:
        need(_bytes(sent) is not None, f"{place}.thoughtSignature: Base64 decoding failed", "types.Part")
        need(_ours(part, sent), f"{place}: Thought signature is not valid", "types.Part; wire.sign")


def _bytes(text: str) -> bytes | None:
    """Base64 of either alphabet, as JSON of protocol buffers takes it."""
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None


def signature(part: Wire) -> str:
    """The twin's own signature of a part. It holds a call's name, not its arguments: gemini-cli may add to those
    (wire.md 3.2), and not the model: the same history goes on with another Gemini (assumed)."""
    made = wire.sign("gemini", part["functionCall"]["name"] if "functionCall" in part else "text")
    return base64.b64encode(made.encode()).decode()


def _ours(part: Wire, sent: str) -> bool:
    text = (_bytes(sent) or b"").decode("ascii", "replace")
    facts = part["functionCall"]["name"] if "functionCall" in part else "text"
    return text in DUMMIES or wire.signed(text, "gemini", facts)


def _declarations(sent: Wire) -> set[str]:
    names: list[str] = []
    for at, tool in enumerate(elements(sent, "tools")):
        for number, function in enumerate(elements(tool, "functionDeclarations")):
            place, rule = f"tools[{at}].function_declarations[{number}]", "types.FunctionDeclaration"
            name = function.get("name", "")
            need(NAME.fullmatch(name), f"{place}.name: Invalid function name", rule)
            both = "parameters" in function and "parametersJsonSchema" in function
            need(not both, f"{place}: parameters and parameters_json_schema exclude each other", rule)
            schema = within(function, "parametersJsonSchema")
            need(schema.get("type", "object") == "object", f"{place}.parameters_json_schema is no object schema", rule)
            names.append(name)
    need(len(set(names)) == len(names), f"Duplicate function declaration found in {sorted(names)}", "assumed")
    return set(names)


def _tool_config(sent: Wire, names: set[str]) -> None:
    told = within(sent, "toolConfig", "functionCallingConfig")
    mode, allowed = told.get("mode", "AUTO"), elements(told, "allowedFunctionNames")
    rule = "types.FunctionCallingConfig"
    need(mode in MODES, f"Invalid value at 'tool_config.function_calling_config.mode': {mode!r}", rule)
    need(not allowed or mode in ("ANY", "VALIDATED"), "allowed_function_names is for the modes ANY and VALIDATED", rule)
    need(set(allowed) <= names, f"allowed_function_names that are not declared: {sorted(allowed)}", rule)
    need(mode != "ANY" or names, "Function calling mode ANY needs function declarations", "assumed")


def _generation(sent: Wire, model: str, *, tools: bool) -> None:
    rule = "types.GenerationConfig"
    for name, least, most in (("temperature", 0, 2), ("topP", 0, 1), ("candidateCount", 1, 8)):
        in_range = least <= sent.get(name, least) <= most
        need(in_range, f"generation_config.{name} must be from {least} to {most}", f"{rule} (range assumed)")
    need(sent.get("maxOutputTokens", 1) > 0, "max_output_tokens must be positive", rule)
    need(len(elements(sent, "stopSequences")) <= 5, "more than 5 stop_sequences", f"{rule} (assumed)")
    schemas = [name for name in ("responseSchema", "responseJsonSchema") if name in sent]
    need(len(schemas) < 2, "response_schema and response_json_schema exclude each other", rule)
    as_json = sent.get("responseMimeType") == "application/json"
    need(as_json or not schemas, "a response schema needs response_mime_type application/json", rule)
    old = thinking.family(model) != "level"
    need(
        not (tools and as_json and old),
        "Function calling with a response mime type 'application/json' is unsupported",
        "assumed",
    )
    _thinking(within(sent, "thinkingConfig"), model)


def _thinking(sent: Wire, model: str) -> None:
    rule, level, budget = "types.ThinkingConfig", sent.get("thinkingLevel"), sent.get("thinkingBudget")
    family = thinking.family(model)
    need(level is None or level.upper() in LEVELS, f"Invalid value at thinking_level: {level!r}", rule)
    need(
        level is None or budget is None,
        "only one of thinking_level and thinking_budget may be set",
        f"{rule} (assumed)",
    )
    need(level is None or family == "level", f"Thinking level is not supported for {model}", f"{rule} (assumed)")
    need(not sent or family != "none", f"Thinking is not enabled for {model}", f"{rule} (assumed)")
    off = budget == 0 and "2.5-pro" in model
    need(not off, "Budget 0 is invalid. This model only works in thinking mode.", f"{rule}; reports in public issues")


def _cached(sent: Wire) -> None:
    beside = [name for name in ("systemInstruction", "tools", "toolConfig") if sent.get(name)]
    clash = bool(sent.get("cachedContent")) and bool(beside)
    need(not clash, f"CachedContent can not be used with a request that sets {beside}", "reports in public issues")


def _of(content: Wire, name: str) -> list[Any]:
    return [part[name] for part in content["parts"] if name in part]


def _calls_are_answered(turns: Sequence[Wire]) -> None:
    """Calls are answered in the very next content, each once (the count: reports in public issues, e.g. gemini-cli
    7410; the match by id, else by name and place: types.FunctionCall.id)."""
    rule = "reports in public issues, gemini-cli 7410"
    due: list[Any] = []
    for at, content in enumerate(turns):
        answers = _of(content, "functionResponse")
        need(len(answers) == len(due), f"contents[{at}]: {COUNTS}: {len(answers)}, not {len(due)}", rule)
        ids = [answer["id"] for answer in answers if "id" in answer]
        need(
            len(set(ids)) == len(ids), f"contents[{at}]: a function call is answered twice", "types.FunctionResponse.id"
        )
        for call, answer in zip(due, answers, strict=True):
            _answers(answer, call, due, at)
        due = _of(content, "functionCall")
        after_user = at > 0 and turns[at - 1].get("role", "user") == "user"
        text = f"contents[{at}]: a function call turn must come right after a user turn or a function response turn"
        need(not due or after_user, text, "reports in public issues")
    need(not due, f"contents end with function calls: {COUNTS}: 0, not {len(due)}", rule)


def _answers(answer: Wire, call: Wire, due: Sequence[Wire], at: int) -> None:
    """With an id an answer may stand anywhere among its fellows; without one it is matched by place."""
    by_id: Mapping[str, Wire] = {one["id"]: one for one in due if one.get("id")}
    asked = by_id.get(answer["id"]) if answer.get("id") and by_id else call
    named = asked is not None and asked["name"] == answer["name"]
    text = f"contents[{at}]: function response {answer['name']!r} matches no function call of the turn before"
    need(named, text, "types.FunctionResponse.name, .id")


def _calls_are_signed(turns: Sequence[Wire]) -> None:
    """Since the user last spoke, the first call of each of the model's contents carries a signature (Google's page
    "Thought signatures"; the words: reports in public issues, e.g. docker-agent 2155)."""
    spoke = (
        at for at, one in enumerate(turns) if one.get("role", "user") == "user" and not _of(one, "functionResponse")
    )
    for at in range(max(spoke, default=0), len(turns)):
        calls = [part for part in turns[at]["parts"] if "functionCall" in part]
        name = calls[0]["functionCall"]["name"] if calls else ""
        signed = not calls or calls[0].get("thoughtSignature")
        need(signed, f"{UNSIGNED}: function call `{name}`, position {at}", "Google's page on thought signatures")
