"""What events come to, as a second reader computes it from docs/format.md alone: it takes even the tables from the page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.ledger.second import UncountedError, belongs, canonical, digest, stated

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text("utf-8")
SCOPES = ("team", "restricted", "privileged")


def rows_of(header: str) -> list[list[str]]:
    """The cells of a table of the page, by the beginning of its header line."""
    table = PAGE.split(f"\n| {header} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.split("\n")[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([a-z.]+)`", cell)


class Effect(NamedTuple):
    """A type, as the table of kinds has it."""

    kind: str
    bound: bool
    what: str


EFFECTS = {
    name: Effect(row[0], row[1] == "bound", what)
    for row in rows_of("kind of thing")
    for cell, what in zip(row[2:], ("create", "set", "entry"), strict=True)
    for name in words(cell)
}
ADOPTABLE = {
    f"quarantined:{each}" for row in rows_of("name | why") if row[2] == "yes" for each in words(row[0])
}
OF_AUTHORITY = tuple(
    name for row in rows_of("right") if row[0] == "authority" for name in words(row[2]) if name[-1] == "."
)
"""How the names of the types begin that count in the authority stream alone."""
RIGHTS: dict[str, int] = {}
"""How many rights each role has."""
for _row in rows_of("right"):
    _named = _row[1].split(", ")
    _every = ["lead", "responder", "engineer", "legal", "comms", "approver", "auditor", "observer"]
    _all = [each for each in _every if each not in _row[1].removeprefix("all but ").split(", ")]
    for _role in _all if _row[1].startswith("all") else [each for each in _named if each in _every]:
        RIGHTS[_role] = RIGHTS.get(_role, 0) + 1

Event = Mapping[str, Any]
"""Of an envelope ``stream type tv ent field base lam device epoch n prev op``, beside it ``id``, ``verdict`` (null without a
receipt) and ``parts``: the objects, or ``withheld`` or ``erased`` in the place of one that is not there."""


def objects(event: Event) -> dict[str, Any]:
    return stated(part for part in event["parts"] if isinstance(part, dict))


def missing(event: Event) -> str:
    gone = {part for part in event["parts"] if not isinstance(part, dict)}
    return "erased" if "erased" in gone else "withheld" if gone else ""


def is_stray(event: Event) -> bool:
    """Section 6, things of a stream."""
    versioned, mine = event["ent"][14] == "8", belongs(event["ent"], event["stream"])
    known = EFFECTS.get(event["type"])
    if versioned and not mine:
        return True
    return known is not None and (known.bound != versioned)


def counting(events: Iterable[Event]) -> list[Event]:
    """The events that count, as far as one sees it in them (section 8)."""
    sound = []
    for event in events:
        try:
            objects(event)
        except UncountedError:
            continue
        if not is_stray(event):
            sound.append(event)
    plain = [each for each in sound if each["verdict"] in (None, "accepted")]
    adopted = {(e["stream"], objects(e).get("event")) for e in plain if e["type"] == "event.adopted"}
    return plain + [e for e in sound if e["verdict"] in ADOPTABLE and (e["stream"], e["id"]) in adopted]


def rank(event: Event) -> tuple[int, str]:
    return (event["lam"], event["id"])


def value(event: Event) -> Any:
    said = objects(event)
    return said["value"] if "value" in said else missing(event) or None


def state(events: Iterable[Event]) -> dict[str, Any]:
    """Of every thing its kind, what its fields display, and about which of them people disagree."""
    known = [e for e in counting(events) if e["type"] in EFFECTS and e["tv"] == 1]
    created: dict[str, Event] = {}
    for event in sorted((e for e in known if EFFECTS[e["type"]].what == "create"), key=rank, reverse=True):
        created[event["ent"]] = event
    found: dict[str, Any] = {}
    for ent, event in created.items():
        writes = [e for e in known if e["ent"] == ent and EFFECTS[e["type"]].what == "set" and e["field"]]
        facts = objects(event)
        fields, disputed = dict(facts), []
        for field in sorted({each["field"] for each in writes}):
            mine = [each for each in writes if each["field"] == field]
            replaced = {ident for each in mine for ident in each["base"]}
            heads = sorted((each for each in mine if each["id"] not in replaced), key=rank)
            if not heads:
                fields[field] = facts.get(field, missing(event) or None)
                continue
            fields[field] = value(heads[-1])
            held = {canonical([value(each), "value" in objects(each)]) for each in heads}
            disputed += [field] if len(held) > 1 else []
            if EFFECTS[event["type"]].kind == "membership" and field == "role":
                least = [str(value(each) or "") for each in heads]
                fields[field] = min(least, key=lambda role: (RIGHTS.get(role, 0), role))
        kind = EFFECTS[event["type"]].kind
        found[ent] = {"kind": kind, "fields": fields, "disputed": disputed, "missing": missing(event)}
    return found


# Section 9


def named(listed: Any, event_id: str, count: int) -> set[int]:
    """The parts of an event that ``events`` names."""
    found: set[int] = set()
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, list) and len(each) == 2 and each[0] == event_id:
            if each[1] is None:
                found |= set(range(count))
            elif isinstance(each[1], list):
                found |= {number for number in each[1] if type(number) is int and 0 <= number < count}
    return found


def names_any(listed: Any) -> bool:
    return isinstance(listed, list) and any(
        isinstance(each, list) and len(each) == 2 and digest(each[0]) and (each[1] is None or isinstance(each[1], list))
        for each in listed
    )  # fmt: skip


def decision(event: Event) -> dict[str, Any]:
    """What decides about others: part 0 alone."""
    return stated(part for part in event["parts"][:1] if isinstance(part, dict))


def stays(type_: str, number: int) -> bool:
    families = (
        "stream.",
        "lane.",
        "erasure.",
        "hold.",
        "scope.",
        "device.",
        "event.",
        "companion.",
        "member.",
    )
    return number == 0 and type_.startswith(families)


def taken_away(directives: Sequence[Event], event: Event) -> list[int]:
    """The numbers of the parts of an event that are to go."""
    count = len(event["parts"])
    released = {each["ent"] for each in directives if each["type"] == "hold.released"}
    for each in directives:
        if each["type"] == "hold.placed" and each["ent"] not in released:
            listed = decision(each).get("events")
            kept = {entry[0] for entry in listed or () if names_any([entry])}
            if not kept or event["id"] in kept:
                return []
    orders = [decision(each).get("events") for each in directives if each["type"] == "erasure.ordered"]
    going: set[int] = set().union(*(named(listed, event["id"], count) for listed in orders))
    return sorted(number for number in going if not stays(event["type"], number))


def scope_of(directives: Sequence[Event], event: Event, number: int) -> str:
    """Who may read a part."""
    if stays(event["type"], number):
        return "team"
    scope, lifted, count = event["scope"], set(), len(event["parts"])
    widened = []
    for each in directives:
        said = decision(each)
        if each["type"] == "scope.widened" and event["id"] in [entry[0] for entry in said["events"]]:
            widened.append(said["scope"])
            lifted |= set(said.get("lifts", ()))
    scopes = [max(widened, key=narrowness) if widened else scope]
    for each in directives:
        said = decision(each)
        if each["type"] == "scope.narrowed" and each["ent"] not in lifted:
            scopes += [said["scope"]] if number in named(said["events"], event["id"], count) else []
    return str(max(scopes, key=narrowness))


def narrowness(scope: str) -> int:
    return SCOPES.index(scope) if scope in SCOPES else len(SCOPES) - 1


def revoked(revocations: Iterable[Event], events: Sequence[Event]) -> list[str]:
    """Ids of the events that do not count since their device was revoked."""
    acts: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in revocations:
        said = each["parts"][0]
        acts.setdefault((said["device"], each["op"]), []).extend(said["lanes"])
    at = {each["id"]: each for each in events}
    found = set()
    for (device, _), lanes in acts.items():
        reached = set()
        for lane in lanes:
            ident = lane["event_id"]
            while ident is not None:
                reached.add((lane["stream"], lane["epoch"], ident))
                ident = at[ident]["prev"] if ident in at else None
        for each in events:
            if each["device"] == device and (each["stream"], each["epoch"], each["id"]) not in reached:
                found.add(each["id"])
    return sorted(found)
