"""What can be done with incidents; every handler serves the screen and the command alike."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.occurred import from_wall, typed_time
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import incident_page, queue_page, timeline_page
from ircockpit.features.incidents.queries import IncidentRow, data_of
from ircockpit.features.incidents.rules import CLOSED, MAX_NOTE, MAX_TITLE, OPEN, PROVISIONAL, SEVERITIES
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.systems.queries import system as find_system
from ircockpit.features.triage.queries import ANSWERS, decision_with, triage_of
from ircockpit.store.workstation import Draft, Workstation


def queue(station: Workstation, *, closed: bool = False, text: str | None = None) -> Result:
    """Open incidents and the signal groups that wait for review."""
    return queue_page(station, closed=closed, text=text)


def show(station: Workstation, *, incident: str) -> Result:
    """One incident on one page."""
    return incident_page(station, queries.incident(station.view, incident))


def timeline(
    station: Workstation,
    *,
    incident: str,
    limit: int = 200,
    all: bool = False,  # noqa: A002 - the option is called --all
    local: bool = False,
    text: str | None = None,
    before: str | None = None,
) -> Result:
    """The newest entries of an incident, or those before one of them; oldest of them first."""
    row = queries.incident(station.view, incident)
    return timeline_page(
        station, row, limit=limit, everything=all, local=local, text=text or "", before=before or ""
    )


def declare(
    station: Workstation, *, title: str, system: str | None = None, severity: str = PROVISIONAL,
    impact: str | None = None, occurred: str | None = None, origin: str = "", op: str | None = None,
) -> Result:  # fmt: skip
    """Declare an incident at a provisional severity; nothing else is needed before stopping the harm."""
    title = _words(title, MAX_TITLE, "the title")
    if severity not in SEVERITIES:
        raise BadInput(f"a severity is one of {', '.join(SEVERITIES)}")
    system_id = find_system(station.view, system).ident if system else ""
    ident = station.new_id()
    stream, genesis = station.open_stream("incident")
    facts = {
        "title": title, "severity": severity, "provisional": 1, "status": OPEN, "owner": "", "system": system_id,
        "impact": impact or "", "opened": _when(station, occurred) or _now(station), "origin": origin,
    }  # fmt: skip
    station.append(
        [genesis, Draft(stream, "incident.declared", ident, (facts,), occurred=_when(station, occurred))],
        op=op,
    )
    row = queries.incidents(station.view, [ident])[0]
    return Result(data_of(row), (), f"declared {row.short}: {row.title}, {severity} provisional")


def take(station: Workstation, *, incident: str) -> Result:
    """Make the person at this workstation the owner."""
    row = queries.incident(station.view, incident)
    if row.owner == station.me:
        return Result(data_of(row), (), f"{row.short} is yours already")
    said = f"you have {row.short}" + (f", taken over from {row.owner_name}" if row.owner else "")
    return _set(station, row, "owner", station.me, said)


def give(station: Workstation, *, incident: str) -> Result:
    """Leave the incident without an owner."""
    row = queries.incident(station.view, incident)
    return _set(station, row, "owner", "", f"{row.short} has no owner now")


def note(
    station: Workstation, *, incident: str, text: Any, occurred: str | None = None, op: str | None = None
) -> Result:
    """Add a note. Raises :class:`BadInput` when it is empty or too long, with the text left to the caller."""
    words = " ".join(text) if isinstance(text, list | tuple) else str(text)
    if not words.strip():
        raise BadInput("a note needs words", safe="nothing was recorded")
    if len(words) > MAX_NOTE:
        raise BadInput(
            f"a note holds {MAX_NOTE:,} characters",
            fix="add longer text as evidence: ircockpit evidence add FILE",
        )
    row = queries.incident(station.view, incident)
    body = {"text": words.encode("utf-8", "replace").decode()}
    ids = station.append(
        [Draft(row.stream, "incident.noted", row.ident, (body,), occurred=_when(station, occurred))], op=op
    )
    return Result({"event": ids[-1], "incident": row.ident}, (), f"noted in {row.short}")


def settle(station: Workstation, *, incident: str, field: str, value: Any, why: str | None = None) -> Result:
    """Write a value that replaces every version people hold; the severity follows a settled answer of the triage."""
    row = queries.incident(station.view, incident)
    if field not in row.disputed:
        raise RefusedError(f"nobody disagrees about {field} of {row.short}", safe="nothing was changed")
    if field == "owner":
        value = _person(station, row, value)
    if field not in ANSWERS:
        shown = name_of(names(station.view), value) if field == "owner" else value
        return _set(station, row, field, value, f"{field} of {row.short} is {shown}", why=why or "settled")
    known = [str(side.value) for side in queries.heads(station.view, row.ident, field)]
    if field != "rationale" and value not in known:
        raise BadInput(
            f"{value!r} is no version of {field}", safe="nothing was changed", fix=f"it is one of: {', '.join(known)}"
        )  # fmt: skip
    found = triage_of(station.view, row.ident)
    drafts = [
        station.set_field(row.stream, "triage.answered", found.ident, field, value, why=why or "settled")
    ]
    decision = decision_with(found, field, str(value))
    if decision.severity != row.severity or "severity" in row.disputed:
        drafts.append(
            station.set_field(
                row.stream, "incident.set", row.ident, "severity", decision.severity, why=decision.why
            )
        )
    station.append(drafts)
    after = queries.incidents(station.view, [row.ident])[0]
    return Result(data_of(after), (), f"{field} of {row.short} is {value}; {after.severity}")


def _person(station: Workstation, row: IncidentRow, value: Any) -> str:
    """The pseudonym meant by one of the versions: as written, or the name shown for it."""
    for side in queries.heads(station.view, row.ident, "owner"):
        if value in (side.value, side.shown):
            return str(side.value)
    raise BadInput(
        f"{value!r} is none of the people named", safe="nothing was changed", fix="ircockpit show says who they are"
    )  # fmt: skip


def close(station: Workstation, *, incident: str, why: str) -> Result:
    """Close the incident; refused while a control of it may still be in force and nobody says so."""
    row = queries.incident(station.view, incident)
    return _set(
        station, row, "status", CLOSED, f"{row.short} is closed", why=_words(why, MAX_NOTE, "the reason")
    )


def reopen(station: Workstation, *, incident: str, why: str) -> Result:
    """Open it again."""
    row = queries.incident(station.view, incident)
    return _set(
        station, row, "status", OPEN, f"{row.short} is open again", why=_words(why, MAX_NOTE, "the reason")
    )


def _set(
    station: Workstation, row: IncidentRow, field: str, value: Any, said: str, *, why: str = ""
) -> Result:
    station.append([station.set_field(row.stream, "incident.set", row.ident, field, value, why=why)])
    after = queries.incidents(station.view, [row.ident])[0]
    return Result(data_of(after), (), said)


def _words(text: str, limit: int, what: str) -> str:
    words = text.strip().encode("utf-8", "replace").decode()
    if not words:
        raise BadInput(f"{what} is empty", safe="nothing was recorded")
    if len(words) > limit:
        raise BadInput(
            f"{what} is longer than {limit:,} characters", safe="nothing was recorded", fix="say it shorter"
        )
    return words


def _when(station: Workstation, occurred: str | None) -> str | None:
    return typed_time(occurred, station.clock.wall_us(), station.clock.offset_minutes()) if occurred else None


def _now(station: Workstation) -> str:
    return from_wall(station.clock.wall_us(), station.clock.offset_minutes())
