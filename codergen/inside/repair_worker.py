"""Tries candidate edits against a check's tests: collects once, forks for each candidate, answers in JSON lines.

Standard input: one request line {runner, args, cwd_on_path, pythonpath, failing, seconds, after_first, durations},
then one line a candidate {n, edits, places, statement}. `after_first` = [candidates, seconds] to go on after the first
plausible one. Runs inside a sandbox: standard library only. The workspace itself is never changed.
"""

import gc
import json
import os
import sys
import time

import forked
import mutate_inputs
import patching
import suite_runner

BAD = ("failed", "error")
HANGS_ALLOWED = 4
"""After so many hangs a statement is set aside."""
PROGRESS_SECONDS = 0.05
"""A candidate that fails goes on with the other failing tests for so long, to show how far it came."""
COLLECT_SECONDS = 30.0
CHUNK = 16
"""Candidates that share a forked process."""


class Limits:
    """Time for one test, from how long the slowest takes unchanged."""

    def __init__(self, durations):
        self.cpu = min(10.0, max(0.5, 10 * max(durations, default=0.0)))
        self.wall = 5 * self.cpu + 2.0


def run_failing(suite, failing, limits, report):
    """In a child: the tests that have to pass now, one report each; whether all did."""
    started = time.monotonic()
    failed = False
    for position, test_id in enumerate(failing):
        if failed and time.monotonic() - started > PROGRESS_SECONDS:
            break
        following = failing[position + 1] if position + 1 < len(failing) else None
        failed = _run_one(suite, test_id, following, limits, report) or failed
    return not failed


def screen(suite, failing, limits, report):
    """Like `run_failing`, without the runner around tests that need none of it; what looks right is run properly."""
    started = time.monotonic()
    failed = False
    for position, test_id in enumerate(failing):
        if failed and time.monotonic() - started > PROGRESS_SECONDS:
            return
        forked.limit_cpu(limits.cpu)
        verdict = suite.call(test_id)
        if verdict is None:
            following = failing[position + 1] if position + 1 < len(failing) else None
            failed = _run_one(suite, test_id, following, limits, report) or failed
        else:
            report([test_id, "passed" if verdict[0] else "failed", _plain(verdict[1])])
            failed = failed or not verdict[0]


def _plain(message):
    return mutate_inputs.ADDRESS.sub("", message)[:300]


def run_all(suite, failing, limits, report):
    """In a fresh child: the failing tests first, then the others up to a failure; says `all` when none failed."""
    if not run_failing(suite, failing, limits, report):
        return
    known = set(failing)
    others = [test for test in suite.ids if test not in known]
    for position, test_id in enumerate(others):
        following = others[position + 1] if position + 1 < len(others) else None
        if _run_one(suite, test_id, following, limits, report):
            return
    report("all")


def _run_one(suite, test_id, following, limits, report):
    forked.limit_cpu(limits.cpu)
    result = suite.run(test_id, following, quick=True)
    report([test_id, result["outcome"], _plain(result["message"])])
    return result["outcome"] in BAD


def measure(suite):
    """Every test once, unchanged: [id, outcome, seconds]."""

    def work(report):
        for position, test_id in enumerate(suite.ids):
            following = suite.ids[position + 1] if position + 1 < len(suite.ids) else None
            result = suite.run(test_id, following, quick=True)
            report([test_id, result["outcome"], result["seconds"]])

    return forked.watch(work, COLLECT_SECONDS).messages


class InPlace:
    """A forked process that has collected the tests and tries edits inside functions, one child each."""

    def __init__(self, request):
        to_server, from_main = os.pipe()
        to_main, from_server = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(from_main), os.close(to_main)
            try:
                _serve(request, os.fdopen(to_server, "r"), os.fdopen(from_server, "w"))
            finally:
                os._exit(0)
        os.close(to_server), os.close(from_server)
        self._out, self._in = os.fdopen(from_main, "w"), os.fdopen(to_main, "r")
        self.greeting = self._read()

    def attempt(self, candidates):
        """One answer for each, in order."""
        self._out.write(json.dumps(candidates) + "\n")
        self._out.flush()
        return self._read()

    def _read(self):
        line = self._in.readline()
        if not line:
            raise RuntimeError("the process that collected the tests is gone")
        return json.loads(line)


def _serve(request, commands, answers):
    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    def body(suite):
        if suite.errors or not suite.ids:
            say({"problem": "; ".join(suite.errors)[:2000] or "no tests"})
            return
        durations = request.get("durations") or measure(suite)
        limits = Limits([seconds for _, _, seconds in durations])
        trial = InPlaceTrial(suite, request["failing"], limits)
        say({"durations": durations})
        for line in commands:
            say(trial.answers(json.loads(line)))
        os._exit(0)

    suite_runner.with_suite(request["runner"], request["args"], body)


class InPlaceTrial:
    """Tries edits of live functions: many in one child, for forking is dear; what looks right, once more in its own.

    What a candidate leaves behind in module state could spoil those after it. So the unchanged code must fail as
    before at the end of each child; where it does not, every candidate gets its own child from then on.
    """

    def __init__(self, suite, failing, limits):
        self._suite = suite
        self._failing = failing
        self._limits = limits
        self._live = patching.live_functions()
        self._alone = False
        gc.freeze()
        self._before = self._watch(self._unchanged).messages

    def answers(self, candidates):
        found = []
        while len(found) < len(candidates):
            rest = candidates[len(found) :]
            found.extend(self._in_one_child(rest[:1] if self._alone else rest))
        return [self._confirmed(c, answer) for c, answer in zip(candidates, found)]  # noqa: B905

    def _in_one_child(self, candidates):
        def work(report):
            for candidate in candidates:
                report("next")
                self._try(candidate, report)
            if not self._alone:
                report("unchanged")
                self._unchanged(report)

        ended = self._watch(work)
        tries, after = _split(ended.messages, ended.how)
        if ended.how == "done" and not self._alone and after != self._before:
            self._alone = True
            return self._in_one_child(candidates[:1])
        return [_judge(messages, how, self._failing) for messages, how in tries]

    def _try(self, candidate, report):
        try:
            originals = patching.patch_in_place(candidate["edits"], candidate["places"], self._live)
        except (SyntaxError, ValueError):
            report("invalid")
            return
        if originals is None:
            report("elsewhere")
            return
        screen(self._suite, self._failing, self._limits, report)
        patching.put(originals)

    def _unchanged(self, report):
        screen(self._suite, self._failing, self._limits, report)

    def _confirmed(self, candidate, answer):
        if answer["fixed"] < len(self._failing):
            return answer

        def work(report):
            patching.patch_in_place(candidate["edits"], candidate["places"], self._live)
            run_all(self._suite, self._failing, self._limits, report)

        ended = self._watch(work)
        return _judge(ended.messages, ended.how, self._failing)

    def _watch(self, work):
        return forked.watch(work, self._limits.wall)


def _split(messages, how):
    """[(messages, how it ended)] of each candidate in a child, and those about the unchanged code after them."""
    tries = [[]]
    for message in messages:
        if message in ("next", "unchanged"):
            tries.append([])
        else:
            tries[-1].append(message)
    whole = "unchanged" in messages
    after = tries.pop() if whole else None
    ends = ["done"] * len(tries[1:])
    if not whole and how != "done" and ends:
        ends[-1] = how
    return list(zip(tries[1:], ends)), after  # noqa: B905


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
    return _judge(ended.messages, ended.how, request["failing"])


def _judge(messages, how, failing):
    """`plausible`, `failed`, `hang` or `died`; how many failing tests pass now; and the first failure's text."""
    if messages in (["elsewhere"], ["invalid"]):
        return {"outcome": "elsewhere" if messages == ["elsewhere"] else "died", "fixed": 0}
    tests = [message for message in messages if message != "all"]
    fixed = sum(outcome not in BAD for test, outcome, _ in tests if test in set(failing))
    bad = next((test for test in tests if test[1] in BAD), None)
    outcome = "plausible" if "all" in messages else "failed" if how == "done" else how
    return {"outcome": outcome, "fixed": fixed, "failure": bad[2] if bad else "", "at": bad[0] if bad else ""}


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
            answers = server.attempt(tried) if chunk[0]["places"] else [{"outcome": "elsewhere"}] * len(tried)
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
