import random

from thumbs import Gallery, Size, ThumbCache, summary


def filled(budget, *names):
    cache = ThumbCache(budget)
    for name in names:
        cache.put(name, b"x")
    return cache


def test_get_renews():
    cache = filled(4, "k", "l", "m", "n")
    cache.get("l")
    cache.get("k")
    assert cache.keys() == ["m", "n", "l", "k"]


def test_put_again_renews():
    cache = filled(3, "k", "l", "m")
    cache.put("k", b"y")
    assert cache.keys() == ["l", "m", "k"]
    cache.put("n", b"x")
    assert cache.keys() == ["m", "k", "n"]
    assert cache.get("k") == b"y"


def test_growing_entry_does_not_drop_itself():
    cache = filled(3, "k", "l", "m")
    cache.put("k", b"123")
    assert (cache.keys(), cache.used, cache.stats.evicted) == (["k"], 3, 2)


def test_less_room():
    cache = filled(4, "k", "l", "m", "n")
    cache.get("k")
    cache.resize(2)
    assert (cache.keys(), cache.used) == (["n", "k"], 2)


def test_looking_is_no_use():
    cache = filled(3, "k", "l", "m")
    assert cache.peek("k").data == b"x"
    assert "k" in cache
    cache.keys()
    cache.get("absent")
    cache.put("n", b"x")
    assert cache.keys() == ["l", "m", "n"]


def test_against_a_plain_model():
    rng = random.Random(7)
    cache, model = ThumbCache(5), []
    for _ in range(400):
        name = rng.choice("abcdefgh")
        if rng.random() < 0.5:
            assert (cache.get(name) is not None) == (name in model)
            if name in model:
                model.remove(name)
                model.append(name)
        else:
            cache.put(name, b"z")
            if name in model:
                model.remove(name)
            model.append(name)
            del model[:-5]
        assert cache.keys() == model
        assert cache.used == len(model)


def test_gallery_draws_again_only_what_was_dropped():
    drawn = []

    def draw(name, size):
        drawn.append(name)
        return b"ab"

    gallery = Gallery({name: Size(10, 10) for name in "pqrs"}, draw, ThumbCache(6))
    gallery.page("pqrpspq")
    assert drawn == ["p", "q", "r", "s", "q"]
    assert summary(gallery.cache).endswith("next to go: s, p, q")
