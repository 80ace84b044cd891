"""Tools of a Responses request, checked and put into our words. SDK types are those of `openai.types.responses`."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.openai_responses import schema
from providers.twin.check import need
from providers.twin.front import Block, Wire
from providers.twin.fronts.checks import array, mapping, one_of, text
from providers.twin.wire import canonical
from providers.types import Grammar, NamedTool, ToolChoice, ToolSpec

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
HOME = "functions"
"""Namespace whose tools are called by their bare names (wire.md 2.4)."""
SYNTAXES = frozenset({"lark", "regex"})
CHOICES: Mapping[str, ToolChoice] = {"auto": "auto", "none": "none", "required": "required"}


def named(name: str, namespace: object) -> str:
    """One name for a tool or a call: `sleep` of the namespace `clock` is `clock.sleep`."""
    return name if namespace in (None, "", HOME) else f"{namespace}.{name}"


def tools(wired: Sequence[Any], place: str) -> tuple[ToolSpec, ...]:
    """Functions and custom tools, those in namespaces too; tools that the service runs itself are left out."""
    found = tuple(_each(wired, place, ""))
    twice = [name for name, times in Counter(spec.name for spec in found).items() if times > 1]
    need(not twice, f"Invalid '{place}': two tools are named {', '.join(twice)}.", "assumed")
    return found


def _each(wired: Sequence[Any], place: str, namespace: str) -> Iterator[ToolSpec]:
    for at, value in enumerate(wired):
        here = f"{place}[{at}]"
        tool = mapping(value, here, "SDK type ToolParam")
        match text(tool.get("type"), f"{here}.type", "SDK type ToolParam"):
            case "function":
                yield _function(tool, here, namespace)
            case "custom":
                yield _custom(tool, here, namespace)
            case "namespace":
                inner = array(tool.get("tools"), f"{here}.tools", "SDK type NamespaceToolParam")
                yield from _each(inner, f"{here}.tools", _name(tool, here))
            case _:
                pass


def _name(tool: Wire, place: str) -> str:
    name = text(tool.get("name"), f"{place}.name", "SDK types FunctionToolParam.name, CustomToolParam.name")
    expected = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
    need(NAME.fullmatch(name) is not None, f"Invalid '{place}.name': {expected}", "assumed")
    return name


def _function(tool: Wire, place: str, namespace: str) -> ToolSpec:
    name, strict = _name(tool, place), tool.get("strict") is True
    parameters = mapping(tool.get("parameters") or {}, f"{place}.parameters", "SDK type FunctionToolParam.parameters")
    if strict:
        fault = schema.fault(parameters)
        need(not fault, f"Invalid schema for function '{name}': {fault}", "SDK type FunctionToolParam.strict")
    description = str(tool.get("description") or "")
    return ToolSpec(name=named(name, namespace), description=description, parameters=parameters, strict=strict)


def _custom(tool: Wire, place: str, namespace: str) -> ToolSpec:
    rule = "SDK type CustomToolInputFormat"
    form = mapping(tool.get("format") or {"type": "text"}, f"{place}.format", rule)
    grammar = None
    if one_of(form.get("type"), frozenset({"text", "grammar"}), f"{place}.format.type", rule) == "grammar":
        definition = text(form.get("definition"), f"{place}.format.definition", rule)
        lark = one_of(form.get("syntax"), SYNTAXES, f"{place}.format.syntax", rule) == "lark"
        grammar = Grammar(syntax="lark" if lark else "regex", definition=definition)
    name, description = named(_name(tool, place), namespace), str(tool.get("description") or "")
    return ToolSpec(name=name, description=description, freeform=True, grammar=grammar)


def choice(value: object, known: Sequence[ToolSpec]) -> ToolChoice:
    """SDK type ResponseCreateParamsBase.tool_choice. A choice that has no word of ours is "auto"."""
    if value is None:
        return "auto"
    if isinstance(value, str):
        return CHOICES[one_of(value, frozenset(CHOICES), "tool_choice", "SDK type ToolChoiceOptions")]
    wired = mapping(value, "tool_choice", "SDK type ToolChoice")
    if wired.get("type") not in ("function", "custom"):
        return "auto"
    name = text(wired.get("name"), "tool_choice.name", "SDK types ToolChoiceFunctionParam, ToolChoiceCustomParam")
    freeform = wired["type"] == "custom"
    there = any(spec.name == name and spec.freeform == freeform for spec in known)
    need(there, f"Tool choice '{name}' not found in 'tools' parameter.", "assumed")
    return NamedTool(name=name)


def blocks(wired: Sequence[Any], *, on_demand: bool = False, first: int = 0) -> Iterator[Block]:
    """One per tool as it is listed; `first` goes on counting where tools stand in several lists."""
    for at, tool in enumerate(wired, first):
        yield Block(place=f"tools[{at}]", text=canonical(tool), on_demand=on_demand)
