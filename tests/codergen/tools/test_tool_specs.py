"""What models are told of the tools."""

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
