"""What a job takes from its packet."""

from pathlib import Path

from router.line.job import checks_of
from router.packet_file import parse_packet


def test_no_check_outlasts_its_job():
    data = {
        "intent": "fix it",
        "reproduction": {"command": "b"},
        "validation": {"checks": [{"command": "a"}, {"command": "c", "timeout_s": 5}]},
        "limits": {"seconds": 20},
    }
    checks = checks_of(parse_packet(data, source="test", folder=Path.cwd()))
    assert [(check.command, check.timeout_s) for check in checks] == [("b", 20), ("a", 20), ("c", 5)]
