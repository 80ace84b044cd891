"""Collects tests as pytest or unittest would, once, and runs chosen ones of them in this process.

Shared by the programs beside it. Runs inside a sandbox: standard library only (and pytest where the check needs it).
"""

import inspect
import io
import os
import sys
import time
import traceback
import unittest

MESSAGE_LIMIT = 4000


def open_results():
    """A file for results only: whatever the project prints to stdout or stderr goes to stderr's end instead."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return results


def prepare_path(request):
    """The module path that the check's command would give, without this program's own folder; no standard input.

    The runner is imported before the project's folders join, so that a planted module of its name is never taken.
    """
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != own]
    if request["runner"] == "pytest":
        import pytest  # noqa: F401
    front = [os.path.abspath(entry) for entry in request["pythonpath"]]
    sys.path[:0] = ([os.getcwd()] if request["cwd_on_path"] else []) + front
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def with_suite(runner, args, body):
    """Collect, then call `body(suite)` once before any test ran; `suite` has `.ids`, `.errors` and `.run(...)`."""
    if runner == "pytest":
        _with_pytest(args, body)
    else:
        _with_unittest(args, body)


def _with_pytest(args, body):
    import pytest

    class Plugin:
        def __init__(self):
            self.collect_errors = []
            self.reached = False

        def pytest_collectreport(self, report):
            if report.failed:
                self.collect_errors.append(report.nodeid + ": " + report.longreprtext[-MESSAGE_LIMIT:])

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session):
            self.reached = True
            body(PytestSuite(session, self.collect_errors))
            return True

    plugin = Plugin()
    extra = ["-p", "no:cacheprovider", "--tb=short", "-q"]
    if any(arg.startswith("-n") or arg.startswith("--numprocesses") for arg in args):
        extra.append("-n0")
    if any(arg.startswith("--cov") for arg in args):
        extra.append("--no-cov")
    code = pytest.main([*args, *extra], plugins=[plugin])
    if not plugin.reached:
        body(FailedSuite(plugin.collect_errors or ["pytest ended with status %d" % int(code)]))


def _with_unittest(args, body):
    class Runner:
        def run(self, suite):
            body(UnittestSuite(suite))
            return unittest.TestResult()

    unittest.main(module=None, argv=["python -m unittest", *args], testRunner=Runner(), exit=False)


class FailedSuite:
    """What is left when collection itself failed."""

    def __init__(self, errors):
        self.ids = []
        self.errors = errors


class PytestSuite:
    def __init__(self, session, errors):
        from _pytest.runner import runtestprotocol

        self._protocol = runtestprotocol
        self._items = {item.nodeid: item for item in session.items}
        self.ids = list(self._items)
        self.errors = errors

    def run(self, test_id, following=None, quick=False):
        """Run one test; `following` is the next, which decides how many fixtures stay. `quick` skips long texts."""
        item = self._items[test_id]
        following_item = self._items.get(following) if following else None
        frames = []
        original = item.repr_failure

        def keep(excinfo, *args, **kwargs):
            if quick:
                return _brief(excinfo.value)
            frames.extend((entry.filename, entry.lineno) for entry in traceback.extract_tb(excinfo.tb))
            return original(excinfo)

        item.repr_failure = keep
        if quick:
            item._repr_failure_py = keep
            started = time.perf_counter()
            reports = self._protocol(item, log=False, nextitem=following_item)
        else:
            reports = []
            started = time.perf_counter()
            collector = _ReportCollector(reports)
            item.config.pluginmanager.register(collector)
            try:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following_item)
            finally:
                item.config.pluginmanager.unregister(collector)
        seconds = time.perf_counter() - started
        outcome, message = _judge_reports(reports)
        return {"id": test_id, "outcome": outcome, "message": message, "frames": frames, "seconds": seconds}

    def call(self, test_id):
        """Only call the test's function, without pytest around it: (passed, message); None where it needs fixtures."""
        item = self._items[test_id]
        return _called(lambda: item.obj(**self._params(item))) if self._plain(item) else None

    def origin(self, test_id):
        """The name of the test's module; None where `call` cannot do without the runner."""
        item = self._items[test_id]
        return item.module.__name__ if self._plain(item) and hasattr(item, "originalname") else None

    def call_in(self, test_id, module):
        """Like `call`, with the function of that name in another copy of its module."""
        item = self._items[test_id]

        def test():
            place = getattr(module, item.cls.__name__)() if item.cls is not None else module
            getattr(place, item.originalname)(**self._params(item))

        return _called(test)

    def _params(self, item):
        return getattr(getattr(item, "callspec", None), "params", {})

    def _plain(self, item):
        names = set(getattr(item, "fixturenames", ["?"]))
        marks = all(mark.name == "parametrize" for mark in item.iter_markers())
        return marks and names <= set(self._params(item)) and not inspect.iscoroutinefunction(item.obj)


class _ReportCollector:
    def __init__(self, reports):
        self._reports = reports

    def pytest_runtest_logreport(self, report):
        self._reports.append(report)


def _judge_reports(reports):
    for report in reports:
        if report.failed:
            text = report.longrepr if isinstance(report.longrepr, str) else report.longreprtext
            return ("failed" if report.when == "call" else "error"), text[-MESSAGE_LIMIT:]
    for report in reports:
        if report.skipped:
            return ("xfailed" if hasattr(report, "wasxfail") else "skipped"), ""
        if report.when == "call" and hasattr(report, "wasxfail"):
            return "xpassed", ""
    return "passed", ""


class UnittestSuite:
    def __init__(self, suite):
        self._tests = {}
        for test in _flatten(suite):
            self._tests[test.id()] = test
        self.ids = list(self._tests)
        self.errors = []

    def run(self, test_id, following=None, quick=False):
        result = _Result(brief=quick)
        result.buffer = True
        started = time.perf_counter()
        unittest.TestSuite([self._tests[test_id]]).run(result)
        seconds = time.perf_counter() - started
        outcome, message, frames = result.judged
        return {"id": test_id, "outcome": outcome, "message": message, "frames": frames, "seconds": seconds}

    def call(self, test_id):
        """Run the test without fixtures of class or module: (passed, message); None where it has such."""
        return self._called(self._tests[test_id]) if self.origin(test_id) else None

    def origin(self, test_id):
        """The name of the test's module; None where the test has fixtures of class or module."""
        kind = type(self._tests[test_id])
        module = sys.modules.get(kind.__module__)
        own_class = kind.setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__
        return None if own_class or hasattr(module, "setUpModule") else kind.__module__

    def call_in(self, test_id, module):
        """Like `call`, with the test of that name in another copy of its module."""
        test = self._tests[test_id]
        kind = getattr(module, type(test).__qualname__, None)
        return (False, "gone") if kind is None else self._called(kind(test._testMethodName))

    def _called(self, test):
        result = _Result(brief=True)
        test(result)
        return result.judged[0] not in ("failed", "error"), result.judged[1]


class _Result(unittest.TestResult):
    def __init__(self, brief=False):
        super().__init__(stream=io.StringIO())
        self._brief_only = brief
        self.judged = ("passed", "", [])

    def _bad(self, outcome, test, err):
        if self.judged[0] in ("failed", "error"):
            return
        if self._brief_only:
            self.judged = (outcome, _brief(err[1]), [])
            return
        frames = [(entry.filename, entry.lineno) for entry in traceback.extract_tb(err[2])]
        text = self._exc_info_to_string(err, test)[-MESSAGE_LIMIT:]
        self.judged = (outcome, text, frames)

    def addError(self, test, err):
        self._bad("error", test, err)

    def addFailure(self, test, err):
        self._bad("failed", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._bad("failed" if issubclass(err[0], test.failureException) else "error", test, err)

    def addSkip(self, test, reason):
        self.judged = ("skipped", "", [])

    def addExpectedFailure(self, test, err):
        self.judged = ("xfailed", "", [])

    def addUnexpectedSuccess(self, test):
        self.judged = ("xpassed", "", [])


def _flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            for inner in _flatten(test):
                yield inner
        else:
            yield test


def _called(function):
    try:
        function()
    except (Exception, SystemExit) as error:
        return False, _brief(error)
    except BaseException as error:
        if type(error).__module__.startswith("_pytest"):
            return False, _brief(error)
        raise
    return True, ""


def _brief(error):
    return "%s: %s" % (type(error).__name__, _first_line(error))


def _first_line(value):
    try:
        text = str(value)
    except Exception as error:
        text = "unprintable " + type(error).__name__
    return text.split("\n", 1)[0][:300]
