import io

import pytest

from providers.local.progress import Printer, Progress, line, seconds_left


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(label="w", done=25, total=100, seconds=5.0), 15.0),
        (Progress(label="w", done=75, total=100, seconds=5.0, resumed_at=50), 5.0),
        (Progress(label="w", done=50, total=100, seconds=5.0, resumed_at=50), None),
        (Progress(label="w", done=1, total=100, seconds=0.1), None),
    ],
)
def test_seconds_left(progress, expected):
    assert seconds_left(progress) == expected


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(label="weights", done=0, total=2_000_000, seconds=0.0), "weights  0.0 of 2.0 MB  0 %"),
        (
            Progress(label="weights", done=500_000, total=2_000_000, seconds=3.0),
            "weights  0.5 of 2.0 MB  25 %  9 s left",
        ),
        (
            Progress(label="weights", done=500_000, total=2_000_000, seconds=30.0),
            "weights  0.5 of 2.0 MB  25 %  1 min 30 s left",
        ),
        (Progress(label="weights", done=2_000_000, total=2_000_000, seconds=30.0), "weights  2.0 of 2.0 MB  100 %"),
    ],
)
def test_line(progress, text):
    assert line(progress) == text


def steps():
    return [
        Progress(label="w", done=done, total=3_000_000, seconds=0.0) for done in (0, 1_000_000, 2_000_000, 3_000_000)
    ]


def test_a_terminal_has_one_line_that_is_rewritten():
    stream = Terminal()
    printer = Printer(stream=stream)
    for step in steps():
        printer(step)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().count("\r") == 4


def test_a_log_has_a_line_now_and_then_and_the_end():
    stream = io.StringIO()
    now = iter([10.0, 10.0, 11.0, 12.0, 13.0])
    printer = Printer(stream=stream, every=5.0, clock=lambda: next(now))
    for step in [*steps(), steps()[-1]]:
        printer(step)
    assert stream.getvalue().splitlines() == ["w  0.0 of 3.0 MB  0 %", "w  3.0 of 3.0 MB  100 %"]
