"""Puts changed source text into a running process: into live functions, or under the modules yet to be imported."""

import __future__

import ast
import functools
import gc
import os
import types
from importlib.machinery import SourceFileLoader

CO_OPTIMIZED = 1
"""Set for code of functions, not for that of modules and classes."""


def changed_sources(edits):
    """path -> (text as it is, text after the edits).

    `edits` are [path, start, end, replacement, stage] in characters; a stage counts in the text after the one before.
    """
    sources = {}
    for name, start, end, text, _ in sorted(edits, key=lambda edit: (edit[4], -edit[1], -edit[2])):
        path = os.path.realpath(name)
        if path not in sources:
            with open(path, encoding="utf-8", newline="") as file:
                before = file.read()
            sources[path] = (before, before)
        before, after = sources[path]
        sources[path] = (before, after[:start] + text + after[end:])
    return sources


def live_functions():
    """(file, first line, name) -> the function objects made from that definition; only those of the workspace."""
    found, paths = {}, {}
    root = os.path.join(os.path.realpath("."), "")
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType:
            code = thing.__code__
            path = paths.get(code.co_filename)
            if path is None:
                path = paths[code.co_filename] = os.path.realpath(code.co_filename)
            if path.startswith(root):
                found.setdefault((path, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def patch_in_place(edits, places, live):
    """Give live functions their new code. Returns the old [(function, code)], or None when that cannot show the change.

    `places` are the [path, first line, name] of the outermost functions that the edits lie in. Raises SyntaxError.
    """
    replacements = []
    for path, (before, after) in changed_sources(edits).items():
        here = {(line, name) for file, line, name in places if os.path.realpath(file) == path}
        codes = functions_of(before, after, path) if len(here) > 1 else {}
        for line, name in here:
            key = (path, line, name)
            code = codes.get((line, name)) if codes else carve(before, path).code(after, line, name)
            if code is None or key not in live:
                return None
            replacements.extend((function, code) for function in live[key])
    if any(function.__code__.co_freevars != code.co_freevars for function, code in replacements):
        return None
    originals = [(function, function.__code__) for function, _ in replacements]
    put(replacements)
    return originals


def functions_of(before, after, path):
    """(line before, name) -> new code of every function, for edits in several; empty when they cannot be paired."""
    old = list(_outer_codes(compile(before, path, "exec", dont_inherit=True)))
    new = list(_outer_codes(compile(after, path, "exec", dont_inherit=True)))
    if [code.co_name for code in old] != [code.co_name for code in new]:
        return {}
    return {(was.co_firstlineno, was.co_name): code for was, code in zip(old, new)}  # noqa: B905


class Carving:
    """Compiles single functions of a changed file: whole files take too long for thousands of candidates."""

    def __init__(self, text, path):
        self._path = path
        self._lines = text.splitlines(keepends=True)
        self._flags = 0
        self._found = {}
        self._walk(ast.parse(text), [])

    def _walk(self, node, around):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([child.lineno] + [d.lineno for d in child.decorator_list])
                self._found[first, child.name] = (first, child.end_lineno, around)
            elif isinstance(child, ast.ClassDef):
                self._walk(child, [*around, " " * child.col_offset + "class %s:\n" % child.name])
            elif isinstance(child, ast.ImportFrom) and child.module == "__future__":
                for alias in child.names:
                    self._flags |= getattr(__future__, alias.name).compiler_flag
            elif isinstance(child, (ast.stmt, ast.excepthandler)):
                inner = [*around, " " * child.col_offset + "if 1:\n"] if isinstance(child, ast.stmt) else around
                self._walk(child, inner)

    def code(self, after, line, name):
        """The new code of the function that began at `line`, or None when the change is not all inside it."""
        if (line, name) not in self._found:
            return None
        first, end, around = self._found[line, name]
        before = "".join(self._lines[: first - 1])
        behind = "".join(self._lines[end:])
        if not (after.startswith(before) and after.endswith(behind)):
            return None
        body = after[len(before) : len(after) - len(behind)]
        carved = "\n" * (first - 1 - len(around)) + "".join(around) + body
        snippet = before + body if "\t" in before else carved
        module = compile(snippet, self._path, "exec", flags=self._flags, dont_inherit=True)
        return next((c for c in _outer_codes(module) if (c.co_firstlineno, c.co_name) == (line, name)), None)


@functools.lru_cache(maxsize=64)
def carve(text, path):
    return Carving(text, path)


def put(codes):
    """Set the code of functions, from [(function, code)]."""
    for function, code in codes:
        function.__code__ = code


def import_from(texts):
    """From now on, modules at these paths are made from these texts."""
    codes_from({path: compile(text, path, "exec", dont_inherit=True) for path, text in texts.items()})


def codes_from(codes):
    """From now on, modules at these paths are made from this code. Returns what the loader did before."""
    original = SourceFileLoader.get_code

    def get_code(self, fullname):
        code = codes.get(os.path.realpath(self.get_filename(fullname)))
        return original(self, fullname) if code is None else code

    SourceFileLoader.get_code = get_code
    return original


def compiled(paths):
    """path -> code of the files that are Python source."""
    codes = {}
    for path in paths:
        if path.endswith(".py"):
            with open(path, "rb") as file:
                codes[os.path.realpath(path)] = compile(file.read(), path, "exec", dont_inherit=True)
    return codes


def _outer_codes(code):
    """Code of the functions that are not inside another function, in order."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if constant.co_flags & CO_OPTIMIZED:
                yield constant
            else:
                for inner in _outer_codes(constant):
                    yield inner
