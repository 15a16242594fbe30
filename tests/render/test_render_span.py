import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ircockpit.inert import gate
from ircockpit.render.span import ROLES, Align, Span, cells, fit, fit_line, plain

anything = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("漢ｱＡ가😀👩\U0001f3fd\U0001f1e9❤™e\u0301\u0e33\u0903\u1160\u11a8\u2630□◐■◇✕…›─"),
    )
)
gated = anything.map(gate.clean)


@given(gated)
def test_cells_agree_with_the_terminal_library(text: str) -> None:
    assert cells(text) == cell_len(text)


def test_cells_of_every_code_point_agree() -> None:
    for cp in range(sys.maxunicode + 1):
        text = gate.clean("a" + chr(cp))
        assert cells(text) == cell_len(text), hex(cp)


def test_control_text_that_did_not_pass_the_gate_does_not_agree() -> None:
    assert cells("a\u200b\x1b") != cell_len("a\u200b\x1b")


@given(gated, st.integers(0, 30), st.sampled_from(["left", "right", "center"]))
def test_fit_is_exact(text: str, width: int, align: Align) -> None:
    fitted = fit(text, width, align)
    assert cells(fitted) == cell_len(fitted) == width
    assert gate.clean(fitted) == fitted
    if cells(text) > width > 0:
        assert fitted.rstrip(" ").endswith("…")
    else:
        assert fitted.strip(" ") == text.strip(" ") or width == 0


@pytest.mark.parametrize(
    ("text", "width", "align", "fitted"),
    [
        ("ab", 4, "left", "ab  "),
        ("ab", 4, "right", "  ab"),
        ("ab", 5, "center", " ab  "),
        ("abcdef", 4, "left", "abc…"),
        ("漢字漢", 5, "left", "漢字…"),
        ("漢字漢", 4, "left", "漢… "),
        ("e\u0301e\u0301e\u0301", 2, "left", "e\u0301…"),
        ("abc", 0, "left", ""),
        ("abc", 1, "left", "…"),
    ],
)
def test_fit(text: str, width: int, align: Align, fitted: str) -> None:
    assert fit(text, width, align) == fitted


def test_another_mark_for_ascii_terminals() -> None:
    assert fit("abcdef", 4, mark="~") == "abc~"
    assert fit("abcdef", 2, mark="...") == ".."


@given(st.lists(st.tuples(gated, st.sampled_from(ROLES)), max_size=5), st.integers(0, 30))
def test_a_fitted_line_is_exact(pieces: list[tuple[str, str]], width: int) -> None:
    # a mark at the start of a span would join the one before it; spans begin with a character of their own
    line = tuple(Span("x" + text, role) for text, role in pieces)
    fitted = fit_line(line, width)
    assert cells(plain(fitted)) == width
    assert {span.role for span in fitted} <= {span.role for span in line} | {"text"}


def test_a_line_keeps_its_roles() -> None:
    line = (Span("SEV1", "sev1"), Span("  "), Span("tofa", "accent"))
    assert fit_line(line, 12) == (*line, Span("  "))
    assert fit_line(line, 10) == line
    assert fit_line(line, 8) == (Span("SEV1", "sev1"), Span("  "), Span("t…", "accent"))
    assert fit_line(line, 6) == (Span("SEV1", "sev1"), Span(" …"))
    assert plain(line) == "SEV1  tofa"


def test_rendering_imports_nothing_heavy() -> None:
    code = (
        "import sys; import ircockpit.render.span, ircockpit.render.glyphs, ircockpit.render.table;"
        "from ircockpit.inert import gate; gate.line('é…■漢あ \\x1b');"
        "print(*(sorted({'rich','textual','unicodedata','dataclasses','asyncio'} & set(sys.modules))))"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=path()
    )
    assert ran.stdout.split() == []


def path() -> dict[str, str]:
    """An environment in which the interpreter finds what it finds here, without site hooks."""
    return {"PYTHONPATH": ":".join(part for part in sys.path if part)}
