"""Holding and erasing entries; every handler serves the screen and the command alike."""

import json
from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, ExitCode, RefusedError
from ircockpit.core.ids import may_be_id
from ircockpit.features.erasure import confirmed, queries
from ircockpit.features.erasure.pages import erasure_data, erasure_lines, here_lines
from ircockpit.features.erasure.plan import Planned, plan_data, plan_lines, planned, with_copies
from ircockpit.features.erasure.queries import HoldRow
from ircockpit.features.erasure.rights import check_lead, reason_of
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean
from ircockpit.ledger.withdrawal import ORDERED, PLACED, RELEASED
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.store import erasing
from ircockpit.store.names import resolve
from ircockpit.store.sweep import LEFT, carry_out
from ircockpit.store.view import Entry
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.deciding import decide

MOST_AT_ONCE = 400
"""Entries that one order or hold names."""


def place(station: Workstation, *, target: str, reason: str) -> Result:
    """Keep an incident's whole record, or one entry, from being erased, at once and on every device it reaches."""
    why = reason_of(reason)
    stream, body, what = _held(station, target)
    ident = station.new_id(stream)
    station.append([Draft(stream, PLACED, ident, (body, {"why": why}))])
    row = queries.hold(station, ident)
    said = f"{row.short} holds {what}: nothing of it is erased until it is released"
    gone = [each for each in queries.erasures(station) if any(h.ident == ident for h in each.holds)]
    if gone:
        said += "; an erasure was ordered before: where its bytes are gone already, they do not come back"
    return Result(_hold_data(row), (), said)


def _held(station: Workstation, target: str) -> tuple[str, dict[str, Any], str]:
    """The stream, the body's part and the words for what is to be held."""
    if may_be_id(target):
        _, ident = resolve(station.view, target, "incident")
        stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
        return stream, {}, f"the whole record of {target}"
    entry = queries.entries(station.view, [target])[0]
    if entry.stream == station.identity.authority_stream:
        raise RefusedError(
            "only the organisation's authority writes in the record of members: it takes no holds", safe="nothing was changed",
            fix="a name goes from there only when a lead orders it: tell the leads",
        )  # fmt: skip
    return entry.stream, {"events": [[entry.event_id, None]]}, f"entry {entry.event_id[:12]}"


def release(station: Workstation, *, hold: str, reason: str) -> Result:
    """Lift a hold; others on the same entries stay. Needs the role ``lead``."""
    why = reason_of(reason)
    row = queries.hold(station, hold)
    if not row.in_force:
        return Result(_hold_data(row), (), f"{row.short} is released already")
    check_lead(station, "a hold is released")
    draft = station.set_field(row.stream, RELEASED, row.ident, "state", "released", why=why)
    station.append([draft])
    after = queries.hold(station, row.ident)
    waits = "" if not after.in_force else "; it stays in force until the hub has accepted that"
    return Result(_hold_data(after), (), f"{row.short} is released{waits}")


def list_holds(station: Workstation, *, incident: str | None = None, safe: bool = False) -> Result:
    """Every hold, those in force first."""
    stream = None
    if incident:
        _, ident = resolve(station.view, incident, "incident")
        stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    rows = queries.holds(station, stream)
    with safely(safe):
        lines = tuple(_hold_line(row, station.shown_offset) for row in rows)
        data = blanked([_hold_data(row) for row in rows])
    return Result(data, lines, "" if rows else "nothing is held")


def _hold_line(row: HoldRow, offset_minutes: int) -> Line:
    state = "in force" if row.in_force else "released"
    what = counted(row.entries, "entry") if row.entries else "the whole record"
    return (
        Span(f"{row.short}  ", "key"), Span(f"{state:10}", "warn" if row.in_force else "dim"),
        Span(f"{what}, by {words(row.by)} {at_full(row.at_us, offset_minutes)}: {words(row.why)}"),
    )  # fmt: skip


def _hold_data(row: HoldRow) -> dict[str, Any]:
    return {**row._asdict(), "at": at_full(row.at_us)}


def erase(
    station: Workstation, *, entry: Sequence[str] = (), reason: str, parts: str | None = None,
    name_of: str | None = None, confirm: str | None = None, yes: bool = False,
) -> Result:  # fmt: skip
    """Take entries' words away on every device and at the hub, for good: shown first, done with the id typed."""
    why = reason_of(reason)
    found = queries.names_said_of(station, name_of) if name_of else queries.entries(station.view, entry)
    if not found:
        raise BadInput(
            "nothing was named that could be erased",
            safe="nothing was changed",
            fix="name entries by their event ids",
        )
    if len(found) > MOST_AT_ONCE:
        raise BadInput(
            f"{len(found)} entries at once: the limit is {MOST_AT_ONCE}", safe="nothing was changed"
        )
    check_lead(station, "an erasure is ordered")
    plan = with_copies(station, [planned(station, each, parts) for each in found])
    held = _stand_in_the_way(station, found)
    lines = (*plan_lines(station, plan), *held)
    data = {"entries": [plan_data(each) for each in plan], "ordered": False, "orders": []}
    if held:
        return Result(data, lines, "nothing was erased: a hold stands in the way", int(ExitCode.REFUSED))
    if not any(each.numbers for each in plan):
        return Result(data, lines, "nothing of it is held here any more")
    token = plan[0].entry.event_id[:12]
    if not yes or confirm != token:
        said = f"nothing was erased: this cannot be taken back; confirm with --yes --confirm {token}"
        return Result(data, lines, said, int(ExitCode.REFUSED))
    orders = _order(station, plan, why)
    carry_out(station)
    waiting = erasing.waits(station.log)
    said = (
        "erased here" if not waiting else "ordered; it takes effect everywhere once the hub has accepted it"
    )
    data = {**data, "ordered": True, "orders": orders}
    return Result(data, lines, f"{said}; ircockpit erase status shows who has confirmed")


def _stand_in_the_way(station: Workstation, found: list[Entry]) -> tuple[Line, ...]:
    rows: dict[str, HoldRow] = {}
    for stream in sorted({each.stream for each in found}):
        events = [each.event_id for each in found if each.stream == stream]
        rows |= {row.ident: row for row in queries.in_the_way(station, stream, events)}
    return tuple(
        (
            Span("held     ", "dim"),
            Span(
                f"{row.short} by {row.by} {at_full(row.at_us, station.shown_offset)}: {clean(row.why)}", "bad"
            ),
            Span(f"  ircockpit hold release {row.short} --reason WHY", "dim"),
        )
        for row in rows.values()
    )


def _order(station: Workstation, plan: list[Planned], why: str) -> list[str]:
    """Write one order for each record, since an entry can only be erased in its own; returns what they are called."""
    orders, drafts = [], []
    for stream in sorted({each.entry.stream for each in plan}):
        mine = [each for each in plan if each.entry.stream == stream]
        events = [[each.entry.event_id, each.asked] for each in mine]
        if stream == station.identity.authority_stream:  # needs the hub, so before anything is written here
            orders.append(str(decide(station, {"do": "erase", "events": events, "why": why})["order"]))
            continue
        files = [[each.entry.event_id, sha256] for each in mine for sha256 in each.files]
        body = {"events": events, **({"files": files} if files else {})}
        drafts.append(Draft(stream, ORDERED, station.new_id(stream), (body, {"why": why})))
    if drafts:
        station.append(drafts)
    return [*orders, *(draft.ent for draft in drafts)]


def status(station: Workstation, *, safe: bool = False) -> Result:
    """Every erasure ordered: what stands in its way, which devices have confirmed it and which have not."""
    station.refresh()
    if station.log.directed():
        carry_out(station)
    with safely(safe):
        return _status(station)


def _status(station: Workstation) -> Result:
    rows = queries.erasures(station)
    now = station.clock.wall_us()
    traces = station.log.meta(erasing.TRACES) or ""
    noted = json.loads(station.log.meta(LEFT) or "[]")
    left = [name for name in noted if (station.profile.folder / name).exists()]
    lines = [each for row in rows for each in erasure_lines(row, now, station.shown_offset)]
    lines += here_lines(traces == erasing.TO_REWRITE, left)
    data = {"erasures": [erasure_data(row) for row in rows], "here": traces or "done", "left": left}
    waiting = {each.device for row in rows for each in row.devices if each.state == confirmed.WAITING}
    said = f"{counted(len(waiting), 'device')} waited for" if waiting else ""
    return Result(blanked(data), tuple(lines), said if rows else "no erasure was ordered")
