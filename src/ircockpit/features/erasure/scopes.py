"""Who may read entries: fewer at once by anybody, more by a lead, and fetching what was withheld."""

from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import waiting
from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.core.scopes import RESTRICTED, TEAM
from ircockpit.features.erasure import queries
from ircockpit.features.erasure.rights import check_lead, part_numbers, reason_of
from ircockpit.ledger.event import from_wire, to_wire
from ircockpit.ledger.parts import Part, check_parts, read_part
from ircockpit.ledger.withdrawal import NARROWED, WIDENED
from ircockpit.render.span import Span
from ircockpit.store import erasing
from ircockpit.store.view import Entry
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.judge import body_fault


def narrow(
    station: Workstation, *, entry: Sequence[str], reason: str, to: str = RESTRICTED, parts: str | None = None
) -> Result:
    """Keep the words of entries for those who read a narrower scope, at once."""
    found = _movable(queries.entries(station.view, entry))
    why = reason_of(reason)
    drafts = []
    for stream in sorted({each.stream for each in found}):
        named = [[each.event_id, _asked(station, each, parts)] for each in found if each.stream == stream]
        body = {"events": named, "scope": to}
        drafts.append(Draft(stream, NARROWED, station.new_id(stream), (body, {"why": why})))
    station.append(drafts)
    data = {"entries": [each.event_id for each in found], "scope": to}
    return Result(data, (), f"from now on for {to} readers only; who has read it or printed it still has it")


def _asked(station: Workstation, entry: Entry, parts: str | None) -> list[int] | None:
    if not parts:
        return None
    return part_numbers(parts, len(queries.stored_of(station.log, entry.event_id).event.parts))


def widen(station: Workstation, *, entry: Sequence[str], reason: str, to: str = TEAM) -> Result:
    """Let more people read entries again: lifts every narrowing known here, and the scope their writer gave."""
    found = _movable(queries.entries(station.view, entry))
    why = reason_of(reason)
    check_lead(station, "a scope is widened")
    drafts = []
    for stream in sorted({each.stream for each in found}):
        present = erasing.withdrawal(station.log, stream)
        events = [each.event_id for each in found if each.stream == stream]
        lifts = [each.ent for each in present.narrowings if each.named.keys() & set(events)]
        body = {"events": [[event, None] for event in events], "lifts": lifts, "scope": to}
        drafts.append(Draft(stream, WIDENED, station.new_id(stream), (body, {"why": why})))
    station.append(drafts)
    data = {"entries": [each.event_id for each in found], "scope": to}
    waits = " once the hub has accepted that" if station.identity.hub else ""
    return Result(
        data,
        (),
        f"for {to} readers{waits}; words that a device has dropped are fetched with: ircockpit scope fetch",
    )


def _movable(found: list[Entry]) -> list[Entry]:
    for each in found:
        if not queries.may_go(each):
            raise RefusedError(
                f"everybody reads {each.type}: the record and what was decided about it rest on it",
                safe="nothing was changed", fix="name the entries whose words are meant",
            )  # fmt: skip
    return found


def fetch(station: Workstation, *, entry: str, why: str) -> Result:
    """Bring the withheld words of an entry back from the hub, after recording who reads them and why."""
    reason = reason_of(why)
    found = queries.entries(station.view, [entry])[0]
    stored = queries.stored_of(station.log, found.event_id)
    missing = [i for i, part in enumerate(stored.event.parts) if part.data is None and i not in stored.erased]
    if not missing:
        what = "erased" if found.missing else "here already"
        raise RefusedError(f"the words of this entry are {what}", safe="nothing was changed")
    with waiting("asking the hub"):
        parts = _from_hub(station, found.stream, stored.event)
    held = [index for index in missing if parts[index].data is not None]
    if not held:
        raise NotFound("the hub does not hold these words either", fix="ask who wrote the entry")
    reading = station.new_id(found.stream)
    facts = {"event": found.event_id}
    station.append([Draft(found.stream, "scope.read", reading, (facts, {"why": reason}))])
    with station.log.writing() as writer:
        for index in held:
            writer.give_back(stored.arrival, index, parts[index])
        if why_not := body_fault(stored.event, stored.event._replace(parts=parts)):
            writer.put_in_doubt(found.event_id, why_not)
        writer.fold_again(stored.arrival)
    station.refresh()
    body: dict[str, Any] = {}
    for part in parts:
        body = {**(read_part(part) or {}), **body}
    data = {"event": found.event_id, "reading": reading, "body": body}
    return Result(data, ((Span("fetched; that you read it is on the record"),),), "")


def _from_hub(station: Workstation, stream: str, event: Any) -> tuple[Part, ...]:
    if not station.identity.hub:
        raise NotFound(
            "this profile has joined no hub", fix="take the entry over from a bundle of whoever holds it"
        )
    from ircockpit.sync.transport import HttpTransport
    from ircockpit.sync.worker import connect

    connection = connect(station.profile, station.identity, HttpTransport, station.clock)
    try:
        wires = connection.client.parts(stream, event.id)
    finally:
        connection.close()
    parts = from_wire({**to_wire(event), "p": wires}).parts
    check_parts(parts, event.envelope.body)
    return parts
