"""Editing one line: keys, limits, history, and what is admitted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.render.span import cells, plain
from ircockpit.widgets.edit_line import EditLine, admit


def typed(edit: EditLine, *keys: str) -> str:
    for key in keys:
        edit.key(key, key if len(key) == 1 else None)
    return f"{edit.text[: edit.caret]}|{edit.text[edit.caret :]}"


@pytest.mark.parametrize(
    ("start", "keys", "expected"),
    [
        ("", "ab", "ab|"),
        ("ab", ["left", "x"], "ax|b"),
        ("ab", ["home", "x"], "x|ab"),
        ("ab", ["home", "delete"], "|b"),
        ("ab", ["home", "left", "backspace"], "|ab"),
        ("ab", ["right", "delete"], "ab|"),
        ("ab", ["left", "end", "backspace"], "a|"),
        ("one two  ", ["ctrl+w"], "one |"),
        ("one two", ["ctrl+w", "ctrl+w", "ctrl+w"], "|"),
        ("one two", ["left", "ctrl+u"], "|o"),
        ("one two", ["home", "right", "ctrl+k"], "o|"),
    ],
)
def test_keys(start: str, keys: list[str], expected: str) -> None:
    assert typed(EditLine(start), *keys) == expected


def test_marks_go_with_their_base() -> None:
    edit = EditLine("ae\u0301\u0323b")
    assert typed(edit, "left", "left") == "a|e\u0301\u0323b"
    assert typed(edit, "right", "backspace") == "a|b"


def test_a_key_without_a_meaning_is_handed_back() -> None:
    edit = EditLine("ab")
    assert not edit.key("f5", None)
    assert not edit.key("enter", "\r")
    assert edit.text == "ab"


def test_what_is_not_printable_is_replaced_one_for_one() -> None:
    edit = EditLine()
    edit.insert("a\x1b[31m\u202eb\r\nc\td\x9b")
    assert edit.text == "a\ufffd[31m\ufffdb c d\ufffd"


def test_the_limit_counts_what_it_left_out() -> None:
    edit = EditLine("abc", limit=5)
    edit.insert("defgh")
    assert (edit.text, edit.cut) == ("abcde", 3)
    edit.key("left", None)
    assert edit.cut == 0


def test_history_keeps_the_draft() -> None:
    edit = EditLine("dra", history=("first", "second"))
    assert typed(edit, "up") == "second|"
    assert typed(edit, "up", "up") == "first|"
    assert typed(edit, "down", "down") == "dra|"
    assert typed(edit, "down") == "dra|"


@given(st.text(max_size=60), st.integers(0, 60), st.integers(8, 40))
def test_the_window_holds_the_caret_and_fits(text: str, back: int, width: int) -> None:
    edit = EditLine(text)
    for _ in range(back):
        edit.left()
    line, caret = edit.window(width)
    assert cells(plain(line)) <= width
    assert 0 <= caret < width
    assert sum(span.role == "caret" for span in line) == 1


@given(st.text())
def test_what_is_admitted_is_printable(text: str) -> None:
    assert admit(text).isprintable()
