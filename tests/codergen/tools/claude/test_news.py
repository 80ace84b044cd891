"""What is told between calls: files that someone changed."""

from codergen.tools.claude.news import SHOWN, new_lines


async def test_a_file_that_was_read_and_is_changed_is_told_once_with_its_new_lines(bench):
    path = bench.put("a.txt", "one\ntwo\nthree\n")
    bench.put("b.txt", "never read")
    await bench("Read", file_path=path)
    assert await bench.news() == ()
    bench.put("a.txt", "one\n2\nhalf\nthree\n")
    bench.put("b.txt", "changed")
    (notice,) = await bench.news()
    assert notice.about == "file_changed" and notice.text.startswith(path) and notice.text.endswith("\n2\t2\n3\thalf")
    assert await bench.news() == ()
    told = await bench("Edit", file_path=path, old_string="half", new_string="2.5")
    assert told.said.case == "Edit.ok_current"
    assert await bench.news() == ()


async def test_after_a_resume_the_lines_are_not_known(bench):
    path = bench.put("a.txt", "one\n")
    digest = "0" * 64
    bench.state = bench.state.apply({"files": {path: [digest, True]}})
    (notice,) = await bench.news()
    assert path in notice.text and "\t" not in notice.text
    assert not bench.state.files[path].whole
    assert await bench.news() == ()


async def test_a_file_that_is_gone_is_told_once(bench):
    path = bench.put("a.txt", "one\n")
    await bench("Read", file_path=path)
    (bench.root / "a.txt").unlink()
    assert path in (await bench.news())[0].text
    assert await bench.news() == ()


def test_new_lines():
    assert new_lines("a\nb\nc", "a\nb\nc\nd") == "4\td"
    assert new_lines("a\nb\nc", "a\nc") == ""
    assert new_lines("a", "b") == "1\tb"
    cut = new_lines("", "\n".join("x" * 50 for _ in range(1000)))
    assert len(cut) <= SHOWN + 4 and cut.endswith("\n...")
