from linkreport import links, report


def test_one_link():
    assert links("see [docs](https://a.example/x)") == [(1, "docs", "https://a.example/x")]


def test_two_links_on_a_line():
    found = links("[a](one.md) and [b](two.md)")
    assert [link.title for link in found] == ["a", "b"]


def test_image_is_no_link():
    assert links("![photo](p.png)") == []


def test_report():
    assert report("[a](https://h.example/1)\n[b](local.md)") == "(local): 1\n  2: b\nh.example: 1\n  1: a"
