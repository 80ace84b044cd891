from linkreport import by_host, links, report


def targets(text):
    return [link.target for link in links(text)]


def test_three_links_with_text_between():
    text = "- [first one](a.md), (aside) [second](b.md): [third](c.md)."
    assert links(text) == [(1, "first one", "a.md"), (1, "second", "b.md"), (1, "third", "c.md")]


def test_brackets_after_a_link():
    assert links("[x](y.md) (see below) [not a link]") == [(1, "x", "y.md")]


def test_neighbours_without_space():
    assert targets("[a](1)[b](2)(3)") == ["1", "2"]


def test_empty_parts_and_spaces():
    assert links("[]( z ) [ t ]()") == [(1, "", "z"), (1, "t", "")]


def test_image_between_links():
    assert targets("[a](1) ![pic](2.png) [b](3)") == ["1", "3"]


def test_hosts():
    text = "[a b](https://x.example/1) [c](http://y.example)\n\n[d](https://x.example:80/2) and [e](/f)"
    assert {host: [link.title for link in found] for host, found in by_host(text).items()} == {
        "x.example": ["a b", "d"], "y.example": ["c"], "": ["e"],
    }
    assert report(text).splitlines()[0] == "(local): 1"
