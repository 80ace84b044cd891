"""Which model there is to talk to, as data: four rungs, asked in order, each taken or told why not.

`decide` is pure over `Found`; `look` collects `Found`; `open_source` acts on the choice. A rung that a person asked
for by name and that cannot be used ends the ladder: another model than the one asked for is never taken silently.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

import httpx2

from providers import registry
from providers.catalog import PRICES_FILE
from providers.client import ModelClient
from providers.errors import NotInstalled, RuntimeUnsupported
from providers.local import catalog, server, threads
from providers.local.address import is_loopback
from providers.local.catalog import Catalog
from providers.local.places import Places
from providers.registry import Endpoint
from providers.vendors import ROUTES, VENDORS, connection, reach, secret

Rung = Literal["configured", "loopback", "gguf", "installed"]

MODEL = "CODERGEN_MODEL"
"""`PROVIDER:MODEL`, e.g. `anthropic:claude-sonnet-5-5` or `litellm:groq/x`."""
MODEL_KEY = "CODERGEN_MODEL_KEY"
MODEL_URL = "CODERGEN_MODEL_URL"
LOCAL_URL = "CODERGEN_LOCAL_URL"
LOCAL_KEY = "CODERGEN_LOCAL_KEY"
LOCAL_MODEL = "CODERGEN_LOCAL_MODEL"
GGUF = "CODERGEN_GGUF"

APIS: Mapping[str, str] = {
    "litellm": "litellm_chat",
    "litellm_chat": "litellm_chat",
    **{name: vendor.api for name, vendor in VENDORS.items()},
}
"""What may stand before the colon of `CODERGEN_MODEL` -> name in `providers.registry`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What a server on loopback said about itself."""

    models: tuple[str, ...]
    llama_cpp: bool
    """Then it knows grammars."""
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything the decision rests on."""

    configured: str = ""
    endpoint: Endpoint = field(default_factory=Endpoint)
    """Of the configured provider; without a key it cannot be used."""
    local_url: str = ""
    local_key: str = field(default="", repr=False)
    local_model: str = ""
    answering: Answering | None = None
    """None: nothing usable answers at `local_url`."""
    gguf: Path | None = None
    gguf_is_file: bool = False
    runtime: Path | None = None
    """The unpacked runtime, when it is there."""
    runtime_problem: str = ""
    """Why there can be none on this platform."""
    installed: tuple[tuple[str, Path, int], ...] = ()
    """Name, file and context of each installed pin, the one to prefer first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model to talk to. With `gguf`, a server has to be started for it first."""

    rung: Rung
    api: str
    model: str
    endpoint: Endpoint
    gguf: Path | None = None
    runtime: Path | None = None
    context_tokens: int = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A rung that was not taken."""

    rung: Rung
    why: str
    asked: bool = False
    """A person asked for this one by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The outcome, with its reasons in words."""

    source: Source | None
    why: str
    passed: tuple[Passed, ...]
    remedy: str = ""


def _configured(found: Found) -> Source | Passed:
    if not found.configured:
        return Passed(rung="configured", why=f"{MODEL} is not set")
    name, _, model = found.configured.partition(":")
    if name not in APIS or not model:
        shape = " or ".join(f"{known}:MODEL" for known in sorted(APIS))
        return Passed(rung="configured", why=f"{MODEL}={found.configured!r} is not {shape}", asked=True)
    if not found.endpoint.api_key:
        names = " or ".join((MODEL_KEY, *_keys(name, model)))
        return Passed(rung="configured", why=f"{model} needs a key in {names}", asked=True)
    return Source(rung="configured", api=APIS[name], model=model, endpoint=found.endpoint)


def _keys(name: str, model: str) -> tuple[str, ...]:
    """Variables that may hold the key, where CODERGEN_MODEL_KEY does not."""
    if name in VENDORS:
        return VENDORS[name].keys
    route = model.partition("/")[0]
    return (ROUTES[route],) if route in ROUTES else ()


def _endpoint(environ: Mapping[str, str], configured: str) -> Endpoint:
    """How the configured provider is reached. Raises BadRequest for a setting that cannot be read."""
    name, _, model = configured.partition(":")
    url = environ.get(MODEL_URL, "")
    if name in VENDORS:
        own = {**environ, VENDORS[name].urls[0]: url} if url else environ
        endpoint = reach(VENDORS[name], own).endpoint
    else:
        key = next((secret(kept, environ[kept]) for kept in _keys(name, model) if environ.get(kept)), "")
        endpoint = Endpoint(base_url=url, api_key=key, **connection(environ, url))
    return replace(endpoint, api_key=secret(MODEL_KEY, environ.get(MODEL_KEY, "")) or endpoint.api_key)


def _loopback(found: Found) -> Source | Passed:
    if not found.local_url:
        return Passed(rung="loopback", why=f"{LOCAL_URL} is not set")
    if not is_loopback(found.local_url):
        return Passed(rung="loopback", why=f"{LOCAL_URL} does not point to this machine", asked=True)
    if found.answering is None or not found.answering.models:
        return Passed(rung="loopback", why=f"no OpenAI-compatible server answers at {found.local_url}", asked=True)
    models = found.answering.models
    model = found.local_model or models[0]
    if model not in models:
        return Passed(rung="loopback", why=f"{found.local_url} serves {', '.join(models)}, not {model}", asked=True)
    context = found.answering.context_tokens
    features = ("tools", "grammar") if found.answering.llama_cpp else ("tools",)
    options = {"features": features, "context_tokens": context}
    endpoint = Endpoint(base_url=found.local_url, api_key=found.local_key, options=options)
    return Source(rung="loopback", api="local", model=model, endpoint=endpoint, context_tokens=context or 8192)


def _gguf(found: Found) -> Source | Passed:
    if found.gguf is None:
        return Passed(rung="gguf", why="no --gguf file was named")
    if not found.gguf_is_file:
        return Passed(rung="gguf", why=f"{found.gguf} is not a file", asked=True)
    if found.runtime is None:
        why = found.runtime_problem or "the runtime is not installed: `codergen local install --runtime-only`"
        return Passed(rung="gguf", why=why, asked=True)
    return Source(
        rung="gguf", api="local", model=found.gguf.stem, endpoint=Endpoint(), gguf=found.gguf, runtime=found.runtime
    )


def _installed(found: Found) -> Source | Passed:
    if found.runtime is None:
        return Passed(rung="installed", why=found.runtime_problem or "the runtime is not installed")
    if not found.installed:
        return Passed(rung="installed", why="no embedded model is installed")
    name, path, context = found.installed[0]
    return Source(
        rung="installed",
        api="local",
        model=name,
        endpoint=Endpoint(),
        gguf=path,
        runtime=found.runtime,
        context_tokens=context,
    )


RUNGS: tuple[Callable[[Found], Source | Passed], ...] = (_configured, _loopback, _gguf, _installed)


def decide(found: Found) -> Choice:
    """The first rung that holds; or none, with every reason."""
    passed: list[Passed] = []
    for rung in RUNGS:
        outcome = rung(found)
        if isinstance(outcome, Source):
            why = f"{outcome.rung}: {outcome.model}"
            return Choice(source=outcome, why=why, passed=tuple(passed))
        passed.append(outcome)
        if outcome.asked:
            return Choice(
                source=None, why=outcome.why, passed=tuple(passed), remedy="correct that setting, or unset it"
            )
    remedy = f"run `codergen local install`, or set {MODEL} and a key for the real thing"
    return Choice(source=None, why="; ".join(told.why for told in passed), passed=tuple(passed), remedy=remedy)


async def look(environ: Mapping[str, str], places: Places, *, gguf: Path | None = None) -> Found:
    """What there is on this machine, now. Asks one loopback address and a few files; never the network."""
    pins = catalog.load()
    configured = environ.get(MODEL, "")
    named = gguf or (Path(environ[GGUF]) if environ.get(GGUF) else None)
    local_url, local_key = environ.get(LOCAL_URL, ""), environ.get(LOCAL_KEY, "")
    runtime, problem = _runtime(pins, places)
    return Found(
        configured=configured,
        endpoint=replace(_endpoint(environ, configured), prices=places.data / PRICES_FILE),
        local_url=local_url,
        local_key=local_key,
        local_model=environ.get(LOCAL_MODEL, ""),
        answering=await ask(local_url, local_key) if local_url and is_loopback(local_url) else None,
        gguf=named,
        gguf_is_file=named is not None and named.is_file(),
        runtime=runtime,
        runtime_problem=problem,
        installed=tuple(
            (model.name, places.model_file(model), model.context_tokens)
            for model in sorted(pins.models, key=lambda model: model.name != pins.default)
            if places.has_model(model)
        ),
    )


def _runtime(pins: Catalog, places: Places) -> tuple[Path | None, str]:
    try:
        wheel = pins.runtime.wheel(catalog.platform_name())
    except RuntimeUnsupported as error:
        return None, error.args[0]
    return (places.runtime_folder(wheel) if places.has_runtime(wheel) else None), ""


async def ask(base_url: str, key: str) -> Answering | None:
    """What serves at a loopback URL (ending in /v1), or None."""
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=3) as http:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            answer = await http.get(f"{base_url.rstrip('/')}/models", headers=headers)
            rows = cast("list[dict[str, Any]]", answer.raise_for_status().json()["data"])
            meta = cast("dict[str, Any]", rows[0].get("meta") or {}) if rows else {}
            return Answering(
                models=tuple(str(row["id"]) for row in rows),
                llama_cpp=any(row.get("owned_by") == "llamacpp" for row in rows),
                context_tokens=meta.get("n_ctx"),
            )
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A client and the name to ask it for. Close the client when done; the server stays for the next job."""

    client: ModelClient
    model: str
    choice: Choice


async def open_source(environ: Mapping[str, str], data: Path, *, gguf: Path | None = None) -> Opened:
    """The model there is, ready to stream. Raises NotInstalled with every reason when there is none."""
    places = Places(data=data)
    choice = decide(await look(environ, places, gguf=gguf))
    source = choice.source
    if source is None:
        raise NotInstalled(f"no model to talk to: {choice.why}", remedy=choice.remedy)
    endpoint = source.endpoint
    if source.gguf is not None and source.runtime is not None:
        spec = server.ServeSpec(
            gguf=source.gguf,
            alias=source.model,
            runtime=source.runtime,
            context_tokens=source.context_tokens,
            threads=await asyncio.to_thread(threads.idle_cores),
        )
        up = await server.ensure(spec, places, environ=environ)
        options = {"context_tokens": up.context_tokens}
        endpoint = Endpoint(base_url=up.base_url, api_key=up.api_key, options=options)
    client = await registry.connect(source.api, endpoint)
    return Opened(client=client, model=source.model, choice=choice)
