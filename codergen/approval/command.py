"""A command line for bash, taken apart into the simple commands that it would run. Pure.

Rules judge by the parts, so nothing may be read in a way that bash does not: what is not fully understood (control
flow, functions, arithmetic on variables, ...) is named as unclear and never guessed.
"""

import re
from dataclasses import dataclass, field

LONGEST = 20_000
DEEPEST = 20
_ENDS = frozenset(" \t\n;&|<>()")
_RESERVED = frozenset({
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "in",
    "function", "coproc", "{", "}", "[[", "]]",
})  # fmt: skip
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[[^\]]*\])?\+?=", re.ASCII)
_OPERATOR = re.compile(r"\|\||&&|\|&|;;|;&|&>>|&>|[;&|]")
_REDIRECT = re.compile(r"(?P<fd>[0-9]*)(?P<op><<<|<<-|<<|<>|<&|<|>>|>\||>&|>)")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z_0-9]*|[0-9@*#?$!_-]|\{[#!]?(?:[A-Za-z_][A-Za-z_0-9]*|[0-9@*#?$!-])\})")
_SUM = re.compile(r"\$\(\([0-9+\-*/% <>=!&|^~]*\)\)")
_DELIMITER = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    text: str
    """Quotes taken away."""
    literal: bool
    """The command gets exactly this; otherwise the shell makes something of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A file that the shell opens for a command."""

    target: Word
    writes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """One program with its arguments."""

    words: tuple[Word, ...] = ()
    sets: tuple[str, ...] = ()
    """Assignments before it, as written; without words they hold for what follows."""
    redirects: tuple[Redirect, ...] = ()

    @property
    def text(self) -> str:
        """For people."""
        return " ".join((*self.sets, *(word.text for word in self.words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    commands: tuple[Simple, ...]
    """In any nesting: of pipes, lists, subshells and substitutions."""
    unclear: str = ""
    """Why there may be more to it than `commands`; empty when all of it is understood."""


def parse(text: str) -> CommandLine:
    """Never raises."""
    if len(text) > LONGEST:
        return CommandLine(commands=(), unclear=f"it is longer than {LONGEST} characters")
    if any((ord(c) < 32 and c not in "\t\n") or ord(c) == 127 for c in text):
        return CommandLine(commands=(), unclear="it holds control characters")
    reader = _Reader(text)
    try:
        reader.commands(closing="")
    except _Unclear as error:
        return CommandLine(commands=tuple(reader.out), unclear=str(error))
    return CommandLine(commands=tuple(reader.out))


class _Unclear(Exception):
    """Not understood; the text says what."""


@dataclass(slots=True)
class _Draft:
    """A simple command under way."""

    words: list[Word] = field(default_factory=list[Word])
    sets: list[str] = field(default_factory=list[str])
    redirects: list[Redirect] = field(default_factory=list[Redirect])
    closed: bool = False
    """A subshell stands here; only redirections may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """A here-document whose body is to come."""

    delimiter: str
    quoted: bool
    tabs: bool


class _Reader:
    def __init__(self, text: str, at: int = 0, depth: int = 0, out: list[Simple] | None = None) -> None:
        if depth > DEEPEST:
            raise _Unclear("it is nested too deeply")
        self.text, self.at, self.depth = text, at, depth
        self.out: list[Simple] = [] if out is None else out
        self.bodies: list[_Here] = []
        self.one_line = False
        """A body is due outside at the next line end."""

    # --- lists of commands

    def commands(self, closing: str) -> None:
        """Up to the end, or past `closing`."""
        draft = _Draft()
        while True:
            self._blanks()
            here = self.text[self.at : self.at + 1]
            if not here or here == ")":
                self._end(draft, here, closing)
                return
            if here == "\n":
                draft = self._line_end(draft)
            elif here == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif here == "(":
                self._subshell(draft)
            elif self.text.startswith(("<(", ">("), self.at):
                self._take_word(draft)
            elif (found := _REDIRECT.match(self.text, self.at)) is not None:
                self._redirect(draft, found)
            elif (operator := _OPERATOR.match(self.text, self.at)) is not None:
                draft = self._operator(draft, operator.group())
            else:
                self._take_word(draft)

    def _end(self, draft: _Draft, here: str, closing: str) -> None:
        if here != closing:
            raise _Unclear("a bracket has no counterpart")
        if self.bodies:
            raise _Unclear("a here-document has no body")
        self._flush(draft)
        self.at += len(here)

    def _flush(self, draft: _Draft) -> _Draft:
        if draft.words or draft.sets or draft.redirects:
            self.out.append(Simple(words=tuple(draft.words), sets=tuple(draft.sets), redirects=tuple(draft.redirects)))
        return _Draft()

    def _line_end(self, draft: _Draft) -> _Draft:
        if self.one_line:
            raise _Unclear("a here-document's body begins inside a substitution")
        self.at += 1
        for body in self.bodies:
            self._body(body)
        self.bodies.clear()
        return self._flush(draft)

    def _operator(self, draft: _Draft, operator: str) -> _Draft:
        if operator in {";;", ";&"}:
            raise _Unclear("it has control flow")
        self.at += len(operator)
        if operator in {"&>", "&>>"}:
            self._blanks()
            draft.redirects.append(Redirect(target=self._word(), writes=True))
            return draft
        return self._flush(draft)

    def _subshell(self, draft: _Draft) -> None:
        if draft.words or draft.sets or draft.redirects or draft.closed:
            raise _Unclear("a bracket stands where bash has functions and patterns")
        if self.text.startswith("((", self.at):
            raise _Unclear("it has arithmetic")
        self.at += 1
        self._nested()
        draft.closed = True

    def _nested(self) -> None:
        inner = _Reader(self.text, self.at, self.depth + 1, self.out)
        inner.one_line = self.one_line or bool(self.bodies)
        inner.commands(closing=")")
        self.at = inner.at

    # --- redirections

    def _redirect(self, draft: _Draft, found: "re.Match[str]") -> None:
        self.at = found.end()
        self._blanks()
        start, operator = self.at, found["op"]
        target = self._word()
        match operator:
            case "<<" | "<<-":
                if not target.literal or not _DELIMITER.fullmatch(target.text):
                    raise _Unclear("a here-document's end is not plain")
                quoted = self.text[start : self.at] != target.text
                self.bodies.append(_Here(delimiter=target.text, quoted=quoted, tabs=operator == "<<-"))
            case "<<<":
                pass
            case ">&" | "<&" if target.literal and re.fullmatch(r"[0-9]*-?", target.text) and target.text:
                pass
            case "<&":
                raise _Unclear("a descriptor is not plain")
            case _:
                draft.redirects.append(Redirect(target=target, writes=operator != "<"))

    def _body(self, here: _Here) -> None:
        start = self.at
        while True:
            if self.at >= len(self.text):
                raise _Unclear("a here-document does not end")
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            begin, self.at = self.at, min(end + 1, len(self.text))
            if (line.lstrip("\t") if here.tabs else line) == here.delimiter:
                body = self.text[start:begin]
                if not here.quoted and re.search(r"`|\$[({\[]|\\\n", body):
                    raise _Unclear("a here-document has substitutions")
                return

    # --- words

    def _blanks(self) -> None:
        while True:
            if self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at : self.at + 1] in {" ", "\t"}:
                self.at += 1
            else:
                return

    def _take_word(self, draft: _Draft) -> None:
        if draft.closed:
            raise _Unclear("something follows a bracket")
        start = self.at
        word = self._word()
        raw = self.text[start : self.at]
        if not draft.words:
            if raw == "!" and not draft.sets and not draft.redirects:
                return
            if raw in _RESERVED:
                raise _Unclear("it has control flow")
            if _ASSIGNMENT.match(raw):
                draft.sets.append(raw)
                return
        draft.words.append(word)

    def _word(self) -> Word:
        parts: list[str] = []
        start, literal = self.at, True
        if self.text.startswith(("<(", ">("), self.at):
            self.at += 2
            self._nested()
            parts.append(self.text[start : self.at])
            literal = False
        while self.at < len(self.text) and self.text[self.at] not in _ENDS:
            literal &= self._piece(parts, first=self.at == start)
        if self.at == start:
            raise _Unclear("a word is missing")
        if self.text.startswith(("(", "<(", ">("), self.at):
            raise _Unclear("a bracket stands where bash has functions and patterns")
        return Word(text="".join(parts), literal=literal)

    def _piece(self, parts: list[str], *, first: bool) -> bool:
        """The next stretch of a word; whether it is passed on as it is."""
        here = self.text[self.at]
        match here:
            case "'":
                parts.append(self._until("'", self.at + 1))
                return True
            case '"':
                self.at += 1
                return self._double(parts)
            case "\\":
                if self.at + 1 >= len(self.text):
                    raise _Unclear("it ends in a backslash")
                if self.text[self.at + 1] != "\n":
                    parts.append(self.text[self.at + 1])
                self.at += 2
                return True
            case "$" | "`":
                return self._expansion(parts)
            case _:
                parts.append(here)
                self.at += 1
                empty = here == "{" and self.text.startswith("}", self.at)
                return not (here in "*?[{" or (here == "~" and first)) or empty

    def _double(self, parts: list[str]) -> bool:
        literal = True
        while True:
            here = self.text[self.at : self.at + 1]
            match here:
                case "":
                    raise _Unclear("a quote does not end")
                case '"':
                    self.at += 1
                    return literal
                case "\\":
                    following = self.text[self.at + 1 : self.at + 2]
                    parts.append(following if following in {'"', "\\", "$", "`"} else f"\\{following}")
                    if following == "\n":
                        parts.pop()
                    self.at += 2
                case "$" | "`":
                    literal &= self._expansion(parts, quoted=True)
                case _:
                    parts.append(here)
                    self.at += 1

    def _expansion(self, parts: list[str], *, quoted: bool = False) -> bool:
        text, start = self.text, self.at
        if text[start] == "`":
            body = self._until("`", start + 1)
            if "\\" in body:
                raise _Unclear("a substitution has backslashes")
            _Reader(body, 0, self.depth + 1, self.out).commands(closing="")
        elif found := _SUM.match(text, start) or _VARIABLE.match(text, start):
            self.at = found.end()
        elif text.startswith("$((", start) or text.startswith(("${", "$["), start):
            raise _Unclear("it has arithmetic or an expansion that may run something")
        elif text.startswith("$(", start):
            self.at += 2
            self._nested()
        elif text.startswith("$'", start) and not quoted:
            closing = re.compile(r"\$'(?:[^'\\]|\\.)*'", re.DOTALL).match(text, start)
            if closing is None:
                raise _Unclear("a quote does not end")
            self.at = closing.end()
        elif text.startswith('$"', start) and not quoted:
            self.at += 1
            return False
        else:
            parts.append("$")
            self.at += 1
            return True
        parts.append(text[start : self.at])
        return False

    def _until(self, quote: str, start: int) -> str:
        end = self.text.find(quote, start)
        if end < 0:
            raise _Unclear("a quote does not end")
        self.at = end + 1
        return self.text[start:end]
