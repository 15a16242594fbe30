import sys
from pathlib import Path

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.hostile import BIDI, SELECTORS, TAGS, ZERO_WIDTH, dangers

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.inert import codepoints, gate

# every code point, the lone surrogates and the rare dangerous ones often enough to meet each other
anything = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            [chr(cp) for cp in sorted(BIDI | ZERO_WIDTH | SELECTORS | set(TAGS) | set(range(0xA0)))]
        ),
        st.sampled_from("\u0301\u0338\u20e3\U0001f3fd\u1160\u11a8❤👩💻1a\u8fbb"),
    )
)


@pytest.fixture(scope="session")
def naughty_strings(shared_data: Path) -> list[str]:
    strings = strict_loads((shared_data / "blns.json").read_bytes())
    assert isinstance(strings, list)
    return [str(text) for text in strings]


@given(anything)
def test_nothing_a_terminal_interprets_comes_out(text: str) -> None:
    assert dangers(gate.clean(text)) == []
    assert dangers(gate.clean(text, newline=True), newline=True) == []
    assert dangers(gate.line(text)) == []
    assert dangers(gate.clipboard(text), newline=True) == []
    assert dangers(gate.filename(text)) == []


@given(anything)
@example("\u2764\u200d\ufe0f\u200d\U0001f525")
@example("1\ufe0f\ufe0f")
def test_the_gate_is_idempotent_and_total(text: str) -> None:
    once = gate.clean(text)
    assert gate.clean(once) == once
    assert gate.printable(once)
    assert gate.printable(text) == (once == text)
    several = gate.clean(text, newline=True)
    assert gate.clean(several, newline=True) == several
    assert gate.line(gate.line(text)) == gate.line(text)
    assert gate.filename(gate.filename(text)) == gate.filename(text)
    once.encode("utf-8")


def test_every_single_code_point_comes_out_harmless() -> None:
    for cp in range(sys.maxunicode + 1):
        for text in (chr(cp), "a" + chr(cp)):
            safe = gate.clean(text)
            assert safe.isprintable(), hex(cp)
            assert gate.clean(safe) == safe, hex(cp)
        assert not (set(map(ord, gate.clean("a" + chr(cp)))) & (BIDI | ZERO_WIDTH | SELECTORS)), hex(cp)


def test_control_the_detector_sees_what_the_gate_takes_out() -> None:
    hostile = "\x1b]52;c;Zm9v\x07 \x9b2J a\u202eb \u200b\U000e0041 \ufe0e\ud800"
    assert len(dangers(hostile)) == 8
    assert dangers(gate.clean(hostile)) == []


def test_naughty_strings_are_harmless(naughty_strings: list[str]) -> None:
    assert any(dangers(text) for text in naughty_strings), "the corpus must hold something to take out"
    for text in naughty_strings:
        assert dangers(gate.clean(text)) == []
        assert dangers(gate.clean(text, newline=True), newline=True) == []
        assert dangers(gate.filename(text)) == []
        assert gate.clean(gate.clean(text)) == gate.clean(text)


def trace(text: str) -> tuple[str, bool, int]:
    """What a terminal emulator did with the text: window title, any attribute set, rows touched."""
    screen = pyte.Screen(400, 24)
    pyte.Stream(screen).feed(text)
    styled = any(
        (char.fg, char.bg, char.bold, char.reverse) != ("default", "default", False, False)
        for row in screen.buffer.values()
        for char in row.values()
    )
    return screen.title, styled, screen.cursor.y


def test_a_terminal_obeys_the_raw_text_and_not_the_gated_one() -> None:
    hostile = "\x1b]0;pwned\x07\x1b[31mred\x1b[5;5Hmoved \x9b1m \u2029"
    title, styled, row = trace(hostile)
    assert (title, styled, row) == ("pwned", True, 4), "control: the terminal must obey"
    assert trace(gate.clean(hostile)) == ("", False, 0)


def test_naughty_strings_do_not_steer_a_terminal(naughty_strings: list[str]) -> None:
    assert any(trace(text)[1] for text in naughty_strings), "control: some string must style the raw terminal"
    for text in naughty_strings:
        if gate.cells(gate.clean(text)) < 400:
            assert trace(gate.clean(text)) == ("", False, 0)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00\x7f", "a␀␡"),
        ("a\tb", "a b"),
        ("a\nb\rc", "a␊b␍c"),
        ("\x9b2J", "�2J"),
        ("a\u202egnp.exe", "a�gnp.exe"),
        ("\ud800", "�"),
        ("\ue000\U0010fffe", "��"),
        ("\u00a0\u3000\u2800", "   "),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("❤\ufe0f 1\ufe0f\u20e3 👩\u200d💻 辻\U000e0100", "❤ 1\u20e3 👩💻 辻"),
        ("😀\ufe01\ufe02", "😀��"),
        ("a\u200db 1\u200d2", "a�b 1�2"),
        ("👍🏽 a🏽 🏽 👍\u0301🏽 👍🏽🏽", "👍 a� � 👍\u0301� 👍"),
        ("🇩🇪 🇩", "DE D"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 50 + "x", "e" + "\u0301" * 4 + "�x"),
        ("\u0338a", "�a"),
    ],
)
def test_the_convention(raw: str, shown: str) -> None:
    assert gate.clean(raw) == shown


def test_line_feeds_stay_when_asked_and_marks_do_not_climb_over_them() -> None:
    assert gate.clean("a\r\nb\nc\r", newline=True) == "a\nb\nc␍"
    assert gate.clean("a\n\u0338b", newline=True) == "a\n�b"
    assert gate.clean("a\u2028b\x0bc\x85d", newline=True).splitlines() == ["a�b␋c�d"]


def test_line_is_one_line() -> None:
    assert gate.line("  a \t b\r\n\nc ") == "a b c"
    assert gate.line("漢字漢字", 5) == "漢字…"
    assert gate.line("漢字", 4) == "漢字"
    assert gate.line("abc", 0) == ""
    assert gate.line("ab", 1) == "…"
    assert gate.bytes_line(b"ok \xff\x9b\x1b[0m") == "ok ��␛[0m"


@given(anything, st.integers(0, 40))
def test_a_cut_line_fits_and_is_a_beginning(text: str, width: int) -> None:
    cut = gate.line(text, width)
    whole = gate.line(text)
    assert gate.cells(cut) <= width
    assert cut == whole or (whole.startswith(cut.removesuffix("…")) and gate.cells(whole) > width)


def test_reading_a_huge_text_for_a_row_costs_what_the_row_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(char: str) -> int:
        asked.append(char)
        return codepoints.kind(char)

    monkeypatch.setattr(gate, "kind", counting)
    gate.line("é" * 1_000_000, 80)
    few = len(asked)
    asked.clear()
    gate.line("é" * 2_000, 80)
    assert few == len(asked) < 80 * 17


def test_clean_text_is_returned_as_it_is() -> None:
    for text in ("plain ASCII", "Grüße, 漢字 ■ ◐", ""):
        assert gate.clean(text) is text


def test_each_character_is_classified_once_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    classified: list[str] = []
    real = codepoints._kind

    def counting(char: str) -> int:
        classified.append(char)
        return real(char)

    monkeypatch.setattr(codepoints, "_kind", counting)
    monkeypatch.setattr(codepoints, "_memo", {})
    gate.clean("añ\u0301\x1b" * 10_000)
    assert len(classified) == 4
    gate.clean("".join(map(chr, range(0x20000))))
    assert len(codepoints._memo) <= codepoints._MEMO_LIMIT


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._.._etc_passwd"),
        ("C:\\Windows\\x", "C__Windows_x"),
        ("", "_"),
        (" .. ", "_"),
        ("-rf", "_-rf"),
        ("~root", "_~root"),
        (".bashrc", "_.bashrc"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("LPT¹", "_LPT¹"),
        ("trail. ", "trail"),
        ("a\x00b\x1b\u202ec", "a_b__c"),
        ("e\u0301", "é"),
        ("x" * 300 + ".json", "x" * 115 + ".json"),
        ("漢" * 100, "漢" * 40),
    ],
)
def test_file_names(text: str, name: str) -> None:
    assert gate.filename(text) == name


@given(anything)
def test_a_file_name_names_one_file_in_the_directory(text: str) -> None:
    name = gate.filename(text)
    assert name
    assert len(name.encode()) <= gate.FILENAME_BYTES
    assert not set(name) & set('<>:"/\\|?*')
    assert name[0] not in ".-~ "
    assert name[-1] not in ". "


def test_a_pasted_text_does_not_run_itself() -> None:
    assert gate.clipboard("a\nb\n\r\n") == "a\nb"
    assert gate.clipboard("\x1b[201~rm") == "␛[201~rm"
    with pytest.raises(BadInput) as caught:
        gate.clipboard("é" * 60_000)
    assert "file" in caught.value.fix
