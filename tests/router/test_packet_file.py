import json

import pytest
import yaml

from router.errors import PacketError
from router.packet_file import load_packet

GOOD = """
intent = "median of an empty list crashes"
class = "bugfix"
scope = ["stats/**"]
[repository]
path = "repo"
[[validation.checks]]
command = "python -m pytest -q"
"""


def write(folder, text, name="packet.toml"):
    (folder / "repo").mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_toml_yaml_and_json_give_the_same_packet(tmp_path):
    packet = load_packet(write(tmp_path, GOOD))
    data = {
        "intent": "median of an empty list crashes",
        "class": "bugfix",
        "scope": ["stats/**"],
        "repository": {"path": "repo"},
        "validation": {"checks": [{"command": "python -m pytest -q"}]},
    }
    assert load_packet(write(tmp_path, json.dumps(data), "p.json")) == packet
    assert load_packet(write(tmp_path, yaml.safe_dump(data), "p.yaml")) == packet
    assert packet.repository.path == tmp_path / "repo"
    assert packet.task_class == "bugfix"


FAULTS = [
    ("not toml", GOOD + "[[", "file", "Invalid"),
    ("no intent", GOOD.replace("intent", "intend"), "intent", "must be given"),
    ("unknown field", "shcope = 1\n" + GOOD, "shcope", "did you mean 'scope'"),
    ("unknown nested", GOOD + 'jnit = "x"', "validation.checks.0.jnit", "did you mean 'junit'"),
    ("bad class", GOOD.replace('"bugfix"', '"Bug Fix"'), "class", "pattern"),
    ("bad no-op rule", 'no_op_rules = ["never"]\n' + GOOD, "no_op_rules.0", "'not_reproducible'"),
    ("bad tool", 'allowed_tools = ["browser"]\n' + GOOD, "allowed_tools.0", "'read', 'write'"),
    ("no checks", GOOD.split("[[", maxsplit=1)[0], "validation.checks", "at least one"),
    ("timeout", GOOD + "timeout_s = 0", "validation.checks.0.timeout_s", "greater than 0"),
    ("absent scenario", GOOD + '[validation]\nscenarios = ["gone"]', "validation.scenarios.0", "existing folder"),
]


@pytest.mark.parametrize(("name", "text", "field", "allowed"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_bad_packet_gets_one_error_naming_field_value_and_what_is_allowed(tmp_path, name, text, field, allowed):
    path = write(tmp_path, text)
    with pytest.raises(PacketError) as caught:
        load_packet(path)
    assert caught.value.field == field
    assert allowed in caught.value.allowed
    assert str(path) in str(caught.value)
    assert caught.value.value


def test_a_scenario_inside_the_repository_is_refused(tmp_path):
    (tmp_path / "repo" / "held_out").mkdir(parents=True)
    (tmp_path / "repo" / "held_out" / "test_a.py").write_text("def test_a(): pass\n")
    text = GOOD.replace("[[validation", '[validation]\nscenarios = ["repo/held_out"]\n[[validation')
    with pytest.raises(PacketError, match="outside the repository"):
        load_packet(write(tmp_path, text))


def test_a_scenario_without_a_check_in_it_is_refused(tmp_path):
    (tmp_path / "held_out").mkdir()
    text = GOOD.replace("[[validation", '[validation]\nscenarios = ["held_out"]\n[[validation')
    with pytest.raises(PacketError, match="executable named `check`"):
        load_packet(write(tmp_path, text))


def test_a_suffix_that_is_no_format_is_named(tmp_path):
    with pytest.raises(PacketError, match=r"\.toml, \.yaml"):
        load_packet(write(tmp_path, GOOD, "packet.ini"))
