"""Signals and their groups as frozen rows."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core import stated
from ircockpit.core.errors import NotFound
from ircockpit.features.intake.rules import MAX_STREAM_AGE_US, MAX_STREAM_EVENTS, group_reason, loudness
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import System, resolve
from ircockpit.store.names import resolve as resolve_name
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ircockpit.features.intake.raw import Turn, Words
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


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

    @property
    def grouped(self) -> str:
        """Why its signals are one group."""
        return group_reason(self.probe)


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
    prompt_sha256: str
    output_sha256: str
    resolved: bool


class Received(NamedTuple):
    """The file a raw record stands in, as it was taken in; all empty where that is not known here."""

    name: str = ""
    format: str = ""
    device: str = ""
    actor: str = ""


def groups_to_review(view: "View") -> list[GroupRow]:
    """Groups that wait for somebody; the loudest and largest first, those confirmed for later at the end.

    They wait while nobody reviewed them, when signals came after their dismissal, and when they were confirmed
    until they become an incident: what is real must not leave everybody's sight.
    """
    by_number = dict(view.rows('SELECT num, id FROM "group"'))
    return groups(view, [by_number[number] for _, number in places_to_review(view)])


def places_to_review(view: "View", among: Sequence[str] | None = None) -> Iterator[tuple[int, int]]:
    """``(place, number)`` of the groups that wait, in the same order; ``among`` asks only of these ids.

    The place is one number for all that people decide and sources say; of one place the group that was formed last
    comes first, and of one moment the one with the lower id, so that every device shows the same order.
    """
    if among is None:
        return view.each(_WAITING.format(tally="", among=""))
    those = "IN (SELECT value FROM json_each(?1))"
    asked = _WAITING.format(tally=f'WHERE "group" {those}', among=f" AND g.id {those}")
    return view.each(asked, (json.dumps(list(among)),))


def group(view: "View", text: str) -> GroupRow:
    """One group by short id or UUID, or by the short id of one of its signals. Raises :class:`NotFound`."""
    kind, ident = resolve_name(view, text, "group", "signal")
    if kind == "signal":
        ident = view.rows('SELECT "group" FROM signal WHERE id=?', (ident,))[0][0]
    rows = groups(view, [ident])
    if not rows:
        raise NotFound(f"no signals are called {text!r}", fix="ircockpit queue lists what there is")
    return rows[0]


def groups(view: "View", idents: Sequence[str]) -> list[GroupRow]:
    """Rows of the groups named, in that order; ids that are none are left out."""
    found = {
        row[0]: row
        for row in view.rows_of(
            "SELECT id, stream, title, source, probe, detector, labels, system, state, incident, disputed,"
            f' {_REVIEW} FROM "group" g WHERE id IN ({{marks}})',
            idents,
        )
    }
    tallies = _tallies(view.rows_of(_TALLY.format(where='WHERE "group" IN ({marks})'), idents))
    newest = dict(
        view.rows_of('SELECT "group", max(born) FROM signal WHERE "group" IN ({marks}) GROUP BY 1', idents)
    )
    known = systems(view)
    return [
        _group(view, found[ident], known, tallies.get(ident, _NONE), newest.get(ident) or 0)
        for ident in idents
        if ident in found
    ]


def signals(view: "View", group_ident: str, limit: int = 50) -> list[SignalRow]:
    """Signals of a group, at most ``limit``."""
    return _signals(view, 'WHERE "group"=? ORDER BY raw, offset LIMIT ?', (group_ident, limit))


def one_signal(view: "View", text: str) -> SignalRow:
    """One signal by short id or UUID; of a group its first. Raises :class:`NotFound`."""
    kind, ident = resolve_name(view, text, "signal", "group")
    found = signals(view, ident, 1) if kind == "group" else _signals(view, "WHERE id=?", (ident,))
    if not found:
        raise NotFound(f"no signal is called {text!r}", fix="ircockpit queue lists what there is")
    return found[0]


def received_as(view: "View", raw: str) -> Received:
    """How the file with this hash came in, and on whose device."""
    rows = view.rows(
        "SELECT i.name, i.format, e.device, e.actor FROM intake i JOIN entry e ON e.ent = i.id AND"
        " e.type = 'intake.received' WHERE i.sha256 = ? ORDER BY e.lam, e.event_id LIMIT 1",
        (raw,),
    )
    return Received(*(str(value or "") for value in rows[0])) if rows else Received()


def raw_words(station: "Workstation", row: SignalRow, wanted: list[str]) -> "list[Words]":
    """The turns of a signal that are wanted, read where they were received; nothing is recorded of it here.

    Raises :class:`NotFound` where they are not on this device, :class:`TrustError` where they are not what the record
    states, :class:`RefusedError` where their file must not be copied.
    """
    from ircockpit.features.intake.raw import raw_words as read

    return read(station, row, wanted)


def harm_of(station: "Workstation", row: SignalRow) -> dict[str, Any]:
    """What kind of harm the words of a signal are of, how severe, and whether they are blurred here."""
    from ircockpit.features.intake.raw import kind_of

    return kind_of(station, row, lift=False)


def turns_of(data: "Mapping[str, Any]") -> "list[Turn]":
    """Prompt and output as lines, folded and inert."""
    from ircockpit.features.intake.raw import turns

    return turns(data)


def _signals(view: "View", where: str, values: tuple[Any, ...]) -> list[SignalRow]:
    rows = view.rows(
        "SELECT id, title, source, score, model, observed, raw, place, offset, length, prompt_sha256,"
        f" output_sha256, resolved FROM signal {where}",
        values,
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
            stated.text(ph),
            stated.text(oh),
            bool(d),
        )
        for i, t, s, c, m, o, r, p, f, n, ph, oh, d in rows
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
        "grouped": group.grouped,
        "state": group.state,
        "newest_us": group.newest_us,
    }


class Receiving(NamedTuple):
    """Where signals are taken in now, and which streams have yet to say that they go on there."""

    stream: str
    """Empty where a new one is due: there is none, or those there are have had their day or are full."""
    closing: tuple[str, ...]


def receiving(view: "View", org: str, now_us: int) -> Receiving:
    """The intake stream that goes on, the same on every device that holds the same events.

    Devices that were apart may each have opened one, or named different successors of one. The open stream with
    the lowest id goes on then, and the others name it. Streams whose successors lead in a circle, which no
    device writes that holds them whole, are left for a new one.
    """
    rows = view.rows(
        "SELECT s.id, s.successor, s.disputed, e.wall FROM stream s"
        " JOIN entry e ON e.ent = s.id AND e.type = 'stream.opened' AND e.doubt = ''"
        " WHERE s.kind = 'intake' AND s.org = ?"
        " GROUP BY s.id ORDER BY s.id",
        (org,),
    )
    last = [(ident, wall) for ident, successor, _, wall in rows if not successor]
    disputed = [ident for ident, successor, disputed, _ in rows if successor and disputed]
    fit = [ident for ident, wall in last if now_us - wall <= MAX_STREAM_AGE_US and not _is_full(view, ident)]
    closing = [ident for ident, _ in last if ident not in fit[:1]] + disputed
    if rows and not last:
        closing.append(rows[0][0])
    return Receiving(fit[0] if fit else "", tuple(dict.fromkeys(closing)))


def _is_full(view: "View", stream: str) -> bool:
    held = view.rows("SELECT count(*) FROM entry WHERE stream = ?", (stream,))
    return int(held[0][0]) >= MAX_STREAM_EVENTS


def known_ids(view: "View", kind: str, idents: list[str]) -> set[str]:
    """Those of the ids that exist already as entities of a kind."""
    return {
        row[0]
        for row in view.rows_of("SELECT id FROM entity WHERE id IN ({marks}) AND kind=?", idents, (kind,))
    }


class _Tally(NamedTuple):
    """The signals of a group, counted."""

    total: int
    loudness: str


_NONE = _Tally(0, loudness({}, None))
_TALLY = 'SELECT "group", severity_word, count(*), max(score) FROM signal {where} GROUP BY 1, 2'
_REVIEW = (
    "(SELECT e.body FROM head h JOIN entry e ON e.ent = h.ent AND e.event_id = h.event"
    " WHERE h.ent = g.id AND h.field = 'state' ORDER BY h.lam DESC, h.event DESC LIMIT 1)"
)
_LOUD = {"critical": 0, "page": 0, "high": 1, "error": 1, "warning": 2, "medium": 2, "low": 4, "info": 5}
"""How near the top a group stands by the worst word that one of its signals was given; 2 where there is none."""
_WAITING = (
    "WITH waiting AS (SELECT g.num, g.born, g.id, g.state, coalesce(t.total, 0) AS total, coalesce(t.loud, 2) AS loud,"
    f" CASE WHEN g.state IN ('confirmed', 'dismissed') THEN {_REVIEW} END AS review"
    ' FROM "group" g LEFT JOIN (SELECT "group" AS id, count(*) AS total, min(CASE severity_word'
    + "".join(f" WHEN '{word}' THEN {loud}" for word, loud in _LOUD.items())
    + " END) AS loud FROM signal {tally} GROUP BY 1) t ON t.id = g.id"
    " WHERE coalesce(g.state, '') IN ('', 'new', 'confirmed', 'dismissed'){among}),"
    " known AS (SELECT num, born, id, state, total, loud, CASE json_type(review, '$.count') WHEN 'integer'"
    " THEN max(json_extract(review, '$.count'), 0) ELSE 0 END AS known FROM waiting)"
    " SELECT ((loud + 1 + 8 * (coalesce(state, '') = 'confirmed' AND total <= known)) << 40) - total, num FROM known"
    " WHERE total > known OR coalesce(state, '') <> 'dismissed' ORDER BY 1, born DESC, id"
)


def _tallies(rows: list[Any]) -> dict[str, _Tally]:
    counted: dict[str, list[tuple[str, int, str]]] = {}
    for ident, word, number, score in rows:
        counted.setdefault(ident, []).append((str(word or ""), number, str(score or "")))
    return {
        ident: _Tally(
            sum(number for _, number, _ in each),
            loudness(
                {word: number for word, number, _ in each if word}, max(score for _, _, score in each) or None
            ),
        )
        for ident, each in counted.items()
    }


def _reviewed(review: str | None) -> int:
    return stated.whole(stated.table(review).get("count"))


def _group(
    view: "View", row: tuple[Any, ...], known: list[System], tally: _Tally, newest_us: int
) -> GroupRow:
    ident, stream, title, source, probe, detector, labels, system, state, incident, disputed, review = row
    answerer = {name: stated.text(value) for name, value in stated.table(labels).items()}
    by_hand = next((each for each in known if each.ident == system), None) if system else None
    found = resolve(answerer, known)
    name = by_hand.name if by_hand else next((each.name for each in known if each.ident == found.system), "")
    return GroupRow(
        ident=ident,
        stream=stream,
        short=short_id(view, "group", ident),
        title=stated.text(title),
        source=stated.text(source),
        probe=stated.text(probe),
        detector=stated.text(detector),
        signals=tally.total,
        fresh=max(tally.total - _reviewed(review), 0),
        loudness=tally.loudness,
        system=by_hand.ident if by_hand else found.system,
        system_name=name,
        reason="assigned by hand" if by_hand else found.reason,
        state=stated.text(state) or "new",
        incident=stated.text(incident),
        newest_us=newest_us,
        disputed=tuple((disputed or "").split()),
    )
