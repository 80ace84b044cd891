"""Runs several patches on inputs near those of the tests and tells where they behave differently.

Standard input: one JSON object {runner, args, cwd_on_path, pythonpath, tests, seconds, edited: [[path, line, name]],
variants: [{edits, places}]}. Standard output: one JSON object {inputs, compared}, where `inputs` are those that split
the variants: {call, recorded, outcomes}. Runs inside a sandbox: standard library only.
"""

import base64
import io
import itertools
import json
import os
import pickle
import sys
import time

import forked
import mutate_inputs
import patching
import suite_runner
from record_calls import CALLS, COLLECT_SECONDS, record

INPUTS = 240
INPUT_CPU = 0.5
SILENCE = 5.0
HANGS_ALLOWED = 3


class Inputs:
    """All calls to make, the same in every process: the recorded ones and those with one argument changed."""

    def __init__(self, calls):
        self._functions = {}
        for functions in patching.live_functions().values():
            for function in functions:
                key = (os.path.realpath(function.__code__.co_filename), function.__qualname__)
                self._functions.setdefault(key, function)
        self._calls = [
            (path, qualname, base64.b64decode(data), constants)
            for path, qualname, data, constants in calls
            if (path, qualname) in self._functions
        ]

    def __iter__(self):
        """(label, recorded, function, args, kwargs), recorded calls first."""
        pools = {}
        chosen = self._spread()
        for path, qualname, data, _ in chosen:
            args, _ = pickle.loads(data)
            for i, value in enumerate(args):
                pool = pools.setdefault((path, qualname), {}).setdefault(i, [])
                if len(pool) < 6 and all(repr(value) != repr(other) for other in pool):
                    pool.append(value)
        seen = set()
        for is_recorded in (True, False):
            for path, qualname, data, constants in chosen:
                near = self._unchanged(path, qualname, data) if is_recorded else None
                for label, args, kwargs in near or self._near(path, qualname, data, pools, constants):
                    if label not in seen:
                        seen.add(label)
                        yield label, is_recorded, self._functions[path, qualname], args, kwargs

    def _unchanged(self, path, qualname, data):
        args, kwargs = pickle.loads(data)
        bound = _takes_instance(self._functions[path, qualname])
        return [(mutate_inputs.describe_call(qualname, args, kwargs, bound), args, kwargs)]

    def _near(self, path, qualname, data, pools, constants):
        """Each from a fresh copy of the recorded arguments: a call may change what it is given."""
        args, kwargs = pickle.loads(data)
        bound, pool = _takes_instance(self._functions[path, qualname]), pools[path, qualname]
        for k in range(len(mutate_inputs.changed_calls(args, kwargs, int(bound), pool, constants))):
            args, kwargs = pickle.loads(data)
            changed = mutate_inputs.changed_calls(args, kwargs, int(bound), pool, constants)[k]
            args, kwargs = pickle.loads(pickle.dumps(changed))
            yield mutate_inputs.describe_call(qualname, args, kwargs, bound), args, kwargs

    def _spread(self):
        """Some of the calls, spread evenly over the run."""
        step = max(1, -(-len(self._calls) // CALLS))
        return self._calls[::step]


def _takes_instance(function):
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return bool(names) and names[0] in ("self", "cls")


def observe(function, args, kwargs):
    """What a call gives, and what it does to its arguments, as text."""
    before = [mutate_inputs.describe(arg) for arg in args]
    try:
        result = function(*args, **kwargs)
        if hasattr(result, "__next__"):
            result = list(itertools.islice(result, 1000))
        elif hasattr(result, "__await__"):
            import asyncio

            result = asyncio.run(result)
        outcome = mutate_inputs.describe(result)
    except Exception as error:
        outcome = "raises " + type(error).__name__
    after = [mutate_inputs.describe(arg) for arg in args]
    changes = [new for old, new in zip(before, after) if old != new]  # noqa: B905
    return outcome + "".join(", leaving " + change for change in changes)


def outcomes_of(calls, prepare):
    """[label, recorded, outcome] of every input in children prepared by `prepare`; None where it cannot be shown."""
    answers, hangs = [], 0
    while True:
        start = len(answers)

        def work(report, start=start):
            def go():
                sys.stdout = sys.stderr = io.StringIO()
                for label, recorded, function, args, kwargs in itertools.islice(Inputs(calls), start, INPUTS):
                    forked.limit_cpu(INPUT_CPU)
                    report(["start", label, recorded])
                    report(["end", observe(function, args, kwargs)])

            if not prepare(go):
                report("elsewhere")

        ended = forked.watch(work, SILENCE, COLLECT_SECONDS)
        if "elsewhere" in ended.messages:
            return None
        answers.extend(_paired(ended.messages))
        hangs += ended.how != "done"
        if ended.how == "done" or hangs > HANGS_ALLOWED or len(answers) == start:
            return answers


def _paired(messages):
    answers = []
    for message in messages:
        if message[0] == "start":
            answers.append([message[1], message[2], "does not end"])
        else:
            answers[-1][2] = message[1]
    return answers


def in_place(variant, live):
    def prepare(go):
        if not variant["places"] or patching.patch_in_place(variant["edits"], variant["places"], live) is None:
            return False
        go()
        return True

    return prepare


def from_start(request, variant):
    def prepare(go):
        sources = patching.changed_sources(variant["edits"])
        patching.import_from({path: after for path, (_, after) in sources.items()})
        suite_runner.with_suite(request["runner"], request["args"], lambda suite: go())
        return True

    return prepare


def compare_in_place(request, report):
    """In a child that has collected: the recorded calls, then each variant's outcomes."""

    def body(suite):
        calls = record(suite, request)
        report(["calls", calls])
        live = patching.live_functions()
        deadline = time.monotonic() + request["seconds"]
        for variant in request["variants"]:
            report(["variant", outcomes_of(calls, in_place(variant, live)) if time.monotonic() < deadline else []])

    suite_runner.with_suite(request["runner"], request["args"], body)


def main():
    results = suite_runner.open_results()
    request = json.load(sys.stdin)
    suite_runner.prepare_path(request)
    patience = request["seconds"] + COLLECT_SECONDS
    messages = forked.watch(lambda report: compare_in_place(request, report), patience).messages
    calls = next((message[1] for message in messages if message[0] == "calls"), [])
    tables = [message[1] for message in messages if message[0] == "variant"]
    for i, variant in enumerate(request["variants"][: len(tables)]):
        if tables[i] is None:
            tables[i] = outcomes_of(calls, from_start(request, variant)) or []
    json.dump(table_of_differences(tables), results)
    results.flush()
    os._exit(0)


def table_of_differences(tables):
    """Inputs that every variant was run on and that give different outcomes; how many were compared."""
    by_variant = [{label: (recorded, outcome) for label, recorded, outcome in table} for table in tables]
    shared = [label for label in by_variant[0] if all(label in table for table in by_variant)] if by_variant else []
    split = []
    for label in shared:
        outcomes = [table[label][1] for table in by_variant]
        if len(set(outcomes)) > 1:
            split.append({"call": label, "recorded": by_variant[0][label][0], "outcomes": outcomes})
    return {"inputs": split, "compared": len(shared)}


if __name__ == "__main__":
    main()
