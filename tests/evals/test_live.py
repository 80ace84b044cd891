"""The live questions themselves, asked of a twin that knows the answers, and of one that does not."""

import pytest

from evals.live import QUESTIONS, provider
from providers.scripted import Reply, call
from providers.twin.faults import Fault
from providers.twin.serving import serving
from providers.vendors import VENDORS, reach

pytestmark = pytest.mark.timeout(60)
CALLS = tuple(call("weather", f'{{"city": "{city}"}}', id=f"c_{city}") for city in ("Oslo", "Rome"))
KNOWS = (
    Reply(text="Hello."),
    Reply(text="Jobs wait in a line"),
    Reply(tool_calls=CALLS),
    Reply(text="Red."),
    Reply(text='{"name":"Alice","age":30}'),
    Fault(name="404"),
)


async def asked(turns):
    async with serving("anthropic", list(turns)) as twin:
        environ = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": twin.base_url()}
        return await provider(reach(VENDORS["anthropic"], environ))


async def test_right_answers_are_good(capsys):
    assert await asked(KNOWS)
    assert capsys.readouterr().out.count(" ok ") == len(QUESTIONS)


@pytest.mark.parametrize("question", range(len(KNOWS)))
async def test_a_wrong_answer_to_any_question_is_told(question, capsys):
    wrong = Fault(name="500") if question < 2 else Reply(text="blue")
    turns = [wrong if at == question else turn for at, turn in enumerate(KNOWS)]
    assert not await asked(turns)
    assert capsys.readouterr().out.count("FAILS") == 1
