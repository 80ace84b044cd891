"""Tries candidate edits against a check's tests: collects once, forks for each candidate, answers in JSON lines.

Standard input: one request line {runner, args, cwd_on_path, pythonpath, failing, seconds, after_first, durations},
then one line a candidate {n, edits, places, statement}. `after_first` = [candidates, seconds] to go on after the first
plausible one. Runs inside a sandbox: standard library only. The workspace itself is never changed.
"""

import json
import os
import sys
import time

import forked
import patching
import suite_runner
from in_place import COLLECT_SECONDS, InPlace, Limits, judge, run_all

HANGS_ALLOWED = 3
"""After so many hangs a statement is set aside."""
CHUNK = 16
"""Candidates that share a forked process."""


def attempt_from_start(request, candidate, limits):
    """A candidate that needs its modules imported anew: the whole collection runs in the child."""

    def work(report):
        sources = patching.changed_sources(candidate["edits"])
        for path, (_, after) in sources.items():
            compile(after, path, "exec", dont_inherit=True)
        patching.import_from({path: after for path, (_, after) in sources.items()})

        def body(suite):
            if not suite.errors:
                run_all(suite, request["failing"], limits, report)

        suite_runner.with_suite(request["runner"], request["args"], body)

    ended = forked.watch(work, limits.wall, COLLECT_SECONDS)
    return judge(ended.messages, ended.how, request["failing"])


class Batch:
    """Goes through the candidates in their order, within the time, and says what each gave."""

    def __init__(self, request, say):
        self._request = request
        self._say = say
        self._ends = time.monotonic() + request["seconds"]
        self._left = None
        self._hangs = {}

    def run(self, candidates):
        server = InPlace(self._request)
        self._say(server.greeting)
        if "problem" in server.greeting:
            return
        limits = Limits([seconds for _, _, seconds in server.greeting["durations"]])
        for chunk in _chunks(candidates):
            tried = [c for c in chunk if self._hangs.get(c["statement"], 0) < HANGS_ALLOWED]
            answers = server.attempt(tried) if tried else []
            for candidate, answer in zip(tried, answers):  # noqa: B905
                if time.monotonic() > self._ends or self._left == 0:
                    return
                elsewhere = answer["outcome"] == "elsewhere"
                self._settle(candidate, attempt_from_start(self._request, candidate, limits) if elsewhere else answer)
            for candidate in chunk:
                if candidate not in tried:
                    self._say({"n": candidate["n"], "outcome": "set_aside"})

    def _settle(self, candidate, answer):
        if answer["outcome"] == "hang":
            self._hangs[candidate["statement"]] = self._hangs.get(candidate["statement"], 0) + 1
        if self._left is not None:
            self._left -= 1
        if answer["outcome"] == "plausible" and self._left is None:
            more, seconds = self._request["after_first"]
            self._left = more
            self._ends = min(self._ends, time.monotonic() + seconds)
        self._say(dict(answer, n=candidate["n"]))


def _chunks(candidates):
    """Neighbours that can share a process."""
    chunk = []
    for candidate in candidates:
        if chunk and (len(chunk) == CHUNK or bool(chunk[0]["places"]) != bool(candidate["places"])):
            yield chunk
            chunk = []
        chunk.append(candidate)
    if chunk:
        yield chunk


def main():
    results = suite_runner.open_results()
    lines = sys.stdin.read().splitlines()
    request = json.loads(lines[0])
    suite_runner.prepare_path(request)

    def say(message):
        results.write(json.dumps(message) + "\n")
        results.flush()

    Batch(request, say).run([json.loads(line) for line in lines[1:]])
    say({"end": True})
    results.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
