"""What a session in a folder is made of: client, profile, tools, sandbox. For `run`, `session resume` and `tool`."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path

import prompts
from codergen.agent.checkpoints import for_session
from codergen.agent.limits import SessionLimits
from codergen.agent.redact import Redactor, known_secrets
from codergen.agent.setup import Setup
from codergen.agent.surroundings import User, gather
from codergen.approval import config as approvals
from codergen.approval.gate import Gate
from codergen.approval.request import Mode
from codergen.errors import UsageError
from codergen.profiles.capture.profile import captured_profile
from codergen.profiles.capture.store import load as load_capture
from codergen.profiles.families import FAMILIES, Own, family_of, kit_of, load_profile
from codergen.profiles.native import Native
from codergen.profiles.sections import REPOSITORY
from codergen.sandbox.base import Sandbox, SandboxSpec, StartRecord
from codergen.sandbox.orphans import sweep
from codergen.sandbox.registry import create
from codergen.settings import Settings
from codergen.tools.environment import python_environment
from codergen.tools.mcp import config as mcp
from codergen.tools.registry import More
from prompts import Prompt
from providers import registry
from providers.client import ModelClient
from providers.errors import AuthFailed
from providers.lazy import LazyClient
from providers.local.ladder import decide, look, open_source
from providers.local.places import Places
from providers.types import Effort, ModelInfo
from providers.vendors import VENDORS, reach

MODEL = "CODERGEN_SESSION_MODEL"
"""PROVIDER:MODEL that sessions take where no --model is given."""
CAPTURED = "captured"
"""The name of the profile that was learned from the vendor's tool of the model's family."""
OTHER = "claude"
"""The family whose harness a model gets that no family claims: its tools are plain JSON functions, which is what most
models with tools were trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants of a session; the rest is found."""

    workspace: Path
    model: str = ""
    """PROVIDER:MODEL; empty is the environment's, else the first vendor with a key, else the local model."""
    profile: str = ""
    """Empty is the model's own family."""
    effort: Effort | None = None
    approval: Mode | None = None
    """None is the user's own, else `auto`: all that stays inside the boundary."""
    sandbox: str = "auto"
    limits: SessionLimits = field(default_factory=SessionLimits)
    own: Mapping[str, Prompt] = field(default_factory=dict[str, Prompt])
    """Own texts for prompt sections, over those of the user and of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which model, by which client."""

    client: ModelClient
    model: str
    """The provider's own id."""
    name: str
    """PROVIDER:MODEL."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything that a session needs, and what a person should know of it."""

    setup: Setup
    gate: Gate
    notes: tuple[str, ...] = ()


@asynccontextmanager
async def ready(settings: Settings, asked: Asked) -> AsyncGenerator[Prepared, None]:
    """The sandbox started, MCP servers running; closed on the way out.

    Raises UsageError, AuthFailed (no key), SandboxError, ProviderError.
    """
    workspace = asked.workspace.resolve()
    policy = approvals.load(settings.data, project=workspace, default="auto")
    if asked.approval:
        policy = replace(policy, mode=asked.approval)
    servers = mcp.load(settings.data, settings.environ, project=workspace)
    chosen = await choose(settings, asked.model)
    try:
        profile = profile_for(settings, workspace, model=chosen.model, name=asked.profile, given=asked.own)
        if asked.profile == CAPTURED and chosen.client.api != profile.api:
            raise UsageError(
                f"--profile {CAPTURED} goes to its own vendor only, not by {chosen.client.api}", remedy="leave it out"
            )
        if chosen.client.api != profile.api:
            profile = profile.elsewhere()
        window = chosen.client.info(chosen.model).context_tokens
        async with (
            boxed(settings, workspace, asked.sandbox) as (sandbox, record, env),
            _served(servers, window) as more,
        ):
            family = profile.facts.name
            user = User(home=Path.home(), config=settings.data, environ=settings.environ)
            kit = kit_of(profile, env)
            tree = partial(kit.tree, sandbox, record.inside) if kit.tree else None
            now = datetime.now().astimezone()
            found = await gather(sandbox, record.inside, family=family, user=user, now=now, tree=tree)
            gate = Gate(policy)
            setup = Setup(
                client=chosen.client,
                model=chosen.model,
                profile=profile,
                sandbox=sandbox,
                tools=kit.toolset(more),
                limits=asked.limits,
                root=record.inside,
                effort=asked.effort,
                surroundings=found.surroundings,
                approver=gate,
                workspace=workspace,
                redactor=Redactor(known=known_secrets(settings.environ)),
            )
            problems = more.problems if more else ()
            yield Prepared(setup=setup, gate=gate, notes=(*policy.notes, *servers.notes, *found.warnings, *problems))
    finally:
        await chosen.client.close()


@asynccontextmanager
async def _served(configured: mcp.Configured, window: int | None) -> AsyncGenerator["More | None", None]:
    """The package mcp is imported only where there is a server."""
    if not configured.servers:
        yield None
        return
    module = import_module("codergen.tools.mcp.servers")
    async with module.opened(configured.servers, window=window) as more:
        yield more


def kept_at(setup: Setup, journal: Path) -> Setup:
    """The same for a session that is kept in `journal`: with its id, and with checkpoints where files can be kept."""
    files = None
    if setup.workspace is not None:
        with suppress(UsageError):
            files = for_session(journal, setup.workspace, setup.sandbox.name)
    return replace(setup, session=journal.stem, checkpoints=files)


def profile_for(
    settings: Settings, workspace: Path, *, model: str, name: str, given: Mapping[str, Prompt] | None = None
) -> Native:
    """The profile asked for, else that of the model's family, with own prompt sections. Raises UsageError."""
    if name == CAPTURED:
        return _captured(settings, model)
    family = name or family_of(model)
    own = Own(folders=(settings.prompts, workspace / REPOSITORY), given=given or {})
    return load_profile(family if name or family in FAMILIES else OTHER, model, own)


def _captured(settings: Settings, model: str) -> Native:
    """What was learned of the vendor's own tool. It holds the vendor's words, so it is only for the vendor's models."""
    family = family_of(model)
    if family not in FAMILIES:
        raise UsageError(
            f"--profile {CAPTURED} is for a vendor's own models, and {model or 'no model'} is none",
            remedy=f"name a model of {', '.join(FAMILIES)} with --model",
        )
    found = load_capture(settings.data, family)
    if found is None:
        raise UsageError(f"nothing was captured of {family!r}", remedy=f"codergen profile capture {family}")
    return captured_profile(found, load_profile(family, model))


@asynccontextmanager
async def boxed(
    settings: Settings, workspace: Path, kind: str
) -> AsyncGenerator[tuple[Sandbox, StartRecord, Mapping[str, str]], None]:
    """A started sandbox over a folder, shown at its own path, and the environment for its commands."""
    if not workspace.is_dir():
        raise UsageError(f"no folder {workspace}", remedy="name one that exists")
    root = workspace.resolve()
    sandbox = create(kind)
    await asyncio.to_thread(sweep)
    environment = await asyncio.to_thread(python_environment, settings.cache, root)
    spec = SandboxSpec(
        workspace=root, inside=str(root), mounts=environment.mounts, env=environment.env, path=environment.path
    )
    record = await sandbox.start(spec)
    try:
        yield sandbox, record, environment.env
    finally:
        await sandbox.stop()


async def choose(settings: Settings, model: str) -> Chosen:
    """A model and the client for it; asks nobody yet. Raises UsageError, AuthFailed, ProviderError."""
    wanted = model or settings.environ.get(MODEL, "")
    if wanted:
        provider, _, id = wanted.partition(":")
        if provider == "local" and not id:
            return await _local(settings)
        if not id or provider not in VENDORS:
            raise UsageError(
                f"{wanted!r} is not PROVIDER:MODEL", remedy=f"PROVIDER is one of: {', '.join(VENDORS)}, local"
            )
        return await _of_vendor(settings, provider, id, f"asked for by {'--model' if model else MODEL}")
    for name, vendor in VENDORS.items():
        if key := reach(vendor, settings.environ).key_from:
            return await _of_vendor(settings, name, vendor.model, f"{key} is set")
    return await _local(settings)


async def _of_vendor(settings: Settings, name: str, model: str, why: str) -> Chosen:
    found = reach(VENDORS[name], settings.environ)
    if not found.key_from:
        keys = " or ".join(found.vendor.keys)
        raise AuthFailed(f"{name}: no key\n  set {keys}; nothing was sent", provider=name, code="no_key")
    client = await registry.connect(found.vendor.api, replace(found.endpoint, prices=settings.prices))
    return Chosen(client=client, model=model, name=f"{name}:{model}", why=why)


async def _local(settings: Settings) -> Chosen:
    choice = decide(await look(settings.environ, Places(data=settings.data)))
    source = choice.source
    if source is None:
        keys = ", ".join(key for vendor in VENDORS.values() for key in vendor.keys)
        raise AuthFailed(f"no model to talk to: {choice.why}\n  set one of {keys}, or: {choice.remedy}", code="no_key")

    async def connect() -> ModelClient:
        return (await open_source(settings.environ, settings.data)).client

    info = ModelInfo(
        id=source.model, context_tokens=source.context_tokens, max_output_tokens=None, features=frozenset({"tools"})
    )
    client = LazyClient(api=source.api, info=info, connect=connect)
    return Chosen(client=client, model=source.model, name=f"local:{source.model}", why=choice.why)


def override(section: str, path: Path) -> tuple[str, Prompt]:
    """A user's own text for a section of the system prompt. Raises UsageError."""
    try:
        return section, prompts.own(f"own/{section}", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", remedy=f"a readable UTF-8 file for the section {section!r}") from error
