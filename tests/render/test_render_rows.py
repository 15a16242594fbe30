"""Rows of the queue and the timeline: exactly as wide as asked, the same without colour, state in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.inert.gate import cells, clean
from ircockpit.render.glyphs import STATES
from ircockpit.render.queue import QueueLine, group_line, incident_line, rule, state_role, state_words
from ircockpit.render.span import plain
from ircockpit.render.timeline import EntryLine, at_clock, at_full, entry_line

WIDTHS = st.integers(80, 200)
words = st.text(max_size=60).map(clean) | st.sampled_from(
    ("被害者に誤った用量", "e\u0301" * 30, "👩‍⚕️ dose", "")
)
states = st.sampled_from((*STATES, "", "tomorrow"))
lines = st.builds(
    QueueLine,
    severity=st.sampled_from(("SEV1", "SEV4", "?", "critical")), name=st.sampled_from(("tofa", "tofaku", "1000x")),
    title=words, impact=words, state=states, elapsed_ms=st.none() | st.integers(0, 10**9), age_s=st.floats(0, 1e9),
    owner=words, provisional=st.booleans(), disputed=st.booleans(), closed=st.booleans(),
)  # fmt: skip


@given(lines, WIDTHS, st.booleans())
def test_a_row_of_the_queue_is_as_wide_as_the_list(row: QueueLine, width: int, ascii_only: bool) -> None:
    assert cells(plain(incident_line(row, width, ascii_only=ascii_only))) == width


@given(lines, WIDTHS, st.sampled_from(("", "g-kavu")))
def test_a_row_of_signals_is_never_wider_than_the_list(row: QueueLine, width: int, short: str) -> None:
    assert cells(plain(group_line(row, width, short=short))) <= width


@given(lines, lines, WIDTHS)
def test_columns_stand_still_whatever_stands_in_them(one: QueueLine, two: QueueLine, width: int) -> None:
    """All but the border of title and impact, which share their room so that long titles are read."""
    ends = []
    for row in (one, two):
        at, found = 0, []
        for span in incident_line(row, width):
            at += cells(span.text)
            found.append(at)
        ends.append(found[:2] + found[3:])
    assert ends[0] == ends[1]


ROW = QueueLine("SEV1", "tofa", "wrong dose", "4,000 people", "effective", 6800, 180, "mira")


def test_everything_that_matters_is_said_in_words() -> None:
    shown = plain(incident_line(ROW._replace(provisional=True, disputed=True), 100))
    for said in ("SEV1~", "tofa", "(!) wrong dose", "4,000 people", "■ effective", "3m", "mira"):
        assert said in shown
    bare = plain(incident_line(ROW._replace(impact="", owner="-"), 100))
    assert " - " in bare


@pytest.mark.parametrize("state", [*STATES, "tomorrow"])
def test_a_state_is_a_glyph_and_a_word_that_fit(state: str) -> None:
    row, word = ROW._replace(state=state), "not stopped" if state == "open" else state
    assert word in plain(incident_line(row, 80))
    assert word in plain(incident_line(row, 80, ascii_only=True))
    assert state_words(row, ascii_only=True).isascii()


def test_a_closed_incident_never_reads_as_open() -> None:
    assert "closed" in plain(incident_line(ROW._replace(state="open", closed=True), 80))
    assert "not stopped" not in plain(incident_line(ROW._replace(state="open", closed=True), 80))
    on = plain(incident_line(ROW._replace(closed=True), 80))
    assert "closed: wrong" in on
    assert "■ effective" in on
    assert "closed" not in plain(incident_line(ROW, 80)), "control"


def test_only_what_was_proved_looks_good() -> None:
    assert [state for state in STATES if state_role(state) == "ok"] == ["effective"]
    for state in ("failed", "drifted", "partial", "unknown"):
        assert state_role(state) == "bad"


def test_a_rule_has_its_title_and_its_width() -> None:
    assert plain(rule("to review", 30)) == " to review " + "-" * 18
    assert cells(plain(rule("a title that is longer than the line", 10))) == 10


ENTRY = EntryLine(1_795_435_200_000_000, "mira", "note", "pharmacist called")


@given(words, words, WIDTHS, st.booleans(), words)
def test_an_entry_is_as_wide_as_the_list(who: str, text: str, width: int, unsent: bool, doubt: str) -> None:
    row = ENTRY._replace(who=who, text=text, unsent=unsent, doubt=doubt)
    assert cells(plain(entry_line(row, width))) == width


def test_an_entry_says_whether_it_went_out_and_whether_it_is_accepted() -> None:
    assert plain(entry_line(ENTRY, 80)).startswith(" 12:00:00  mira     note        pharmacist called")
    assert plain(entry_line(ENTRY._replace(unsent=True), 80)).startswith("~12:00:00")
    assert "[not accepted: no certificate] pharmacist" in plain(
        entry_line(ENTRY._replace(doubt="no certificate"), 90)
    )
    assert "(offline 2h, arrived 14:06) pharm" in plain(
        entry_line(ENTRY._replace(late="offline 2h, arrived 14:06"), 90)
    )


@pytest.mark.parametrize(
    ("offset", "clock", "full"),
    [
        (0, "12:00:00", "2026-11-23 12:00:00 UTC"), (345, "17:45:00", "2026-11-23 17:45:00 +0545"),
        (-750, "23:30:00", "2026-11-22 23:30:00 -1230"),
    ],
)  # fmt: skip
def test_a_time_is_never_without_its_zone(offset: int, clock: str, full: str) -> None:
    assert at_clock(ENTRY.at_us, offset) == clock
    assert at_full(ENTRY.at_us, offset) == full
