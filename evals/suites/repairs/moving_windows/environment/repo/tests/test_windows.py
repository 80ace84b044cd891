import unittest

from windows import alarms, means, sliding


class SlidingTest(unittest.TestCase):
    def test_first_window(self):
        self.assertEqual(next(sliding("abcd", 2)), ("a", "b"))

    def test_all_points(self):
        self.assertEqual(list(means([1, 2, 3, 4, 5], 3)), [2, 3, 4])

    def test_too_few(self):
        self.assertEqual(list(sliding([1], 2)), [])

    def test_alarm(self):
        self.assertEqual(list(alarms([0, 0, 9, 9, 0, 0], 2, 5)), [3])

    def test_size(self):
        with self.assertRaises(ValueError):
            list(sliding([1], 0))
