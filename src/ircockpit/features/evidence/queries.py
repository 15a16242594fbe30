"""Exhibits as the view knows them, as frozen rows."""

from contextlib import closing, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import NotFound, RefusedError, StoreError
from ircockpit.core.ids import belongs
from ircockpit.core.stated import whole
from ircockpit.features.evidence.rules import Numbered, is_label, labels
from ircockpit.features.people.queries import name_of, names
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ircockpit.core.clock import Clock
    from ircockpit.features.clocks.queries import Banner, Desk
    from ircockpit.store.log import Log
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


COPY = "copy"
"""What a duty forbids that lets no file of an incident be copied."""
CLEARED = "evidence.cleared"
# Said by an event of another type, whose author may lack the right to it, it does not count.
_CLEAR = (
    "x.clear = 1 AND ifnull(x.disputed, '') NOT LIKE '%clear%' AND NOT EXISTS (SELECT 1 FROM head h"
    f" JOIN entry c ON c.event_id = h.event WHERE h.ent = x.id AND h.field = 'clear' AND c.type != '{CLEARED}')"
)


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
    clear: bool = False
    """Whether it is recorded that it holds none of what must not be copied; not while people disagree."""
    kind: str = ""
    """What it is to playbooks, empty where nobody said so."""
    disputed: tuple[str, ...] = ()


def exhibits(view: "View", incident: str) -> list[Exhibit]:
    """The exhibits of an incident (UUID), in the order of their labels."""
    rows = view.rows(
        f"SELECT x.id, x.stream, x.number, x.name, x.sha256, x.size, x.origin, x.acquired, {_CLEAR}, e.lam, e.event, n.actor,"
        " x.kind, x.disputed"
        " FROM exhibit x JOIN entity e ON e.id = x.id LEFT JOIN entry n ON n.event_id = e.event AND n.ent = x.id"
        " WHERE x.incident = ? ORDER BY x.number, e.lam, e.event",
        (incident,),
    )
    # Told in another record than its incident's, whoever wrote it may have no part in that.
    rows = [row for row in rows if belongs(incident, row[1])]
    named = labels(Numbered(row[0], whole(row[2]), (row[9], row[10])) for row in rows)
    known = names(view)
    return [
        Exhibit(
            ident, short_id(view, "exhibit", ident), named[ident], incident, stream, whole(number),
            str(name or ""), str(sha256 or ""), whole(size), str(origin or ""), str(acquired or ""),
            name_of(known, actor), clear == 1, str(kind or ""), tuple((disputed or "").split()),
        )
        for ident, stream, number, name, sha256, size, origin, acquired, clear, _, _, actor, kind, disputed in rows
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


def never_copy(station: "Desk", incident: str, stream: str) -> str:
    """What the duties that forbid copies about an incident say, in their own words; empty where none stands."""
    from ircockpit.features.clocks.queries import forbidden

    return _in_words(forbidden(station, incident, stream, COPY))


def held_back(station: "Desk", sha256: str) -> str:
    """Why a file must not be copied now; empty where it may.

    It is held back as long as any incident forbids it that it is evidence of, or that a signal in it belongs to, and
    it is not recorded there that the file is clear.
    """
    from ircockpit.features.clocks.queries import forbidding

    return next(
        (_in_words(why) for incident, why in forbidding(station, COPY) if _is_of(station.view, incident, sha256)), ""
    )  # fmt: skip


def _in_words(banners: "Iterable[Banner]") -> str:
    from ircockpit.inert.foreign import words

    return " ".join(words(each.says) for each in banners)


def _is_of(view: "View", incident: str, sha256: str) -> bool:
    named = view.rows(
        f"SELECT {_CLEAR} FROM exhibit x WHERE x.incident = ? AND x.sha256 = ?",
        (incident, sha256),
    )
    if named:
        return any(clear != 1 for (clear,) in named)
    return bool(
        view.rows(
            'SELECT 1 FROM "group" g JOIN signal s ON s."group" = g.id WHERE g.incident = ? AND s.raw = ? LIMIT 1',
            (incident, sha256),
        )
    )


class CopyGate:
    """The gate (:data:`ircockpit.blobs.files.Gate`) of a workstation: asked from any thread, it says what holds then."""

    def __init__(self, station: "Desk", log: "Log") -> None:
        self._station = station
        self._log = log
        self._one = Lock()

    def __call__(self, sha256: str) -> None:
        """Raise :class:`RefusedError` for a file that must not be copied, :class:`StoreError` where it cannot be told."""
        with self._one:
            view = self._station.view
            view.catch_up(self._log)
            if view.due:
                raise StoreError(
                    "the view is being made anew: what must not be copied cannot be told before",
                    safe="nothing was copied", fix="the same again once it is there",
                )  # fmt: skip
            reason = held_back(self._station, sha256)
        if reason:
            raise RefusedError(
                f"the file {sha256[:12]} is held back: {reason}", safe="nothing was copied or shown; it stays where it is",
                fix="counsel decides, and a lead or legal records it: ircockpit clocks not-reportable for the duty,"
                " or for a file that holds none of it ircockpit evidence clear",
            )  # fmt: skip


def copy_gate(station: "Workstation") -> CopyGate:
    """The gate of an open workstation."""
    return CopyGate(station, station.log)


class _Beside(NamedTuple):
    profile: "Profile"
    view: "View"
    clock: "Clock"


@contextmanager
def copy_gate_of(profile: "Profile", clock: "Clock") -> "Iterator[CopyGate]":
    """The gate of a profile, on connections of its own: for a thread beside whoever has the workstation open."""
    from ircockpit.features.table import events
    from ircockpit.store.log import Log
    from ircockpit.store.view import View

    with (
        closing(Log(profile.log_db, read_only=True, open_database=profile.open_database)) as log,
        closing(View(profile.view_db, events(), open_database=profile.open_database, beside=True)) as view,
    ):
        yield CopyGate(_Beside(profile, view, clock), log)
