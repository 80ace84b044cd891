import pytest

from thumbs import Size, ThumbCache, TooLarge, fit, summary


def test_shown_picture_stays():
    cache = ThumbCache(3)
    for name in "abc":
        cache.put(name, b".")
    cache.get("a")
    cache.put("d", b".")
    assert "a" in cache
    assert "b" not in cache


def test_budget():
    cache = ThumbCache(10)
    cache.put("a", b"12345")
    cache.put("a", b"123")
    cache.put("b", b"1234567")
    assert cache.used == 10
    assert cache.keys() == ["a", "b"]


def test_too_large():
    with pytest.raises(TooLarge):
        ThumbCache(2).put("a", b"123")


def test_fit():
    assert fit(Size(320, 120), Size(160, 120)) == Size(160, 60)


def test_summary():
    cache = ThumbCache(4)
    cache.put("a", b"12")
    cache.get("a")
    assert summary(cache) == "1 pictures, 2 of 4 bytes\nhit rate 100%, 0 dropped\nnext to go: a"
