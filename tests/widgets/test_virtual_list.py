"""The list reads little, keeps its cursor on its row, and skips what cannot be selected."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.support.idle import drive, frame, idle
from textual.app import ComposeResult
from textual.pilot import Pilot

from ircockpit.inert import gate
from ircockpit.render.span import Span
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.ink import COLOURLESS
from ircockpit.widgets.pages import ListRow, Pages
from ircockpit.widgets.virtual_list import VirtualList


class Rows:
    """Rows by key; keys that begin with ``-`` are separators."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        self.pages: list[tuple[int, int]] = []

    def count(self) -> int:
        return len(self.keys)

    def index_of(self, key: str) -> int | None:
        return self.keys.index(key) if key in self.keys else None

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        self.pages.append((start, stop))
        return [ListRow(key, (Span(f"row {key}"),), not key.startswith("-")) for key in self.keys[start:stop]]


class Many(Rows):
    """Any number of rows, made up when asked for."""

    def __init__(self, count: int) -> None:
        super().__init__(())
        self.many = count

    def count(self) -> int:
        return self.many

    def index_of(self, key: str) -> int | None:
        return int(key)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        self.pages.append((start, stop))
        return [ListRow(str(index), (Span(f"row {index}"),)) for index in range(start, stop)]


class ListApp(CalmApp):
    def __init__(self, source: Rows, gutter: int = 3) -> None:
        super().__init__(COLOURLESS, "ansi-dark", gate.clean)
        self.source = source
        self.rows = VirtualList(source, gutter=gutter, empty=(Span("nothing here"),))
        self.moved: list[tuple[str | None, int]] = []
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.rows

    def on_virtual_list_moved(self, message: VirtualList.Moved) -> None:
        self.moved.append((message.key, message.index))

    def on_virtual_list_chosen(self, message: VirtualList.Chosen) -> None:
        self.chosen.append(message.key)


def numbers(count: int) -> list[str]:
    return [f"k{index}" for index in range(count)]


def test_the_first_row_that_can_be_selected_has_the_cursor() -> None:
    app = ListApp(Rows(["-a", *numbers(3)]))

    async def scenario(pilot: Pilot[Any]) -> None:
        assert frame(app).splitlines()[:3] == [" row -a", " > row k0", "   row k1"]
        assert app.moved == [("k0", 1)]
        app.rows.choose()
        await idle(pilot)
        assert app.chosen == ["k0"]

    drive(app, scenario, (40, 10))


@pytest.mark.parametrize(("gutter", "expected"), [(1, [">row k0", " row k1"]), (2, ["> row k0", "  row k1"])])
def test_a_narrow_gutter_has_the_marker_in_column_0(gutter: int, expected: list[str]) -> None:
    app = ListApp(Rows(numbers(2)), gutter)

    async def scenario(pilot: Pilot[Any]) -> None:
        assert frame(app).splitlines()[:2] == expected

    drive(app, scenario, (40, 10))


def test_the_cursor_skips_separators_in_either_direction() -> None:
    app = ListApp(Rows(["-a", "k1", "-b", "-c", "k4", "-d"]))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.move(1)
        assert app.rows.key == "k4"
        app.rows.move(1)
        assert app.rows.key == "k4"
        app.rows.move(-1)
        assert app.rows.key == "k1"
        app.rows.bottom()
        assert app.rows.key == "k4"

    drive(app, scenario, (40, 10))


def test_what_stands_above_the_first_selectable_row_comes_back_into_view() -> None:
    app = ListApp(Rows(["-title", "-more", *numbers(40)]))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.bottom()
        app.rows.move(-39)
        assert app.rows.key == "k0"
        app.rows.move(-1)
        assert "row -title" in await idle(pilot)

    drive(app, scenario, (40, 10))


def test_nothing_selectable_and_nothing_at_all() -> None:
    separators = ListApp(Rows(["-a", "-b"]))
    empty = ListApp(Rows([]))

    async def scenario(pilot: Pilot[Any]) -> None:
        for act in ("top", "bottom", "choose", "refresh_rows"):
            getattr(pilot.app.query_one(VirtualList), act)()
        pilot.app.query_one(VirtualList).move(1)
        await idle(pilot)
        assert pilot.app.query_one(VirtualList).key is None

    drive(separators, scenario, (40, 10))
    drive(empty, scenario, (40, 10))
    assert separators.moved == empty.moved == []


def test_an_empty_list_says_so() -> None:
    app = ListApp(Rows([]))

    async def scenario(pilot: Pilot[Any]) -> None:
        assert frame(app).startswith("   nothing here\n")

    drive(app, scenario, (40, 10))


def test_half_pages_pages_top_and_bottom() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.half_page(1)
        assert app.rows.index == 5
        app.rows.page(1)
        assert app.rows.index == 15
        app.rows.bottom()
        assert (app.rows.index, app.rows.first_visible) == (99, 90)
        app.rows.half_page(-1)
        assert app.rows.index == 94
        app.rows.top()
        assert (app.rows.index, app.rows.first_visible) == (0, 0)

    drive(app, scenario, (40, 10))


def test_at_the_edge_the_window_moves_by_half_its_height() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        tops = []
        for _ in range(20):
            app.rows.move(1)
            tops.append(app.rows.first_visible)
        assert sorted(set(tops)) == [0, 5, 10, 15]

    drive(app, scenario, (40, 10))


def test_the_cursor_stays_on_its_key_and_line_when_rows_come_and_go_above() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.select_key("k50")
        await idle(pilot)
        before = frame(app)
        app.source.keys[0:0] = ["new1", "new2", "new3"]
        app.rows.refresh_rows()
        assert (app.rows.key, app.rows.index) == ("k50", 53)
        assert await idle(pilot) == before
        del app.source.keys[0:10]
        app.rows.refresh_rows()
        assert (app.rows.key, app.rows.index) == ("k50", 43)
        assert await idle(pilot) == before
        assert app.moved == [("k0", 0), ("k50", 50)]

    drive(app, scenario, (40, 10))


def test_at_the_top_new_rows_come_into_sight() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.move(2)
        app.source.keys.insert(0, "new")
        app.rows.refresh_rows()
        lines = (await idle(pilot)).splitlines()
        assert lines[0] == "   row new"
        assert lines[3] == " > row k2"

    drive(app, scenario, (40, 10))


def test_when_its_row_goes_the_cursor_takes_the_one_in_its_place() -> None:
    app = ListApp(Rows(numbers(5)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.move(2)
        app.source.keys.remove("k2")
        app.rows.refresh_rows()
        assert app.rows.key == "k3"
        del app.source.keys[2:]
        app.rows.refresh_rows()
        assert app.rows.key == "k1"
        app.source.keys.clear()
        app.rows.refresh_rows()
        await idle(pilot)
        assert app.rows.key is None

    drive(app, scenario, (40, 10))
    assert [key for key, _ in app.moved] == ["k0", "k2", "k3", "k1", None]


def test_a_key_that_is_gone_cannot_be_selected() -> None:
    app = ListApp(Rows(["-a", *numbers(5)]))

    async def scenario(pilot: Pilot[Any]) -> None:
        assert not app.rows.select_key("gone")
        assert not app.rows.select_key("-a")
        assert app.rows.key == "k0"

    drive(app, scenario, (40, 10))


def test_a_refresh_repaints_only_what_changed() -> None:
    app = ListApp(Rows(numbers(100)))
    repainted: list[int] = []

    async def scenario(pilot: Pilot[Any]) -> None:
        drawn = app.rows.draw
        app.rows.draw = lambda lines: repainted.append(count := drawn(lines)) or count  # type: ignore[method-assign, func-returns-value]
        app.rows.refresh_rows()
        app.source.keys[3] = "other"
        app.rows.refresh_rows()
        app.rows.move(1)

    drive(app, scenario, (40, 10))
    assert repainted == [0, 1, 2]


def test_the_cursor_stays_in_sight_when_the_terminal_changes() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.move(9)
        await pilot.resize_terminal(40, 4)
        assert " > row k9" in await idle(pilot)
        await pilot.resize_terminal(30, 30)
        shown = await idle(pilot)
        assert " > row k9" in shown
        assert len(shown.splitlines()) == 30

    drive(app, scenario, (40, 10))


def test_the_terminals_own_cursor_follows() -> None:
    app = ListApp(Rows(numbers(100)))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.rows.move(3)
        assert app.cursor_position == (1, 3)

    drive(app, scenario, (40, 10))


def pages_read(count: int) -> list[tuple[int, int]]:
    """Pages read by one tour through a list: down, half pages, the end, a key, the top, a refresh."""
    app = ListApp(Many(count))

    async def scenario(pilot: Pilot[Any]) -> None:
        for _ in range(100):
            app.rows.move(1)
        for _ in range(10):
            app.rows.half_page(1)
        app.rows.bottom()
        app.rows.select_key(str(count // 2))
        app.rows.top()
        app.rows.refresh_rows()
        await idle(pilot)

    drive(app, scenario)
    return app.source.pages


def test_what_is_read_does_not_depend_on_how_many_rows_there_are() -> None:
    small, large = pages_read(2**14), pages_read(2**20)
    assert len(small) == len(large) <= 12
    assert all(stop - start <= Pages.SIZE for start, stop in large)


def test_pages_used_last_are_kept() -> None:
    source = Many(100_000)
    pages = Pages(source)
    pages.lay_out(80)
    for number in range(Pages.KEPT + 1):
        pages.row(number * Pages.SIZE)
    pages.row(Pages.SIZE)
    assert len(source.pages) == Pages.KEPT + 1
    pages.row(0)
    assert len(source.pages) == Pages.KEPT + 2
    assert pages.row(-1) is None
    assert pages.row(100_000) is None


def test_a_source_that_shrinks_while_it_is_read_leaves_blank_lines() -> None:
    class Shrinking(Many):
        def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
            return super().page(start, stop, width)[:2]

    app = ListApp(Shrinking(10))

    async def scenario(pilot: Pilot[Any]) -> None:
        assert frame(app).split() == [">", "row", "0", "row", "1"]
        app.rows.bottom()
        assert "row 1" in await idle(pilot)

    drive(app, scenario, (40, 10))
