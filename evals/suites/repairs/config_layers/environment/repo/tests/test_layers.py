import unittest

from layerconf import Layers, overlay


class LayersTest(unittest.TestCase):
    def setUp(self):
        self.layers = Layers({"theme": {"colour": "grey", "font": "serif"}, "lang": "en"})
        self.layers.add("acme", {"theme": {"colour": "red"}})
        self.layers.add("zeta", {"lang": "de"})

    def test_override(self):
        self.assertEqual(self.layers.get("theme.colour", "acme"), "red")

    def test_font_is_kept(self):
        self.assertEqual(self.layers.get("theme.font", "acme"), "serif")

    def test_customers_do_not_mix(self):
        self.layers.settings("acme")
        self.assertEqual(self.layers.get("theme.colour", "zeta"), "grey")

    def test_missing(self):
        self.assertIsNone(self.layers.get("theme.size"))

    def test_new_key(self):
        self.assertEqual(overlay({"a": 1}, {"b": 2}), {"a": 1, "b": 2})


if __name__ == "__main__":
    unittest.main()
