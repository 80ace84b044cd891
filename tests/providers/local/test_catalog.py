import re
from importlib import resources

import pytest

from providers.errors import BadRequest, RuntimeUnsupported
from providers.local import catalog


def test_pins_are_whole():
    pins = catalog.load()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", pins.dated)
    wheels = [piece.wheel for model in pins.models for piece in model.pieces]
    wheels += [pins.runtime.wheel(name) for name in pins.runtime.wheels]
    assert all(re.fullmatch(r"[0-9a-f]{64}", wheel.sha256) and wheel.bytes > 0 for wheel in wheels)
    assert len({wheel.sha256 for wheel in wheels}) == len(wheels)
    assert {pins.default, pins.tiny} == {model.name for model in pins.models}
    assert len(pins.model(pins.default).pieces) == 22


def test_pins_name_no_host():
    assert "://" not in resources.files("providers.local").joinpath("models.json").read_text()


def test_unknown_names_say_what_there_is():
    pins = catalog.load()
    with pytest.raises(BadRequest, match=pins.tiny):
        pins.model("gpt-9")
    with pytest.raises(RuntimeUnsupported, match="linux-x86_64") as caught:
        pins.runtime.wheel("plan9-mips")
    assert "CODERGEN_LOCAL_URL" in caught.value.remedy
