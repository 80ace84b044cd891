"""Tries edits inside the process that collected the tests: live functions get new code, or modules are imported anew.

Runs inside a sandbox: standard library only. The workspace itself is never changed.
"""

import gc
import json
import os
import time

import forked
import fresh_modules
import mutate_inputs
import patching
import suite_runner

BAD = ("failed", "error")
PROGRESS_SECONDS = 0.005
"""A candidate that fails goes on with the other failing tests for so long, to show how far it came."""
COLLECT_SECONDS = 30.0
FRESH_SAMPLE = 60
"""Passing tests that show whether modules can be imported anew in place."""
LEAST_CPU = 0.3
"""Processor time that a test may take, however short it is unchanged."""


class Limits:
    """Time for one test, from how long the slowest takes unchanged."""

    def __init__(self, durations):
        self.cpu = min(10.0, max(LEAST_CPU, 10 * max(durations, default=0.0)))
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
        trial = InPlaceTrial(suite, cheapest_first(request["failing"], durations), limits)
        say({"durations": durations})
        for line in commands:
            say(trial.answers(json.loads(line)))
        os._exit(0)

    suite_runner.with_suite(request["runner"], request["args"], body)


def cheapest_first(tests, durations):
    """So that a candidate which changes nothing is dropped after the shortest of them."""
    known = {test: seconds for test, _, seconds in durations}
    return sorted(tests, key=lambda test: known.get(test, 0.0))


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
        self._fresh = fresh_modules.Fresh(suite)
        self._before = self._watch(self._unchanged).messages
        self._fresh_works = self._anew_is_as_before()

    def answers(self, candidates):
        """Those that cannot be judged here are `elsewhere`."""
        found = []
        if not candidates[0]["places"] and not self._fresh_works:
            return [{"outcome": "elsewhere", "fixed": 0}] * len(candidates)
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
        if ended.how == "done" and not self._alone and not _alike(after, self._before):
            self._alone = True
            return self._in_one_child(candidates[:1])
        return [judge(messages, how, self._failing) for messages, how in tries]

    def _anew_is_as_before(self):
        """Unchanged modules imported anew must give what the live ones give: else each such edit gets a collection."""

        def work(report):
            self._fresh.enter([])
            screen(self._fresh, self._failing, self._limits, report)
            report("others")
            known = set(self._failing)
            for test_id in self._suite.ids[:FRESH_SAMPLE]:
                forked.limit_cpu(self._limits.cpu)
                verdict = self._fresh.call(test_id) if test_id not in known else None
                if verdict is not None and not verdict[0]:
                    report("broken")

        if not self._fresh.covers(self._failing):
            return False
        messages = self._watch(work).messages
        ran = messages.index("others") if "others" in messages else 0
        return "broken" not in messages and _alike(messages[:ran], self._before)

    def _try(self, candidate, report):
        if not candidate["places"]:
            self._try_anew(candidate, report)
            return
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

    def _try_anew(self, candidate, report):
        try:
            self._fresh.enter(candidate["edits"])
            screen(self._fresh, self._failing, self._limits, report)
        except Exception as error:
            report([self._failing[0], "error", _plain(type(error).__name__)])
        finally:
            self._fresh.leave()

    def _unchanged(self, report):
        screen(self._suite, self._failing, self._limits, report)

    def _confirmed(self, candidate, answer):
        if answer["fixed"] < len(self._failing):
            return answer
        if not candidate["places"]:
            return {"outcome": "elsewhere", "fixed": answer["fixed"]}

        def work(report):
            patching.patch_in_place(candidate["edits"], candidate["places"], self._live)
            run_all(self._suite, self._failing, self._limits, report)

        ended = self._watch(work)
        return judge(ended.messages, ended.how, self._failing)

    def _watch(self, work):
        return forked.watch(work, self._limits.wall)


def _alike(messages, before):
    """The same tests with the same outcomes, as far as both came: how far that is depends on the time."""
    count = min(len(messages or ()), len(before))
    return count > 0 and [m[:2] for m in messages[:count]] == [m[:2] for m in before[:count]]


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


def judge(messages, how, failing):
    """`plausible`, `failed`, `hang` or `died`; how many failing tests pass now; and the first failure's text."""
    if messages in (["elsewhere"], ["invalid"]):
        return {"outcome": "elsewhere" if messages == ["elsewhere"] else "died", "fixed": 0}
    tests = [message for message in messages if message != "all"]
    fixed = sum(outcome not in BAD for test, outcome, _ in tests if test in set(failing))
    bad = next((test for test in tests if test[1] in BAD), None)
    outcome = "plausible" if "all" in messages else "failed" if how == "done" else how
    return {"outcome": outcome, "fixed": fixed, "failure": bad[2] if bad else "", "at": bad[0] if bad else ""}
