import copy
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd() / "src"))

from layerconf import REMOVED, Layers, overlay  # noqa: E402

DEFAULTS = {"a": {"b": {"c": 1, "d": 2}}, "list": [1], "top": 0}


def test_inputs_are_not_changed():
    base, over = copy.deepcopy(DEFAULTS), {"a": {"b": {"c": 9}}, "top": 5, "new": {"x": 1}}
    before_over = copy.deepcopy(over)
    result = overlay(base, over)
    assert result == {"a": {"b": {"c": 9, "d": 2}}, "list": [1], "top": 5, "new": {"x": 1}}
    assert base == DEFAULTS
    assert over == before_over


def test_removed_leaves_the_base():
    base = copy.deepcopy(DEFAULTS)
    assert overlay(base, {"a": {"b": {"d": REMOVED}}, "list": REMOVED}) == {"a": {"b": {"c": 1}}, "top": 0}
    assert base == DEFAULTS


def test_deep_layers_stay_apart():
    layers = Layers(copy.deepcopy(DEFAULTS))
    layers.add("one", {"a": {"b": {"c": 100}}})
    layers.add("two", {"a": {"b": {"d": 200}}})
    assert layers.get("a.b.c", "one") == 100
    assert layers.settings("two")["a"]["b"] == {"c": 1, "d": 200}
    assert layers.settings("one", "two")["a"]["b"] == {"c": 100, "d": 200}
    assert layers.settings("one")["a"]["b"] == {"c": 100, "d": 2}


def test_scalar_and_mapping_replace_each_other():
    base = {"k": 1, "m": {"x": 1}}
    assert overlay(base, {"k": {"y": 2}, "m": 3}) == {"k": {"y": 2}, "m": 3}
    assert base == {"k": 1, "m": {"x": 1}}
