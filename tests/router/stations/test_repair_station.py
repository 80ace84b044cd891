import textwrap

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check
from router.packet import DEFAULT_PROTECTED
from router.station import Assignment, AttemptLimits
from router.stations.repair.station import SCAFFOLDS, RepairLimits, RepairStation

LIMITS = RepairLimits(seconds=6, second_edit_seconds=5, more_candidates=20, more_seconds=0.5, compare_seconds=3)


@pytest.fixture
def repair(tmp_path, environment):
    """Run the station on files; gives (report, files as they are afterwards, events)."""

    async def run(files, command="python -m pytest -q", *, station=None, **fields):
        root = tmp_path / "work"
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(textwrap.dedent(text))
        sandbox, events = HostSandbox(), []
        await sandbox.start(SandboxSpec(workspace=root, mounts=environment.mounts, path=environment.path))
        values = {"language": "python", "scope": ("**",), "protected": DEFAULT_PROTECTED}
        assignment = Assignment(
            job_id="job",
            attempt=1,
            intent="fix it",
            task_class="bugfix",
            non_goals=(),
            allowed_tools=(),
            checks=(Check(command=command, timeout_s=15),),
            reproduction=None,
            environment=environment,
            limits=AttemptLimits(seconds=17),
            **{**values, **fields},
        )
        try:
            report = await (station or RepairStation(limits=LIMITS)).run(assignment, sandbox, events.append)
        finally:
            await sandbox.stop()
        after = {path: (root / path).read_text() for path in files}
        changed = {path: text for path, text in after.items() if text != textwrap.dedent(files[path])}
        return report, changed, events

    return run


SHOP = {
    "shop/__init__.py": "",
    "shop/pricing.py": """\
        def discount(total):   # odd   spacing stays
            if total > 100:
                return total - total // 10
            return total
        """,
    "shop/cart.py": """\
        from shop.pricing import discount


        class Cart:
            def __init__(self):
                self.items = []

            def add(self, price, count=1):
                self.items.append((price, count))
                return self

            def total(self):
                return discount(sum(price * count for price, count in self.items))
        """,
    "tests/test_cart.py": """\
        import pytest
        from shop.cart import Cart

        @pytest.mark.parametrize("price, count, want", [(50, 1, 50), (99, 1, 99), (100, 1, 90), (20, 10, 180)])
        def test_total(price, count, want):
            assert Cart().add(price, count).total() == want
        """,
}


async def test_it_finds_file_and_function_and_changes_nothing_else(repair):
    report, changed, events = await repair(SHOP)
    assert report.claimed == "pr_ready"
    assert changed == {"shop/pricing.py": textwrap.dedent(SHOP["shop/pricing.py"]).replace("> 100", ">= 100")}
    assert report.files == ("shop/pricing.py",)
    assert "no language model" in report.summary
    assert report.details["functions"][0] == "shop/pricing.py:discount"
    assert report.validation[0].startswith("python -m pytest -q: 4 passed, 0 failed")
    kinds = [event.kind for event in events]
    assert kinds[:2] == ["repair.located", "repair.plausible"]


async def test_unittest_checks(repair):
    files = {
        "words.py": """\
            def initials(name):
                return "".join(part[1].upper() for part in name.split())
            """,
        "test_words.py": """\
            import unittest
            from words import initials

            class InitialsTest(unittest.TestCase):
                def test_two(self):
                    self.assertEqual(initials("ada lovelace"), "AL")

                def test_three(self):
                    self.assertEqual(initials("alan mathison turing"), "AMT")
            """,
    }
    report, changed, _ = await repair(files, "python -m unittest")
    assert report.claimed == "pr_ready", report
    assert "part[0].upper()" in changed["words.py"]


UNCLEAR = {
    "grades.py": """\
        def passed(points, limit):
            return points != limit
        """,
    "test_grades.py": """\
        from grades import passed

        def test_low():
            assert not passed(3, 50)

        def test_high():
            assert passed(70, 50)
        """,
}


async def test_what_the_tests_leave_open_is_asked_and_not_guessed(repair):
    report, changed, events = await repair(UNCLEAR)
    assert (report.claimed, report.reason) == ("escalate", "product_decision")
    assert changed == {}
    asked = report.uncertainty
    assert asked is not None
    assert asked.question.startswith("What should passed(")
    assert len(asked.answers) == len(asked.candidates)
    assert len(set(asked.answers)) >= 2
    assert all(diff.startswith("--- a/grades.py\n+++ b/grades.py\n@@") for diff in asked.candidates)
    assert events[-1].kind == "repair.compare"
    assert report.details["groups"] >= 2


async def test_what_was_rejected_and_what_behaves_like_it_is_not_done_again(repair):
    report, _, _ = await repair(UNCLEAR)
    candidates = report.uncertainty.candidates
    again, changed, _ = await repair(UNCLEAR, rejected=candidates[:1])
    left = again.uncertainty.candidates if again.uncertainty else tuple(changed.values())
    assert left and candidates[0] not in left
    last, changed, _ = await repair(UNCLEAR, rejected=candidates)
    assert last.claimed == "pr_ready" or not set(candidates) & set(
        last.uncertainty.candidates if last.uncertainty else ()
    )


async def test_without_the_agreement_scaffold_the_first_is_proposed(repair):
    report, changed, _ = await repair(UNCLEAR, station=RepairStation(limits=LIMITS, scaffolds=()))
    assert report.claimed == "pr_ready"
    assert list(changed) == ["grades.py"]


async def test_a_default_shared_by_calls(repair):
    files = {
        "bag.py": """\
            def put(item, bag=[]):
                bag.append(item)
                return bag
            """,
        "test_bag.py": """\
            from bag import put

            def test_first():
                assert put(1) == [1]

            def test_second():
                assert put(2) == [2]

            def test_given():
                assert put(2, [1]) == [1, 2]
            """,
    }
    report, changed, _ = await repair(files)
    assert report.claimed == "pr_ready", report
    assert "bag=None" in changed["bag.py"]


async def test_a_constant_at_top_level(repair):
    files = {
        "rates.py": "RATES = {'low': 5, 'high': 19}\n\ndef tax(kind, amount):\n    return amount * RATES[kind] / 100\n",
        "test_rates.py": """\
            from rates import tax

            def test_low():
                assert tax("low", 200) == 10

            def test_high():
                assert tax("high", 200) == 40

            def test_high_small():
                assert tax("high", 10) == 2
            """,
    }
    report, changed, _ = await repair(files, station=RepairStation(limits=LIMITS, scaffolds=()))
    assert report.claimed == "pr_ready", report
    assert "'high': 20" in changed["rates.py"]


async def test_two_edits_are_found_but_not_proposed_unconfirmed(repair):
    files = {
        "span.py": """\
            def width(low, high):
                if low >= high:
                    return 1
                return high + low
            """,
        "test_span.py": """\
            from span import width

            def test_same():
                assert width(2, 2) == 0

            def test_wide():
                assert width(1, 5) == 4

            def test_wider():
                assert width(3, 9) == 6

            def test_reversed():
                assert width(5, 1) == 0
            """,
    }
    report, changed, _ = await repair(files, station=RepairStation(limits=LIMITS, scaffolds=("second_edit",)))
    assert report.claimed == "escalate", report
    assert report.details["plausible"] >= 1
    assert "no other pair" in report.summary
    assert not changed


async def test_state_that_one_candidate_leaves_does_not_spoil_the_next(repair):
    files = {
        "registry.py": """\
            SEEN = []

            def register(name):
                SEEN.append(name)
                return len(SEEN) + 1
            """,
        "test_registry.py": """\
            from registry import register

            def test_first():
                assert register("a") == 1
            """,
    }
    report, changed, _ = await repair(files, station=RepairStation(limits=LIMITS, scaffolds=()))
    assert report.claimed == "pr_ready", report
    assert list(changed) == ["registry.py"]


async def test_candidates_that_never_end_are_survived(repair):
    files = {
        "count.py": """\
            def digits(number):
                found = 1
                while number > 10:
                    number //= 10
                    found += 1
                return found
            """,
        "test_count.py": """\
            from count import digits

            def test_one():
                assert digits(7) == 1

            def test_ten():
                assert digits(10) == 2

            def test_hundred():
                assert digits(100) == 3
            """,
    }
    report, changed, _ = await repair(files)
    assert (report.claimed, list(changed)) == ("pr_ready", ["count.py"]), report
    assert "number >= 10" in changed["count.py"] or "number > 9" in changed["count.py"]


async def test_what_no_small_edit_repairs_is_given_up(repair):
    files = {
        "roman.py": "def roman(number):\n    raise NotImplementedError\n",
        "test_roman.py": """\
            from roman import roman

            def test_four():
                assert roman(4) == "IV"

            def test_nine():
                assert roman(9) == "IX"
            """,
    }
    report, changed, _ = await repair(files)
    assert (report.claimed, report.reason, changed) == ("escalate", "attempts_rejected", {})
    assert report.details["candidates_tried"] > 10


async def test_what_lies_outside_the_scope_is_not_touched(repair):
    _, changed, _ = await repair(SHOP, scope=("shop/cart.py",), station=RepairStation(limits=LIMITS, scaffolds=()))
    assert set(changed) <= {"shop/cart.py"}


async def test_protected_files_are_not_touched(repair):
    report, changed, _ = await repair(SHOP, protected=("shop/**",))
    assert (report.claimed, report.reason, changed) == ("escalate", "attempts_rejected", {})


@pytest.mark.parametrize(
    ("command", "language", "reason"),
    [("make test", "python", "weak_evidence"), ("python -m pytest", "rust", "not_applicable")],
)
async def test_what_it_cannot_do_is_said_at_once(repair, command, language, reason):
    report, changed, events = await repair(SHOP, command, language=language)
    assert (report.claimed, report.reason, changed, events) == ("escalate", reason, {}, [])


def test_its_version_names_its_scaffolds():
    assert RepairStation().version.station == "repair"
    assert RepairStation().version.scaffolds == tuple(sorted(SCAFFOLDS))
    assert RepairStation().version.model == ""
    assert RepairStation(scaffolds=()).version.id != RepairStation().version.id
