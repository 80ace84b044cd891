from league import Match, parse_results, render, standings


def order(text):
    return [row.team for row in standings(parse_results(text))]


def test_difference_beats_goals_scored():
    assert order("North 5-4 South\nEast 3-0 West\n") == ["East", "North", "South", "West"]


def test_scored_after_difference():
    assert order("Kites 2-1 Larks\nMagpies 4-3 Owls\n") == ["Magpies", "Kites", "Owls", "Larks"]


def test_name_last():
    assert order("Zebras 1-1 Apes\nYaks 1-1 Bats") == ["Apes", "Bats", "Yaks", "Zebras"]


def test_two_teams_with_negative_difference():
    matches = [Match("A", 9, 0, "B"), Match("C", 2, 0, "D"), Match("E", 0, 0, "F")]
    assert [row.team for row in standings(matches)] == ["A", "C", "E", "F", "D", "B"]


def test_render_follows_the_order():
    lines = render(standings(parse_results("Up 1-0 Low\nTop 3-0 Deep\n"))).splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["Top", "Up", "Low", "Deep"]
    assert lines[1].split() == ["1", "Top", "1", "+3", "3"]
