"""Which names a request of the Gemini API may have, and where. Data, named after google-genai's types; a test holds it
against them.

The service refuses a name it does not know ("Cannot find field"), in either spelling: `systemInstruction` and
`system_instruction` are one field. Where a value is of the user's own making (schemas, arguments) nothing is checked.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

NOTHING: Mapping[str, Any] = {}

TYPES: Mapping[str, Mapping[str, str]] = {
    "Request": {
        "contents": "*Content",
        "systemInstruction": "Content",
        "tools": "*Tool",
        "toolConfig": "ToolConfig",
        "safetySettings": "*SafetySetting",
        "generationConfig": "GenerationConfig",
        "cachedContent": "text",
        "serviceTier": "text",
        "store": "flag",
        "continuationToken": "text",
        "labels": "object",
        "model": "text",
    },
    "Content": {"parts": "*Part", "role": "text"},
    "Part": {
        "text": "text",
        "thought": "flag",
        "thoughtSignature": "text",
        "inlineData": "Blob",
        "fileData": "FileData",
        "functionCall": "FunctionCall",
        "functionResponse": "FunctionResponse",
        "executableCode": "object",
        "codeExecutionResult": "object",
        "toolCall": "object",
        "toolResponse": "object",
        "videoMetadata": "",
        "partMetadata": "",
        "mediaResolution": "",
        "mediaProcessing": "",
        "audioTranscription": "",
        "speechMetadata": "",
        "documentMetadata": "",
        "spreadsheetMetadata": "",
        "audioMetadata": "",
    },
    "Blob": {"mimeType": "text", "data": "text", "displayName": "text"},
    "FileData": {"mimeType": "text", "fileUri": "text", "displayName": "text"},
    "FunctionCall": {"id": "text", "name": "text", "args": "object"},
    "FunctionResponse": {
        "id": "text",
        "name": "text",
        "response": "object",
        "parts": "",
        "willContinue": "flag",
        "scheduling": "text",
    },
    "Tool": {
        "functionDeclarations": "*FunctionDeclaration",
        "retrieval": "",
        "computerUse": "",
        "fileSearch": "",
        "googleSearch": "",
        "googleMaps": "",
        "codeExecution": "",
        "googleSearchRetrieval": "",
        "urlContext": "",
        "mcpServers": "",
    },
    "FunctionDeclaration": {
        "name": "text",
        "description": "text",
        "parameters": "object",
        "parametersJsonSchema": "object",
        "response": "",
        "responseJsonSchema": "object",
        "behavior": "",
    },
    "ToolConfig": {
        "functionCallingConfig": "FunctionCallingConfig",
        "retrievalConfig": "",
        "includeServerSideToolInvocations": "",
    },
    "FunctionCallingConfig": {"mode": "text", "allowedFunctionNames": "*text"},
    "SafetySetting": {"category": "text", "threshold": "text"},
    "GenerationConfig": {
        "temperature": "number",
        "topP": "number",
        "topK": "number",
        "candidateCount": "number",
        "maxOutputTokens": "number",
        "stopSequences": "*text",
        "seed": "number",
        "presencePenalty": "number",
        "frequencyPenalty": "number",
        "responseLogprobs": "flag",
        "logprobs": "number",
        "responseMimeType": "text",
        "responseSchema": "object",
        "responseJsonSchema": "object",
        "responseModalities": "",
        "responseFormat": "",
        "mediaResolution": "",
        "speechConfig": "",
        "thinkingConfig": "ThinkingConfig",
        "imageConfig": "",
        "enableEnhancedCivicAnswers": "",
        "translationConfig": "",
        "audioTranscriptionConfig": "",
    },
    "ThinkingConfig": {"includeThoughts": "flag", "thinkingBudget": "number", "thinkingLevel": "text"},
}
"""Type -> field -> kind of what is in it: a type, a kind of `KINDS`, a list of either (`*`), or anything (empty)."""

KINDS: Mapping[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "flag": (bool,), "object": (dict,)}


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def same(value: object, kind: str) -> object:
    """The value with the names of fields in one spelling, and without fields that hold null: that is their absence."""
    fields = TYPES.get(kind.removeprefix("*"))
    if isinstance(value, list):
        return [same(one, kind) for one in cast("list[object]", value)]
    if fields is None or not isinstance(value, dict):
        return value
    wired = cast("dict[str, Any]", value)
    named = ((camel(name) if camel(name) in fields else name, inner) for name, inner in wired.items())
    return {name: same(inner, fields.get(name, "")) for name, inner in named if inner is not None}


def wrong(value: object, kind: str, place: str = "") -> Iterator[str]:
    """What the service says of each name that a type does not have, and of each value of the wrong kind."""
    fields, many = TYPES.get(kind), kind.startswith("*")
    expected = (list,) if many else (dict,) if fields is not None else KINDS.get(kind, (object,))
    if not isinstance(value, expected) or (kind == "number" and isinstance(value, bool)):
        yield f"Invalid value at '{place}': not of the kind {kind or 'any'!r}"
    elif many:
        for at, one in enumerate(cast("list[object]", value)):
            yield from wrong(one, kind[1:], f"{place}[{at}]")
    elif fields is not None:
        where = f" at '{place}'" if place else ""
        for name, inner in cast("dict[str, Any]", value).items():
            if name not in fields:
                yield f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
            else:
                yield from wrong(inner, fields[name], f"{place}.{name}" if place else name)


def within(wired: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object at the end of some names; empty when there is none."""
    found: Any = wired
    for name in names:
        found = cast("Mapping[str, Any]", found).get(name) if isinstance(found, dict) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else NOTHING


def elements(wired: Mapping[str, Any], name: str) -> list[Any]:
    """The list in a field; empty when there is none."""
    found = wired.get(name)
    return cast("list[Any]", found) if isinstance(found, list) else []
