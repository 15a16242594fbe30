"""Recording who and what was reached: one draft for each, known ones once, in steps that are durable by themselves."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.scopes import RESTRICTED
from ircockpit.features.impact import queries
from ircockpit.features.impact.events import ALL, HASH, MISTAKEN, OPEN, REFUSE, SORTS
from ircockpit.features.impact.queries import ACTS, KEYED, PEOPLE, ImpactRow, thing_id
from ircockpit.features.impact.reading import Layout, records
from ircockpit.features.impact.rules import (
    CONFIRMED,
    ESTIMATED,
    MAX_ID,
    looks_like,
    pseudonym,
    read_amount,
    read_place,
)
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow

BATCH = 500
"""Rows of one durable step: a step takes a fraction of a second."""
MOST_REASONS = 20


class Terms(NamedTuple):
    """What holds of all that is recorded at once."""

    certainty: str = ESTIMATED
    source: str = ""
    place: tuple[str, str] = ("", "")
    """Country and region of those whose row says none."""
    names: str = HASH
    minor: bool = False
    what: str = "other"
    """Of acts whose row does not say it."""


class Tried(NamedTuple):
    """What became of a word that was to name somebody."""

    text: str
    """Plain id or hash; of a preview without a key a mark in its place."""
    looks: str
    """What of a person it showed; empty where it stays as it is."""
    others: tuple[str, ...] = ()
    """Hashes under keys that other devices had made meanwhile."""


class Course:
    """An import on its way: :meth:`step` until it says that nothing is left. Cut off, the next one goes on from there."""

    def __init__(
        self, station: Workstation, row: "IncidentRow", layout: Layout, terms: Terms, *, dry: bool = False
    ) -> None:
        """``dry``: nothing is recorded, and no key is made."""
        self._station, self._row, self._layout, self._terms, self._dry = station, row, layout, terms, dry
        self._namer = Namer(station, row, terms.names, dry=dry)
        self._known = queries.known_ids(station.view, row.ident, layout.kind)
        self._records = records(layout)
        self._stated: dict[str, tuple[str, str]] = {}
        if self._known and layout.kind == PEOPLE:
            self._stated = {
                each.ident: (each.jurisdiction, each.certainty)
                for each in queries.rows(station.view, row.ident, (PEOPLE,))
            }
        self.read = self.new = self.held = self.changed = self.doubled = self.unplaced = 0
        self.hashed: dict[str, int] = {}
        self.bad: list[tuple[int, str]] = []
        self.refused = 0
        self.sample: list[Mapping[str, Any]] = []
        self.op = station.new_op()
        """All of it is one act."""

    def step(self, most: int = BATCH) -> bool:
        """Record the next rows, durable together; whether there may be more."""
        some = list(islice(self._records, most))
        drafts = [draft for number, record in some for draft in self._drafts(number, record)]
        if drafts and not self._dry:
            with self._station.one_act(self.op):
                self._station.append(drafts)
        return len(some) == most

    def close(self) -> None:
        """Say in the timeline how many were recorded; called at the end, or where it was stopped."""
        self._records.close()
        if self.new and not self._dry:
            body = {self._layout.kind: self.new, "said": f"recorded, {self._terms.certainty}, from a list"}
            with self._station.one_act(self.op):
                self._station.append([Draft(self._row.stream, "impact.counted", self._row.ident, (body,))])

    def _drafts(self, number: int, record: Mapping[str, str] | str) -> Iterator[Draft]:
        self.read += 1
        try:
            if isinstance(record, str):
                raise BadInput(record)
            if not record["id"]:
                raise BadInput("it names nobody" if self._layout.kind == PEOPLE else "it has no id")
            tried = self._namer.name(record["id"], plain=self._layout.kind == ACTS)
            place = self._place(record)
            yield from self._of_one(record, tried, place)
        except BadInput as error:
            self.refused += 1
            if len(self.bad) < MOST_REASONS:
                self.bad.append((number, error.what))

    def _place(self, record: Mapping[str, str]) -> tuple[str, str]:
        said = record.get("jurisdiction", "")
        try:
            country, region = read_place(said) if said else self._terms.place
            inner = record.get("region", "")
            if country and inner and not region:
                region = read_place(inner if "-" in inner else f"{country}-{inner}")[1]
                region = region if region.startswith(country) else ""
        except BadInput:
            self.unplaced += 1
            return ("", "") if not said else self._country_alone(said)
        return country, region

    def _country_alone(self, said: str) -> tuple[str, str]:
        try:
            return read_place(said)[0], ""
        except BadInput:
            return "", ""

    def _of_one(self, record: Mapping[str, str], tried: Tried, place: tuple[str, str]) -> Iterator[Draft]:
        kind, incident = self._layout.kind, self._row.ident
        facts, name = self._facts(record, tried, place)
        if tried.looks:
            self.hashed[tried.looks] = self.hashed.get(tried.looks, 0) + 1
        idents = [thing_id(incident, kind, each) for each in (tried.text, *tried.others)]
        there = [ident for ident in idents if ident in self._known]
        if len(self.sample) < 3:
            self.sample.append({**facts, **name})
        if not there:
            self._known.add(idents[0])
            self.new += 1
            yield Draft(self._row.stream, f"{kind}.recorded", idents[0], (facts, name))
            return
        self.held += 1
        for double in there[1:]:
            self.doubled += 1
            self._known.discard(double)
            yield self._set(double, "state", MISTAKEN, "the same person under another key")
        yield from self._better(there[0], facts)

    def _better(self, ident: str, facts: Mapping[str, Any]) -> Iterator[Draft]:
        """What a further list knows of somebody that nobody had said: where they live, that it is sure."""
        country, certainty = self._stated.get(ident, ("?", CONFIRMED))
        if not country and facts["jurisdiction"]:
            self.changed += 1
            yield self._set(ident, "jurisdiction", facts["jurisdiction"], "")
            if facts["region"]:
                yield self._set(ident, "region", facts["region"], "")
        if certainty == ESTIMATED and facts["certainty"] == CONFIRMED:
            self.changed += 1
            yield self._set(ident, "certainty", CONFIRMED, "")
        self._stated.pop(ident, None)

    def _set(self, ident: str, field: str, value: str, why: str) -> Draft:
        return self._station.set_field(
            self._row.stream, f"{self._layout.kind}.set", ident, field, value, why=why
        )

    def _facts(
        self, record: Mapping[str, str], tried: Tried, place: tuple[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        terms = self._terms
        facts: dict[str, Any] = stated(self._row.ident, place, terms)
        if self._layout.kind == PEOPLE:
            return facts, {"pseudonym": tried.text}
        minor = terms.minor or self._layout.columns.get("amount", "").casefold() == "amount_minor"
        amount, currency = read_amount(record.get("amount", ""), record.get("currency", ""), minor=minor)
        target = self._namer.name(record["target"]) if record.get("target") else Tried("", "")
        if target.looks:
            self.hashed[target.looks] = self.hashed.get(target.looks, 0) + 1
        said = record.get("type", "").casefold().replace("email", "e-mail")
        facts |= {"what": said if said in SORTS else terms.what, "amount": amount, "currency": currency}
        return facts, {"external": tried.text, "target": target.text}


class Settling:
    """A state on its way to many rows: :meth:`step` until nothing is left; all of it is one act, to be taken back as one."""

    def __init__(
        self, station: Workstation, row: "IncidentRow", chosen: Sequence[ImpactRow], state: str, why: str
    ) -> None:
        self._station, self._row, self._chosen = station, row, chosen
        self._state, self._why = state, why
        self._op = station.new_op()
        self.done = 0
        self.total = len(chosen)

    def step(self, most: int = BATCH) -> bool:
        """Record the state of the next rows, durable together; whether there are more."""
        some = self._chosen[self.done : self.done + most]
        drafts = [
            self._station.set_field(
                self._row.stream, f"{each.kind}.set", each.ident, "state", self._state, why=self._why
            )
            for each in some
        ]
        with self._station.one_act(self._op):
            self._station.append(drafts)
        self.done += len(some)
        return self.done < self.total

    def close(self) -> None:
        """One entry with the numbers, for the timeline; called at the end, or where it was stopped."""
        counts: dict[str, Any] = {
            kind: number
            for kind in queries.KINDS
            if (number := sum(each.kind == kind for each in self._chosen[: self.done]))
        }
        if counts:
            parts = ({**counts, "said": self._state}, {"why": self._why})
            with self._station.one_act(self._op):
                self._station.append([Draft(self._row.stream, "impact.counted", self._row.ident, parts)])


def stated(incident: str, place: tuple[str, str], terms: Terms) -> dict[str, Any]:
    """The facts that people, groups and acts share."""
    return {
        "incident": incident, "jurisdiction": place[0], "region": place[1], "certainty": terms.certainty,
        "source": terms.source, "state": OPEN,
    }  # fmt: skip


class Namer:
    """Keeps words that show a person out of the record."""

    def __init__(self, station: Workstation, row: "IncidentRow", how: str, *, dry: bool = False) -> None:
        self._station, self._row, self._how, self._dry = station, row, how, dry
        self._keys: list[bytes] | None = None

    def name(self, text: str, *, plain: bool = False) -> Tried:
        """The word as it is recorded. Raises :class:`BadInput` where it cannot be, never repeating it.

        ``plain``: an id of a system, which may be letters alone.
        """
        word = text.strip()
        if len(word) > MAX_ID:
            raise BadInput("it is too long for an id", fix=f"an id has at most {MAX_ID} characters")
        looks = looks_like(word)
        if plain and looks == "name" and word.isascii() and word.replace("_", "").isalnum():
            looks = ""
        if self._how == ALL:
            looks = looks or "id"
        if not looks:
            return Tried(word, "")
        if self._how == REFUSE:
            raise BadInput(
                f"it looks like {'other words' if looks == 'other words' else f'a {looks}'}, not like an id"
            )
        keys = self._all_keys()
        if not keys:
            return Tried("(hashed)", looks)
        first, *others = (pseudonym(word, key) for key in keys)
        return Tried(first, looks, tuple(others))

    def _all_keys(self) -> list[bytes]:
        if self._keys is None:
            self._keys, missing = queries.keys(self._station.view, self._row.ident)
            if missing:
                raise RefusedError(
                    f"the key that stands for names in {self._row.short} is {missing} here: a second one would count the"
                    " same people twice",
                    safe="nothing was recorded",
                    fix="import where the key is, or take in a bundle that was written with --restricted",
                )
            if not self._keys and not self._dry:
                key = self._station.profile.rand(32)
                self._station.append(
                    [Draft(self._row.stream, KEYED, self._row.ident, ({"key": key.hex()},), scope=RESTRICTED)]
                )
                self._keys = [key]
        return self._keys


def begin(station: Workstation, row: "IncidentRow", layout: Layout, terms: Terms, *, dry: bool) -> Course:
    """An import that is about to start, with the file as its source where nothing else is said."""
    source = terms.source or f"a list, {layout.digest[:12]}"
    return Course(station, row, layout, terms._replace(source=source), dry=dry)


def changing_rows(chosen: Sequence[ImpactRow], state: str) -> list[ImpactRow]:
    """Those of the rows that are not in a state yet, or about whose state people disagree."""
    return [each for each in chosen if each.state != state or "state" in each.disputed]


def recorded_words(row: "IncidentRow", course: Course) -> str:
    """What an import has recorded, in one sentence."""
    refused = f"; {course.refused:,} refused" if course.refused else ""
    return f"{course.new:,} recorded for {row.short}, {course.held:,} known already{refused}"
