"""The clocks of an incident: what is recorded about them, who said it, and where each of them stands now."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from ircockpit.core.errors import BadInput
from ircockpit.core.ids import belongs
from ircockpit.core.stated import moment_us
from ircockpit.features.clocks.anchors import Stated, stated
from ircockpit.features.clocks.banners import Shown, forbids, standing_banners
from ircockpit.features.clocks.bearing import from_list, from_triage, joined
from ircockpit.features.clocks.form import SUBMITTED, Banner
from ircockpit.features.clocks.rulebook import ORGANISATION, Rulebook, rulebook
from ircockpit.features.clocks.rules import duty_id, fact_id, value_of
from ircockpit.features.clocks.standing import Record, Said, Standing, State, Toll, standings
from ircockpit.features.conditions import Value
from ircockpit.features.people.queries import name_of, names

if TYPE_CHECKING:
    from ircockpit.features.clocks.queries import Desk
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.view import State as Applied
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

DETECTED = "detected"
"""The one event that the record itself tells of: the incident was declared, or a signal of it came in before."""


class Answer(NamedTuple):
    """What is said about one question."""

    question: str
    stored: str
    value: Value | None
    """None where it is unknown, or people disagree."""
    by: str
    """Who said it, gated; where it comes from when nobody did."""
    disputed: bool = False


class AnchorRow(NamedTuple):
    """A recorded event."""

    ident: str
    name: str
    time: str
    low: str
    high: str
    why: str
    source: str
    by: str
    withdrawn: bool
    stated: Stated


class FilingRow(NamedTuple):
    """A recorded submission."""

    ident: str
    clock: str
    time: str
    reference: str
    exhibit: str
    by: str
    withdrawn: bool


class TollRow(NamedTuple):
    """A recorded request to wait."""

    ident: str
    clock: str
    begins: str
    ends: str
    why: str
    by: str
    withdrawn: bool


class Kept(NamedTuple):
    """Everything recorded about the clocks of one incident."""

    record: Record
    answers: Mapping[str, Answer]
    anchors: tuple[AnchorRow, ...]
    filings: tuple[FilingRow, ...]
    tolls: tuple[TollRow, ...]
    offers: Mapping[str, str]
    """By question what the incident's triage and the list of those affected say of it; it answers nothing by itself."""
    raised: frozenset[str]
    """Questions nobody has answered that the list of those affected bears on."""
    disputed: tuple[str, ...]
    """Duties about which people disagree."""


class Board(NamedTuple):
    """The clocks of one incident at one moment."""

    rules: Rulebook
    kept: Kept
    standings: tuple[Standing, ...]
    banners: tuple[Shown, ...]
    """Those that stand."""

    def standing(self, clock: str) -> Standing | None:
        """One clock by its id."""
        return next((each for each in self.standings if each.clock.id == clock), None)


_UNDECIDED = frozenset({State.COUNSEL, State.UNSURE, State.WAITING})


def undecided(its: Board) -> frozenset[str]:
    """The clocks about which nobody, and nothing that is recorded, has decided; those people disagree about among them.

    One that only waits for an earlier submission is decided.
    """
    return frozenset(
        each.clock.id
        for each in its.standings
        if each.clock.id in its.kept.disputed or (each.state in _UNDECIDED and not _comes_later(each))
    )


def _comes_later(each: Standing) -> bool:
    events = [name for one in each.waiting for name in one.split(" or ")]
    return each.state is State.WAITING and all(name.startswith(SUBMITTED) for name in events)


_KEPT: "WeakKeyDictionary[View, dict[str, tuple[Applied, object, Kept]]]" = WeakKeyDictionary()
_MOST_KEPT = 1000


def board(station: "Workstation", row: "IncidentRow") -> Board:
    """The clocks of an incident now; what is recorded is read again only after the view has changed."""
    rules, now = rulebook(station.profile.folder), station.clock.wall_us()
    kept = recorded(station, row, rules)
    return Board(
        rules, kept, tuple(standings(rules.book, kept.record, now, rules.where)),
        tuple(standing_banners(rules.book, kept.record, now, rules.where)),
    )  # fmt: skip


def forbidden(station: "Desk", incident: str, stream: str, act: str) -> list[Banner]:
    """The banners that forbid an act on an incident now."""
    rules = rulebook(station.profile.folder)
    kept = _recorded(station, incident, stream, rules)
    return forbids(rules.book, kept.record, station.clock.wall_us(), rules.where, act)


def recorded(station: "Workstation", row: "IncidentRow", rules: Rulebook) -> Kept:
    """What is recorded about the clocks of an incident."""
    return _recorded(station, row.ident, row.stream, rules)


def _recorded(station: "Desk", incident: str, stream: str, rules: Rulebook) -> Kept:
    state, known = station.view.state, _KEPT.setdefault(station.view, {})
    found = known.get(incident)
    if found is not None and found[0] == state and found[1] is rules:
        return found[2]
    kept = _read(station, incident, stream, rules)
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[incident] = (state, rules, kept)
    return kept


def _read(station: "Desk", incident: str, stream: str, rules: Rulebook) -> Kept:
    view, called = station.view, names(station.view)
    if not belongs(incident, stream):
        return Kept(Record(), {}, (), (), (), {}, frozenset(), ())
    answers = _answers(view, called, incident, stream, rules)
    anchors = (*_anchors(view, called, incident, stream), *_detected(view, incident))
    filings = _filings(view, called, incident, stream)
    tolls = _tolls(view, called, incident, stream)
    waived, advised, disputed = _decided(view, called, incident, rules)
    record = Record(
        {each.question: each.value for each in answers.values() if each.value is not None},
        _by_name((each.name, each.stated) for each in anchors if not each.withdrawn),
        _by_name((each.clock, when) for each in filings if not each.withdrawn and (when := _stated(each.time))),
        waived, advised, _waits(tolls), frozenset(each.question for each in answers.values() if each.disputed),
    )  # fmt: skip
    listed = from_list(view, incident, rules.book.facts)
    offers = joined(from_triage(view, incident, rules.book.facts), listed)
    raised = frozenset(listed) - answers.keys()
    return Kept(record, answers, anchors, filings, tolls, offers, raised, disputed)


def _answers(
    view: "View", called: dict[str, str], incident: str, stream: str, rules: Rulebook
) -> dict[str, Answer]:
    found = {}
    for question, stored in rules.answers.items():
        fact = rules.book.facts[question]
        found[question] = Answer(
            question, stored, value_of(fact, stored), f"the organisation ({ORGANISATION})"
        )
    rows = view.rows(
        "SELECT f.id, f.question, f.answer, f.disputed, h.actor FROM fact f"
        " LEFT JOIN head h ON h.ent = f.id AND h.field = 'answer' WHERE f.incident = ? AND f.stream = ? ORDER BY h.lam, h.event",
        (incident, stream),
    )
    for ident, question, answer, disputed, actor in rows:
        known = rules.book.facts.get(str(question))
        # An answer counts where its id says that it is the answer to this question; there is one of each.
        if known is None or ident != fact_id(incident, known.id) or not answer:
            continue
        apart = "answer" in str(disputed or "").split()
        value = None if apart else value_of(known, str(answer))
        found[known.id] = Answer(known.id, str(answer), value, name_of(called, actor), apart)
    return found


def _anchors(view: "View", called: dict[str, str], incident: str, stream: str) -> tuple[AnchorRow, ...]:
    rows = view.rows(
        "SELECT a.id, a.name, a.time, a.low, a.high, a.why, a.source, n.actor, a.withdrawn, a.disputed FROM anchor a"
        " JOIN entity e ON e.id = a.id LEFT JOIN entry n ON n.event_id = e.event WHERE a.incident = ? AND a.stream = ?"
        " ORDER BY a.time, a.id",
        (incident, stream),
    )
    found = []
    for ident, name, time, low, high, why, source, actor, withdrawn, disputed in rows:
        when = _stated(str(time or ""), str(low or ""), str(high or ""))
        if when is not None:
            # Where people disagree whether it holds, it holds: a clock that runs can be stopped.
            gone = bool(withdrawn) and not disputed
            found.append(
                AnchorRow(
                    ident, str(name), str(time), str(low or ""), str(high or ""), str(why or ""), str(source or ""),
                    name_of(called, actor), gone, when,
                )
            )  # fmt: skip
    return tuple(found)


def _detected(view: "View", incident: str) -> tuple[AnchorRow, ...]:
    rows = view.rows(
        'SELECT i.opened, (SELECT min(s.born) FROM signal s WHERE s."group" = i.origin) FROM incident i WHERE i.id = ?',
        (incident,),
    )
    opened, first = rows[0] if rows else ("", None)
    at_us, why = moment_us(opened), "the incident was declared"
    if first and (not at_us or int(first) < at_us):
        at_us, why = int(first), "the first signal of it came in"
    if not at_us:
        return ()
    when = Stated(at_us, at_us)
    return (AnchorRow("", DETECTED, "", "", "", why, "the record itself", "the record", False, when),)


def _filings(view: "View", called: dict[str, str], incident: str, stream: str) -> tuple[FilingRow, ...]:
    rows = view.rows(
        "SELECT f.id, f.clock, f.time, f.reference, f.exhibit, n.actor, f.withdrawn, f.disputed FROM filing f"
        " JOIN entity e ON e.id = f.id LEFT JOIN entry n ON n.event_id = e.event WHERE f.incident = ? AND f.stream = ?"
        " ORDER BY f.time, f.id",
        (incident, stream),
    )
    return tuple(
        FilingRow(
            ident, str(clock or ""), str(time or ""), str(reference or ""), str(exhibit or ""), name_of(called, actor),
            bool(withdrawn or disputed),
        )
        for ident, clock, time, reference, exhibit, actor, withdrawn, disputed in rows
        if _stated(str(time or "")) is not None
    )  # fmt: skip


def _tolls(view: "View", called: dict[str, str], incident: str, stream: str) -> tuple[TollRow, ...]:
    rows = view.rows(
        "SELECT t.id, t.clock, t.begins, t.ends, t.why, n.actor, t.withdrawn, t.disputed FROM toll t"
        " JOIN entity e ON e.id = t.id LEFT JOIN entry n ON n.event_id = e.event WHERE t.incident = ? AND t.stream = ?"
        " ORDER BY t.begins, t.id",
        (incident, stream),
    )
    return tuple(
        TollRow(
            ident, str(clock or ""), str(begins or ""), str(ends or ""), str(why or ""), name_of(called, actor),
            bool(withdrawn or disputed),
        )
        for ident, clock, begins, ends, why, actor, withdrawn, disputed in rows
        if _stated(str(begins or "")) is not None and (not ends or _stated(str(ends)) is not None)
    )  # fmt: skip


def _waits(tolls: tuple[TollRow, ...]) -> dict[str, tuple[Toll, ...]]:
    found: dict[str, tuple[Toll, ...]] = {}
    for each in tolls:
        begins, ends = _stated(each.begins), _stated(each.ends) if each.ends else None
        if each.withdrawn or begins is None:
            continue
        # Read strictly: it begins as late, and ends as early, as the stated times can mean.
        wait = Toll(begins.latest_us, ends.earliest_us if ends else None, each.by, each.why)
        found[each.clock] = (*found.get(each.clock, ()), wait)
    return found


def _decided(
    view: "View", called: dict[str, str], incident: str, rules: Rulebook
) -> tuple[dict[str, Said], dict[str, Said], tuple[str, ...]]:
    """Duties held not reportable, duties of which counsel says that they apply, and those people disagree about.

    A decision is told by the type of the event that made it, since the types need different rights: one written under
    another's name decides nothing, and takes away what stood there.
    """
    duties = {duty_id(incident, ident): ident for ident in (*rules.book.clocks, *rules.book.banners)}
    rows = view.rows_of(
        "SELECT h.ent, h.field, h.value, h.missing, h.actor, n.type, n.body FROM head h"
        " JOIN entry n ON n.event_id = h.event WHERE h.ent IN ({marks}) ORDER BY h.lam, h.event",
        list(duties),
    )
    heads: dict[tuple[str, str], list[tuple[bool, Said]]] = {}
    for ent, field, raw, missing, actor, type_, body in rows:
        holds = not missing and type_ == f"duty.{field}" and bool(json.loads(raw))
        said = Said(name_of(called, actor), str(_object(body).get("why") or ""))
        heads.setdefault((str(field), duties[ent]), []).append((holds, said))
    found: dict[str, dict[str, Said]] = {"waived": {}, "advised": {}}
    apart = []
    for (field, duty), each in heads.items():
        if field in found and all(holds for holds, _ in each):
            found[field][duty] = each[-1][1]
        elif any(holds for holds, _ in each):
            apart.append(duty)
    return found["waived"], found["advised"], tuple(dict.fromkeys(apart))


def _by_name(pairs: Any) -> dict[str, tuple[Stated, ...]]:
    found: dict[str, tuple[Stated, ...]] = {}
    for name, when in pairs:
        found[name] = (*found.get(name, ()), when)
    return found


def _stated(time: str, low: str = "", high: str = "") -> Stated | None:
    try:
        return stated(time, low=low or None, high=high or None)
    except BadInput:
        return None


def _object(text: Any) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
