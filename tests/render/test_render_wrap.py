"""A folded line keeps every word, in lines of no more cells than there are."""

from hypothesis import given
from hypothesis import strategies as st

from ircockpit.render.span import Line, Span, cells, plain
from ircockpit.render.wrap import wrap

lines: st.SearchStrategy[Line] = st.lists(
    st.builds(Span, st.text(st.characters(categories=("L", "N", "P", "Zs"), include_characters=" "), max_size=30),
              st.sampled_from(["text", "dim"])),
    max_size=6,
).map(tuple)  # fmt: skip


@given(lines, st.integers(4, 40), st.integers(0, 3))
def test_wrapping_keeps_every_word_and_the_width(line: Line, width: int, indent: int) -> None:
    pieces = wrap(line, width, indent)
    assert all(cells(plain(piece)) <= width for piece in pieces)
    kept = "".join(plain(piece).replace(" ", "") for piece in pieces)
    assert kept == plain(line).replace(" ", "")


def test_wrapping_breaks_at_blanks_and_keeps_roles() -> None:
    pieces = wrap((Span("halt the "), Span("refund tool", "key"), Span(" now")), 12, 2)
    assert [plain(piece) for piece in pieces] == ["halt the ", "  refund ", "  tool now"]
    assert pieces[1] == (Span("  "), Span("refund ", "key"))
