"""What can be done with incidents; every handler serves the screen and the command alike."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.occurred import from_wall, typed_time
from ircockpit.core.scopes import PRIVILEGED, TEAM
from ircockpit.core.stated import given
from ircockpit.features.catalogue import key_of
from ircockpit.features.containment.queries import ENGAGED, actions
from ircockpit.features.disclosure.events import INTERNAL
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.listing import queue_page
from ircockpit.features.incidents.pages import incident_page, timeline_page
from ircockpit.features.incidents.queries import IncidentRow, data_of
from ircockpit.features.incidents.rules import CLOSED, MAX_NOTE, MAX_TITLE, OPEN, PROVISIONAL, SEVERITIES
from ircockpit.features.queue.queries import named_filter
from ircockpit.features.systems.queries import system as find_system
from ircockpit.features.triage.queries import (
    FIELDS,
    OF_FORM,
    decision_with,
    field_words,
    register_of,
    triage_of,
)
from ircockpit.features.triage.rules import standing
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean
from ircockpit.store.timeline import entry
from ircockpit.store.workstation import Draft, Workstation

FREE_WORDS = ("title", "impact", "rationale")
"""Fields whose disagreement may also be settled by words nobody wrote before."""


def queue(
    station: Workstation,
    *,
    closed: bool = False,
    filter: str | None = None,  # noqa: A002 - the option is called --filter
    view: str | None = None,
    safe: bool = False,
) -> Result:
    """Open incidents and the signal groups that wait for review."""
    asked = " ".join(each for each in (named_filter(station, view) if view else "", filter or "") if each)
    with safely(safe):
        return queue_page(station, closed=closed, asked=asked)


def show(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """One incident on one page."""
    with safely(safe):
        return incident_page(station, queries.incident(station.view, incident))


def timeline(
    station: Workstation,
    *,
    incident: str,
    limit: int = 200,
    all: bool = False,  # noqa: A002 - the option is called --all
    local: bool = False,
    filter: str | None = None,  # noqa: A002 - the option is called --filter
    before: str | None = None,
    audience: str | None = None,
    safe: bool = False,
) -> Result:
    """The newest entries of an incident, or those before one of them; oldest of them first."""
    row = queries.incident(station.view, incident)
    audience = audience or INTERNAL
    with safely(safe or audience != INTERNAL):
        return timeline_page(
            station, row, limit=limit, everything=all, local=local, asked=filter or "", before=before or "",
            audience=audience,
        )  # fmt: skip


def declare(
    station: Workstation, *, title: str, system: str | None = None, severity: str = PROVISIONAL,
    impact: str | None = None, occurred: str | None = None, origin: str = "", op: str | None = None,
) -> Result:  # fmt: skip
    """Declare an incident at a provisional severity; nothing else is needed before stopping the harm."""
    title = given(title, MAX_TITLE, "the title")
    if severity not in SEVERITIES:
        raise BadInput(f"a severity is one of {', '.join(SEVERITIES)}")
    system_id = find_system(station.view, system).ident if system else ""
    stream, genesis = station.open_stream("incident")
    ident = station.new_id(stream)
    facts = {
        "title": title, "severity": severity, "provisional": 1, "status": OPEN, "owner": "", "system": system_id,
        "impact": impact or "", "opened": _when(station, occurred) or _now(station), "origin": origin,
    }  # fmt: skip
    ids = station.append(
        [genesis, Draft(stream, "incident.declared", ident, (facts,), occurred=_when(station, occurred))],
        op=op,
    )
    # Where the act was recorded already, it is the incident of that first time.
    row = queries.incidents(station.view, [entry(station.view, ids[-1]).ent])[0]
    return Result(data_of(row), (), f"declared {row.short}: {row.title}, {severity} provisional")


def take(station: Workstation, *, incident: str) -> Result:
    """Make the person at this workstation the owner."""
    from ircockpit.features.incidents.why_not import take as settled

    row = queries.incident(station.view, incident)
    if settled(station, row.ident):
        return Result(data_of(row), (), f"{row.short} is yours already")
    said = f"you have {row.short}" + (f", taken over from {row.owner_name}" if row.owner else "")
    return _set(station, row, "owner", station.me, said)


def give(station: Workstation, *, incident: str) -> Result:
    """Leave the incident without an owner."""
    from ircockpit.features.incidents.why_not import give as settled

    row = queries.incident(station.view, incident)
    if settled(station, row.ident):
        return Result(data_of(row), (), f"nobody owns {row.short}")
    return _set(station, row, "owner", "", f"{row.short} has no owner now")


def note(
    station: Workstation, *, incident: str, text: Any, occurred: str | None = None, op: str | None = None,
    privileged: bool = False,
) -> Result:  # fmt: skip
    """Add a note, to the incident's record or to the privileged one beside it.

    Raises :class:`BadInput` when it is empty or too long, with the text left to the caller.
    """
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
    stream, ent, scope, where = row.stream, row.ident, TEAM, row.short
    if privileged:
        from ircockpit.features.companion.queries import check_right, opened

        check_right(station)
        stream = ent = opened(station, row.ident).record
        scope, where = PRIVILEGED, f"the privileged record beside {row.short}"
    when = _when(station, occurred)
    ids = station.append([Draft(stream, "incident.noted", ent, (body,), occurred=when, scope=scope)], op=op)
    return Result({"event": ids[-1], "incident": row.ident}, (), f"noted in {where}")


def settle(station: Workstation, *, incident: str, field: str, value: Any, why: str | None = None) -> Result:
    """Write a value that replaces every version people hold: one of theirs, as it is or as it is shown.

    Title, impact and the rationale take any other words too, severity any other severity. The severity follows
    a settled answer of the triage. Raises :class:`BadInput` for what is neither, with the versions there are.
    """
    row = queries.incident(station.view, incident)
    if field not in row.disputed:
        raise RefusedError(f"nobody disagrees about {field} of {row.short}", safe="nothing was changed")
    sides = [head for head in queries.heads(station.view, row.ident, field) if not head.missing]
    side = next((head for head in sides if value == head.value), None) or next(
        (head for head in sides if str(value) == head.shown), None
    )
    free = field in FREE_WORDS or (field == "severity" and value in SEVERITIES)
    if side is None and not free:
        raise BadInput(
            f"{value!r} is none of the versions of {field}", safe="nothing was changed",
            fix="they are: " + ", ".join(f"{head.shown} ({head.author})" for head in sides),
        )  # fmt: skip
    settled, shown = (side.value, side.shown) if side is not None else (value, value)
    if field in FIELDS or OF_FORM in field:
        return _settle_answer(station, row, field, settled, shown, why or "settled")
    return _set(station, row, field, settled, f"{field} of {row.short} is {shown}", why=why or "settled")


def _settle_answer(
    station: Workstation, row: IncidentRow, field: str, value: Any, shown: Any, why: str
) -> Result:
    found = triage_of(station.view, row.ident)
    type_ = {"override": "triage.overridden"}.get(field, "triage.answered")
    ent, register = register_of(row.ident, field)
    said = field_words(station.view, row.ident, field)
    named: dict[str, str] = {}
    if OF_FORM in field:
        type_, named = "answer.given", {"label": said}
    drafts = [station.set_field(row.stream, type_, ent, register, value, why=why, **named)]
    decision = decision_with(station.view, row.ident, found, field, value)
    override = str(value) if field == "override" else found.override
    severity = override or standing(queries.declared_severity(station.view, row.ident), decision)
    if severity != row.severity or "severity" in row.disputed:
        drafts.append(
            station.set_field(row.stream, "incident.set", row.ident, "severity", severity, why=decision.why)
        )
    station.append(drafts)
    after = queries.incidents(station.view, [row.ident])[0]
    return Result(data_of(after), (), clean(f"{said} of {row.short} is {shown}; {after.severity}"))


def close(station: Workstation, *, incident: str, why: str, in_force: bool = False) -> Result:
    """Close the incident; refused while a control of it may still be in force and nobody says so."""
    from ircockpit.features.incidents.why_not import close as settled

    row = queries.incident(station.view, incident)
    if settled(station, row.ident):
        return Result(data_of(row), (), f"{row.short} is closed already")
    on = [each for each in actions(station.view, row.ident) if each.state in ENGAGED]
    if on and not in_force:
        raise RefusedError(
            f"{on[0].title} ({on[0].short}) is {on[0].state}: it may still be in force", safe="nothing was changed",
            fix=f"lift it first, or say that it stays: ircockpit close {row.short} --in-force --why REASON;"
            f" in the cockpit after {key_of('command.line')}",
        )  # fmt: skip
    return _set(
        station, row, "status", CLOSED, f"{row.short} is closed", why=given(why, MAX_NOTE, "the reason")
    )


def reopen(station: Workstation, *, incident: str, why: str) -> Result:
    """Open it again."""
    from ircockpit.features.incidents.why_not import reopen as settled

    row = queries.incident(station.view, incident)
    if settled(station, row.ident):
        return Result(data_of(row), (), f"{row.short} is open already")
    return _set(
        station, row, "status", OPEN, f"{row.short} is open again", why=given(why, MAX_NOTE, "the reason")
    )


def _set(
    station: Workstation, row: IncidentRow, field: str, value: Any, said: str, *, why: str = ""
) -> Result:
    station.append([station.set_field(row.stream, "incident.set", row.ident, field, value, why=why)])
    after = queries.incidents(station.view, [row.ident])[0]
    return Result(data_of(after), (), said)


def _when(station: Workstation, occurred: str | None) -> str | None:
    return typed_time(occurred, station.clock.wall_us(), station.clock.offset_minutes()) if occurred else None


def _now(station: Workstation) -> str:
    return from_wall(station.clock.wall_us(), station.clock.offset_minutes())
