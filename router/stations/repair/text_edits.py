"""Changes to strings: blanks and case, regular expressions, f-strings. Pure, like `expression_edits`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from router.stations.repair.expression_edits import EXPRESSION_EDITS
from router.stations.repair.operator_edits import OPERATOR_EDITS, Draft
from router.stations.repair.prior import DATE_DIRECTIVES, STRING_FAMILIES, family_members
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span, open_source

_LITERAL = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)
_RE_FUNCTIONS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
_QUANTIFIER = re.compile(r"(?<!\\)(?<=[\w\])}.])([*+?]|\{\d*,?\d*\})(\??)")
_CLASS = re.compile(r"(?<!\\)\[\^?([^\]]*)\]")
SEPARATORS = ("-", "_", " ", ",", ", ", ".", ":", ": ", ";", "/", "|", "\\n", "\\t", "")
"""As written in source. One is easily taken for another."""
_FLAGS = ("IGNORECASE", "MULTILINE", "DOTALL")


class Literal(NamedTuple):
    """A string literal of one piece, as written."""

    start: int
    """Offset in the file of the first character between the quotes."""
    prefix: str
    quote: str
    body: str


def literal_of(source: Source, node: ast.expr) -> Literal | None:
    """None for what is no string, or strings in several pieces."""
    code = source.code(node)
    match = _LITERAL.fullmatch(code)
    if match is None or match[2] in match[3]:
        return None
    return Literal(source.span(node)[0] + match.start(3), match[1].lower(), match[2], match[3])


def string_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A blank too many or too few at an end, another case, another separator."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    literal = literal_of(source, node)
    if literal is None or isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return
    body, start = literal.body, literal.start
    blanks = (body.strip(" "), f"{body} ", f" {body}", body.rstrip(" "), body.lstrip(" "), f" {body} ")
    cases = (body.lower(), body.upper(), body.capitalize()) if body.isidentifier() else ()
    ends = (f"{body}\\n", body.removesuffix("\\n"), body[:-1], body * 2 if len(body) <= 2 else body)
    if len(body) > 1 and len(set(body)) == 1:
        ends = (*ends, body[0])
    others = SEPARATORS if body in SEPARATORS else ()
    for text in dict.fromkeys((*others, *blanks, *cases, *ends)):
        if text != body and not (text.endswith("\\") and not body.endswith("\\")):
            yield Draft("string_text", (Span(start, start + len(body), text),))


def family_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Another word of the kind (encodings, directions), another directive of a date format."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    literal = literal_of(source, node)
    if literal is None or isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return
    body, start = literal.body, literal.start
    for word in family_members(body, STRING_FAMILIES):
        yield Draft("string_family", (Span(start, start + len(body), word),))
    for match in re.finditer(r"%(-?)([a-zA-Z])", body):
        near = {other for letters in DATE_DIRECTIVES if match[2] in letters for other in letters} - {match[2]}
        at = start + match.start(2)
        for letter in sorted(near):
            yield Draft("date_format", (Span(at, at + 1, letter),))


def is_pattern(source: Source, node: ast.expr) -> bool:
    """The first argument of a function of `re`."""
    parent = source.parents.get(node)
    if not isinstance(parent, ast.Call) or not parent.args or parent.args[0] is not node:
        return False
    return isinstance(parent.func, ast.Attribute | ast.Name) and _called(parent) in _RE_FUNCTIONS


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(value=ast.Name(id="re" | "regex"), attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def regex_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Quantifiers, greed, anchors, classes and escapes of a pattern; flags of the call."""
    if isinstance(node, ast.Call):
        yield from _flag_edits(source, node)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not is_pattern(source, node):
        return
    literal = literal_of(source, node)
    if literal is None:
        return
    for text in dict.fromkeys(_patterns(literal.body)):
        if text != literal.body and _compiles(text):
            yield Draft("regex", (Span(literal.start, literal.start + len(literal.body), text),))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _patterns(body: str) -> Iterator[str]:
    yield body.removeprefix("^") if body.startswith("^") else f"^{body}"
    yield body.removesuffix("$") if body.endswith("$") else f"{body}$"
    yield rf"\b{body}\b"
    for match in _QUANTIFIER.finditer(body):
        before, after = body[: match.start()], body[match.end() :]
        yield before + match[1] + ("" if match[2] else "?") + after
        for other in ("*", "+", "?", ""):
            yield before + other + after
        for number in re.finditer(r"\d+", match[1]):
            for shifted in (int(number[0]) + 1, max(int(number[0]) - 1, 0)):
                inner = match[1][: number.start()] + str(shifted) + match[1][number.end() :]
                yield before + inner + match[2] + after
    yield from _piece_changes(body)


def _piece_changes(body: str) -> Iterator[str]:
    """Single characters and classes: repeated, escaped, widened, of another kind."""
    for match in re.finditer(r"(?<!\\)(\\[dwsS.]|\]|\)|(?<![\\(?*+])\.)(?![*+?{])", body):
        for quantifier in "+*?":
            yield body[: match.end()] + quantifier + body[match.end() :]
    for match in re.finditer(r"(\\)?\.", body):
        yield body[: match.start()] + ("." if match[1] else r"\.") + body[match.end() :]
    for match in _CLASS.finditer(body):
        for more in ("-", "_", ".", "0-9", "A-Z", "a-z", " "):
            if more not in match[1]:
                yield body[: match.end() - 1] + more + body[match.end() - 1 :]
        at = match.start() + 1
        yield body[:at] + (body[at + 1 :] if body[at] == "^" else "^" + body[at:])
    for match in re.finditer(r"\\([dDwWsSbB])", body):
        for other in {"d": "wD", "w": "dSW", "s": "Sw", "S": "sw", "b": "B"}.get(match[1], match[1].lower()):
            yield body[: match.start()] + "\\" + other + body[match.end() :]


def _flag_edits(source: Source, node: ast.Call) -> Iterator[Draft]:
    if not isinstance(node.func, ast.Attribute) or _called(node) not in _RE_FUNCTIONS:
        return
    if any(name in source.code(node) for name in (*_FLAGS, "flags=")):
        return
    end = source.span(node)[1] - 1
    module = source.code(node.func.value)
    for flag in _FLAGS:
        yield Draft("regex", (Span(end, end, f", flags={module}.{flag}"),))


class Field(NamedTuple):
    """One replacement field of an f-string: offsets in the file."""

    start: int
    """Of its expression."""
    end: int
    spec: tuple[int, int]
    """Of its format specification; empty where there is none."""


def fields_of(literal: Literal) -> Iterator[Field]:
    """The outer fields of an f-string, without those in specifications."""
    body, at = literal.body, 0
    while at < len(body):
        if body[at] != "{" or body[at : at + 2] == "{{":
            at += 2 if body[at : at + 2] in {"{{", "}}"} else 1
            continue
        depth, here, colon = 1, at + 1, 0
        while here < len(body) and depth:
            depth += {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}.get(body[here], 0)
            if depth == 1 and not colon and body[here] == ":":
                colon = here
            here += 1
        stop = here - 1
        bang = re.search(r"![rsa]$", body[at + 1 : colon or stop])
        end = (colon or stop) - (2 if bang else 0)
        spec = (colon + 1, stop) if colon else (stop, stop)
        yield Field(literal.start + at + 1, literal.start + end, (literal.start + spec[0], literal.start + spec[1]))
        at = here


def fstring_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Format specifications, what is shown, and a part more: e.g. of a key."""
    if not isinstance(node, ast.JoinedStr):
        return
    literal = literal_of(source, node)
    if literal is None or "f" not in literal.prefix:
        return
    fields = list(fields_of(literal))
    for field in fields:
        yield from _spec_edits(source, scope, field)
        for draft in _inner_edits(source, scope, field):
            if not any(literal.quote[0] in span.text for span in draft.spans):
                yield draft
    shown = {source.text[field.start : field.end] for field in fields}
    end = literal.start + len(literal.body)
    for name in scope.names[:8]:
        if name not in shown | {"self", "cls"} and fields:
            gap = source.text[fields[-2].spec[1] + 1 : fields[-1].start - 1] if len(fields) > 1 else ":"
            yield Draft("key_part", (Span(end, end, f"{gap or ':'}{{{name}}}"),))


def _spec_edits(source: Source, scope: Scope, field: Field) -> Iterator[Draft]:
    start, end = field.spec
    spec = source.text[start:end]
    if start == end:
        usual = (".2f", ".1f", ".0f", "02d", "02", ",", ">8", "03d", "g", "x")
        for text in dict.fromkeys((*scope.specs, *usual)):
            yield Draft("format_spec", (Span(start, end, f":{text}"),))
        return
    choices = [spec.replace(a, b, 1) for a in "<>^" if a in spec for b in "<>^"]
    if "<" not in spec and ">" not in spec:
        choices += [f"<{spec}", f">{spec}", f"0{spec}", f"{spec}d", spec.removeprefix("0"), f"02{spec}"]
    for match in re.finditer(r"\d+", spec):
        for shifted in (int(match[0]) + 1, int(match[0]) - 1):
            choices.append(spec[: match.start()] + f"{shifted:0{len(match[0])}d}" + spec[match.end() :])
    choices += [re.sub(r"\.\d", f".{digits}", spec) for digits in "0123"]
    choices += [f"{spec}.{digits}f" for digits in "210" if "." not in spec and not spec.endswith(tuple("dfx%"))]
    for text in dict.fromkeys((*choices, *scope.specs)):
        if text and text != spec and not text.startswith("-"):
            yield Draft("format_spec", (Span(start, end, text),))
    yield Draft("format_spec", (Span(start - 1, end, ""),))


def _inner_edits(source: Source, scope: Scope, field: Field) -> Iterator[Draft]:
    """The usual edits of the expression that is shown: its nodes have no sure places before Python 3.12."""
    code = source.text[field.start : field.end]
    inner = open_source(source.path, code) if code == code.strip() else None
    if inner is None or len(inner.tree.body) != 1 or not isinstance(inner.tree.body[0], ast.Expr):
        return
    narrow = replace(scope, expressions=())
    for node in ast.walk(inner.tree.body[0].value):
        if isinstance(node, ast.expr) and not isinstance(node, ast.JoinedStr):
            for make in (*OPERATOR_EDITS, *EXPRESSION_EDITS):
                for draft in make(inner, narrow, node):
                    yield Draft(draft.kind, tuple(_shifted(span, field.start) for span in draft.spans))


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.text)


TEXT_EDITS = (string_edits, family_edits, regex_edits, fstring_edits)
