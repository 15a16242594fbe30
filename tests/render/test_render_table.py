from hypothesis import given
from hypothesis import strategies as st

from ircockpit.inert import gate
from ircockpit.render.span import Span, cells, plain
from ircockpit.render.table import Cell, Column, table

COLUMNS = (Column("id"), Column("title"), Column("acts", align="right"), Column("age", 3, "right", "dim"))
ROWS: list[list[Cell]] = [
    ["tofa", "Pharmacy bot: wrong dose", Span("4,000", "warn"), "3m"],
    ["kavu", "返金エージェント", Span("212", "ok"), "41m"],
]


def shown(width: int | None = None) -> list[str]:
    return [plain(line) for line in table(COLUMNS, ROWS, width)]


def test_columns_are_as_wide_as_needed() -> None:
    assert shown() == [
        "id    title                      acts  age",
        "tofa  Pharmacy bot: wrong dose  4,000   3m",
        "kavu  返金エージェント            212  41m",
    ]


def test_the_widest_gives_way() -> None:
    assert shown(30) == [
        "id    title          acts  age",
        "tofa  Pharmacy bo…  4,000   3m",
        "kavu  返金エージ…     212  41m",
    ]


def test_what_cannot_fit_is_cut_at_the_right() -> None:
    lines = shown(14)
    assert lines[1] == "tofa  Pha…  4…"
    assert all(cells(line) <= 14 for line in lines)


def test_one_span_for_one_run_of_a_role() -> None:
    header, first, _ = table(COLUMNS, ROWS)
    assert header == (Span("id    title                      acts  age", "dim"),)
    assert [span.role for span in first] == ["text", "warn", "dim"]


def test_without_header_short_rows_and_long_rows() -> None:
    assert table(COLUMNS, [["a"], ["b", "c", "d", "e", "beyond"], []], header=False) == [
        (Span("a"),),
        (Span("b  c  d"), Span("    e", "dim")),
        (),
    ]
    assert table(COLUMNS, [], header=False) == []


def test_a_given_width_holds() -> None:
    lines = table([Column("a", 5), Column("b", 3)], [["abcdefgh", "xyz1"], ["", "x"]], header=False)
    assert [plain(line) for line in lines] == ["abcd…  xy…", "       x"]


def test_hostile_cells_stay_in_their_row() -> None:
    row: list[Cell] = ["x\n\x1b[2Jy\u202e", Span("z\r\nw", "bad")]
    lines = table([Column("a"), Column("b")], [row], header=False)
    assert [plain(line) for line in lines] == ["x ␛[2Jy�  z w"]


anything = st.text(st.characters(exclude_categories=()), max_size=30)


@given(st.lists(st.lists(anything, max_size=4), max_size=6), st.integers(0, 60))
def test_no_line_is_wider_than_the_room(rows: list[list[str]], width: int) -> None:
    for line in table(COLUMNS, rows, width):
        assert cells(plain(line)) <= width
        assert plain(line) == plain(line).rstrip()
        assert gate.clean(plain(line)) == plain(line)


@given(st.lists(st.lists(anything, min_size=4, max_size=4), min_size=1, max_size=6))
def test_columns_begin_in_the_same_cell(rows: list[list[str]]) -> None:
    marked: list[list[Cell]] = [[*row[:3], Span("|", "accent")] for row in rows]
    lines = table([Column(str(n)) for n in range(4)], marked, 80)
    starts = {cells(plain(line[:-1])) for line in lines[1:]}
    assert len(starts) == 1
