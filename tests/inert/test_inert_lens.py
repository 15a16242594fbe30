from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.jsontext import strict_loads
from ircockpit.inert import codepoints, gate
from ircockpit.inert.lens import LensReport, inspect, look, reveal, sentence

anything = st.text(
    st.one_of(
        st.characters(exclude_categories=()), st.sampled_from("\x1b[]\x9b;m\x07\u202e\u200d\ufe0f\u0301<{1❤")
    )
)


@pytest.mark.parametrize(
    ("text", "report", "spans"),
    [
        ("plain ünïcode, 漢字 ok\n", LensReport(), [("plain ünïcode, 漢字 ok", "text"), ("‹LF›", "dim")]),
        ("\x1b[31mhi", LensReport(escape=1), [("‹ESC [31m: colour›", "bad"), ("hi", "text")]),
        ("\x9b2J", LensReport(escape=1), [("‹ESC [2J: erases text›", "bad")]),
        (
            "\x1b]52;c;Zm9v\x07",
            LensReport(escape=1),
            [("‹ESC ]52;c;Zm9v: sets the clipboard to 'foo'›", "bad")],
        ),
        ("\x1b]0;t\x1b\\", LensReport(escape=1), [("‹ESC ]0;t: sets the window title›", "bad")]),
        ("\x1b[201~", LensReport(escape=1), [("‹ESC [201~: pretends a paste›", "bad")]),
        ("\x1b[6n", LensReport(escape=1), [("‹ESC [6n: makes the terminal answer as if typed›", "bad")]),
        (
            "a\x00\x08\x7f",
            LensReport(c0=3),
            [("a", "text"), ("‹NUL›", "bad"), ("‹BS›", "bad"), ("‹DEL›", "bad")],
        ),
        ("\x85", LensReport(c1=1), [("‹NEL›", "bad")]),
        ("a\u202eb", LensReport(bidi=1), [("a", "text"), ("‹RLO›", "bad"), ("b", "text")]),
        ("a\u200b\u3164", LensReport(zero_width=2), [("a", "text"), ("‹ZWSP›", "bad"), ("‹U+3164›", "bad")]),
        ("\U000e0068\U000e0069", LensReport(tags=2), [("‹tags: hi›", "bad")]),
        ("😀\ufe0f", LensReport(), [("😀", "text"), ("‹VS16›", "dim")]),
        ("x\ufe0f", LensReport(selectors=1), [("x", "text"), ("‹VS16›", "bad")]),
        ("👩\u200d💻", LensReport(), [("👩", "text"), ("‹ZWJ›", "dim"), ("💻", "text")]),
        ("a\u200db", LensReport(zero_width=1), [("a", "text"), ("‹ZWJ›", "bad"), ("b", "text")]),
        ("p\u0430ypal", LensReport(mixed=1), [("p\u0430ypal‹Latin, Cyrillic \u0430›", "warn")]),
        ("\U0001d5f6\U0001d5f4", LensReport(styled=1), [("\U0001d5f6\U0001d5f4‹ig›", "warn")]),
        ("[/foo]", LensReport(markup=1), [("‹markup [/foo]›", "warn")]),
        ("[@click=app.quit]x", LensReport(markup=1), [("‹markup [@click=app.quit]›", "warn"), ("x", "text")]),
        ("![x](http://a)", LensReport(markup=1), [("‹markup ![x](http://a)›", "warn")]),
        ("[/]", LensReport(markup=1), [("‹markup [/]›", "warn")]),
        ("[$error]x", LensReport(markup=1), [("‹markup [$error]›", "warn"), ("x", "text")]),
        ("‹RLO›", LensReport(), [("‹U+2039›", "dim"), ("RLO", "text"), ("‹U+203A›", "dim")]),
        ("<script>", LensReport(markup=1), [("‹markup <script>›", "warn")]),
        ("\ud800\ue000", LensReport(other=2), [("‹U+D800›", "bad"), ("‹U+E000›", "bad")]),
        ("1 < 2 [3]", LensReport(), [("1 < 2 [3]", "text")]),
    ],
)
def test_each_trick_is_counted_and_named(text: str, report: LensReport, spans: list[tuple[str, str]]) -> None:
    assert inspect(text) == report
    assert reveal(text) == spans


def test_bytes_hidden_in_variation_selectors_are_read() -> None:
    hidden = "".join(chr(0xE0100 + byte - 16) for byte in b"ignore all")
    assert reveal("😀" + hidden)[1] == ("‹10 selectors: ignore all›", "bad")
    assert inspect("😀" + hidden).selectors == 10


def test_a_pile_of_marks_is_one_trick() -> None:
    text = "e" + "\u0301" * 40 + "x"
    assert inspect(text) == LensReport(stacks=1)
    assert reveal(text)[1] == ("‹36 more marks piled up›", "bad")
    assert inspect("e\u0301\u0323").total == 0


def test_the_report_speaks() -> None:
    report = inspect("\x1b[2J\x1b[H a\u202e")
    assert report.total == 3
    assert report.words() == ("escape sequences: 2", "direction marks: 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain words", "Nothing in it steers, hides or misleads."),
        ("\x1b]52;c;Zm9v\x07", "Shown raw, it would have set the clipboard."),
        ("\x1b]52;c;Zm9v\x07\x1b]52;c;Zg==\x07\x1b[2J", "Shown raw, it would have set the clipboard and erased text."),
        (
            "\x1b(0a\u202eb\U000e0068",
            "Shown raw, it would have steered the terminal, put words in another order than they are stored in"
            " and carried words that only a machine reads.",
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_what_the_tricks_would_have_done(text: str, said: str) -> None:
    assert sentence(look(text).would) == said


@given(anything)
def test_whatever_is_counted_is_explained(text: str) -> None:
    found = look(text)
    assert bool(found.report.total) == bool(found.would)
    assert gate.clean(sentence(found.would)) == sentence(found.would)


@given(anything)
def test_what_the_lens_shows_is_inert(text: str) -> None:
    for shown, role in reveal(text):
        assert gate.clean(shown) == shown
        assert role in ("text", "dim", "warn", "bad")
    if any(codepoints.kind(char) > codepoints.BLANK for char in text):
        assert any(role != "text" for _, role in reveal(text))


@given(anything)
def test_words_without_tricks_are_shown_whole(text: str) -> None:
    clean = gate.clean(text)
    report = inspect(clean)
    # control pictures and replacement signs are no tricks themselves
    assert report._replace(mixed=0, styled=0, markup=0).total == 0


def test_naughty_strings_hold_most_tricks(shared_data: Path) -> None:
    strings = strict_loads((shared_data / "blns.json").read_bytes())
    reports = [inspect(text) for text in strings]
    for field in ("escape", "c0", "c1", "bidi", "zero_width", "tags", "stacks", "styled", "markup"):
        assert any(getattr(report, field) for report in reports), field
