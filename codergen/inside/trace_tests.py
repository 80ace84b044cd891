"""Runs a check's tests and counts, for each line of the project, how many passing and failing tests executed it.

Reads one JSON object on stdin: runner, args, cwd_on_path, pythonpath, tests (globs of files
that are not the project's code).
Writes one JSON object on stdout. Runs inside a sandbox: standard library only.
"""

import dis
import fnmatch
import json
import os
import sys
import threading

import suite_runner


class LineRecorder:
    """Which lines of workspace files the current test executed."""

    def __init__(self, root, test_globs):
        self._root = os.path.join(os.path.realpath(root), "")
        self._globs = test_globs
        self._paths = {}
        self._all_lines = {}
        self.seen = {}

    def path(self, filename):
        """Path relative to the workspace, None for test files and everything elsewhere."""
        known = self._paths.get(filename, "")
        if known != "":
            return known
        full = os.path.realpath(filename)
        relative = full[len(self._root) :] if full.startswith(self._root) else None
        if relative is not None and (not relative.endswith(".py") or _matches(relative, self._globs)):
            relative = None
        if relative is not None and relative.split(os.sep, 1)[0] in (".venv", "venv", ".git", "site-packages"):
            relative = None
        self._paths[filename] = relative
        return relative

    def start(self):
        self.seen = {}
        threading.settrace(self._call)
        sys.settrace(self._call)

    def stop(self):
        sys.settrace(None)
        threading.settrace(None)
        return self.seen

    def _call(self, frame, event, argument):
        code = frame.f_code
        if self.path(code.co_filename) is None:
            return None
        seen = self.seen.get(code)
        if seen is None:
            seen = self.seen[code] = set()
        lines = self._all_lines.get(code)
        if lines is None:
            lines = self._all_lines[code] = {line for _, line in dis.findlinestarts(code) if line}
        if lines <= seen:
            return None

        def local(frame, event, argument):
            if event == "line":
                seen.add(frame.f_lineno)
                if len(seen) >= len(lines) and lines <= seen:
                    frame.f_trace_lines = False
            return local

        return local


def _matches(path, globs):
    return any(fnmatch.fnmatch(path, glob) or fnmatch.fnmatch("/" + path, glob) for glob in globs)


def trace(suite, recorder):
    """Run everything once under the recorder; returns the report."""
    counts, tests = {}, []
    frames = []
    for position, test_id in enumerate(suite.ids):
        following = suite.ids[position + 1] if position + 1 < len(suite.ids) else None
        recorder.start()
        try:
            result = suite.run(test_id, following)
        finally:
            executed = recorder.stop()
        failed = result["outcome"] in ("failed", "error")
        if failed or result["outcome"] == "passed":
            _count(counts, executed, recorder, failed)
        inner = [(recorder.path(name), line) for name, line in result.pop("frames")]
        if failed and len(frames) < 20:
            frames.append([[path, line] for path, line in inner if path is not None])
        tests.append({key: result[key] for key in ("id", "outcome", "message", "seconds")})
        if not failed:
            tests[-1]["message"] = ""
    loaded = {recorder.path(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    return {
        "tests": tests,
        "errors": suite.errors,
        "counts": counts,
        "frames": frames,
        "loaded": sorted(path for path in loaded if path),
    }


def _count(counts, executed, recorder, failed):
    lines = {}
    for code, seen in executed.items():
        lines.setdefault(recorder.path(code.co_filename), set()).update(seen)
    for path, numbers in lines.items():
        table = counts.setdefault(path, {})
        for number in numbers:
            table.setdefault(number, [0, 0])[1 if failed else 0] += 1


def main():
    results = suite_runner.open_results()
    request = json.load(sys.stdin)
    suite_runner.prepare_path(request)
    recorder = LineRecorder(os.getcwd(), request["tests"])
    reports = []
    suite_runner.with_suite(request["runner"], request["args"], lambda suite: reports.append(_run(suite, recorder)))
    json.dump(reports[-1] if reports else {"tests": [], "errors": ["nothing was collected"]}, results)
    results.flush()


def _run(suite, recorder):
    if not suite.ids:
        return {"tests": [], "errors": suite.errors, "counts": {}, "frames": [], "loaded": []}
    return trace(suite, recorder)


if __name__ == "__main__":
    main()
