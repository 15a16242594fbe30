"""Signals and their groups as frozen rows."""

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core import stated
from ircockpit.core.errors import NotFound
from ircockpit.features.intake.rules import MAX_STREAM_AGE_US, MAX_STREAM_EVENTS, loudness
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import System, resolve
from ircockpit.store.names import resolve as resolve_name
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View


class GroupRow(NamedTuple):
    """Signals that are the same story, as the queue shows them."""

    ident: str
    stream: str
    short: str
    title: str
    source: str
    probe: str
    detector: str
    signals: int
    fresh: int
    """Signals that came after the last review."""
    loudness: str
    system: str
    system_name: str
    reason: str
    """Why it belongs to that system, or why to none."""
    state: str
    incident: str
    newest_us: int
    disputed: tuple[str, ...]


class SignalRow(NamedTuple):
    """One signal: its safe summary and where the raw record stands."""

    ident: str
    short: str
    title: str
    source: str
    score: str
    model: str
    observed: str
    raw: str
    place: str
    offset: int
    length: int
    resolved: bool


def groups_to_review(view: "View") -> list[GroupRow]:
    """Groups nobody reviewed, or with signals newer than their review; the loudest and largest first."""
    rows = [
        row for row in _groups(view, "", ()) if row.state == "new" or (row.fresh and row.state == "dismissed")
    ]
    return sorted(rows, key=lambda row: (_LOUD.get(row.loudness, 2), -row.signals, row.title, row.ident))


def group(view: "View", text: str) -> GroupRow:
    """One group by short id or UUID, or by the short id of one of its signals. Raises :class:`NotFound`."""
    kind, ident = resolve_name(view, text, "group", "signal")
    if kind == "signal":
        ident = view.rows('SELECT "group" FROM signal WHERE id=?', (ident,))[0][0]
    rows = _groups(view, "WHERE g.id = ?", (ident,))
    if not rows:
        raise NotFound(f"no signals are called {text!r}", fix="ircockpit queue lists what there is")
    return rows[0]


def signals(view: "View", group_ident: str, limit: int = 50) -> list[SignalRow]:
    """Signals of a group, at most ``limit``."""
    rows = view.rows(
        "SELECT id, title, source, score, model, observed, raw, place, offset, length, resolved FROM signal"
        ' WHERE "group"=? ORDER BY raw, offset LIMIT ?',
        (group_ident, limit),
    )
    return [
        SignalRow(
            i,
            short_id(view, "signal", i),
            stated.text(t),
            stated.text(s),
            stated.text(c or None),
            stated.text(m),
            stated.text(o),
            stated.text(r),
            stated.text(p),
            stated.whole(f),
            stated.whole(n),
            bool(d),
        )
        for i, t, s, c, m, o, r, p, f, n, d in rows
    ]


def group_data(group: GroupRow) -> dict[str, Any]:
    """A signal group as ``--json`` prints it."""
    return {
        "id": group.ident,
        "short": group.short,
        "title": group.title,
        "count": group.signals,
        "source": group.source,
        "severity": group.loudness,
        "system": group.system_name,
        "reason": group.reason,
        "state": group.state,
        "newest_us": group.newest_us,
    }


def open_intake_stream(view: "View", org: str, now_us: int) -> str:
    """The intake stream that still takes signals, empty where a new one is due: by size or after a day."""
    rows = view.rows(
        "SELECT s.id, e.wall, (SELECT count(*) FROM entry x WHERE x.stream = s.id) FROM stream s"
        " JOIN entry e ON e.ent = s.id AND e.type = 'stream.opened' WHERE s.kind = 'intake' AND s.org = ?"
        " ORDER BY e.wall DESC LIMIT 1",
        (org,),
    )
    if not rows or rows[0][2] >= MAX_STREAM_EVENTS or now_us - rows[0][1] > MAX_STREAM_AGE_US:
        return ""
    return str(rows[0][0])


def known_ids(view: "View", kind: str, idents: list[str]) -> set[str]:
    """Those of the ids that exist already as entities of a kind."""
    found: set[str] = set()
    for start in range(0, len(idents), 500):
        chunk = idents[start : start + 500]
        marks = ",".join("?" * len(chunk))
        found |= {
            row[0]
            for row in view.rows(f"SELECT id FROM entity WHERE kind=? AND id IN ({marks})", (kind, *chunk))
        }
    return found


_LOUD = {"critical": 0, "page": 0, "high": 1, "error": 1, "low": 4, "info": 5}


def _groups(view: "View", where: str, values: tuple[Any, ...]) -> list[GroupRow]:
    rows = view.rows(
        "SELECT g.id, g.stream, g.title, g.source, g.probe, g.detector, g.labels, g.system, g.state, g.incident, g.disputed,"
        " (SELECT e.body FROM head h JOIN entry e ON e.event_id = h.event WHERE h.ent = g.id AND h.field = 'state'"
        "  ORDER BY h.lam DESC, h.event DESC LIMIT 1)"
        f' FROM "group" g {where}',
        values,
    )
    known = systems(view)
    return [_group(view, row, known) for row in rows]


def _group(view: "View", row: tuple[Any, ...], known: list[System]) -> GroupRow:
    ident, stream, title, source, probe, detector, labels, system, state, incident, disputed, review = row
    counted = view.rows(
        "SELECT s.severity_word, count(*), max(s.score), max(e.at_us) FROM signal s"
        " LEFT JOIN entry e ON e.ent = s.id AND e.type = 'signal.received' WHERE s.\"group\" = ? GROUP BY 1",
        (ident,),
    )
    words = Counter({str(word): number for word, number, _, _ in counted if word})
    best = max((str(score) for _, _, score, _ in counted if score), default=None)
    # A signal received on two devices is one signal with two entries; the distinct count is what people mean.
    total = view.rows('SELECT count(*) FROM signal WHERE "group"=?', (ident,))[0][0]
    answerer = {name: stated.text(value) for name, value in stated.table(labels).items()}
    by_hand = next((each for each in known if each.ident == system), None) if system else None
    found = resolve(answerer, known)
    name = by_hand.name if by_hand else next((each.name for each in known if each.ident == found.system), "")
    reviewed = stated.whole(stated.table(review).get("count"))
    return GroupRow(
        ident=ident,
        stream=stream,
        short=short_id(view, "group", ident),
        title=stated.text(title),
        source=stated.text(source),
        probe=stated.text(probe),
        detector=stated.text(detector),
        signals=total,
        fresh=max(total - reviewed, 0),
        loudness=loudness(words, best),
        system=by_hand.ident if by_hand else found.system,
        system_name=name,
        reason="assigned by hand" if by_hand else found.reason,
        state=stated.text(state) or "new",
        incident=stated.text(incident),
        newest_us=max((at or 0 for _, _, _, at in counted), default=0),
        disputed=tuple((disputed or "").split()),
    )
