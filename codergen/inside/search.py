"""Looks through a workspace: lists a folder, draws its tree, finds files by glob and lines by regular expression.

Reads one JSON object on stdin, writes one on stdout. Runs inside a sandbox: standard library only. It is handed over
as text (`codergen.tools.search`), so nothing has to be mounted for it.
"""

import json
import os
import re
import sys

NEVER = frozenset({".git", "node_modules", "bower_components", ".svn", ".hg"})
"""Folders that no search enters."""
BUILT = frozenset({".vscode", ".idea", "dist", "build", "coverage", "__pycache__"})
"""Folders that a search for lines leaves out besides."""
LEFT_OUT = (".log", ".tmp")
"""Ends of file names that a search for lines leaves out."""
LINE_CHARS = 2001
"""Of a line, one more than is ever shown: so that whoever shows it knows that it was longer."""


def glob_regex(pattern):
    """A glob as a regular expression over a path with slashes. `**` crosses folders, `{a,b}` is either."""
    out, at, depth = [], 0, 0
    while at < len(pattern):
        here = pattern[at]
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            out.append("(?:[^/]+/)*")
            at += 2
        elif pattern.startswith("**", at):
            out.append(".*")
            at += 1
        elif here == "*":
            out.append("[^/]*")
        elif here == "?":
            out.append("[^/]")
        elif here == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            inner = pattern[at + 1 : end].replace("\\", "\\\\")
            out.append("[^" + inner[1:] + "]" if inner[0] in "!^" else "[" + inner + "]")
            at = end
        elif here == "{" and "}" in pattern[at:]:
            out.append("(?:")
            depth += 1
        elif here == "}" and depth:
            out.append(")")
            depth -= 1
        elif here == "," and depth:
            out.append("|")
        elif here == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(here))
        at += 1
    return "".join(out) + ")" * depth


class Rule:
    """One line of an ignore file."""

    def __init__(self, line):
        self.wanted = line.startswith("!")
        line = line[1:] if self.wanted else line
        self.folders_only = line.endswith("/")
        line = line.rstrip("/")
        anchored = "/" in line
        self._match = re.compile(("" if anchored else "(?:.*/)?") + glob_regex(line.lstrip("/"))).fullmatch

    def fits(self, path, is_dir):
        return (is_dir or not self.folders_only) and self._match(path) is not None


def rules_of(text):
    """The rules of an ignore file; lines that are no pattern are left out."""
    rules = []
    for raw in text.splitlines():
        line = raw if raw.endswith("\\ ") else raw.rstrip()
        if line.strip("/!") and not line.startswith("#"):
            try:
                rules.append(Rule(line))
            except re.error:
                continue
    return rules


class Ignored:
    """What the ignore files of a tree say, read as they are needed."""

    def __init__(self, root, git, own):
        """`own`: names of ignore files besides git's."""
        self._root = root
        in_git = git and os.path.exists(os.path.join(root, ".git"))
        self._names = ([".gitignore"] if in_git else []) + list(own)
        self._rules = {}
        self._known = {}
        self._git = git
        self._exclude = rules_of(read_text(os.path.join(root, ".git/info/exclude"))) if in_git else []

    def __call__(self, path, is_dir):
        """Whether a path relative to the root is ignored, by itself or with a folder above it."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._ignored(path, is_dir)
        return known

    def _ignored(self, path, is_dir):
        parent = os.path.dirname(path)
        if parent and self(parent, True):
            return True
        if self._git and os.path.basename(path) == ".git":
            return True
        verdict = False
        above = [""] + ["/".join(parent.split("/")[: n + 1]) for n in range(parent.count("/") + 1) if parent]
        for folder in above:
            inner = path[len(folder) + 1 :] if folder else path
            for rule in self._of(folder):
                if rule.fits(inner, is_dir):
                    verdict = not rule.wanted
        return verdict

    def _of(self, folder):
        if folder not in self._rules:
            rules = list(self._exclude) if not folder else []
            for name in self._names:
                rules += rules_of(read_text(os.path.join(self._root, folder, name)))
            self._rules[folder] = rules
        return self._rules[folder]


def read_text(path):
    """A file as text; empty for what cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def ordered(folder):
    """The entries of a folder by name; none for one that cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def walk(folder, skip_folder):
    """(path, entry) of every regular file below, folders in order; links are not followed."""
    stack = [(folder, "")]
    while stack:
        here, path = stack.pop()
        below = []
        for entry in ordered(here):
            inner = path + entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in NEVER and not skip_folder(inner, entry.name):
                    below.append((entry.path, inner + "/"))
            elif entry.is_file(follow_symlinks=False):
                yield inner, entry
        stack += reversed(below)


def list_folder(request, ignored):
    """The entries of one folder, ignored ones counted only."""
    entries, count = [], 0
    for entry in ordered(request["folder"]):
        is_dir = entry.is_dir()
        if ignored(relative(entry.path, request["root"]), is_dir):
            count += 1
            continue
        try:
            entries.append([entry.name, is_dir, 0 if is_dir else entry.stat().st_size])
        except OSError:
            continue
    return {"entries": entries, "ignored": count}


def tree(request, ignored):
    """Folders level by level, up to `limit` items, as nested objects."""
    left = request["limit"]
    top = {"name": "", "files": [], "folders": [], "more_files": False, "more_folders": False, "closed": False}
    queue = [(request["folder"], top)]
    while queue and left > 0:
        path, node = queue.pop(0)
        for folders in (False, True):
            for entry in ordered(path):
                is_dir = entry.is_dir(follow_symlinks=False)
                if is_dir != folders or not (is_dir or entry.is_file(follow_symlinks=False)):
                    continue
                if left <= 0:
                    node["more_folders" if folders else "more_files"] = True
                    break
                hidden = ignored(relative(entry.path, request["root"]), is_dir)
                if not is_dir:
                    if not hidden:
                        node["files"].append(entry.name)
                        left -= 1
                    continue
                closed = hidden or entry.name in NEVER or entry.name in ("dist", "__pycache__")
                child = dict(top, name=entry.name, files=[], folders=[], closed=closed)
                child.update(more_files=False, more_folders=False)
                node["folders"].append(child)
                left -= 1
                if not closed:
                    queue.append((entry.path, child))
    return {"tree": top}


def glob(request, ignored):
    """Files whose path below the folder fits the pattern, with the time of their last change."""
    text = request["pattern"]
    text = text[2:] if text.startswith("./") else text
    exact = os.path.isfile(os.path.join(request["folder"], text))
    flags = re.IGNORECASE if request["ignore_case"] else 0
    match = re.compile(re.escape(text) if exact else glob_regex(text), flags).fullmatch
    files, count = [], 0
    for path, entry in walk(request["folder"], lambda *_: False):
        if match(path) is None:
            continue
        if ignored(relative(entry.path, request["root"]), False):
            count += 1
        else:
            files.append([entry.path, entry.stat(follow_symlinks=False).st_mtime_ns])
    return {"files": files, "ignored": count}


def grep(request, ignored):
    """Lines that fit, by file, with the lines around them."""
    flags = 0 if request["case_sensitive"] else re.IGNORECASE
    pattern = re.escape(request["pattern"]) if request["fixed"] else request["pattern"].replace("(?<", "(?P<")
    pattern = pattern.replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    fits = re.compile(pattern, flags).search
    without = re.compile(request["exclude"], flags).search if request["exclude"] else None
    found, total = [], 0
    for path, full in candidates(request, ignored):
        lines = text_lines(full)
        numbers = []
        for number, line in enumerate(lines):
            if fits(line) is None or (without is not None and without(line) is not None):
                continue
            numbers.append(number)
            total += 1
            if total >= request["most"] or len(numbers) == request["most_per_file"]:
                break
        if numbers:
            found.append((path, full, numbers))
        if total >= request["most"]:
            break
    before, after = request["before"], request["after"]
    if before is None or after is None:
        before = after = {1: 50, 2: 15, 3: 15}.get(total, 0)
    files = [{"path": path, "lines": around(text_lines(full), numbers, before, after)} for path, full, numbers in found]
    return {"files": files, "count": total, "limited": total >= request["most"]}


def candidates(request, ignored):
    """(shown path, path) of the files to look into."""
    folder, all_of_them = request["folder"], request["no_ignore"]
    if os.path.isfile(folder):
        yield os.path.basename(folder), folder
        return
    include = Rule(request["include"]) if request["include"] else None
    root = request["root"]

    def skip(path, name):
        if name.startswith("."):
            return True
        return not all_of_them and (name in BUILT or ignored(relative(os.path.join(folder, path), root), True))

    for path, entry in walk(folder, skip):
        if entry.name.startswith(".") or (include is not None and not include.fits(path, False)):
            continue
        if all_of_them or not (entry.name.endswith(LEFT_OUT) or ignored(relative(entry.path, root), False)):
            yield path, entry.path


def text_lines(path):
    """The lines of a text file; none of a binary one."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return []
    return [] if b"\0" in data else re.split(r"\r?\n", data.decode("utf-8", "replace"))


def around(lines, numbers, before, after):
    """[number from 1, line, is a match] of the matches and their surroundings."""
    last = len(lines) - 1 if lines and not lines[-1] else len(lines)
    shown = {n for m in numbers for n in range(max(0, m - before), min(last, m + after + 1))} | set(numbers)
    return [[n + 1, lines[n][:LINE_CHARS], n in set(numbers)] for n in sorted(shown)]


def relative(path, root):
    return os.path.relpath(path, root)


def main():
    request = json.load(sys.stdin)
    folder = request["folder"]
    if not os.path.lexists(folder):
        answer = {"refused": "missing"}
    elif not os.path.isdir(folder) and request["do"] != "grep":
        answer = {"refused": "not_a_folder"}
    else:
        ignored = Ignored(request["root"], request["git_ignore"], request["ignore_files"])
        try:
            answer = {"list": list_folder, "tree": tree, "glob": glob, "grep": grep}[request["do"]](request, ignored)
        except re.error as error:
            answer = {"refused": "pattern", "told": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
