"""Two streams of requests, field by field."""

from codergen.profiles.capture.compare import ABSENT, Field, compare, leaves


def test_leaves_are_what_holds_nothing_further() -> None:
    assert dict(leaves({"a": [{"b": 1}, []], "c": {}})) == {"a[0].b": 1, "a[1]": [], "c": {}}


def test_each_field_is_the_same_or_not_or_only_on_one_side() -> None:
    fields = compare("gemini", [{"a": 1, "b": 2, "c": 3}, {"a": 1}], [{"a": 1, "b": 0, "d": 4}])
    assert [(f.request, f.path, f.kind) for f in fields] == [
        (0, "a", "same"),
        (0, "b", "differs"),
        (0, "c", "only theirs"),
        (0, "d", "only ours"),
        (1, "a", "only theirs"),
    ]
    assert fields[3] == Field(request=0, path="d", theirs=ABSENT, ours=4)


def test_who_calls_is_left_out() -> None:
    theirs = {
        "metadata": {"user_id": "x"},
        "system": [{"text": "bill"}, {"text": "who"}, {"text": "how"}],
        "model": "m",
    }
    assert [f.path for f in compare("claude", [theirs], [{"model": "m"}])] == ["system[0].text", "model"]
    assert compare("codex", [{"input": [{"id": "msg_1"}]}], []) == ()


def test_tools_are_paired_by_name() -> None:
    theirs = {"tools": [{"name": "Agent", "x": 1}, {"name": "Bash", "x": 2}]}
    ours = {"tools": [{"name": "Bash", "x": 2}]}
    kinds = {field.path: field.kind for field in compare("claude", [theirs], [ours])}
    assert kinds == {
        "tools[Agent].name": "only theirs",
        "tools[Agent].x": "only theirs",
        "tools[Bash].name": "same",
        "tools[Bash].x": "same",
    }
    assert dict(leaves({"parts": [{"name": "a"}]})) == {"parts[0].name": "a"}
    assert dict(leaves({"tools": [{"type": "a"}]})) == {"tools[a].type": "a"}
    assert dict(leaves({"tools": [{"x": 1}]})) == {"tools[0].x": 1}
