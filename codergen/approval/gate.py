"""The approver of a session with people or without: decides by mode and rules, and asks where these do not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from codergen.approval.decide import Ruled, Ruling, decide
from codergen.approval.propose import proposals
from codergen.approval.request import Approval, ApprovalRequest, Mode, Scope, stricter
from codergen.approval.rule import Origin, Rule

Store = Callable[[Sequence[Rule]], None]
"""Writes rules where the next session finds them. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked."""

    request: ApprovalRequest
    asked: tuple[Ruled, ...]
    """The pieces that need an answer, each with the reason."""
    rules: tuple[Rule, ...]
    """What an answer for the session, or a stored one, would allow; empty where only `once` can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    allow: bool
    scope: Scope = "once"
    why: str = ""
    """What the person said, for the model."""


class Asker(Protocol):
    async def ask(self, question: Question, /) -> Answer | None:
        """None when nobody can answer (any more). Never raises for what is asked; one question at a time."""
        ...


class Nobody:
    """Headless: no answer, at once."""

    async def ask(self, question: Question, /) -> Answer | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was configured."""

    mode: Mode = "ask"
    strictest: Mode = "auto"
    """No mode looser than this, whoever asks for it."""
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    """What was set aside, and why; for people."""


class Gate:
    """One for a session and its agents. What a person allowed for the session is forgotten with it."""

    def __init__(self, policy: Policy, asker: Asker | None = None, store: Store | None = None) -> None:
        self.policy = policy
        self.granted: tuple[Rule, ...] = ()
        """For this session."""
        self.unmet: list[ApprovalRequest] = []
        """Calls that needed an approval nobody could give: exit code 5."""
        self._mode: Mode = policy.mode
        self._asker: Asker = asker or Nobody()
        self._store = store
        self._one = asyncio.Lock()

    @property
    def mode(self) -> Mode:
        return stricter(self._mode, self.policy.strictest)

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode

    async def decide(self, request: ApprovalRequest, /) -> Approval:
        ruling = self._ruling(request)
        if ruling.effect != "ask":
            return _settled(ruling)
        async with self._one:
            ruling = self._ruling(request)  # an answer given meanwhile may hold for this one too
            return await self._ask(request, ruling) if ruling.effect == "ask" else _settled(ruling)

    def _ruling(self, request: ApprovalRequest) -> Ruling:
        return decide(request, self.mode, (*self.policy.rules, *self.granted))

    async def _ask(self, request: ApprovalRequest, ruling: Ruling) -> Approval:
        if self.mode == "never":
            why = f"This would have to be asked for, and the mode is never: {ruling.strictest.why}."
            return Approval(allowed=False, by="mode", why=why, rules=_of(ruling.strictest))
        asked = tuple(one for one in ruling.pieces if one.effect == "ask")
        rules = proposals(request, asked, Origin(where="session"))
        answer = await self._asker.ask(Question(request=request, asked=asked, rules=rules))
        if answer is None:
            self.unmet.append(request)
            why = f"This needs an approval, and nobody is there to give one: {ruling.strictest.why}."
            return Approval(allowed=False, by="nobody", why=why, rules=_of(ruling.strictest))
        if not answer.allow:
            said = f": {answer.why}" if answer.why else "."
            return Approval(allowed=False, by="person", why=f"The user does not allow this{said}")
        return self._grant(answer, rules)

    def _grant(self, answer: Answer, rules: tuple[Rule, ...]) -> Approval:
        why = "The user allows it."
        scope: Scope = answer.scope if rules else "once"
        if scope == "once":
            return Approval(allowed=True, by="person", why=why)
        self.granted = (*self.granted, *rules)
        if scope == "stored":
            scope, why = self._keep(rules)
        return Approval(allowed=True, by="person", why=why, scope=scope, rules=rules)

    def _keep(self, rules: Sequence[Rule]) -> tuple[Scope, str]:
        """For how long they are really kept, and the sentence that says so."""
        if self._store is None:
            return "session", "The user allows it; for this session only, as nothing is stored here."
        try:
            self._store(rules)
        except OSError as error:
            return "session", f"The user allows it; for this session only, as it could not be stored: {error}"
        return "stored", "The user allows it."


def _of(ruled: Ruled) -> tuple[Rule, ...]:
    return () if ruled.rule is None else (ruled.rule,)


def _settled(ruling: Ruling) -> Approval:
    """Without asking. What is allowed rests on the first rule that was needed for it."""
    if ruling.effect == "deny":
        one = ruling.strictest
        return Approval(
            allowed=False,
            by="mode" if one.rule is None else "rule",
            why=f"This is not allowed: {one.why}." + (f" ({one.piece.text})" if one.piece.text else ""),
            rules=_of(one),
        )
    rules = tuple(dict.fromkeys(one.rule for one in ruling.pieces if one.rule is not None))
    return Approval(allowed=True, by="rule" if rules else "mode", why=ruling.strictest.why, rules=rules)
