from cart import Line, total


def test_exactly_ten_of_another_price():
    assert total([Line("cup", 250, 10)]) == 2125


def test_eleven_keep_their_discount():
    assert total([Line("cup", 100, 11)]) == 935


def test_nine_stay_as_they_are():
    assert total([Line("cup", 100, 9), Line("pen", 99, 1)]) == 999
