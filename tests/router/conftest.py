"""What tests of the line and its stations share."""

import pytest

from codergen.tools.check import Environment
from codergen.tools.environment import python_environment


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What checks run in; made once, nothing writes to it."""
    return python_environment(tmp_path_factory.mktemp("cache"))
