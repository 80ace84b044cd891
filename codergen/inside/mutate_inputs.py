"""Inputs near those that the tests used, and how values and results are told. Pure; deterministic for one hash seed."""

import contextlib
import copy
import datetime
import re

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
TEXT_LIMIT = 300
PER_CALL = 14


def variations(value, depth=0):
    """Values near `value`, plainest first; none for what is not understood."""
    if isinstance(value, bool):
        return [not value]
    if type(value) is int:
        return _others(value, [value + 1, value - 1, 0, -value, value * 2])
    if type(value) is float:
        return _others(value, [value + 1.0, value - 1.0, 0.0, -value, value * 2])
    if type(value) is str:
        return _others(value, [value[:-1], value[1:], value + value[-1:], value[::-1], value.swapcase(), ""])
    if type(value) in (list, tuple):
        return _sequences(value, depth)
    if type(value) is dict:
        return _mappings(value, depth)
    return _others_of_its_kind(value, depth)


def _others_of_its_kind(value, depth):
    if type(value) is set:
        return _others(value, [set(sorted(value, key=repr)[:-1]), set(sorted(value, key=repr)[1:]), set()])
    if isinstance(value, (datetime.date, datetime.timedelta)):
        return _others(value, _days(value))
    return _objects(value) if depth == 0 else []


def _days(value):
    shifted = []
    for days in (1, -1, 7, 30):
        with contextlib.suppress(OverflowError):
            shifted.append(value + datetime.timedelta(days=days))
    return shifted


def _objects(value):
    """Copies of a plain object with one of its fields changed."""
    changed = []
    for name, held in list(getattr(value, "__dict__", {}).items())[:4]:
        if callable(value) or isinstance(value, BaseException):
            break
        for inner in variations(held, 1)[:2]:
            other = copy.copy(value)
            other.__dict__[name] = inner
            changed.append(other)
    return changed


def _sequences(value, depth):
    kind = type(value)
    shapes = [value[:-1], value[1:], value + value[-1:], value[::-1], value[:1]]
    if depth == 0:
        for i in sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value)))):
            for inner in variations(value[i], 1)[:3]:
                shapes.append(value[:i] + kind([inner]) + value[i + 1 :])
    return _others(value, [*shapes, kind()])


def _mappings(value, depth):
    shapes = []
    for key in list(value)[:2]:
        shapes.append({k: v for k, v in value.items() if k != key})
        for inner in variations(value[key], 1)[:2] if depth == 0 else []:
            shapes.append({**value, key: inner})
    return _others(value, [*shapes, {}])


def _others(value, candidates):
    kept = []
    for candidate in candidates:
        if repr(candidate) != repr(value) and all(repr(candidate) != repr(other) for other in kept):
            kept.append(candidate)
    return kept


def changed_calls(args, kwargs, first, pools, constants=()):
    """(args, kwargs) pairs with one argument changed: to that of another position, to what other calls gave there
    (`pools`), to a constant of the function, or to something near. That is where boundaries lie.

    Arguments before `first` (an instance, a class) stay as they are.
    """
    per_argument = []
    for i in range(first, len(args)):
        same_type = [v for v in [*args[first:], *constants] if type(v) is type(args[i])]
        seen = _others(args[i], [*same_type[:4], *list(pools.get(i, ()))[:3]])
        new_values = _others(args[i], seen + variations(args[i]))
        per_argument.append([([*args[:i], new, *args[i + 1 :]], kwargs) for new in new_values])
    for name, value in sorted(kwargs.items()):
        per_argument.append([(args, dict(kwargs, **{name: new})) for new in variations(value)])
    mixed = []
    for round_ in range(max((len(changes) for changes in per_argument), default=0)):
        mixed.extend(changes[round_] for changes in per_argument if round_ < len(changes))
    return mixed[:PER_CALL]


def describe(value, depth=0):
    """A short text that is equal for values that behave alike: no addresses, floats to 12 digits."""
    if isinstance(value, float):
        return "%.12g" % value + ("" if value % 1 or value in (float("inf"), float("-inf")) else ".0")
    if type(value) in (list, tuple, set, frozenset) and depth < 4:
        inner = [describe(item, depth + 1) for item in value]
        if type(value) in (set, frozenset):
            inner.sort()
        opening, closing = {"list": "[]", "tuple": "()"}.get(type(value).__name__, "{}")
        comma = "," if type(value) is tuple and len(inner) == 1 else ""
        return _cut(opening + ", ".join(inner) + comma + closing)
    if type(value) is dict and depth < 4:
        inner = [describe(k, depth + 1) + ": " + describe(v, depth + 1) for k, v in value.items()]
        return _cut("{" + ", ".join(inner) + "}")
    if type(value).__repr__ is object.__repr__ and depth < 3:
        fields = sorted(getattr(value, "__dict__", {}).items())
        inner = ", ".join("%s=%s" % (name, describe(item, depth + 1)) for name, item in fields)
        return _cut("%s(%s)" % (type(value).__name__, inner))
    return _cut(ADDRESS.sub("", repr(value)))


def _cut(text):
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 3] + "..."


def describe_call(name, args, kwargs, bound):
    """As a person would write the call; `bound`: the first argument is the instance."""
    texts = [describe(arg) for arg in args] + ["%s=%s" % (k, describe(v)) for k, v in sorted(kwargs.items())]
    if bound and texts:
        return "%s.%s(%s)" % (texts[0], name.rsplit(".", 1)[-1], ", ".join(texts[1:]))
    return "%s(%s)" % (name.rsplit(".", 1)[-1], ", ".join(texts))
