"""A patch carried out in a sandbox: decided as a whole first, so that one that does not fit changes nothing."""

from collections.abc import Sequence

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import ExecRequest, Sandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.codex.told import told
from codergen.tools.patch_format import Hunk, PatchError, parse
from codergen.tools.patch_plan import GONE, Effect, Fault, Plan, Unreadable, needed, plan, touched
from codergen.tools.wording import Wording


def paths(patch: str) -> tuple[str, ...]:
    """The files that a patch may change; none for what is no patch."""
    try:
        return touched(parse(patch))
    except PatchError:
        return ()


async def carry_out(wording: Wording, context: ToolContext, patch: str, folder: str) -> ToolResult:
    """`folder` is where the patch's paths start, absolute."""
    try:
        hunks = parse(patch)
    except PatchError as error:
        return _no_patch(wording, error)
    decided = await _decide(context.sandbox, hunks, folder)
    if decided.fault is not None:
        return _no_fit(wording, decided.fault)
    changed = list(dict.fromkeys(effect.path for effect in decided.effects))
    for effect in decided.effects:
        try:
            await _write(context.sandbox, effect)
        except (PathEscape, FileRefused) as error:
            return told(wording, "apply_patch.unwritable", {"changed": changed}, path=effect.path, why=error)
    return told(wording, "apply_patch.done", {"changed": changed}, files="\n".join(decided.told), seconds="0")


async def _decide(sandbox: Sandbox, hunks: Sequence[Hunk], folder: str) -> Plan:
    return plan(hunks, {path: await _read(sandbox, path) for path in needed(hunks, folder)}, folder)


async def _read(sandbox: Sandbox, path: str) -> str | Unreadable:
    try:
        return (await sandbox.read_file(path)).decode()
    except FileNotFoundError:
        return GONE
    except UnicodeDecodeError as error:
        return Unreadable(why=str(error), there=True)
    except (PathEscape, FileRefused) as error:
        return Unreadable(why=str(error))


async def _write(sandbox: Sandbox, effect: Effect) -> None:
    if effect.text is None:
        await sandbox.exec(ExecRequest(argv=("/bin/rm", "-f", "--", effect.path)))
        if await sandbox.stat(effect.path) is not None:
            raise FileRefused(effect.path, "it could not be deleted")
        return
    found = await sandbox.stat(effect.like or effect.path)
    await sandbox.write_file(effect.path, effect.text.encode(), mode=found.mode if found else 0o644)


def _no_patch(wording: Wording, error: PatchError) -> ToolResult:
    return told(wording, f"apply_patch.{error.wrong}", line=error.line, text=error.text)


def _no_fit(wording: Wording, fault: Fault) -> ToolResult:
    return told(wording, f"apply_patch.{fault.why}", path=fault.path, text=fault.text)
