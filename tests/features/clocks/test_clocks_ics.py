"""The calendar file is read back by a strict reader of RFC 5545 written for this, and no text in it acts."""

import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.clocks.times import BERLIN, at, seen
from tests.support.hostile import MARK, PAYLOADS

from ircockpit.features.clocks.alarms import Alarm
from ircockpit.features.clocks.book import shipped
from ircockpit.features.clocks.ics import Entry, calendar_file, entry, escaped, folded
from ircockpit.features.clocks.standing import Record, standing

STREAM = "019abc00-0000-8000-8000-000000000001"
STAMP = at("2026-11-26 12:00")
BREACH = {"personal_data_breach": "yes", "gdpr_role": "controller"}
_LINE = re.compile(r"(?P<name>[A-Z0-9-]+)(?P<params>(?:;[A-Z-]+=[^\";:,]+)*):(?P<value>.*)", re.DOTALL)


class Block(NamedTuple):
    """A component: its properties, each name with its parameters and value, and the components within."""

    name: str
    properties: list[tuple[str, str, str]]
    within: list["Block"]

    def one(self, name: str) -> str:
        """The value of a property that stands once."""
        (value,) = [value for found, _, value in self.properties if found == name]
        return value


def parsed(raw: bytes) -> Block:
    """The calendar in a file, or an assertion that names what RFC 5545 forbids."""
    assert raw.endswith(b"\r\n")
    physical = raw[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in physical)
    assert all(len(line) <= 75 for line in physical)
    lines: list[bytes] = []
    for line in physical:
        line.decode()  # a character is never cut in two
        if line[:1] in (b" ", b"\t"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    open_: list[Block] = [Block("", [], [])]
    for text in (line.decode() for line in lines):
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f]", text), text
        match = _LINE.fullmatch(text)
        assert match is not None, text
        if match["name"] == "BEGIN":
            block = Block(match["value"], [], [])
            open_[-1].within.append(block)
            open_.append(block)
        elif match["name"] == "END":
            assert open_.pop().name == match["value"]
        else:
            open_[-1].properties.append((match["name"], match["params"], match["value"]))
    assert len(open_) == 1
    (calendar,) = open_[0].within
    assert calendar.name == "VCALENDAR"
    assert not open_[0].properties
    return calendar


def text_of(value: str) -> str:
    """A TEXT value without its escapes; an unescaped comma, semicolon or backslash is a fault."""
    assert re.fullmatch(r"(?:[^\\,;]|\\[\\,;nN])*", value, re.DOTALL), value
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "N": "\n"}.get(match[1], match[1]), value)


def an_entry(now: str = "2026-11-26 11:00", called: str = "wrong dose") -> Entry:
    record = Record(BREACH, {"aware": seen("2026-11-26 10:20")})
    found = entry(
        standing(shipped().clocks["eu-gdpr-33-1"], record, at(now), BERLIN), stream=STREAM, called=called
    )
    assert found is not None
    return found


def test_a_clock_is_an_event_with_alarms_at_its_fractions() -> None:
    calendar = parsed(calendar_file([an_entry()], stamped_us=STAMP))
    assert (calendar.one("VERSION"), calendar.one("PRODID")) == ("2.0", "-//ircockpit//clocks//EN")
    (event,) = calendar.within
    assert event.name == "VEVENT"
    assert event.one("DTSTART") == "20261129T102000Z"
    assert event.one("DTSTAMP") == "20261126T120000Z"
    assert (
        text_of(event.one("SUMMARY")) == "wrong dose: Personal data breach: notify the supervisory authority"
    )
    told = text_of(event.one("DESCRIPTION"))
    assert "not later than 72 hours after having become aware of it" in told
    assert "competent supervisory authority" in told
    assert {name for name, _, _ in event.properties} >= {"UID", "SEQUENCE", "CLASS", "TRANSP"}
    assert [alarm.name for alarm in event.within] == ["VALARM"] * 4
    triggers = [
        (name, params, value)
        for alarm in event.within
        for name, params, value in alarm.properties
        if name == "TRIGGER"
    ]
    assert [value for _, _, value in triggers] == [
        "20261127T222000Z", "20261128T162000Z", "20261129T030800Z", "20261129T102000Z"
    ]  # fmt: skip
    assert {params for _, params, _ in triggers} == {";VALUE=DATE-TIME"}
    assert all(alarm.one("ACTION") == "DISPLAY" and alarm.one("DESCRIPTION") for alarm in event.within)


def test_the_same_clock_of_the_same_incident_is_the_same_event_again() -> None:
    assert an_entry().uid == an_entry("2026-11-28 11:00", called="renamed").uid
    record = Record(BREACH, {"aware": seen("2026-11-26 10:20")})
    ready = shipped().clocks["eu-gdpr-33-1"]
    other = entry(standing(ready, record, STAMP, BERLIN), stream=STREAM[:-1] + "2", called="x")
    assert other is not None
    assert other.uid != an_entry().uid


def test_doubt_is_said_and_what_has_no_time_is_no_event() -> None:
    record = Record({"personal_data_breach": "yes"}, {"aware": seen("2026-11-26 10:20")})
    unsure = entry(
        standing(shipped().clocks["eu-gdpr-33-1"], record, STAMP, BERLIN), stream=STREAM, called="x"
    )
    assert unsure is not None
    assert unsure.summary.endswith("(applies?)")
    undue = standing(shipped().clocks["eu-gdpr-33-2"], record, STAMP, BERLIN)
    assert entry(undue, stream=STREAM, called="x") is None
    assert parsed(calendar_file([], stamped_us=STAMP)).within == []


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_hostile_text_stays_text(payload: str) -> None:
    called = payload.format(m=MARK) if "{m}" in payload else payload
    (event,) = parsed(calendar_file([an_entry(called=called)], stamped_us=STAMP)).within
    assert event.one("DTSTART") == "20261129T102000Z"
    assert len(event.within) == 4
    assert all(char.isprintable() for char in event.one("SUMMARY")), event.one("SUMMARY")


FORGED = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20200101T000000Z\r\nATTACH:https://evil.invalid/,;\\n"


def test_a_forged_line_begins_no_event_and_the_reader_would_see_one() -> None:
    (event,) = parsed(calendar_file([an_entry(called=FORGED)], stamped_us=STAMP)).within
    assert event.one("DTSTART") == "20261129T102000Z"
    assert "BEGIN:VEVENT" in text_of(event.one("SUMMARY"))
    raw = calendar_file([an_entry(called="plain")], stamped_us=STAMP)
    naive = raw.replace(b"SUMMARY:plain", b"SUMMARY:" + FORGED.encode() + b"\r\n ")
    assert len(parsed(naive).within) == 2, "control: without escaping there are two"
    for spoiled in (
        raw.replace(b"\r\n", b"\n"),
        raw.replace(b"\r\n ", b""),
        raw[:-2],
        raw.replace(b"END:VALARM", b"END:VEVENT"),
    ):
        with pytest.raises(AssertionError):
            parsed(spoiled)
    with pytest.raises(AssertionError):
        text_of("a, b")


@given(st.text(max_size=300))
def test_every_text_comes_back_or_was_made_printable(text: str) -> None:
    back = text_of(escaped(text))
    assert text_of(escaped(back)) == back, "once passed, nothing more changes"
    if text.isprintable() and text.isascii():
        assert back == text
    made = folded(f"SUMMARY:{escaped(text)}")
    assert made.endswith(b"\r\n")
    assert all(len(line) <= 75 and line.decode() for line in made[:-2].split(b"\r\n"))
    assert made[:-2].replace(b"\r\n ", b"").decode() == f"SUMMARY:{escaped(text)}"


@given(
    st.integers(at("1971-01-01"), at("9990-01-01")),
    st.lists(st.integers(0, 100), max_size=5),
    st.text(max_size=80),
)
def test_every_due_time_is_read_back_to_the_second(due: int, percents: list[int], words: str) -> None:
    made = Entry("u@ircockpit", words, words, due, tuple(Alarm(each, due) for each in percents), 3)
    (event,) = parsed(calendar_file([made], stamped_us=STAMP)).within
    value = event.one("DTSTART")
    written = f"{value[:4]}-{value[4:6]}-{value[6:8]} {value[9:11]}:{value[11:13]}:{value[13:15]}"
    assert due - 1_000_000 < at(written) <= due
    assert len(event.within) == len(percents)
    assert event.one("SEQUENCE") == "3"
