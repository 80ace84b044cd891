"""What a mode and rules say of a call. Pure.

A call falls into pieces (simple commands, files that it names, files that a shell opens for it), each of which is ruled
on: a rule that denies, then one that asks, then one that allows, then the mode. The call gets the strictest of these.
"""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from codergen.approval.command import Redirect, Simple, parse
from codergen.approval.request import ApprovalRequest, Mode
from codergen.approval.rule import Effect, Fit, Rule, allows, changes_place, covers, forbids, within
from codergen.tools.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What can be ruled on by itself."""

    kind: Literal["call", "command", "unclear", "file", "redirect"]
    act: Act
    """Of a redirect: what it does to its file."""
    command: Simple | None = None
    path: str = ""
    """Absolute and normal, as inside; empty where the shell decides."""
    below: bool = False
    """Everything below `path` too."""
    text: str = ""
    """For people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """One piece, and what was found for it."""

    piece: Piece
    effect: Effect
    why: str
    rule: Rule | None = None
    """None: the mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    effect: Effect
    strictest: Ruled
    pieces: tuple[Ruled, ...]


_STRICT: tuple[Effect, ...] = ("allow", "ask", "deny")


def decide(request: ApprovalRequest, mode: Mode, rules: Sequence[Rule]) -> Ruling:
    """The strictest ruling of all pieces; of equal ones the first."""
    found = [rule for rule in rules if rule.concerns(request.tool, request.intent.act)]
    ruled = tuple(_ruled(piece, request, mode, found) for piece in pieces(request))
    strictest = max(ruled, key=lambda one: _STRICT.index(one.effect))
    return Ruling(effect=strictest.effect, strictest=strictest, pieces=ruled)


def pieces(request: ApprovalRequest) -> tuple[Piece, ...]:
    """At least one."""
    intent = request.intent
    out = [
        Piece(kind="file", act=intent.act, path=_absolute(path, request.cwd), below=intent.below, text=path)
        for path in intent.paths
        if intent.act in {"read", "edit"}
    ]
    if intent.act == "run" and intent.command:
        line, folder = parse(intent.command), _start(request)
        moved = any(changes_place(command) for command in line.commands)
        for command in line.commands:
            if command.words or command.sets:
                out.append(Piece(kind="command", act="run", command=command, text=command.text))
            out += [_redirect(one, folder, moved=moved) for one in command.redirects]
        for why in filter(None, (line.unclear, intent.unclear)):
            out.append(Piece(kind="unclear", act="run", text=why))
    return tuple(out) or (Piece(kind="call", act=intent.act, text=request.tool),)


def _redirect(redirect: Redirect, cwd: str, *, moved: bool) -> Piece:
    target = redirect.target
    known = target.literal and (target.text.startswith("/") or not moved)
    return Piece(
        kind="redirect",
        act="edit" if redirect.writes else "read",
        path=_absolute(target.text, cwd) if known else "",
        text=f"{'>' if redirect.writes else '<'} {target.text}",
    )


def _absolute(path: str, cwd: str) -> str:
    return posixpath.normpath(posixpath.join(cwd, path))


def _ruled(piece: Piece, request: ApprovalRequest, mode: Mode, rules: Sequence[Rule]) -> Ruled:
    maybe: Rule | None = None
    for effect in ("deny", "ask"):
        for rule in rules:
            if rule.effect != effect:
                continue
            match _stands(rule, piece, request):
                case "yes":
                    return Ruled(piece=piece, effect=effect, rule=rule, why=f"a rule says: {rule.text}")
                case "maybe":
                    maybe = maybe or rule
                case "no":
                    pass
    if maybe is not None:
        why = f"it may be what a rule names ({maybe.text}), which its text does not show for certain"
        return Ruled(piece=piece, effect="ask", rule=maybe, why=why)
    for rule in rules:
        if rule.effect == "allow" and _allowed(rule, piece, request):
            return Ruled(piece=piece, effect="allow", rule=rule, why=f"a rule says: {rule.text}")
    return Ruled(piece=piece, effect=_by_mode(piece, request, mode), why=f"the mode is {mode}")


def _stands(rule: Rule, piece: Piece, request: ApprovalRequest) -> Fit:
    """Of a rule that denies or asks."""
    if rule.whole:
        return "yes"
    if rule.command:
        if piece.kind == "unclear" or (piece.kind == "call" and piece.act == "run"):
            return "maybe"
        return forbids(rule, piece.command) if piece.command is not None else "no"
    match piece.kind:
        case "file" | "redirect":
            if rule.act not in {None, piece.act}:
                return "no"
            if not piece.path:
                return "maybe"
            return "yes" if covers(rule, piece.path, request.root) else "maybe" if piece.below else "no"
        case "command" | "unclear":
            return "maybe" if rule.act in {None, "read"} and _mentions(rule, piece, request) else "no"
        case "call":
            return "no"


def _start(request: ApprovalRequest) -> str:
    """Where relative paths count from."""
    return _absolute(request.intent.folder, request.cwd)


def _mentions(rule: Rule, piece: Piece, request: ApprovalRequest) -> bool:
    """Whether a path that must not be read stands among a command's arguments."""
    words = piece.command.words[1:] if piece.command is not None else ()
    start = _start(request)
    texts = {text for word in words for text in (word.text, word.text.rpartition("=")[2]) if text}
    return any(covers(rule, _absolute(text, start), request.root) for text in texts)


def _allowed(rule: Rule, piece: Piece, request: ApprovalRequest) -> bool:
    if rule.whole:
        return True
    if rule.command:
        return piece.command is not None and allows(rule, piece.command)
    if piece.kind not in {"file", "redirect"} or not piece.path or rule.act not in {None, piece.act}:
        return False
    return covers(rule, piece.path, request.root)


def _by_mode(piece: Piece, request: ApprovalRequest, mode: Mode) -> Effect:
    """Where no rule speaks."""
    if piece.act in {"plan", "agent"} or piece.path == "/dev/null":
        return "allow"
    inside = _inside(piece, request)
    if piece.act == "read" and inside:
        return "allow"
    match mode:
        case "plan":
            return "ask" if piece.act == "read" else "deny"
        case "never":
            return "deny"
        case "ask":
            return "ask"
        case "edits":
            return "allow" if piece.act == "edit" and inside else "ask"
        case "auto":
            return "ask" if piece.act == "network" or not (inside or request.bounded) else "allow"


def _inside(piece: Piece, request: ApprovalRequest) -> bool:
    if piece.kind in {"file", "redirect"}:
        return bool(piece.path) and within(piece.path, request.root)
    return piece.act in {"read", "edit"}
