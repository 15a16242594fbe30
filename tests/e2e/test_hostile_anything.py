"""Any text and any bytes, as chance has it: through the gate, and through a note onto the timeline and out again."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.e2e.hostile_profile import spoken
from tests.e2e.test_hostile_commands import check
from tests.support.hostile import BIDI, EVERYTHING, PAYLOADS, SELECTORS, SURROGATES, TAGS, ZERO_WIDTH, dangers
from tests.support.hub import declare, station
from wcwidth import wcwidth

from ircockpit.inert import gate

PICKED = [chr(cp) for cp in sorted({*BIDI, *ZERO_WIDTH, *SELECTORS, *TAGS, *range(0xA0)})]
EMOJI = [*"👩💻🎉❤1\u20e3", *map(chr, range(0x1F1E6, 0x1F200)), *map(chr, range(0x1F3FB, 0x1F400))]
anything = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(PICKED),
        st.sampled_from([*"a漢한\u0301\u1160 ", *EMOJI]),
    )
)


@given(st.one_of(anything, st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
@example(EVERYTHING)
@example(SURROGATES)
@example("🇩🇪👍🏽 a🏽 🇩")
def test_what_comes_out_is_inert_and_as_wide_as_terminals_say(text: str) -> None:
    shown = gate.clean(text)
    assert dangers(shown) == []
    assert gate.clean(shown) == shown
    assert gate.cells(shown) == sum(wcwidth(char) for char in shown), [hex(ord(char)) for char in shown]
    assert gate.cells(shown) == sum(cell_len(char) for char in shown)


@given(anything, st.integers(0, 60))
def test_a_cut_line_is_as_wide_as_the_painter_says(text: str, width: int) -> None:
    """The painter reads a line as a whole; it must come to the same as we do, or columns move."""
    shown = gate.line(text, width)
    assert gate.cells(shown) == cell_len(shown) <= width


def test_control_raw_text_is_not_as_wide_as_it_looks() -> None:
    raw = "a\u200b🏽\x1b[0m🇩"
    assert gate.cells(raw) != sum(map(wcwidth, raw))
    assert dangers(raw) != []


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A profile with one incident that takes every note."""
    home = tmp_path_factory.mktemp("noted") / "home"
    with station(home) as who:
        declare(who, "takes every note")
    return home, str(spoken(home, "queue", "--json").data["incidents"][0]["short"])


@settings(max_examples=40)
@given(text=st.one_of(anything, st.sampled_from(list(PAYLOADS.values()))))
def test_any_note_is_kept_as_written_and_shown_inert(noted: tuple[Path, str], text: str) -> None:
    home, short = noted
    word = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    done = check(spoken(home, "note", short, "--", word), "note")
    whole = "\ufffd" not in text and not any("\ud800" <= char <= "\udfff" for char in word)
    if not whole or not word.strip() or len(word) > 8000:
        assert done.code in (0, 2)
        return
    assert done.code == 0, done.err
    last = check(spoken(home, "timeline", short, "--limit", "1", "--json"), "timeline")
    assert json.loads(last.out)[0]["text"] == word, "the record holds what was written"
    assert (
        gate.clean(word)[:20]
        in check(spoken(home, "timeline", short, "--limit", "1"), "timeline").out.decode()
    )
