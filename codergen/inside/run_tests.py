"""Runs pytest or unittest and writes what happened, test by test, as JSON lines on standard output.

The request comes as one JSON object on standard input: {"runner", "args", "cwd_on_path", "pythonpath", "only"}.
Everything the tests print goes to standard error. Standard library only, Python 3.8 and newer.
"""

import json
import os
import sys
import unittest

MESSAGE_CHARS = 4000


def open_channel():
    """Keep standard output for the report; the tests' own prints go to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    return channel


def read_request():
    request = json.load(sys.stdin)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    return request


class Report:
    """Writes one JSON object a line, at once, so that a crash loses nothing."""

    def __init__(self, channel):
        self._channel = channel

    def __call__(self, **record):
        self._channel.write(json.dumps(record) + "\n")
        self._channel.flush()


def cut(text):
    text = str(text)
    if len(text) <= MESSAGE_CHARS:
        return text
    half = MESSAGE_CHARS // 2
    return text[:half] + "\n[... cut ...]\n" + text[-half:]


class PytestReport:
    """A pytest plug-in: one `test` record a test, one `collect_error` for each file that could not be collected."""

    def __init__(self, report, only):
        self.report = report
        self.only = set(only)
        self.worst = {}

    def pytest_collection_modifyitems(self, config, items):
        if self.only:
            kept = [item for item in items if item.nodeid in self.only]
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.only])
            items[:] = kept

    def pytest_collection_finish(self, session):
        self.report(event="collected", ids=[item.nodeid for item in session.items])

    def pytest_collectreport(self, report):
        if report.failed:
            self.report(event="collect_error", where=report.nodeid, message=cut(report.longrepr))

    def pytest_runtest_logreport(self, report):
        outcome, message = pytest_outcome(report)
        before = self.worst.get(report.nodeid)
        if before is None or RANK[outcome] > RANK[before[0]]:
            self.worst[report.nodeid] = (outcome, message)
        if report.when == "teardown":
            outcome, message = self.worst.pop(report.nodeid)
            self.report(event="test", id=report.nodeid, outcome=outcome, message=message)


RANK = {"passed": 0, "xpassed": 1, "skipped": 2, "xfailed": 3, "failed": 4, "error": 5}


def pytest_outcome(report):
    if hasattr(report, "wasxfail"):
        return ("xfailed" if report.skipped else "xpassed"), str(report.wasxfail)
    if report.failed:
        return ("failed" if report.when == "call" else "error"), cut(report.longrepr)
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        return "skipped", cut(reason)
    return "passed", ""


def run_pytest(request, report):
    try:
        import pytest
    except ImportError as error:
        report(event="missing", what="pytest", message=str(error))
        return 127
    extend_path(request)
    plugin = PytestReport(report, request["only"])
    return int(pytest.main(["-p", "no:cacheprovider", *request["args"]], plugins=[plugin]))


class UnittestResult(unittest.TextTestResult):
    """One `test` record a test; a failing sub-test fails its test."""

    report = None
    verdict = ("passed", "")
    ran = 0

    def startTest(self, test):
        super().startTest(test)
        self.verdict = ("passed", "")

    def stopTest(self, test):
        super().stopTest(test)
        self.ran += 1
        outcome, message = self.verdict
        if isinstance(test, unittest.loader._FailedTest):
            self.report(event="collect_error", where=test.id(), message=message)
        else:
            self.report(event="test", id=test.id(), outcome=outcome, message=message)

    def addError(self, test, err):
        super().addError(test, err)
        self.settle(test, "error", cut(self._exc_info_to_string(err, test)))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.settle(test, "failed", cut(self._exc_info_to_string(err, test)))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.settle(test, "failed", cut(self._exc_info_to_string(err, test)))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.settle(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.settle(test, "xfailed", "")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.settle(test, "xpassed", "")

    def settle(self, test, outcome, message):
        """Of a test: its verdict. Of a whole class or module (set-up failed or skipped): a record of its own."""
        self.verdict = (outcome, message)
        if not isinstance(test, unittest.TestCase):
            self.report(event="test", id=str(test), outcome=outcome, message=message)


class UnittestRunner(unittest.TextTestRunner):
    """Runs what is left of the suite after `only`."""

    resultclass = UnittestResult
    only = frozenset()

    def run(self, test):
        chosen = [case for case in flatten(test) if not self.only or case.id() in self.only]
        UnittestResult.report(event="collected", ids=[case.id() for case in chosen])
        return super().run(unittest.TestSuite(chosen))


def run_unittest(request, report):
    extend_path(request)
    UnittestResult.report = staticmethod(report)
    UnittestRunner.only = frozenset(request["only"])
    program = unittest.main(
        module=None, argv=["python -m unittest", *request["args"]], testRunner=UnittestRunner, exit=False
    )
    if not program.result.ran:
        return 5
    return 0 if program.result.wasSuccessful() else 1


def flatten(suite):
    for case in suite:
        if hasattr(case, "__iter__"):
            yield from flatten(case)
        else:
            yield case


def extend_path(request):
    """After the runner is imported, so that a planted module of its name is never the one that reports."""
    cwd = os.getcwd()
    front = [os.path.abspath(entry) for entry in request["pythonpath"]]
    sys.path[:0] = ([cwd] if request["cwd_on_path"] else []) + front


def main():
    del sys.path[0]  # this folder
    request = read_request()
    report = Report(open_channel())
    run = run_pytest if request["runner"] == "pytest" else run_unittest
    code = run(request, report)
    sys.stdout.flush()
    report(event="end", exit_code=code)
    return code


if __name__ == "__main__":
    sys.exit(main())
