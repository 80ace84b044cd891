"""The Gemini API: `generateContent` in both forms, token counts, the list of models. Reading is in `gemini_read`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from providers.gemini_generate.contents import arguments
from providers.scripted import pieces
from providers.twin import wire
from providers.twin.check import need
from providers.twin.front import Answer, Asked, Call, Failure, FailureName, Frame, Rejected, Turn, Wire
from providers.twin.fronts import gemini_fields, gemini_read
from providers.twin.fronts.gemini_rules import shape, signature
from providers.types import ModelInfo, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

RPC = "type.googleapis.com/google.rpc."
ERRORS: Mapping[FailureName, tuple[int, str]] = {
    "bad_request": (400, "INVALID_ARGUMENT"),
    "too_long": (400, "INVALID_ARGUMENT"),
    "auth": (400, "INVALID_ARGUMENT"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "model_not_found": (404, "NOT_FOUND"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "quota": (429, "RESOURCE_EXHAUSTED"),
    "server": (500, "INTERNAL"),
    "unavailable": (503, "UNAVAILABLE"),
    "overloaded": (503, "UNAVAILABLE"),
}
"""HTTP status and `google.rpc.Code` (public reports of each; a bad key is a 400, and there is no 529)."""
QUOTAS: Mapping[FailureName, str] = {
    "rate_limit": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    "quota": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
}
"""`google.rpc.QuotaFailure.violations[].quotaId` (reports in public issues, e.g. gemini-cli 8437)."""
FINISH: Mapping[StopReason, str] = {
    "length": "MAX_TOKENS",
    "context": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "pause": "TOO_MANY_TOOL_CALLS",
    "other": "OTHER",
}
"""types.FinishReason; a call ends with STOP as a text does."""
BLOCKED = {"blockReason": "PROHIBITED_CONTENT"}
"""types.GenerateContentResponsePromptFeedback: how this service refuses."""
METHODS = ("generateContent", "streamGenerateContent", "countTokens")


def front() -> "GeminiFront":
    return GeminiFront()


@dataclass(frozen=True, slots=True)
class GeminiFront:
    """Paths /v1beta/models and /v1/models."""

    provider: str = "gemini"
    api: str = "gemini_generate"
    base_path: str = ""

    def environment(self, url: str) -> Mapping[str, str]:
        """gemini-cli needs `security.auth.selectedType` in its settings file too (wire.md 3.5)."""
        return {
            "GOOGLE_GEMINI_BASE_URL": url,
            "GEMINI_API_KEY": "twin",
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GEMINI_TELEMETRY_ENABLED": "false",
        }

    def serves(self, call: Call) -> Literal["generate", "side", ""]:
        found = gemini_read.PATH.fullmatch(call.path)
        if found and call.method == "POST" and found["method"] in METHODS:
            return "side" if found["method"] == "countTokens" else "generate"
        ours = call.path.startswith("/v1beta/models") or "x-goog-api-key" in call.headers or "key" in call.query
        listed = call.path.removeprefix("/v1beta").removeprefix("/v1")
        return "side" if call.method == "GET" and ours and listed.split("/")[1:2] == ["models"] else ""

    def read(self, call: Call) -> Asked:
        _identified(call)
        asked = gemini_read.read(call)
        if asked.streaming:
            need(
                call.query.get("alt") == "sse",
                "the twin streams with alt=sse only",
                "assumed; wire.md 3, path of each CLI and SDK",
            )
        return asked

    def frames(self, turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
        """Each chunk is a whole response with running counts; the last one has the reason and all counts."""
        if turn.stopped == "refusal":
            yield wire.sse(self.whole(turn, asked, usage))
            return
        so_far = {"usageMetadata": _running(usage), **_head(asked)}
        for part in _parts(turn, asked, turn.piece):
            yield wire.sse({"candidates": [_candidate([part])], **so_far}, content=True)
        end = _candidate([{"text": "", **_closing(turn)}], _finish(turn))
        yield wire.sse({"candidates": [end], "usageMetadata": _usage(usage), **_head(asked)})

    def whole(self, turn: Turn, asked: Asked, usage: Usage) -> Wire:
        told = {"usageMetadata": _usage(usage), **_head(asked)}
        if turn.stopped == "refusal":
            return {"promptFeedback": BLOCKED, **told}
        parts = list(_parts(turn, asked, 0)) or [{"text": ""}]
        return {"candidates": [_candidate(parts, _finish(turn))], **told}

    def headers(self, call: Call) -> Mapping[str, str]:
        return {"x-request-id": wire.request_id(self.provider, call.number), "server": "scaffolding on HTTPServer2"}

    def failure(self, failure: Failure) -> Answer:
        headers = {} if failure.retry_after is None else {"retry-after": f"{failure.retry_after:g}"}
        return Answer(status=ERRORS[failure.name][0], headers=headers, body=_error(failure))

    def interruption(self, failure: Failure, asked: Asked) -> Frame:
        """An object with `error` in place of a response (google-genai: async_request_streamed looks for it)."""
        return wire.sse(_error(failure))

    def side(self, call: Call, models: Sequence[ModelInfo]) -> Answer:
        _identified(call)
        if call.method == "POST":
            return _count(call)
        name = call.path.partition("/models")[2].removeprefix("/")
        listed = [_model(model) for model in models]
        if not name:
            return Answer(body={"models": listed})
        for model in listed:
            if model["name"] == f"models/{name}":
                return Answer(body=model)
        raise Rejected(Failure(name="model_not_found", message=f"models/{name} is not found for API version v1beta"))


def _identified(call: Call) -> None:
    """The key in a header or in the query (the SDK sends the header, curl examples the other)."""
    if not gemini_read.key(call):
        text = "Method doesn't allow unregistered callers (callers without established identity)"
        raise Rejected(Failure(name="permission", message=text, rule=f"{text} (reports in public issues)"))


def _head(asked: Asked) -> Wire:
    return {"modelVersion": asked.request.model, "responseId": f"twin-{asked.call.number:04d}"}


def _candidate(parts: Sequence[Wire], finish: str = "") -> Wire:
    told: Wire = {"finishReason": finish} if finish else {}
    return {"content": {"parts": list(parts), "role": "model"}, **told, "index": 0}


def _finish(turn: Turn) -> str:
    return FINISH.get(turn.stopped, "STOP")


def _parts(turn: Turn, asked: Asked, piece: int) -> Iterator[Wire]:
    """Parts in order: thoughts only when asked for, text cut by `piece` (0: whole), calls whole. The first call is
    signed, as the page on thought signatures has it for parallel ones."""
    sent = cast("Wire", gemini_fields.same(asked.call.body, "Request"))
    thoughts = gemini_fields.within(sent, "generationConfig", "thinkingConfig").get("includeThoughts")
    signed = False
    for part in turn.parts:
        match part:
            case TextPart():
                yield from ({"text": text} for text in pieces(part.text, piece or max(1, len(part.text))))
            case ReasoningPart() if thoughts:
                cut = pieces(part.text, piece or max(1, len(part.text)))
                yield from ({"text": text, "thought": True} for text in cut)
            case ToolCallPart():
                wired: Wire = {"functionCall": {"id": part.id, "name": part.name, "args": arguments(part)}}
                yield wired if signed else {**wired, "thoughtSignature": signature(wired)}
                signed = True
            case _:
                pass


def _closing(turn: Turn) -> Wire:
    """The last part of an answer in text is empty and signed (the page on thought signatures, streaming)."""
    calls = any(isinstance(part, ToolCallPart) for part in turn.parts)
    return {} if calls else {"thoughtSignature": signature({"text": ""})}


def _running(usage: Usage) -> Wire:
    """What a chunk in mid-stream counts: the prompt (assumed: the rest is told at the end)."""
    prompt = usage.total - usage.output
    return {"promptTokenCount": prompt, "totalTokenCount": prompt}


def _usage(usage: Usage) -> Wire:
    """types.GenerateContentResponseUsageMetadata: cached within the prompt, thoughts beside the candidates."""
    prompt = usage.total - usage.output
    told: dict[str, Any] = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": prompt + usage.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    }
    if usage.cache_read:
        told["cachedContentTokenCount"] = usage.cache_read
    if usage.reasoning:
        told["thoughtsTokenCount"] = usage.reasoning
    return told


def _error(failure: Failure) -> Wire:
    status, code = ERRORS[failure.name]
    details = _details(failure)
    told = {"code": status, "message": _message(failure), "status": code}
    return {"error": {**told, "details": details} if details else told}


def _message(failure: Failure) -> str:
    if failure.name == "too_long":
        return f"The input token count exceeds the maximum number of tokens allowed: {failure.message}"
    if failure.name == "auth":
        return "API key not valid. Please pass a valid API key."
    return failure.message


def _details(failure: Failure) -> list[Wire]:
    """Typed details (`google.rpc`): ErrorInfo for a bad key, QuotaFailure and RetryInfo for a 429, BadRequest for a
    field that is not there or holds something else."""
    if failure.name == "auth":
        reason = {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}
        return [{"@type": f"{RPC}ErrorInfo", **reason, "metadata": {"service": "generativelanguage.googleapis.com"}}]
    if failure.name in QUOTAS:
        found: list[Wire] = [{"@type": f"{RPC}QuotaFailure", "violations": [{"quotaId": QUOTAS[failure.name]}]}]
        delay = failure.retry_after
        return found if delay is None else [*found, {"@type": f"{RPC}RetryInfo", "retryDelay": f"{delay:g}s"}]
    if "Cannot find field" in failure.message or failure.message.startswith("Invalid value at"):
        place = failure.message.partition("'")[2].partition("'")[0]
        return [{"@type": f"{RPC}BadRequest", "fieldViolations": [{"field": place, "description": failure.message}]}]
    return []


def _count(call: Call) -> Answer:
    """types._CountTokensParameters: `contents`, or a whole request under `generateContentRequest`."""
    body: Any = call.body
    outer: Wire = cast("Wire", body) if isinstance(body, dict) else {}
    inner: object = outer.get("generateContentRequest") or outer
    sent = shape(inner)
    total = sum(wire.block_tokens(block) for block in gemini_read.blocks(sent))
    return Answer(body={"totalTokens": total, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}]})


def _model(model: ModelInfo) -> Wire:
    """types.Model, as the wire spells it."""
    return {
        "name": f"models/{model.id}",
        "version": "001",
        "displayName": model.id,
        "inputTokenLimit": model.context_tokens,
        "outputTokenLimit": model.max_output_tokens,
        "supportedGenerationMethods": list(METHODS),
        "thinking": "reasoning" in model.features,
    }
