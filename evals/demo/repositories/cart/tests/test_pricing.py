from cart import Line, total


def test_a_single_piece_has_no_discount():
    assert total([Line("pen", 120, 1)]) == 120


def test_nine_pieces_have_no_discount():
    assert total([Line("pen", 120, 9)]) == 1080


def test_ten_pieces_get_the_discount():
    assert total([Line("pen", 120, 10)]) == 1020


def test_lines_add_up():
    assert total([Line("pen", 120, 2), Line("pad", 300, 20)]) == 5340


def test_an_empty_cart_is_free():
    assert total([]) == 0
