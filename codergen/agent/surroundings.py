"""What a session is told of where it begins: taken through the sandbox, so that it is what commands there will find,
and from the user's own files on this host."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from codergen.agent import skills
from codergen.profiles.surroundings import GitState, InstructionFile, Skill, Surroundings
from codergen.sandbox.base import ExecRequest, Sandbox
from codergen.tools import instructions
from codergen.tools.instructions import LONGEST, RULES, Rules

STATUS_CHARS = 2_000
TREE_NAMES = 200
_SEPARATOR = "\x1e"
_LOOK = r"""
cd "$1" || exit 1
next() { printf '\036'; }
uname -s; next; uname -sr; next
printf %s "${TMPDIR:-/tmp}"; next
if command -v bash >/dev/null 2>&1; then printf bash; else printf sh; fi; next
ls -A1p 2>/dev/null | head -n "$2"; next
shift 2
for folder do
  for file in "$folder"/*/SKILL.md; do if [ -f "$file" ]; then printf '%s\n' "$file"; fi; done
done; next
git rev-parse --is-inside-work-tree 2>/dev/null; next
git branch --show-current 2>/dev/null; next
git symbolic-ref -q --short refs/remotes/origin/HEAD 2>/dev/null ||
  git for-each-ref --format='%(refname:short)' refs/heads/main refs/heads/master 2>/dev/null | head -n 1; next
git config user.name 2>/dev/null; next
git status --short 2>/dev/null | head -c 65536; next
git log --no-show-signature --format='%h %s' -n 5 2>/dev/null
"""
_ENV = {
    "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    "GIT_CONFIG_KEY_1": "core.fsmonitor", "GIT_CONFIG_VALUE_1": "false",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Whose session it is, on this host."""

    home: Path
    config: Path
    """Codergen's own folder (`Settings.data`)."""
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    """Read for variables that move a vendor's folder and for `TZ`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    surroundings: Surroundings
    warnings: tuple[str, ...] = ()
    """What was left out, and why; for people."""


Tree = Callable[[], Awaitable[str]]
"""A family's own listing of the workspace."""


async def gather(
    sandbox: Sandbox, root: str, *, family: str, user: User, now: datetime, tree: Tree | None = None
) -> Gathered:
    """`root` is the workspace as inside, `family` a key of `instructions.RULES` (others are as `plain`). Raises
    SandboxError."""
    rules = RULES.get(family, RULES["plain"])
    folders = skills.FOLDERS + ((".claude/skills",) if family == "claude" else ())
    argv = ("/bin/sh", "-c", _LOOK, "look", root, str(TREE_NAMES), *folders)
    done = await sandbox.exec(ExecRequest(argv=argv, env=_ENV, timeout_s=30))
    told = done.stdout.decode("utf-8", "replace").split(_SEPARATOR)
    facts = [part.strip("\n") for part in (*told, *[""] * (12 - len(told)))]
    found, left_out = await _instructions(sandbox, root, rules, user)
    known, bad = await _skills(sandbox, root, facts[5].splitlines(), user)
    surroundings = Surroundings(
        cwd=root,
        date=now.date().isoformat(),
        timezone=timezone(user.environ),
        platform=facts[0].lower(),
        os=facts[1],
        tmp=facts[2] or "/tmp",
        shell=facts[3],
        git=git_state(facts[7:]) if facts[6] == "true" else None,
        tree=await tree() if tree is not None else facts[4],
        instructions=found,
        skills=known,
        sandbox=sandbox.name,
    )
    return Gathered(surroundings=surroundings, warnings=(*left_out, *bad))


def git_state(told: Sequence[str]) -> GitState:
    """From branch, main branch, user, status, commits. Pure."""
    branch, main, user, status, commits = told[:5]
    if len(status) > STATUS_CHARS:
        kept = status[:STATUS_CHARS].rpartition("\n")[0]
        more = len(status[len(kept) :].strip("\n").splitlines())
        status = f"{kept}\n[... at least {more} more lines, cut here; `git status` shows them all ...]"
    return GitState(
        branch=branch,
        main_branch=main.removeprefix("origin/"),
        user=user,
        status=status,
        commits=tuple(commits.splitlines()),
    )


def timezone(environ: Mapping[str, str], link: Path = Path("/etc/localtime")) -> str:
    """The IANA name of this host's time zone."""
    if named := environ.get("TZ", "").removeprefix(":"):
        return named
    _, _, name = str(link.resolve()).partition("/zoneinfo/")
    return name or "Etc/UTC"


# --- instruction files


def user_places(rules: Rules, user: User) -> tuple[Path, ...]:
    """Where the user's own file may be; the first that is there counts: under the family's name in codergen's folder,
    the vendor's own, then AGENTS.md in codergen's folder, which is for every family. Pure."""
    ours = [user.config / name for name in rules.names if name != "AGENTS.md"]
    vendor = user.home / rules.home if rules.home else None
    if moved := user.environ.get(rules.moved_by, "") if rules.moved_by else "":
        vendor = Path(moved)
    theirs = [vendor / name for name in rules.names] if vendor is not None else []
    return (*ours, *theirs, user.config / "AGENTS.md")


def bounded(files: Sequence[InstructionFile], most: int) -> tuple[InstructionFile, ...]:
    """Together at most `most` bytes; what is cut says so at its end. Pure."""
    out: list[InstructionFile] = []
    for file in files:
        data = file.text.encode()
        if len(data) <= most:
            out.append(file)
            most -= len(data)
            continue
        kept = data[:most].decode("utf-8", "ignore")
        mark = f"[... {len(data) - len(kept.encode()):,} bytes of {file.path} are not shown; read it for the rest ...]"
        out.append(InstructionFile(path=file.path, scope=file.scope, text=f"{kept}\n{mark}\n" if kept else f"{mark}\n"))
        most = 0
    return tuple(out)


async def _instructions(
    sandbox: Sandbox, root: str, rules: Rules, user: User
) -> tuple[tuple[InstructionFile, ...], tuple[str, ...]]:
    own: list[InstructionFile] = []
    warnings: list[str] = []
    for place in user_places(rules, user):
        text, problem = _host_text(place)
        warnings += [problem] if problem else []
        if text:
            own.append(InstructionFile(path=str(place), scope="user", text=text))
            break
    project: list[InstructionFile] = []
    for name in rules.names:
        if text := await instructions.read(sandbox, f"{root}/{name}"):
            project.append(InstructionFile(path=f"{root}/{name}", scope="project", text=text))
            break
    for name in rules.local:
        if text := await instructions.read(sandbox, f"{root}/{name}"):
            project.append(InstructionFile(path=f"{root}/{name}", scope="local", text=text))
    return (*own, *bounded(project, rules.most)), tuple(warnings)


def _host_text(path: Path) -> tuple[str, str]:
    """A text of the user's own, and what is wrong with it."""
    try:
        if path.stat().st_size > LONGEST:
            return "", f"{path} is larger than {LONGEST:,} bytes and is left out"
        text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    except (FileNotFoundError, NotADirectoryError):
        return "", ""
    except OSError as error:
        return "", f"{path} cannot be read: {error.strerror}"
    return (text, "") if text.strip() else ("", "")


# --- skills


async def _skills(
    sandbox: Sandbox, root: str, files: Sequence[str], user: User
) -> tuple[tuple[Skill, ...], tuple[str, ...]]:
    """The workspace's, then the user's where commands can see them; of two with one name the first counts."""
    texts: list[tuple[str, str]] = []
    for name in files:
        texts.append((f"{root}/{name}", await instructions.read(sandbox, f"{root}/{name}")))
    if not sandbox.capabilities().fs_isolated:
        for folder in (user.config / "skills", user.home / ".agents" / "skills"):
            texts += [(str(path), _host_text(path)[0]) for path in sorted(folder.glob("*/SKILL.md"))]
    known: dict[str, Skill] = {}
    warnings: list[str] = []
    for path, text in texts:
        read = skills.parse(path, text)
        if isinstance(read, str):
            warnings.append(read)
        else:
            known.setdefault(read.name, read)
    return tuple(known.values()), tuple(warnings)
