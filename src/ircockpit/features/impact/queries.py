"""Who and what an incident reached, as frozen rows and as one summary; what others wrote is held to what it may be."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.ids import belongs, companion_id
from ircockpit.core.stated import table, whole
from ircockpit.features.impact.countries import CODES as CODES
from ircockpit.features.impact.countries import EEA as EEA
from ircockpit.features.impact.countries import EU as EU
from ircockpit.features.impact.events import MISTAKEN, OPEN, STATES
from ircockpit.features.impact.rules import CONFIRMED, ESTIMATED, Count, Tally, money, summed
from ircockpit.features.impact.rules import Summary as Summary
from ircockpit.features.people.queries import name_of, names
from ircockpit.render.glyphs import counted

if TYPE_CHECKING:
    from ircockpit.store.view import View

PEOPLE, GROUPS, ACTS = "affected", "cohort", "act"
KINDS = (PEOPLE, GROUPS, ACTS)
KEYED = "impact.keyed"
PLACES = 4
"""Countries that a line names; how many more there are is said."""
_OF = {PEOPLE: "pseudonym", GROUPS: "label", ACTS: "external"}
"""The field by which people name one of a kind."""
_MORE = {
    PEOPLE: "'', 1, ''",
    GROUPS: "'', \"count\", ''",
    ACTS: "what, amount, currency",
}


class ImpactRow(NamedTuple):
    """A person, a group or an act."""

    ident: str
    stream: str
    kind: str
    name: str
    """Pseudonym, label, or the id outside; not gated yet, empty where it is not held here."""
    what: str
    """Of an act what it was."""
    number: int
    """People, 1 for a person; of an act its sum in minor units."""
    currency: str
    target: str
    jurisdiction: str
    region: str
    certainty: str
    source: str
    state: str
    disputed: tuple[str, ...]


class StateWord(NamedTuple):
    """Who set a state, when by their clock, and why."""

    by: str
    at_us: int
    why: str


def thing_id(incident: str, kind: str, name: str) -> str:
    """The id of a person, group or act: the same on every device that records the same name for it."""
    return companion_id(incident, kind, name)


def rows(view: "View", incident: str, kinds: Sequence[str] = KINDS) -> list[ImpactRow]:
    """Everything recorded of an incident (UUID): groups first, then people, then acts, each by name."""
    return [row for kind in (GROUPS, PEOPLE, ACTS) if kind in kinds for row in _of_kind(view, incident, kind)]


def _of_kind(view: "View", incident: str, kind: str) -> list[ImpactRow]:
    name, more = _OF[kind], _MORE[kind]
    target = "target" if kind == ACTS else "''"
    found = view.rows(
        f'SELECT id, stream, "{name}", {more}, {target}, jurisdiction, region, certainty, source, state, disputed'
        f' FROM "{kind}" WHERE incident=? ORDER BY "{name}", id',
        (incident,),
    )
    return [_row(kind, row) for row in found if belongs(incident, row[1])]


def _row(kind: str, row: tuple[Any, ...]) -> ImpactRow:
    ident, stream, name, what, number, currency, target, country, region, certainty, source, state, differ = (
        row
    )
    number = number if kind == ACTS and type(number) is int else whole(number)
    country = country if country in CODES else ""
    return ImpactRow(
        ident, stream, kind, _text(name), _text(what), number, _text(currency)[:3], _text(target), country,
        _text(region)[:6] if country and _text(region).startswith(country) else "",
        certainty if certainty == CONFIRMED else ESTIMATED, _text(source), state if state in STATES else OPEN,
        tuple((differ or "").split()),
    )  # fmt: skip


def summary(view: "View", incident: str) -> Summary:
    """The numbers of an incident (UUID), counted where they lie: as quick for many thousand people as for ten."""
    found: list[Tally] = []
    for kind, number, currency in (
        (PEOPLE, "count(*)", "''"),
        (GROUPS, 'sum(CASE WHEN typeof("count")=\'integer\' AND "count">0 THEN "count" ELSE 0 END)', "''"),
        (ACTS, "sum(CASE WHEN typeof(amount)='integer' THEN amount ELSE 0 END)", "currency"),
    ):
        asked = view.rows(
            f"SELECT stream, state, jurisdiction, certainty, {currency}, count(*), {number},"
            f" sum(coalesce(disputed, '')<>'') FROM \"{kind}\" WHERE incident=? GROUP BY 1, 2, 3, 4, 5",
            (incident,),
        )
        found += [
            Tally(
                kind, state if state in STATES else OPEN, country if country in CODES else "",
                certainty if certainty == CONFIRMED else ESTIMATED, _code(code), count, total or 0, differ or 0,
            )
            for stream, state, country, certainty, code, count, total, differ in asked
            if belongs(incident, stream)
        ]  # fmt: skip
    return summed(found)


def within(found: Summary, places: Iterable[str]) -> Count:
    """How many people live in any of these countries, as far as it is known where they live."""
    counts = [found.by_jurisdiction[each] for each in places if each in found.by_jurisdiction]
    return Count(sum(each.listed for each in counts), sum(each.grouped for each in counts))


def by_region(view: "View", incident: str, country: str) -> dict[str, Count]:
    """How many people live in each region of a country (``US-CA``) that is named, of an incident (UUID)."""
    found: dict[str, Count] = {}
    for row in rows(view, incident, (GROUPS, PEOPLE)):
        if row.region and row.jurisdiction == country and row.state != MISTAKEN:
            was = found.get(row.region, Count())
            more = Count(grouped=row.number) if row.kind == GROUPS else Count(listed=1)
            found[row.region] = Count(was.listed + more.listed, was.grouped + more.grouped)
    return found


def state_words(view: "View", idents: Sequence[str]) -> dict[str, StateWord]:
    """Who set the state of each of these, when and why; those whose state nobody has set are left out."""
    found = view.rows_of(
        "SELECT h.ent, h.actor, e.wall, e.body FROM head h JOIN entry e ON e.event_id=h.event"
        " WHERE h.ent IN ({marks}) AND h.field='state' ORDER BY h.lam, h.event",
        list(idents),
    )
    known = names(view)
    return {
        ent: StateWord(name_of(known, actor), int(wall), _text(table(body).get("why")))
        for ent, actor, wall, body in found
    }


def known_ids(view: "View", incident: str, kind: str) -> set[str]:
    """Ids of what is recorded of a kind."""
    return {ident for (ident,) in view.rows(f'SELECT id FROM "{kind}" WHERE incident=?', (incident,))}


def incident_of(view: "View", kind: str, ident: str) -> str:
    """The incident that something recorded is of."""
    return _text(view.rows(f'SELECT incident FROM "{kind}" WHERE id=?', (ident,))[0][0])


def keys(view: "View", incident: str) -> tuple[list[bytes], str]:
    """The keys of an incident's pseudonyms, the one to use first; and why there is none here, where one was made."""
    found, missing = [], ""
    asked = "SELECT body, missing FROM entry WHERE ent=? AND type=? AND doubt='' ORDER BY lam, event_id"
    for body, gone in view.rows(asked, (incident, KEYED)):
        try:
            found.append(bytes.fromhex(_text(table(body).get("key"))))
        except ValueError:
            continue
        if len(found[-1]) != 32:
            del found[-1]
            missing = missing or gone or "damaged"
    return found, "" if found else missing


def data_of(row: ImpactRow, told: StateWord | None) -> dict[str, Any]:
    """A row as ``--json`` prints it."""
    noun = {PEOPLE: "person", GROUPS: "group", ACTS: "act"}[row.kind]
    more: dict[str, Any] = {"people": row.number} if row.kind == GROUPS else {}
    if row.kind == ACTS:
        more = {"type": row.what, "amount_minor": row.number if row.currency else None, "currency": row.currency,
                "target": row.target}  # fmt: skip
    said = {"by": told.by, "at_us": told.at_us, "why": told.why} if told else {}
    return {
        "id": row.ident, "kind": noun, "name": row.name, **more, "jurisdiction": row.jurisdiction, "region": row.region,
        "certainty": row.certainty, "source": row.source, "state": row.state, "state_set": said,
        "disputed": list(row.disputed),
    }  # fmt: skip


def summary_words(found: Summary) -> str:
    """The numbers in words of the program alone, in one line: nobody's name and no pseudonym is among them."""
    if found.empty:
        return "nobody and nothing is recorded"
    said = []
    if found.people.high:
        sure = f" ({found.confirmed.words()} confirmed)" if found.confirmed.high else ", estimated"
        states = ", ".join(f"{each.words().split(' p')[0]} {state}" for state, each in found.by_state.items())
        said.append(f"{found.people.words()}{sure}: {states}")
        said.append(_places(found))
    if found.acts:
        states = ", ".join(f"{number:,} {state}" for state, number in found.acts_by_state.items())
        sums = " and ".join(
            money(total, code) + (f", {money(left, code)} of it open" if left else "")
            for code, total, left in found.sums
        )
        said.append(f"{counted(found.acts, 'act')}: {states}{f'; {sums}' if sums else ''}")
    if found.disputed:
        said.append(f"people disagree about {counted(found.disputed, 'row')}")
    return "; ".join(each for each in said if each)


def _places(found: Summary) -> str:
    known = [(place, count) for place, count in found.by_jurisdiction.items() if place]
    if not known:
        return "where they live is not known"
    named = ", ".join(f"{place} {count.words().split(' p')[0]}" for place, count in known[:PLACES])
    more = f" and {counted(len(known) - PLACES, 'country')} more" if len(known) > PLACES else ""
    unknown = found.by_jurisdiction.get("")
    return named + more + (f", {unknown.words().split(' p')[0]} not known" if unknown else "")


def summary_data(found: Summary) -> dict[str, Any]:
    """The summary as ``--json`` prints it."""
    return {
        "people": _count(found.people), "confirmed": _count(found.confirmed),
        "by_state": {state: _count(each) for state, each in found.by_state.items()},
        "by_jurisdiction": {place: _count(each) for place, each in found.by_jurisdiction.items()},
        "acts": found.acts, "acts_by_state": dict(found.acts_by_state),
        "sums": [{"currency": code, "minor": total, "left_minor": left} for code, total, left in found.sums],
        "disputed": found.disputed,
    }  # fmt: skip


def _count(each: Any) -> dict[str, int]:
    return {"listed": each.listed, "grouped": each.grouped, "low": each.low, "high": each.high}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _code(value: Any) -> str:
    return value if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() else ""
