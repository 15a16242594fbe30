"""What a filter of the queue asks, as conditions for the view's own engine."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ircockpit.core.filters import FUZZY, SAME, WORD, Now, Term, compared, parse
from ircockpit.core.stated import table
from ircockpit.features.containment.queries import BEST, WAITS, weights
from ircockpit.features.incidents.rules import IMPACT_MARK, SEVERITIES
from ircockpit.features.people.queries import names
from ircockpit.features.queue.queries import Condition, Filtered
from ircockpit.features.queue.rules import (
    CONTAINED,
    FIELDS,
    LOUD_WORDS,
    MEANT,
    NOBODY,
    REVIEWED,
    TROUBLE,
    UNKNOWN,
)
from ircockpit.features.replay.queries import due_incidents
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import System, resolve
from ircockpit.features.triage.queries import DISPUTED
from ircockpit.store.names import PREFIX
from ircockpit.store.outbox import waiting

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

_NEVER: Condition = ("0", [])
_SHORTEST_ID = 3
_SOURCES = (
    'WITH RECURSIVE each(name) AS (SELECT min(source) FROM "group" UNION ALL'
    ' SELECT (SELECT min(source) FROM "group" WHERE source > name) FROM each WHERE name IS NOT NULL) SELECT name FROM each'
)
"""From one name to the next in the index: of many thousand groups there are a few sources."""
_STOPPING = f"SELECT incident FROM ({BEST}) WHERE best IN "


def conditions(station: "Workstation", text: str) -> Filtered:
    """See :func:`ircockpit.features.queue.queries.filtered`.

    Raises :class:`UsageError`, naming what is possible, for a text that asks nothing.
    """
    found = terms(station, text)
    closed = any(term.field == "closed" and not term.negated for term in found)
    asked = [term for term in found if term.field != "closed"]
    now_us, known = station.clock.wall_us(), _Known(station.view)
    return Filtered(
        closed,
        _all(_Incidents(station, now_us, known), asked),
        _NEVER if closed else _all(_Groups(station, now_us, known), asked),
    )


def terms(station: "Workstation", text: str) -> tuple[Term, ...]:
    """What a filter asks at this moment, its times in the zone that is shown; raises as :func:`conditions`."""
    return parse(text, FIELDS, Now(station.clock.wall_us(), station.shown_offset))


class _Known:
    """What the words of a filter are looked up in: read once for both kinds of rows, and only where it is asked for."""

    def __init__(self, view: "View") -> None:
        self._view = view

    @cached_property
    def systems(self) -> list[System]:
        return systems(self._view)

    @cached_property
    def sources(self) -> list[Any]:
        return [row[0] for row in self._view.rows(_SOURCES)]

    @cached_property
    def labels(self) -> list[Any]:
        return [row[0] for row in self._view.rows('SELECT DISTINCT labels FROM "group"')]


class _Asked:
    """What the fields mean of one kind of row; a field that has no method here is none of its."""

    row: str
    kind: str

    def __init__(self, station: "Workstation", now_us: int, known: _Known) -> None:
        self.station = station
        self.now_us = now_us
        self.known = known

    def is_(self, term: Term) -> Condition:
        return str(int({"incident": "incident", "group": "signals"}[self.kind] in term.values)), []

    def unsent(self, _: Term) -> Condition:
        streams = waiting(self.station.log) if self.station.identity.hub else {}
        return _among(f"{self.row}.stream", streams)

    def fuzzy(self, term: Term) -> Condition:
        letters = "%".join("\\" + each if each in "\\%_" else each for each in term.values[0])
        return f"' ' || {self.row}.words LIKE ? ESCAPE '\\'", [f"% {letters}%"]

    def _word(self, word: str) -> list[Condition]:
        """In the words of the row, or what it is called."""
        said: list[Condition] = [(f"instr({self.row}.words, ?)", [word])]
        spoken = word.removeprefix(PREFIX.get(self.kind, ""))
        if len(spoken) >= _SHORTEST_ID and spoken.isalpha():
            sql = "SELECT num FROM entity WHERE kind = ? AND spoken >= ? AND spoken < ?"
            said.append((f"{self.row}.num IN ({sql})", [self.kind, spoken, spoken + "\x7f"]))
        return said

    def _systems(self, words: Iterable[str], op: str) -> list[str]:
        return _named(((each.ident, each.name) for each in self.known.systems), words, op)

    def _sources(self, term: Term) -> list[str]:
        return _named(((each, str(each or "")) for each in self.known.sources), term.values, term.op)


class _Incidents(_Asked):
    row, kind = "i", "incident"

    def text(self, term: Term) -> Condition:
        word = term.values[0]
        said = self._word(word)
        if owners := self._people(term.values, term.op):
            said.append(_among("i.owner", owners))
        if called := self._systems(term.values, term.op):
            said.append(_among("i.system", called))
        if word.startswith("sev"):
            said.append(("lower(i.severity) = ?", [word]))
        return _any(said)

    def _people(self, words: Iterable[str], op: str) -> list[str]:
        return _named(names(self.station.view).items(), words, op)

    def sev(self, term: Term) -> Condition:
        levels = [
            name for number, name in enumerate(SEVERITIES, 1)
            if any(compared(term.op, number, int(word)) for word in term.values if word.isdigit())
        ]  # fmt: skip
        said = [_among("i.severity", levels)]
        if UNKNOWN in term.values:
            said.append((f"coalesce(i.severity, '') NOT IN {SEVERITIES}", []))
        return _any(said)

    def owner(self, term: Term) -> Condition:
        found = self._people((word for word in term.values if word not in ("me", NOBODY)), term.op)
        if "me" in term.values:
            found.append(self.station.me)
        said = [_among("i.owner", found)]
        if NOBODY in term.values:
            said.append(("coalesce(i.owner, '') = ''", []))
        return _any(said)

    def mine(self, _: Term) -> Condition:
        todo = "SELECT t.incident FROM task t WHERE t.owner = ? AND t.state IN ('open', 'doing')"
        return f"(i.owner = ? OR i.id IN ({todo}))", [self.station.me, self.station.me]

    def state(self, term: Term) -> Condition:
        wanted = {state for word in term.values for state in MEANT.get(word, (word,))} - set(REVIEWED)
        said: list[Condition] = (
            [(f"i.id IN ({_STOPPING}({weights(sorted(wanted - {'open'}))}))", [])] if wanted else []
        )
        if "open" in wanted:
            said.append(
                (f"i.id NOT IN (SELECT incident FROM ({BEST}) WHERE best <> {weights(['reverted'])})", [])
            )
        return _any(said)

    def contained(self, _: Term) -> Condition:
        return self.state(Term("state", (CONTAINED,)))

    def asks(self, _: Term) -> Condition:
        return f"i.id IN ({WAITS})", [self.now_us] * 3

    def age(self, term: Term) -> Condition:
        return _any([_moment("i.opened_us", _FLIPPED[term.op], self.now_us - span) for span in term.values])

    def opened(self, term: Term) -> Condition:
        return _any([_moment("i.opened_us", term.op, when) for when in term.values])

    def system(self, term: Term) -> Condition:
        said = [_among("i.system", self._systems((w for w in term.values if w != NOBODY), term.op))]
        if NOBODY in term.values:
            said.append(("coalesce(i.system, '') NOT IN (SELECT id FROM system)", []))
        return _any(said)

    def source(self, term: Term) -> Condition:
        where, values = _among("g.source", self._sources(term))
        return (
            f"(coalesce(i.origin, '') <> '' AND i.origin IN (SELECT g.id FROM \"group\" g WHERE {where}))",
            values,
        )

    def impact(self, term: Term) -> Condition:
        return _any([_in_impact(term.op, word) for word in term.values])

    def of_kind(self, term: Term) -> Condition:
        said = [_in_triage(*_among("t.category", [word for word in term.values if word != NOBODY]))]
        if NOBODY in term.values:
            where, values = _in_triage("coalesce(t.category, '') <> ''", [])
            said.append((f"NOT {where}", values))
        return _any(said)

    def disputed(self, _: Term) -> Condition:
        return f"(i.disputed <> '' OR i.id IN ({DISPUTED}))", []

    def provisional(self, _: Term) -> Condition:
        return "coalesce(i.provisional, 0) = 1", []

    def waiting(self, term: Term) -> Condition:
        unproved = self.state(Term("state", (TROUBLE, "open")))
        again = _among("i.id", due_incidents(self.station.view, self.station.clock.wall_us()))
        due = _any([self.provisional(term), self.disputed(term), unproved, again])
        return f"i.owner = ? AND {due[0]}", [self.station.me, *due[1]]


class _Groups(_Asked):
    row, kind = "g", "group"

    def text(self, term: Term) -> Condition:
        said = self._word(term.values[0])
        if called := self._systems(term.values, term.op):
            said.append(self._answered(called))
        return _any(said)

    def sev(self, term: Term) -> Condition:
        said: list[Condition] = []
        for word in term.values:
            if word in LOUD_WORDS:
                louder = LOUD_WORDS[: LOUD_WORDS.index(word)]
                heard = 'SELECT s."group" FROM signal s WHERE s.severity_word'
                quiet = f" AND g.id NOT IN ({heard} IN ({','.join('?' * len(louder))}))" if louder else ""
                said.append((f"(+g.id IN ({heard} = ?){quiet})", [word, *louder]))
        return _any(said)

    def state(self, term: Term) -> Condition:
        said: list[Condition] = []
        if "confirmed" in term.values:
            said.append(("g.state = 'confirmed'", []))
        if "new" in term.values:
            said.append(("coalesce(g.state, '') <> 'confirmed'", []))
        return _any(said)

    def age(self, term: Term) -> Condition:
        return _any([self._newest(_FLIPPED[term.op], self.now_us - span) for span in term.values])

    def _newest(self, op: str, when_us: int) -> Condition:
        """Groups by the moment of their newest signal; that it is later, any signal alone can say."""
        later = f'SELECT s."group" FROM signal s WHERE s.born {op} ?'
        newest = f'SELECT s."group" FROM signal s GROUP BY 1 HAVING max(s.born) {op} ?'
        return f"+g.id IN ({later if op in ('>', '>=') else newest})", [when_us]

    def count(self, term: Term) -> Condition:
        op = "=" if term.op not in _FLIPPED else term.op
        counted = f'SELECT s."group" FROM signal s GROUP BY 1 HAVING count(*) {op} ?'
        return _any([(f"+g.id IN ({counted})", [number]) for number in term.values])

    def system(self, term: Term) -> Condition:
        said = [self._answered(self._systems((w for w in term.values if w != NOBODY), term.op))]
        if NOBODY in term.values:
            said.append(self._answered([""]))
        return _any(said)

    def _answered(self, wanted: list[str]) -> Condition:
        """Groups of one of these systems, by hand or by its rules; the rules know only the labels."""
        known = self.known.systems
        labels = [
            each for each in self.known.labels
            if resolve({name: str(value or "") for name, value in table(each).items()}, known).system in wanted
        ]  # fmt: skip
        by_hand, values = _among("g.system", wanted)
        unsaid = "coalesce(g.system, '') NOT IN (SELECT id FROM system)"
        where, more = _among("g.labels", labels)
        return f"({by_hand} OR ({unsaid} AND {where}))", [*values, *more]

    def source(self, term: Term) -> Condition:
        return _among("+g.source", self._sources(term))  # its own index has not the numbers

    def disputed(self, _: Term) -> Condition:
        return "g.disputed <> ''", []

    def waiting(self, _: Term) -> Condition:
        return "coalesce(g.state, '') <> 'confirmed'", []


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""An age is less where the moment is more."""
_METHODS = {WORD: "text", FUZZY: "fuzzy", "is": "is_", "kind": "of_kind"}


def _all(asked: _Asked, terms: Iterable[Term]) -> Condition:
    said = list(_conditions(asked, terms))
    if None in said:
        return _NEVER
    held = [each for each in said if each is not None]
    return " AND ".join(sql for sql, _ in held) or "1", [value for _, values in held for value in values]


def _conditions(asked: _Asked, terms: Iterable[Term]) -> Iterator[Condition | None]:
    for term in terms:
        method = getattr(asked, _METHODS.get(term.field, term.field), None)
        if method is None:
            yield None
            return
        sql, values = method(term)
        yield (f"NOT coalesce({sql}, 0)", values) if term.negated else (f"({sql})", values)


def _any(said: Sequence[Condition]) -> Condition:
    if not said:
        return _NEVER
    return f"({' OR '.join(sql for sql, _ in said)})", [value for _, values in said for value in values]


def _among(column: str, values: Iterable[Any]) -> Condition:
    found = list(values)
    return (f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(found)]) if found else _NEVER


def _in_triage(where: str, values: list[Any]) -> Condition:
    return f"i.id IN (SELECT t.incident FROM triage t WHERE {where})", values


def _moment(column: str, op: str, when_us: int) -> Condition:
    return f"{column} {op if op in _FLIPPED else '='} ?", [when_us]


def _named(known: Iterable[tuple[str, str]], words: Iterable[str], op: str) -> list[str]:
    """Ids of what has one of these words in its name."""
    asked = tuple(words)
    return [ident for ident, name in known if any(_holds(op, word, name) for word in asked)]


def _holds(op: str, word: str, value: str) -> bool:
    return word == value.casefold() if op == SAME else word in value.casefold()


def _in_impact(op: str, word: str) -> Condition:
    mark = f"instr(i.words, '{IMPACT_MARK}')"
    impact = f"substr(i.words, {mark} + 1)"
    if op == SAME:
        return f"{impact} = ?", [word]
    # Cut out only where the word stands in the title too: that is most of the work.
    first = "instr(i.words, ?)"
    return f"({first} > {mark} OR ({first} AND instr({impact}, ?)))", [word] * 3
