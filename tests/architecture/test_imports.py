"""The direction of imports that import-linter cannot see: foreign packages, and what start-up may load."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("codergen", "router", "providers", "prompts", "evals")
SDK_HOMES = {
    "anthropic": ("providers/anthropic_messages/",),
    "openai": ("providers/openai_responses/", "providers/local/"),
    "google": ("providers/gemini_generate/",),
    "litellm": ("providers/litellm_chat/",),
    "xllamacpp": ("providers/local/",),
    "mcp": ("codergen/tools/mcp/",),
    "mcp_types": ("codergen/tools/mcp/",),
}
BARE = "evals/accept/bare_sdk/"
"""Programs that use an SDK on its own, to be measured beside our clients."""
HEAVY = (
    "anthropic",
    "openai",
    "google.genai",
    "litellm",
    "mcp",
    "rich",
    "prompt_toolkit",
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
)


def sources():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "suites" not in path.parts:
                yield path


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_no_sdk_is_imported_outside_its_own_folder():
    strays = []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        for module in imported(ast.parse(path.read_text())):
            homes = SDK_HOMES.get(module.split(".")[0])
            if name.startswith(BARE):
                continue
            if homes is not None and not name.startswith(homes):
                strays.append(f"{name}: {module}")
    assert strays == []


def test_the_environment_is_read_in_one_file():
    allowed = {"codergen/settings.py"}
    strays = []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name in allowed or name.startswith("codergen/inside/"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            reads = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            if reads and isinstance(node.value, ast.Name) and node.value.id == "os":
                strays.append(f"{name}:{node.lineno}")
    assert [s for s in strays if not s.startswith(("providers/litellm_chat/", BARE))] == []


def test_programs_that_run_inside_use_the_standard_library_only():
    for path in (ROOT / "codergen/inside").glob("*.py"):
        tree = ast.parse(path.read_text(), feature_version=(3, 8))
        foreign = {m.split(".")[0] for m in imported(tree)} - set(sys.stdlib_module_names)
        own = {p.stem for p in (ROOT / "codergen/inside").glob("*.py")}
        assert foreign - own <= {"pytest", "_pytest"}, path.name


def loaded_by(*arguments):
    command = [sys.executable, "-I", "-X", "importtime", "-m", "codergen", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_start_up_loads_nothing_heavy(arguments):
    modules = loaded_by(*arguments)
    assert "codergen" in modules
    assert [m for m in HEAVY if m in modules] == []


def test_asking_for_help_of_a_job_loads_no_sdk():
    modules = loaded_by("run", "--help")
    assert [m for m in ("anthropic", "openai", "google.genai", "litellm") if m in modules] == []


def test_a_job_speaks_before_the_database_library_is_loaded():
    script = "import sys, codergen.cli.run_job; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert not {"sqlmodel", "sqlalchemy", "rich", "openai", "litellm"} & set(done.stdout.split())
