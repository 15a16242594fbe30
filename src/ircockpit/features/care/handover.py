"""The page for the next shift, made from the record: what is open, in force, due and undecided, in safe words alone."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.stated import moment_us
from ircockpit.features.care.queries import Due, due, safe_name, settings_of
from ircockpit.features.care.status import PROOF, impact_words, proved_us, system_words
from ircockpit.features.catalogue import off_timeline
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED, RUNNING, ActionRow
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.intake.queries import groups_to_review
from ircockpit.features.intake.rules import LOUD_WORDS, known_loudness
from ircockpit.features.people.queries import names
from ircockpit.features.queue.queries import queue_ids
from ircockpit.features.response.queries import escalation
from ircockpit.features.response.rules import Ladder
from ircockpit.features.systems.rules import NAME
from ircockpit.features.triage.queries import triage_of
from ircockpit.render.glyphs import age, counted, glyph
from ircockpit.render.queue import rule, state_role
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full, at_minute, zone
from ircockpit.render.wrap import wrap
from ircockpit.store import outbox
from ircockpit.store.workstation import Workstation
from ircockpit.sync.exhibits import pending

GIVEN = "handover.given"
MOST = 60
"""Incidents on a page, the most urgent; how many more there are is said."""
WORDS = 3
"""Latest entries shown of each incident."""
_KINDS = {
    "incident.noted": "a note", "incident.set": "a field changed", "incident.declared": "declared",
    "incident.briefed": "a status given", "triage.answered": "triage answered", "triage.begun": "triage begun",
    "evidence.added": "evidence kept", "containment.planned": "a control planned",
    "containment.approved": "a plan approved", "containment.stepped": "a control's state", "signal.revealed": "raw words opened",
    "hold.placed": "a hold placed", "companion.opened": "a privileged record opened",
    "duty.set": "a duty role or its checklist changed", "call.made": "somebody called", "partner.added": "a partner named",
}  # fmt: skip


_FIELDS = ("title", "severity", "status", "owner", "system", "impact")


class Since(NamedTuple):
    """Where the page begins: at the last handover, or at the beginning of a shift."""

    arrival: int
    """Of the handover on this device: what came here later is new to whoever reads. 0 where there was none."""
    at_us: int
    by: str
    to: str
    """Safe names; both empty where there was none."""


class Held(NamedTuple):
    """A control that is taking effect or may be in force."""

    row: ActionRow
    incident: str
    """Its short id."""
    proved_us: int


class Last(NamedTuple):
    """An entry in safe words: when, who, of what kind."""

    at_us: int
    who: str
    what: str


class Page(NamedTuple):
    """Everything the next shift is told."""

    now_us: int
    offset: int
    """Minutes ahead of UTC of the zone its times are in."""
    by: str
    since: Since
    open: tuple[IncidentRow, ...]
    more: int
    """Open incidents beyond those."""
    impact: dict[str, str]
    held: tuple[Held, ...]
    due: tuple[tuple[IncidentRow, Due], ...]
    calls: tuple[tuple[IncidentRow, Ladder], ...]
    """Open incidents that nobody has, and whom their path says to call."""
    undecided: tuple[tuple[IncidentRow, str], ...]
    to_review: tuple[tuple[str, int], ...]
    """Groups of signals nobody reviewed, by how loud their source is."""
    hub: bool
    """Whether there is one to send to."""
    unsent: int
    records: int
    files: int
    """Evidence files held here that the hub may lack."""
    apart: int
    """Signal groups and systems about which people disagree, beside the incidents."""
    owners: dict[str, tuple[str, ...]]
    last: dict[str, tuple[int, tuple[Last, ...]]]
    """By incident how many entries are new, and the latest of them."""
    elsewhere: int
    """New entries that are of none of these incidents: signals, systems, what was closed."""

    def at(self, at_us: int) -> str:
        """A time with day and zone."""
        return f"{at_full(at_us, self.offset)[:16]} {zone(self.offset)}"

    def clock(self, at_us: int) -> str:
        """A time of today by the clock alone, any other with its day."""
        today = at_full(at_us, self.offset)[:10] == at_full(self.now_us, self.offset)[:10]
        return at_minute(at_us, self.offset) if today else self.at(at_us)

    def none(self, words: str) -> str:
        """That there is nothing, said of no more than was looked at."""
        return f"{words}, of the {len(self.open)} above" if self.more else words


def handover(station: Workstation) -> Page:
    """The page as the record stands on this device now."""
    view, now = station.view, station.clock.wall_us()
    since, known = since_when(station), names(view)
    idents = queue_ids(station)
    rows = tuple(incidents.incidents(view, idents[:MOST]))
    owners: dict[str, tuple[str, ...]] = {}
    for row in rows:
        name = safe_name(known, row.owner)
        owners[name] = (*owners.get(name, ()), row.short)
    waiting = outbox.waiting(station.log) if station.identity.hub else {}
    files = pending(station.log, FileBlobs(station.profile.blobs)).files if station.identity.hub else []
    dues = [(row, found) for row in rows if (found := due(station, row)) is not None]
    return Page(
        now, station.shown_offset, safe_name(known, station.me), since, rows, len(idents) - len(rows),
        {row.ident: impact_words(station, row) for row in rows}, tuple(_held(station, rows)),
        tuple(sorted(dues, key=lambda each: each[1].at_us)), tuple(_to_call(station, rows)),
        tuple(_undecided(station, rows)), _loud(station),
        bool(station.identity.hub), sum(each.events for each in waiting.values()), len(waiting), len(files),
        _disagreed(station), owners, {row.ident: _last(station, row, since, known) for row in rows},
        _new_beside(station, rows, since),
    )  # fmt: skip


def since_when(station: Workstation) -> Since:
    """The last handover that this device has heard of, or the beginning of the shift by the clock."""
    rows = station.view.rows(
        'SELECT n.arrival, n.wall, n.actor, h."to" FROM entry n JOIN handover h ON h.id=n.ent'
        " WHERE n.type=? AND n.doubt='' ORDER BY n.arrival DESC LIMIT 1",
        (GIVEN,),
    )
    if not rows:
        hours = settings_of(station).care.shift_hours
        return Since(0, station.clock.wall_us() - hours * 3_600_000_000, "", "")
    (arrival, wall, actor, to), known = rows[0], names(station.view)
    return Since(arrival, wall, safe_name(known, actor), safe_name(known, str(to)) if to else "")


def lines(page: Page, width: int = 80) -> list[Line]:
    """The page in at most ``width`` cells, for a screen and for paper."""
    said = [
        *_head(page),
        *_open(page, width),
        *_in_force(page, width),
        *_due(page, width),
        *_not_decided(page, width),
    ]
    said += [*_not_sent(page, width), *_owners(page, width), *_news(page, width)]
    return [piece for line in said for piece in wrap(line, width - 1, 15)]


def data_of(page: Page) -> dict[str, Any]:
    """The page as ``--json`` prints it: as safe as the lines."""
    return {
        "at_us": page.now_us, "by": page.by,
        "since": {"at_us": page.since.at_us, "by": page.since.by, "to": page.since.to},
        "open": [
            {"id": row.ident, "short": row.short, "severity": _severity(row), "provisional": row.provisional,
             "system": system_words(row), "impact": page.impact[row.ident], "containment": row.standing.state,
             "opened_us": row.opened_us, "closed": row.closed}
            for row in page.open
        ],
        "more": page.more,
        "in_force": [
            {"action": each.row.short, "incident": each.incident, "state": each.row.state, "at_us": each.row.at_us,
             "proved_us": each.proved_us, "expires": each.row.expires if moment_us(each.row.expires) else ""}
            for each in page.held
        ],
        "due": [{"incident": row.short, "at_us": found.at_us, "late": found.late(page.now_us)} for row, found in page.due],
        "calls": [
            {"incident": row.short, "level": found.next.number if found.next else 0, "due_us": _to_be_called_us(found),
             "late": _to_be_called_us(found) <= page.now_us}
            for row, found in page.calls
        ],
        "undecided": [{"incident": row.short, "what": what} for row, what in page.undecided],
        "to_review": [{"severity": loud, "groups": number} for loud, number in page.to_review],
        "disagreements": [{"incident": row.short, "fields": list(row.disputed)} for row in page.open if row.disputed],
        "disagreed_beside": page.apart,
        "unsent": page.unsent, "unsent_files": page.files,
        "owners": [{"name": name, "incidents": list(held)} for name, held in page.owners.items()],
        "last": [
            {"incident": row.short, "new": page.last[row.ident][0],
             "entries": [each._asdict() for each in page.last[row.ident][1]]}
            for row in page.open
        ],
        "new_beside": page.elsewhere,
    }  # fmt: skip


def _severity(row: IncidentRow) -> str:
    return row.severity if row.severity in SEVERITIES else "SEV?"


def _control(row: ActionRow) -> str:
    return row.control if NAME.fullmatch(row.control) else "a control"


def _held(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[Held]:
    for incident in rows:
        for row in containment.actions(station.view, incident.ident):
            if row.state in ENGAGED or (row.state in RUNNING and row.state != "planned"):
                yield Held(row, incident.short, proved_us(station, row.ident))


def _to_call(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[tuple[IncidentRow, Ladder]]:
    for row in rows:
        found = escalation(station, row)
        if found is not None and not found.taken and found.ladder.rungs:
            yield row, found.ladder


def _undecided(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[tuple[IncidentRow, str]]:
    for row in rows:
        missing = triage_of(station.view, row.ident).decision.missing
        if row.provisional or missing:
            yield (
                row,
                f"triage: {counted(missing, 'answer')} missing" if missing else "severity is provisional",
            )
        if not row.system:
            yield row, "which system it is about"


def _loud(station: Workstation) -> tuple[tuple[str, int], ...]:
    tally: dict[str, int] = {}
    for group in groups_to_review(station.view):
        word = known_loudness(group.loudness)
        tally[word] = tally.get(word, 0) + 1
    return tuple((word, tally[word]) for word in (*LOUD_WORDS, "other") if word in tally)


def _disagreed(station: Workstation) -> int:
    sql = "SELECT (SELECT count(*) FROM \"group\" WHERE disputed <> '') + (SELECT count(*) FROM system WHERE disputed <> '')"
    return int(station.view.rows(sql)[0][0])


def _new(since: Since) -> tuple[str, list[str | int]]:
    # By arrival where there was a handover: what was written before it and came here later is new here.
    where, value = ("arrival>?", since.arrival) if since.arrival else ("at_us>=?", since.at_us)
    off = (*off_timeline(), "lane.opened", "stream.opened", "person.named")
    return f"{where} AND doubt='' AND type NOT IN ({','.join('?' * len(off))})", [value, *off]


def _new_beside(station: Workstation, rows: tuple[IncidentRow, ...], since: Since) -> int:
    where, values = _new(since)
    marks = ",".join("?" * len(rows))
    sql = f"SELECT count(*) FROM entry WHERE {where} AND type<>? AND stream NOT IN ({marks})"  # noqa: S608
    return int(station.view.rows(sql, (*values, GIVEN, *(row.stream for row in rows)))[0][0])


def _last(
    station: Workstation, row: IncidentRow, since: Since, known: dict[str, str]
) -> tuple[int, tuple[Last, ...]]:
    where, values = _new(since)
    found = station.view.rows(
        "SELECT at_us, actor, type, json_extract(body, '$.value'), field FROM entry"  # noqa: S608
        f" WHERE stream=? AND {where} ORDER BY at_us DESC, lam DESC, event_id DESC",
        (row.stream, *values),
    )
    latest = [
        Last(at_us, safe_name(known, actor), _what(type_, state, field))
        for at_us, actor, type_, state, field in found[:WORDS]
    ]
    return len(found), tuple(latest)


def _what(type_: str, value: object, field: object) -> str:
    if type_ == "containment.stepped" and value in (*ENGAGED, *RUNNING, "reverted", "failed"):
        return f"a control {value}"
    if type_ == "incident.set" and field in _FIELDS:
        return f"{field} changed"
    return _KINDS.get(type_, "an entry")


def _head(page: Page) -> list[Line]:
    by = f", handed over by {page.since.by}" if page.since.by else ", when the shift began"
    to = f" to {page.since.to}" if page.since.to else ""
    return [
        (Span("handover ", "title"), Span(f"{page.at(page.now_us)} by {page.by}")),
        (Span(f"since {page.at(page.since.at_us)}{by}{to}", "dim"),),
    ]


def _section(title: str, width: int, rows: list[Line], none: str) -> list[Line]:
    return [rule(title, width), *(rows or [(Span(f" {none}", "dim"),)])]


def _open(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for row in page.open:
        severity = _severity(row) + ("~" if row.provisional else "")
        state = "closed" if row.closed and row.standing.state == "open" else row.standing.state
        rows.append(
            (
                Span(f" {severity:6}", "sev1" if severity.startswith("SEV1") else "text"), Span(f"{row.short:7}", "key"),
                Span(fit(system_words(row).removeprefix("system " * bool(row.system)), 20) + " "),
                Span(fit(f"{glyph(row.standing.state)} {'not stopped' if state == 'open' else state}", 14) + " ",
                     state_role(row.standing.state)),
                Span(f"open {age(max(page.now_us - row.opened_us, 0) / 1e6)}", "dim"),
            )
        )  # fmt: skip
        rows.append((Span(f"{'':7}impact  ", "dim"), Span(page.impact[row.ident])))
    if page.more:
        rows.append((Span(f" and {page.more:,} more, less urgent", "warn"),))
    return _section(f"open ({len(page.open) + page.more:,})", width, rows, "nothing is open")


def _in_force(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for each in page.held:
        row = each.row
        proved = f"proved {page.clock(each.proved_us)}" if each.proved_us else "never proved"
        ends = moment_us(row.expires)
        until = f", reminds {page.clock(ends)}" if ends else ""
        rows.append(
            (
                Span(f" {each.incident:7}", "key"), Span(f"{row.short:9}"),
                Span(f"{fit(_control(row), 12)} "), Span(f"{glyph(row.state)} {row.state}", state_role(row.state)),
                Span(f"  {proved}{until}", "text" if each.proved_us else "warn"),
            )
        )  # fmt: skip
        if row.state not in PROOF:
            rows.append((Span(" " * 17, "dim"), Span("on its way: look at it first", "warn")))
    return _section("running or in force", width, rows, page.none("nothing is switched on"))


def _due(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [
        (Span(f" {row.short:7}", "key"), Span(f"status {found.words(page.now_us, page.offset)}",
         "warn" if found.late(page.now_us) else "text"))
        for row, found in page.due
    ]  # fmt: skip
    # Whom the path names are words of others: the level says enough here, the incident says who.
    rows += [
        (Span(f" {row.short:7}", "key"), Span(f"nobody has it: {_call_words(found, page)}",
         "warn" if _to_be_called_us(found) <= page.now_us else "text"))
        for row, found in page.calls
    ]  # fmt: skip
    return _section("due", width, rows, page.none("no status is owed to anybody, and nobody is to be called"))


def _to_be_called_us(found: Ladder) -> int:
    return found.next.due_us if found.next else found.ends_us


def _call_words(found: Ladder, page: Page) -> str:
    at_us = _to_be_called_us(found)
    away = age(abs(at_us - page.now_us) / 1e6)
    when = f"{page.clock(at_us)}, {f'over by {away}' if at_us <= page.now_us else f'in {away}'}"
    if found.next is None:
        return f"everybody on its path was called, time until {when}"
    return f"level {found.next.number} is to be called by {when}"


def _not_decided(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [(Span(f" {row.short:7}", "key"), Span(what)) for row, what in page.undecided]
    if page.to_review:
        said = ", ".join(f"{number:,} {loud}" for loud, number in page.to_review)
        rows.append((Span(" signals", "key"), Span(f" to review: {said}")))
    differ: list[Line] = [
        (Span(f" {row.short:7}", "key"), Span(f"people disagree about {' and '.join(row.disputed)}", "bad"))
        for row in page.open
        if row.disputed
    ]
    if page.apart:
        said = f"people disagree about {counted(page.apart, 'signal group or system')}"
        differ.append((Span(f" {'beside':7}", "key"), Span(said, "bad")))
    return [
        *_section("not decided", width, rows, page.none("nothing")),
        *_section("disagreements", width, differ, page.none("none")),
    ]


def _not_sent(page: Page, width: int) -> list[Line]:
    said = [f"{counted(page.unsent, 'entry')} in {counted(page.records, 'record')} not confirmed by the hub"]
    files = [f"{counted(page.files, 'evidence file')} that the hub may lack"]
    rows: list[Line] = [
        (Span(f" {words}", "warn"),) for words in said * bool(page.unsent) + files * bool(page.files)
    ]
    return _section(
        "not sent",
        width,
        rows,
        "everything is sent" if page.hub else "there is no hub: all stays on this device",
    )


def _owners(page: Page, width: int) -> list[Line]:
    rows: list[Line] = [
        (Span(f" {fit(name, 24)} ", "warn" if name == "nobody" else "key"), Span(" ".join(held)))
        for name, held in sorted(page.owners.items(), key=lambda each: (each[0] != "nobody", each[0]))
    ]
    return _section("who holds what", width, rows, "nobody holds anything")


def _news(page: Page, width: int) -> list[Line]:
    rows: list[Line] = []
    for row in page.open:
        number, latest = page.last[row.ident]
        if not number:
            continue
        rows.append(
            (Span(f" {row.short:7}", "key"), Span(f"{counted(number, 'new entry')}, the latest:", "dim"))
        )
        rows += [
            (
                Span(f"         {at_minute(each.at_us, page.offset)}  ", "dim"),
                Span(f"{fit(each.who, 24)} "),
                Span(each.what),
            )
            for each in latest
        ]
    if page.elsewhere:
        words = f" {counted(page.elsewhere, 'new entry')} in other records: signals, systems, what was closed"
        rows.append((Span(words, "dim"),))
    return _section("since then", width, rows, "nothing was recorded")
