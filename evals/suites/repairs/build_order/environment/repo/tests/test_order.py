import unittest

from buildorder import BuildError, CycleError, MissingTarget, affected, build_order, read


class OrderTest(unittest.TestCase):
    def test_needs_come_first(self):
        self.assertEqual(build_order(read("app: lib\nlib:\n")), ["lib", "app"])

    def test_only_what_the_goal_needs(self):
        self.assertEqual(build_order(read("a: b\nb:\nc:\n"), ["a"]), ["b", "a"])

    def test_two_need_each_other(self):
        with self.assertRaises(CycleError):
            build_order(read("hen: egg\negg: hen\n"))

    def test_missing(self):
        with self.assertRaises(MissingTarget):
            build_order(read("a: b"))

    def test_affected(self):
        self.assertEqual(affected(read("a: b\nb: c\nc:\nd:\n"), "b"), ["b", "a"])

    def test_bad_line(self):
        with self.assertRaises(BuildError):
            read("a b")
