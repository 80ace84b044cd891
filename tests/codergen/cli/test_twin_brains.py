"""The brains that the command line brings: a real search on a real repository, a real client of a model."""

import pytest

from codergen.cli.twin_local import LocalBrain
from codergen.cli.twin_repair import repair_brain
from codergen.settings import load
from providers.scripted import Reply, ScriptedClient, ScriptError
from providers.twin.front import Asked, Call, Turn
from providers.twin.serving import serving
from providers.types import Message, ModelRequest, TextPart, ToolCallPart, ToolSpec, user

PRICING = "def discount(total):\n    if total > 100:\n        return total - 10\n    return total\n"
TEST = (
    "from pricing import discount\n\ndef test_it():\n    assert [discount(n) for n in (99, 100, 101)] == [99, 90, 91]\n"
)


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    root.mkdir()
    (root / "pricing.py").write_text(PRICING)
    (root / "test_pricing.py").write_text(TEST)
    return root


def asked(*messages, tools=()):
    specs = tuple(ToolSpec(name=name, description="") for name in tools)
    request = ModelRequest(model="m", messages=(user("fix it"), *messages), tools=specs)
    return Asked(call=Call(method="POST", path="/"), request=request, blocks=(), streaming=True)


@pytest.mark.timeout(120)
async def test_repair_finds_the_fix_and_leaves_the_repository_alone(repository, home):
    brain = await repair_brain(repository, "python -m pytest -q", load({"CODERGEN_HOME": str(home)}))
    assert brain.fix.files == {"pricing.py": (PRICING, PRICING.replace("> 100", ">= 100"))}
    assert (repository / "pricing.py").read_text() == PRICING
    assert list((home / "work").iterdir()) == []
    reaction = await brain.answer(asked(tools=("Bash", "Read", "Edit")))
    [text, call] = reaction.turn.parts
    assert isinstance(text, TextPart) and isinstance(call, ToolCallPart)
    assert (call.name, call.arguments) == ("Bash", '{"command": "pwd"}')
    assert brain.problems() == ()


@pytest.mark.timeout(120)
async def test_a_fix_that_is_not_found_is_a_problem(repository, home):
    (repository / "test_pricing.py").write_text("def test_it():\n    assert open('/nonexistent')\n")
    brain = await repair_brain(repository, "python -m pytest -q", load({"CODERGEN_HOME": str(home)}))
    with pytest.raises(ScriptError, match="repair found no fix"):
        async with serving("chat", brain):
            pass


async def test_local_passes_text_on():
    async with ScriptedClient([Reply(text="four")]) as client:
        brain = LocalBrain(client=client, model="tiny")
        before = Message(role="assistant", parts=(TextPart(text="ok"),))
        reaction = await brain.answer(asked(before, user("2 + 2?"), tools=("Bash",)))
    assert reaction.turn == Turn(parts=(TextPart(text="four"),), stop="stop")
    assert client.requests == [ModelRequest(model="tiny", messages=(user("2 + 2?"),), max_output_tokens=256)]
