"""Exhibits as the view knows them, as frozen rows."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import belongs
from ircockpit.core.stated import whole
from ircockpit.features.evidence.rules import Numbered, is_label, labels
from ircockpit.features.people.queries import name_of, names
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View


class Exhibit(NamedTuple):
    """An exhibit of an incident."""

    ident: str
    short: str
    label: str
    """``E3``, within its incident."""
    incident: str
    stream: str
    number: int
    name: str
    sha256: str
    size: int
    origin: str
    acquired: str
    """When it was taken into custody, as stored (core.occurred)."""
    by: str
    """Name of who took it in."""
    kind: str = ""
    """What it is to playbooks, empty where nobody said so."""
    clear: bool = False
    """Whether somebody said that it holds none of what must not be copied; the timeline says who."""
    disputed: tuple[str, ...] = ()


def exhibits(view: "View", incident: str) -> list[Exhibit]:
    """The exhibits of an incident (UUID), in the order of their labels."""
    rows = view.rows(
        "SELECT x.id, x.stream, x.number, x.name, x.sha256, x.size, x.origin, x.acquired, e.lam, e.event, n.actor,"
        " x.kind, x.clear, x.disputed"
        " FROM exhibit x JOIN entity e ON e.id = x.id LEFT JOIN entry n ON n.event_id = e.event AND n.ent = x.id"
        " WHERE x.incident = ? ORDER BY x.number, e.lam, e.event",
        (incident,),
    )
    # Told in another record than its incident's, whoever wrote it may have no part in that.
    rows = [row for row in rows if belongs(incident, row[1])]
    named = labels(Numbered(row[0], whole(row[2]), (row[8], row[9])) for row in rows)
    known = names(view)
    return [
        Exhibit(
            ident, short_id(view, "exhibit", ident), named[ident], incident, stream, whole(number),
            str(name or ""), str(sha256 or ""), whole(size), str(origin or ""), str(acquired or ""),
            name_of(known, actor), str(kind or ""), bool(clear), tuple((disputed or "").split()),
        )
        for ident, stream, number, name, sha256, size, origin, acquired, _, _, actor, kind, clear, disputed in rows
    ]  # fmt: skip


def exhibit(view: "View", text: str) -> Exhibit:
    """One exhibit by short id (``x-…``), UUID, or label with its incident (``tofa/E3``).

    Raises :class:`NotFound` where none is meant, or a label stands without its incident.
    """
    place, slash, label = text.strip().partition("/")
    if slash:
        _, incident = resolve(view, place, "incident")
        found = exhibits(view, incident)
        for each in found:
            if each.label.lower() == label.strip().lower():
                return each
        there = ", ".join(each.label for each in found) or "none"
        raise NotFound(f"{place} has no exhibit {label!r}", fix=f"it has: {there}")
    if is_label(place):
        raise NotFound(f"{place!r} can be an exhibit of any incident", fix=f"say which one: tofa/{place}")
    _, ident = resolve(view, place, "exhibit")
    incident = str(view.rows("SELECT incident FROM exhibit WHERE id=?", (ident,))[0][0])
    return next(each for each in exhibits(view, incident) if each.ident == ident)


def incident_of_file(view: "View", sha256: str) -> str:
    """The incident (UUID) that a file is evidence of, the first where it is of several; empty for none."""
    rows = view.rows("SELECT incident FROM exhibit WHERE sha256=? ORDER BY number LIMIT 1", (sha256,))
    return str(rows[0][0] or "") if rows else ""


def manifest_of(view: "View", ident: str) -> str:
    """Digest of an exhibit's chunks as its event states it, empty where it states none or that was taken away."""
    rows = view.rows(
        "SELECT json_extract(n.body, '$.manifest') FROM entity e JOIN entry n ON n.event_id = e.event AND n.ent = e.id"
        " WHERE e.id = ?",
        (ident,),
    )
    return str(rows[0][0] or "") if rows else ""
