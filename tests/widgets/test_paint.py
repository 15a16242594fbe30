"""Lines become strips of few runs."""

from rich.cells import cell_len
from rich.style import Style

from ircockpit.render.span import Span
from ircockpit.widgets.ink import COLOURLESS, Ink, Palette
from ircockpit.widgets.paint import Drawn, strip_of, style_of

PALETTE = Palette({"sev1": Ink(203, bold=True), "dim": Ink(245), "lined": Ink(underline=True)}, Ink(255, 238))


def test_blanks_join_the_run_before_them() -> None:
    line = (Span("SEV1", "sev1"), Span("  "), Span("3m", "dim"), Span("  "), Span("mira"))
    strip = strip_of(Drawn(line), 20, PALETTE)
    assert [segment.text for segment in strip] == ["SEV1  ", "3m  ", "mira      "]
    assert strip.cell_length == 20


def test_an_underlined_run_does_not_swallow_blanks() -> None:
    strip = strip_of(Drawn((Span("a", "lined"), Span("  "), Span("b"))), 6, PALETTE)
    assert [segment.text for segment in strip] == ["a", "  b  "]


def test_a_lit_row_is_one_run() -> None:
    strip = strip_of(Drawn((Span("SEV1", "sev1"), Span(" x ", "dim")), lit=True), 10, PALETTE)
    assert [(s.text, s.style) for s in strip] == [("SEV1 x    ", style_of(Ink(255, 238)))]


def test_without_a_palette_a_lit_row_is_reversed() -> None:
    (segment,) = strip_of(Drawn((Span("x"),), lit=True), 4, COLOURLESS)
    assert segment.style == Style(reverse=True)


def test_plain_ink_costs_no_byte() -> None:
    assert not style_of(Ink())
    assert Ink().sgr() == ""
    assert Ink(203, bold=True).sgr() == "1;38;5;203"
    assert Ink(1, 15, reverse=True).sgr() == "7;31;107"


def test_ungated_text_is_gated_and_fills_its_line() -> None:
    """What is counted is what is shown: a line cut short would leave cells of the screen before."""
    line = (Span("\x1b]0;x\x07 a\u202e\U0001f3fd"), Span("\x9b1m", "bad"))
    shown = strip_of(Drawn(line), 30, COLOURLESS)
    assert shown.text == "␛]0;x␇ a��" + "�1m" + " " * 17
    assert cell_len(shown.text) == shown.cell_length == 30


def test_plain_letters_stand_in_as_many_cells() -> None:
    line = (Span("■ effective", "ok"), Span(" café 返金 ✕ …"))
    (plain_one,) = strip_of(Drawn(line, lit=True), 30, COLOURLESS._replace(ascii=True))
    assert plain_one.text == "# effective cafe ? ?  x ~".ljust(30)
    assert not strip_of(Drawn(line, lit=True), 30, COLOURLESS).text.isascii()
