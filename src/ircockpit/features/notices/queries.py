"""Notices as frozen rows: what was sent to which channel, and what became of it."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.ids import belongs
from ircockpit.core.stated import table, text, whole
from ircockpit.features.notices.events import OUTCOMES
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

SENDING = "sending"


class NoticeRow(NamedTuple):
    """One notice to one channel."""

    ident: str
    stream: str
    short: str
    incident: str
    template: str
    sha256: str
    """Of the template's file."""
    channel: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    level: int
    """Of the escalation path it called; 0 for none."""
    occasion: str
    """What it was sent for by itself; empty where a person sent it."""
    number: int
    """Of the notices of its incident, as its device counted them."""
    outcome: str
    """``sending`` until something is known."""
    why: str
    ms: int
    at_us: int
    device: str
    actor: str


def notices(view: "View", incident: str) -> list[NoticeRow]:
    """The notices of an incident (UUID), oldest first."""
    return _rows(view, "w.incident=?", (incident,))


def notice(view: "View", ident: str) -> NoticeRow | None:
    """One by its id; ``None`` where there is none."""
    found = _rows(view, "w.id=?", (ident,))
    return found[0] if found else None


def open_of(view: "View", device: str) -> list[NoticeRow]:
    """Those of a device that have no outcome yet, in all incidents."""
    return _rows(view, "coalesce(w.outcome, '')='' AND n.device=?", (device,))


def sources(profile: "Profile") -> list[tuple[str, str]]:
    """By name the source of each channel's address."""
    from ircockpit.features.notices.channels import place, read

    return [(each.name, each.url) for each in read(place(profile.folder)).found]


def has_channels(profile: "Profile") -> bool:
    """Whether this device may have channels: a look at a name, for each row asks."""
    from ircockpit.features.notices.channels import place

    return place(profile.folder).is_file()


def anything_automatic(profile: "Profile") -> bool:
    """Whether anything was switched on that is sent by itself."""
    from ircockpit.features.notices.channels import place, read

    return has_channels(profile) and any(each.automatic for each in read(place(profile.folder)).found)


def call_due(station: "Workstation", row: "IncidentRow") -> bool:
    """Whether the next level of an incident's escalation path is due, and this device has a channel to send it by."""
    if row.owner or row.closed or not has_channels(station.profile):
        return False
    from ircockpit.features.response.queries import escalation

    path = escalation(station, row)
    due = path.ladder.next if path is not None and not path.taken else None
    return due is not None and due.due_us <= station.clock.wall_us()


def check_file(name: str, raw: bytes) -> None:
    """Raise :class:`BadInput` for a template that would not be used, with line and reason."""
    from ircockpit.features.notices.reading import read

    read(raw, name)


def data_of(row: NoticeRow) -> dict[str, Any]:
    """A notice as ``--json`` prints it."""
    return {
        "id": row.ident, "short": row.short, "incident": row.incident, "template": row.template, "sha256": row.sha256,
        "channel": row.channel, "recipients": list(row.recipients), "subject": row.subject, "text": row.text,
        "level": row.level, "automatic": bool(row.occasion), "number": row.number, "outcome": row.outcome, "why": row.why,
        "ms": row.ms, "at_us": row.at_us,
    }  # fmt: skip


def _rows(view: "View", where: str, values: tuple[Any, ...]) -> list[NoticeRow]:
    # What was sent is read from the intent itself: no later entry can change what it was.
    rows = view.rows(
        "SELECT w.id, w.stream, y.facts, w.outcome, n.device, n.actor, n.wall,"
        " (SELECT e.body FROM head h JOIN entry e ON e.ent=h.ent AND e.event_id=h.event WHERE h.ent=w.id"
        "  AND h.field='outcome' ORDER BY h.lam DESC, h.event DESC LIMIT 1)"
        " FROM notice w JOIN entity y ON y.id=w.id JOIN entry n ON n.event_id=y.event AND n.ent=w.id"
        f" WHERE {where} ORDER BY y.lam, w.id",
        values,
    )
    found = [(row, table(row[2])) for row in rows]
    return [_row(view, row, facts) for row, facts in found if belongs(text(facts.get("incident")), row[1])]


def _row(view: "View", row: tuple[Any, ...], facts: dict[str, Any]) -> NoticeRow:
    ident, stream, _, outcome, device, actor, wall, latest = row
    last, named = table(latest), facts.get("recipients")
    return NoticeRow(
        ident=ident, stream=stream, short=short_id(view, "notice", ident), incident=text(facts.get("incident")),
        template=text(facts.get("template")), sha256=text(facts.get("template_sha256")), channel=text(facts.get("channel")),
        recipients=tuple(text(each) for each in named) if isinstance(named, list) else (),
        subject=text(facts.get("subject")), text=text(facts.get("text")), level=whole(facts.get("level")),
        occasion=text(facts.get("occasion")), number=whole(facts.get("number")),
        outcome=outcome if outcome in OUTCOMES else SENDING, why=text(last.get("why")), ms=whole(last.get("ms")),
        at_us=whole(wall), device=text(device), actor=text(actor),
    )  # fmt: skip
