"""Due times as an iCalendar file (RFC 5545) that any calendar can show and sound, whatever text stands in it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from ircockpit.core.ids import named_uuid
from ircockpit.features.clocks.alarms import Alarm, alarms
from ircockpit.features.clocks.anchors import SECOND
from ircockpit.features.clocks.calendars import EPOCH
from ircockpit.features.clocks.standing import Standing, State
from ircockpit.inert.gate import clean

MOST_OCTETS = 75
"""Of a line without its end, RFC 5545 section 3.1."""


class Entry(NamedTuple):
    """One due time; microseconds since 1970-01-01T00:00Z."""

    uid: str
    summary: str
    description: str
    due_us: int
    alarms: tuple[Alarm, ...] = ()
    sequence: int = 0
    """Larger at each change, so that a calendar replaces what it has."""


def entry(standing: Standing, *, stream: str, called: str, sequence: int = 0) -> Entry | None:
    """The calendar entry of a clock that has a due time; the same clock of the same incident keeps its ``uid``.

    ``called`` is all that is told of the incident. A clock that does not simply run says so in its summary.
    """
    if standing.due_us is None:
        return None
    clock = standing.clock
    doubt = "" if standing.state is State.RUNNING else f" ({standing.state.value})"
    lines = [
        f"To: {clock.recipient}", f"{clock.regime}, {clock.article}", *(f"- {each}" for each in clock.checklist),
        *(each.quote for each in clock.due), clock.source,
    ]  # fmt: skip
    return Entry(
        f"{named_uuid('clock', stream, clock.id)}@ircockpit", f"{called}: {clock.title}{doubt}", "\n".join(lines),
        standing.due_us, alarms(standing), sequence,
    )  # fmt: skip


def calendar_file(entries: Iterable[Entry], *, stamped_us: int) -> bytes:
    """The file; times in UTC, cut to the second that has begun, alarms at their own instants."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ircockpit//clocks//EN", "CALSCALE:GREGORIAN"]
    for each in entries:
        lines += _event(each, stamped_us)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """A TEXT value: what a terminal or a parser would act upon is gone, RFC 5545 section 3.3.11 is kept."""
    shown = clean(text, newline=True)
    return shown.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """A content line with its end, broken where it is too long, never within a character."""
    pieces, piece = [], b""
    for char in line:
        octets = char.encode()
        if len(piece) + len(octets) > MOST_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def _event(each: Entry, stamped_us: int) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(each.uid)}"
    yield f"DTSTAMP:{_utc(stamped_us)}"
    yield f"DTSTART:{_utc(each.due_us)}"
    yield f"SEQUENCE:{each.sequence}"
    yield f"SUMMARY:{escaped(each.summary)}"
    yield f"DESCRIPTION:{escaped(each.description)}"
    yield "CLASS:CONFIDENTIAL"
    yield "TRANSP:TRANSPARENT"
    for alarm in each.alarms:
        said = "due now" if alarm.percent >= 100 else f"{alarm.percent} % of the time is gone"
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{escaped(f'{each.summary}: {said}')}"
        yield f"TRIGGER;VALUE=DATE-TIME:{_utc(alarm.at_us)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(us: int) -> str:
    return f"{EPOCH + timedelta(seconds=us // SECOND):%Y%m%dT%H%M%SZ}"
