import pytest

from providers.matrix import ROWS, WIRES

pytestmark = [
    pytest.mark.timeout(180),  # the first import of litellm takes seconds
    pytest.mark.filterwarnings("ignore:Accessing the 'model_.*:DeprecationWarning"),  # litellm on this pydantic
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),  # the same
]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("wire", WIRES)
async def test_row(wire, row):
    await ROWS[row](WIRES[wire])
