"""Recurrences: what several runs of the watch period show, told as one until a run between them shows nothing.

Devices that were cut off from each other each record what they saw. All of it stays, with its evidence; that it was one
recurrence follows from what came of their runs, on every device alike.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.replay.events import AGAIN
from ircockpit.features.replay.queries import RunRow, runs
from ircockpit.render.glyphs import counted
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from ircockpit.store.view import Entry, View


class Told(NamedTuple):
    """One entry that says that it came back."""

    event: str
    run: str
    wall_us: int


class Recurrence(NamedTuple):
    """One recurrence, by all who saw it."""

    runs: tuple[RunRow, ...]
    """The runs that reproduced it, the first one first."""
    told: tuple[Told, ...]
    """What their devices wrote of it."""

    @property
    def devices(self) -> int:
        """How many devices saw it."""
        return len({each.device for each in self.runs})


def stretches(found: Sequence[RunRow]) -> list[list[RunRow]]:
    """The runs of a watch period that reproduced it, split where one that has answers shows nothing.

    What is compared with the same run before is one period, whichever watch it is of. A device's own runs stand in its own
    order; those of several devices by their clocks, which never go back here. A wrong clock makes two recurrences of one, or
    one of two, and nothing else: no entry and no number depends on it.
    """
    made: list[list[RunRow]] = []
    for period in dict.fromkeys(each.before for each in found):
        open_: list[RunRow] | None = None
        for each in _in_order([row for row in found if row.before == period]):
            if not each.counts.hits:
                open_ = None
            elif open_ is None:
                made.append(open_ := [each])
            else:
                open_.append(each)
    return made


def of_watches(view: "View", incident: str) -> list[RunRow]:
    """The runs of an incident's watches that have answers."""
    return [each for each in runs(view, incident) if each.phase == AGAIN and each.counts.answers]


def recurrences(view: "View", incident: str) -> list[Recurrence]:
    """The recurrences of an incident (UUID), the first one first; an entry about no run that reproduced it is one of its own."""
    told = _told(view, incident)
    made = []
    for group in stretches(of_watches(view, incident)) if told else []:
        idents = {each.ident for each in group}
        if mine := tuple(each for each in told if each.run in idents):
            made.append(Recurrence(tuple(group), mine))
    known = {each.event for group in made for each in group.told}
    made += [Recurrence((), (each,)) for each in told if each.event not in known]
    return sorted(made, key=lambda each: (each.told[0].wall_us, each.told[0].event))


def is_new(view: "View", row: RunRow) -> bool:
    """Whether a run that has just reproduced it is the first of its recurrence, as far as this device knows."""
    earlier = [
        each
        for each in of_watches(view, row.incident)
        if each.before == row.before and each.ident != row.ident
    ]
    last = max(earlier, key=lambda each: each.rank, default=None)
    return last is None or not last.counts.hits


def echoes(view: "View", entries: "Sequence[Entry]") -> dict[str, str]:
    """By its id what is to be said beside an entry that tells a recurrence once more, or opens what another one opened."""
    incidents = {
        stream for (stream, type_) in {(each.stream, each.type) for each in entries} if type_ == "replay.recurred"
    } | {each.stream for each in entries if each.type == "incident.set" and '"of"' in each.body}  # fmt: skip
    found: dict[str, str] = {}
    for stream in incidents:
        for (incident,) in view.rows("SELECT id FROM incident WHERE stream=?", (stream,)):
            found |= _echoes(view, str(incident), str(stream))
    return found


def echoed(view: "View", incident: str, stream: str) -> frozenset[str]:
    """The entries of an incident that are to be counted with an earlier one."""
    return frozenset(_echoes(view, incident, stream))


def recurrence_words(view: "View", incident: str) -> str:
    """How often it came back, and by how many devices it was seen last; empty where it never did."""
    found = [each for each in recurrences(view, incident) if each.runs]
    if not found:
        return ""
    last = found[-1]
    by = f", seen by {counted(last.devices, 'device')}" if last.devices > 1 else ""
    often = "once" if len(found) == 1 else f"{len(found)} times"
    return f"it came back {often} in the watch period, last in {', '.join(each.short for each in last.runs[-2:])}{by}"


def _echoes(view: "View", incident: str, stream: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in recurrences(view, incident):
        if len({row.device for row in each.runs}) < 2:
            continue  # of one device each run says how it stands
        idents = {row.ident for row in each.runs}
        first = each.told[0]
        said = f"one recurrence with that of {short_id(view, 'replay', first.run)}, seen by {counted(each.devices, 'device')}"
        found |= {told.event: said for told in each.told[1:]}
        opened = view.rows(
            "SELECT event_id, json_extract(body, '$.of'), field FROM entry WHERE stream=? AND ent=? AND type='incident.set'"
            " AND doubt='' AND json_extract(body, '$.of') IS NOT NULL ORDER BY wall, lam, event_id",
            (stream, incident),
        )  # fmt: skip
        for field in ("status", "severity"):
            mine = [event for event, of, name in opened if name == field and of in idents]
            found |= dict.fromkeys(
                mine[1:], f"by the same recurrence, seen by {counted(each.devices, 'device')}"
            )
    return found


def _told(view: "View", incident: str) -> list[Told]:
    rows = view.rows(
        "SELECT e.event_id, e.ent, e.wall FROM entry e JOIN incident i ON i.stream=e.stream"
        " WHERE i.id=? AND e.type='replay.recurred' AND e.doubt='' ORDER BY e.wall, e.lam, e.event_id",
        (incident,),
    )
    return [Told(str(event), str(ent), int(wall)) for event, ent, wall in rows]


def _in_order(found: list[RunRow]) -> list[RunRow]:
    at: dict[str, int] = {}
    placed = []
    for each in sorted(found, key=lambda row: row.rank):
        at[each.device] = max(at.get(each.device, 0), each.at_us)
        placed.append((at[each.device], each.rank, each))
    return [each for _, _, each in sorted(placed, key=lambda one: one[:2])]
