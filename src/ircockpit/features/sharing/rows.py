"""What is between a device and its hub as rows, each with the thing it is about, so that a key can go there."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.blobs.halves import Fetched
from ircockpit.command.action import Result
from ircockpit.features.catalogue import key_of
from ircockpit.features.sharing.standing import MOST, Record, Standing, standing
from ircockpit.features.summary import blanked
from ircockpit.inert import foreign
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full
from ircockpit.sync.state import Link, Sending, SyncState, spell

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

_NAME, _COUNT = 12, 7


class Row(NamedTuple):
    """One row."""

    key: str
    """Stable, also while rows come and go above it; empty for a heading."""
    line: Line
    about: str = ""
    """``incident``, ``disagreement``, ``refused``, ``alarm``, ``file``, or empty where the row is all there is."""
    ident: str = ""
    """The incident, the file's hash, or the alarm's words."""


def rows(
    found: Standing, state: SyncState | None, now_us: int, width: int, offset_minutes: int = 0
) -> list[Row]:
    """The page: what needs somebody comes first; where nothing does, one line says so."""
    said = [
        Row(f"alarm {at}", _fact("ALARM", text, "bad"), "alarm", text) for at, text in enumerate(found.alarms)
    ]
    if all_is_well(found, state):
        said.append(Row("well", (Span(_well(found), "ok"),)))
    if not found.hub:
        said.append(Row("hub", _fact("hub", "none: works alone; ircockpit enroll URL CODE joins one")))
    else:
        said += _of_the_hub(found, state, now_us, offset_minutes)
    said += [
        Row(f"fetching {each.sha256}", _fact("fetching", _fetched(each)), "file", each.sha256)
        for each in found.fetching
    ]
    said += _counts(found, state)
    if found.records:
        said += [Row("", rule("not confirmed yet", width))]
        said += [
            Row(
                f"record {each.stream}",
                _record_line(each, now_us, width),
                "incident" if each.incident else "",
                each.incident,
            )
            for each in found.records
        ]
    if found.disputes:
        said += [Row("", rule("people disagree", width))]
        said += [
            Row(
                f"differ {each.incident} {each.field}",
                (Span(f"{each.short} {each.field}: ", "key"), Span(foreign.words(", ".join(each.sides)))),
                "disagreement",
                each.incident,
            )
            for each in found.disputes[:MOST]
        ]
    return said


def all_is_well(found: Standing, state: SyncState | None) -> bool:
    """Whether nothing waits, nothing was refused, nobody disagrees, nothing is under way, and the hub is there."""
    open_here = (
        found.alarms, found.waiting, found.not_accepted, found.refused, found.disputes, found.files, found.fetching
    )  # fmt: skip
    heard = state is None or state.link in (Link.LIVE, Link.SYNCING, Link.ALONE)
    return not any(open_here) and heard and not (state is not None and state.trouble)


def _well(found: Standing) -> str:
    if not found.hub:
        return "all is well: all is kept here, nobody disagrees, nothing is under way"
    return "all is well: the hub confirmed all, nobody disagrees, nothing is under way"


def _of_the_hub(found: Standing, state: SyncState | None, now_us: int, offset_minutes: int) -> list[Row]:
    said = [
        Row("hub", _fact("hub", found.hub)),
        Row("link", _fact("link", _link(found, state, now_us, offset_minutes), _role(state))),
    ]
    if state is not None and state.trouble:
        said.append(Row("because", _fact("because", state.trouble, "warn")))
    if state is not None and state.sending:
        going = state.sending
        said.append(Row("sending", _fact(going.way, going.how_far()), "file", going.sha256))
    elif found.files and state is not None and state.held_up:
        said.append(Row("held up", _fact("because", state.held_up, "warn")))
    return said


def _counts(found: Standing, state: SyncState | None) -> list[Row]:
    """How many of each kind; only what there is, once anything is."""
    unsent = state.unsent if state is not None else 0
    quarantined = found.not_accepted + found.refused
    told = (
        ("unsent", unsent, "kept here until the hub has taken them", "warn", ""),
        ("unconfirmed", found.waiting, "the hub has not given them back in a history it signed", "warn", ""),
        ("provisional", found.provisional, "of these others wrote, and they came past the hub", "warn", ""),
        (
            "quarantined",
            quarantined,
            f"not accepted, and count for nothing; {key_of('row.open')} says why",
            "bad",
            "refused",
        ),
        (
            "conflicting",
            len(found.disputes),
            f"fields that people disagree about; {key_of('incident.settle')} settles one",
            "bad",
            "",
        ),
        ("files", len(found.files), "to send", "text", "file"),
        ("held back", len(found.held_back), "files that must not be copied: they stay here", "warn", ""),
    )
    first = found.files[0] if found.files else ""
    return [
        Row(name, _count(name, count, words, role), about, first if about == "file" else "")
        for name, count, words, role, about in told
        if count
    ]


def _count(name: str, count: int, words: str, role: str) -> Line:
    return (Span(f"{name:{_NAME}}", "dim"), Span(f"{count:>{_COUNT},}", role), Span(f"  {words}"))


def _link(found: Standing, state: SyncState | None, now_us: int, offset_minutes: int) -> str:
    last = (
        f"last round {at_full(found.last_ok_us, offset_minutes)}"
        if found.last_ok_us
        else "no round has gone through yet"
    )
    if state is None:
        return last
    said = state.words(now_us)
    return f"{said}; {last}" if state.link is Link.OFFLINE else said


def _role(state: SyncState | None) -> str:
    if state is None:
        return "text"
    return "ok" if state.link in (Link.LIVE, Link.SYNCING) else "warn"


def _fetched(each: Fetched) -> str:
    how_far = Sending(each.sha256, each.done, each.total, each.rate).how_far()
    return how_far if each.running else f"{how_far} is here; evidence fetch goes on"


def _record_line(each: Record, now_us: int, width: int) -> Line:
    since = spell(max(now_us - each.since_us, 0) // 1_000_000) if each.since_us else "?"
    tail = f"{counted(each.waiting, 'entry'):>13} since {since:>6}"
    return (
        Span(fit(foreign.words(line(each.title), "a record"), max(width - len(tail) - 1, 10)) + " "),
        Span(tail, "dim"),
    )


def _fact(name: str, words: str, role: str = "text") -> Line:
    return (Span(f"{name:{_NAME}}", "bad" if name.isupper() else "dim"), Span(clean(words), role))


def show(station: "Workstation", *, safe: bool = False) -> Result:
    """What is between this device and its hub, from this device's own databases."""
    found = standing(station)
    data = {
        **found._asdict(),
        "records": [each._asdict() for each in found.records],
        "disputes": [each._asdict() for each in found.disputes],
        "fetching": [each._asdict() for each in found.fetching],
    }
    with foreign.safely(safe):
        shown = rows(found, None, station.clock.wall_us(), 79, station.shown_offset)
        return Result(blanked(data), tuple(row.line for row in shown))
