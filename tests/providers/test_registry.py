import subprocess
import sys
import threading

import pytest

from providers import registry
from providers.errors import BadRequest
from providers.registry import Endpoint, connect


async def test_an_unknown_name_says_what_there_is():
    with pytest.raises(BadRequest, match="litellm_chat, local"):
        await connect("telepathy", Endpoint())


def test_a_key_is_not_printed():
    assert "secret" not in repr(Endpoint(api_key="secret"))


@pytest.mark.timeout(120)
def test_names_and_the_choice_of_a_model_cost_no_sdk():
    code = "import sys, providers.registry, providers.scripted, providers.local.ladder; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert "'httpx2'" in done.stdout
    assert "'openai'" not in done.stdout
    assert "'litellm'" not in done.stdout


async def test_a_client_module_is_imported_off_the_event_loops_thread(tmp_path):
    """The module notes the thread that imported it; it lives for this test only."""
    (tmp_path / "noted_client.py").write_text(
        "import threading\nthread = threading.get_ident()\nasync def connect(endpoint): return thread\n"
    )
    sys.path.insert(0, str(tmp_path))
    modules = dict(registry.MODULES)
    try:
        imported_on = await connect("noted", Endpoint(), modules={**modules, "noted": "noted_client"})
    finally:
        sys.path.remove(str(tmp_path))
    assert imported_on != threading.get_ident()
