"""The calls that the tests make into the project, kept so that patches can be run on them. Standard library only."""

import base64
import os
import pickle
import sys

import forked
import patching
import trace_tests

CALLS = 40
"""Recorded calls that inputs are made from."""
DEEPEST = 50
"""Calls inside each other that are kept."""
COLLECT_SECONDS = 30.0


class CallRecorder:
    """Arguments of calls from outside into the project that reach an edited function, and of the edited ones."""

    def __init__(self, recorder, edited):
        self._project = recorder
        self._edited = {(os.path.realpath(path), line, name) for path, line, name in edited}
        self._open = []
        self.calls = {}

    def __call__(self, frame, event, argument):
        if event == "return" and self._open and self._open[-1][0] is frame:
            self._close()
            return
        if event != "call" or self._project.path(frame.f_code.co_filename) is None:
            return
        code = frame.f_code
        is_edited = (os.path.realpath(code.co_filename), code.co_firstlineno, code.co_name) in self._edited
        outside = frame.f_back is None or self._project.path(frame.f_back.f_code.co_filename) is None
        if is_edited:
            for entry in self._open:
                entry[2] = True
        if (is_edited or outside) and len(self.calls) < 4 * CALLS and len(self._open) < DEEPEST:
            self._open.append([frame, _snapshot(frame), is_edited])

    def finish(self):
        """After a test: calls that never returned, as where recursion had no end and took this recorder with it."""
        while self._open:
            self._close()

    def _close(self):
        _, call, reached = self._open.pop()
        if reached and call is not None:
            self.calls.setdefault(call, len(self.calls))


def _snapshot(frame):
    """(path, line, name, pickled arguments) or None where they cannot be kept."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[: count + bool(code.co_flags & 4) + bool(code.co_flags & 8)]
    values = frame.f_locals
    if any(name not in values for name in names):
        return None
    args = [values[name] for name in names[: code.co_argcount]]
    kwargs = {name: values[name] for name in names[code.co_argcount : count]}
    if code.co_flags & 4:
        args.extend(values[names[count]])
    if code.co_flags & 8:
        kwargs.update(values[names[-1]])
    try:
        data = pickle.dumps((args, kwargs))
        pickle.loads(data)
    except Exception:
        return None
    return os.path.realpath(code.co_filename), code.co_firstlineno, code.co_name, data


def without_defaults(function, data):
    """The same call without what the function would take by itself: a patch may change that."""
    args, kwargs = pickle.loads(data)
    defaults = function.__defaults__ or ()
    own = function.__kwdefaults__ or {}
    least = function.__code__.co_argcount - len(defaults)
    if len(args) <= function.__code__.co_argcount:
        while len(args) > least and _same(args[-1], defaults[len(args) - 1 - least]):
            args.pop()
    kept = {name: value for name, value in kwargs.items() if name not in own or not _same(value, own[name])}
    return pickle.dumps((args, kept))


def _short(constant):
    """A number or a short text, so no docstring."""
    return type(constant) in (int, float) or (type(constant) is str and len(constant) <= 40)


def _same(value, other):
    return type(value) is type(other) and repr(value) == repr(other)


def record(suite, request):
    """The calls of all tests on the unchanged code: [[path, qualname, base64 of the arguments, constants]]."""

    def work(report):
        calls = CallRecorder(trace_tests.LineRecorder(os.getcwd(), request["tests"]), request["edited"])
        live = patching.live_functions()
        for position, test_id in enumerate(suite.ids):
            following = suite.ids[position + 1] if position + 1 < len(suite.ids) else None
            sys.setprofile(calls)
            try:
                suite.run(test_id, following, quick=True)
            finally:
                sys.setprofile(None)
                calls.finish()
        for path, line, name, data in calls.calls:
            functions = live.get((path, line, name))
            if functions:
                constants = [c for c in functions[0].__code__.co_consts if _short(c)]
                for given in dict.fromkeys([without_defaults(functions[0], data), data]):
                    report([path, functions[0].__qualname__, base64.b64encode(given).decode(), constants[:8]])

    return forked.watch(work, COLLECT_SECONDS).messages
