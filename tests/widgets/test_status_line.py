"""The first line keeps its columns."""

import pytest

from ircockpit.render.span import Span, cells, plain
from ircockpit.widgets.status_line import Status, status_line

STATUS = Status((Span("queue"),), (Span("mira, commander"),), (), (Span("hub live"),), "14:03:22 UTC")


def test_as_in_the_look() -> None:
    expected = " queue                              mira, commander      hub live   14:03:22 UTC"
    assert plain(status_line(STATUS, 80)) == expected


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize(
    "where", ["queue", "tofa timeline of a very long name that goes on and on and on and on"]
)
def test_it_fills_the_width_and_nothing_moves(width: int, where: str) -> None:
    line = plain(status_line(STATUS._replace(where=(Span(where),)), width))
    assert cells(line) == width
    base = plain(status_line(STATUS, width))
    for word in ("mira", "hub live", "14:03:22 UTC"):
        assert line.index(word) == base.index(word)


def test_a_hub_with_more_to_say_takes_the_room_of_a_long_name() -> None:
    line = plain(status_line(STATUS._replace(hub=(Span("hub: 3 alarms, press s"),)), 80))
    assert line == " queue                              mira, … hub: 3 alarms, press s  14:03:22 UTC"


def test_what_runs_stands_beside_where() -> None:
    line = plain(status_line(STATUS._replace(running=(Span("2 ◐ fallback 4 s"),)), 80))
    assert line.startswith(" queue  2 ◐ fallback 4 s ")
    assert line.index("mira") == 36


def test_a_way_too_long_for_the_line_loses_its_beginning() -> None:
    steps = ("queue > ", "tofa > ", "overview > ", "evidence list")
    way = tuple(Span(each) for each in steps)
    line = plain(status_line(STATUS._replace(where=way), 80))
    assert line.startswith(" … tofa > overview > evidence list ")
    assert plain(status_line(STATUS._replace(where=way), 120)).startswith(
        " queue > tofa > overview > evidence list "
    )
