"""What models are told of the tools."""

from dataclasses import replace

from codergen.tools.base import spec
from codergen.tools.edit import Edit
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from codergen.tools.shell import Shell
from codergen.tools.write import Write


def test_a_spec_has_only_what_a_model_needs() -> None:
    (spec,) = ToolSet([Read()]).specs(["read"])
    assert spec.parameters == {
        "additionalProperties": False,
        "properties": {
            "path": {"description": "File, relative to the workspace.", "type": "string"},
            "offset": {
                "default": 1,
                "description": "First line, counted from 1.",
                "minimum": 1,
                "type": "integer",
            },
            "limit": {
                "anyOf": [{"minimum": 1, "type": "integer"}, {"type": "null"}],
                "default": None,
                "description": "Number of lines; without it, to the end.",
            },
        },
        "required": ["path"],
        "type": "object",
    }


def test_specs_come_in_the_order_asked_for_and_without_strangers() -> None:
    tools = ToolSet([Shell(), Edit(), Read(), Write()])
    assert [spec.name for spec in tools.specs(["write", "nothing", "read"])] == ["write", "read"]
    assert tools.get("nothing") is None
    assert tools.names == ("shell", "edit", "read", "write")


class Mine(Read):
    description = "My own way to read."


def test_tools_of_ones_own_come_last_in_their_own_words() -> None:
    asked, words = ("write", "read"), [replace(spec(Read()), description="The profile's words.")]
    given = [Read(), Write()]
    assert [told.description for told in ToolSet(given).specs(asked, words)][1] == "The profile's words."
    tools = ToolSet(given, own=[Mine(), Shell()])
    told = tools.specs(asked, words)
    assert [one.name for one in told] == ["write", "read", "shell"]
    assert told[1].description == "My own way to read."
    assert isinstance(tools.get("read"), Mine)
    assert tools.alone().specs(asked, words) == told
