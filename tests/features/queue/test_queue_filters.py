"""What the engine answers for a filter is what the words of the filter say, row by row."""

import json
import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.features.containment.test_containment_queries import put

from ircockpit.core.errors import UsageError
from ircockpit.core.filters import FUZZY, WORD, Now, Term, compared, in_order, parse
from ircockpit.core.ids import spoken_form
from ircockpit.core.occurred import from_wall
from ircockpit.features.catalogue import actions
from ircockpit.features.containment.waiting import asks
from ircockpit.features.incidents.actions import close, queue
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.intake.actions import assign, intake, review
from ircockpit.features.intake.queries import GroupRow, groups, places_to_review
from ircockpit.features.queue.queries import filtered, group_numbers, ids_of, incident_places
from ircockpit.features.queue.rules import FIELDS, LOUD_WORDS, MEANT, TIMELINE_FIELDS
from ircockpit.features.systems.actions import add
from ircockpit.features.systems.queries import system as find_system
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import triage_of
from ircockpit.screens.sources import QueueRows
from ircockpit.store.workstation import Draft, Workstation

HOUR_US = 3_600_000_000
TITLES = (
    "Pharmacy bot: wrong dose",
    "Refund agent paid 100% twice",
    "ÜBERGRÖSSE in 薬局_answer",
    "CV screener ranks",
)
STATES = (
    (),
    ("approved", "sent", "effective"),
    ("approved", "sent", "failed"),
    ("approved", "sent", "reverted"),
)
ASKED = (
    "sev:1", "sev<=2", "sev>2", "sev:?", "sev:high", "sev:critical,low", "owner:me", "owner:none", "owner:mir", "owner=mira",
    "asks", "mine", "state:open", "state:effective", "state:trouble", "state:failed,open", "state:new", "state:confirmed",
    "contained", "age<2h", "age>1d", "opened>2d", "opened<2d", "system:pharm", "system:none", "system=pharmacy-bot",
    "source:garak", "source=monitor", "impact:people", 'impact="4,000 people"', "count>1", "count:1", "is:incident",
    "kind:privacy-leak", "kind:none,self-harm",
    "is:signals", "provisional", "disputed", "waiting", "unsent", "dose", "übergrösse", "100%", "_", "mira", "pharmacy-bot",
    "~phbot", "~薬_ans", "~ranks", "sev2", "zzz",
)  # fmt: skip


class Made(NamedTuple):
    station: Workstation
    incidents: list[str]
    groups: list[str]


@pytest.fixture
def made(station: Workstation, tmp_path: Path) -> Made:
    """Incidents and signals of every kind."""
    add(station, name="pharmacy-bot", context="customer-facing", match=["model=dosage*"])
    system = find_system(station.view, "pharmacy-bot").ident
    dice = random.Random(3)  # noqa: S311 - a course of records
    path = tmp_path / "signals.jsonl"
    rows = [
        {"title": f"{TITLES[n % 4]} {n % 6}", "source": ("monitor", "garak x")[n % 2], "output": f"{n}",
         "severity": ("high", "low", "", "odd", "critical")[n % 5], "model": ("dosage-1", "cv")[n % 3 == 0]}
        for n in range(30)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    signals = [row["id"] for row in intake(station, file=str(path)).data["groups"]]
    assign(station, target=signals[0], system="pharmacy-bot")
    review(station, signal=signals[1], verdict="confirm")
    idents = []
    for number in range(40):
        stream, genesis = station.open_stream("incident")
        ident = station.new_id(stream)
        facts = {
            "title": TITLES[number % 4], "severity": ("SEV1", "SEV2", "SEV3", "SEV4", "bad")[number % 5],
            "provisional": number % 2, "status": "open", "owner": dice.choice(["", station.me, "0" * 32]),
            "system": dice.choice(["", system, "gone"]), "impact": dice.choice(["", "4,000 people", "12 refunds"]),
            "opened": from_wall(station.clock.wall_us() - number * HOUR_US, 0) if number % 7 else "",
            "origin": dice.choice(["", *signals]),
        }  # fmt: skip
        station.append([genesis, Draft(stream, "incident.declared", ident, (facts,))])
        for number_of_control in range(dice.randrange(3)):
            put(station, (ident, stream), f"c{number_of_control}", *dice.choice(STATES))
        if number % 8 == 3:
            answer(station, incident=ident, category=("privacy-leak", "self-harm")[number % 3 == 0])
        idents.append(ident)
    return Made(station, idents, signals)


def holds(made: Made, term: Term, row: Any) -> bool | None:
    """Whether a row has what a term asks; ``None`` where it has no such thing."""
    facts = facts_of_group(row) if isinstance(row, GroupRow) else facts_of_incident(made.station, row)
    if term.field not in facts:
        return None
    return bool(facts[term.field](term))


def facts_of_incident(station: Workstation, row: Any) -> dict[str, Any]:
    now = station.clock.wall_us()
    state = row.standing.state
    level = int(row.severity[3:]) if row.severity.startswith("SEV") else 0
    origin = station.view.rows("SELECT origin FROM incident WHERE id=?", (row.ident,))[0][0]
    source = groups(station.view, [origin])[0].source if origin else ""
    kind = triage_of(station.view, row.ident).category
    said = f"{row.title} {row.impact}".casefold()
    trouble = state in (*MEANT["trouble"], "open")
    yours = row.owner == station.me
    return {
        WORD: lambda t: (
            called(row, t.values[0])
            or any(
                t.values[0] in each
                for each in (
                    said,
                    row.system_name,
                    row.owner_name if row.owner == station.me else "",
                    row.severity.lower(),
                )
            )
        ),
        FUZZY: lambda t: in_order(t.values[0], said),
        "sev": lambda t: (
            any(compared(t.op, level, int(each)) for each in t.values if each.isdigit() and level)
            or ("?" in t.values and not level)
        ),
        "owner": lambda t: any(
            {"me": yours, "none": not row.owner}.get(each, yours and text(t.op, each, "mira"))
            for each in t.values
        ),
        "asks": lambda t: bool(asks(station, row.ident)),
        "mine": lambda t: yours,
        "state": lambda t: state in {each for word in t.values for each in MEANT.get(word, (word,))},
        "contained": lambda t: state == "effective",
        "age": lambda t: (
            row.opened_us and any(compared(t.op, now - row.opened_us, each) for each in t.values)
        ),
        "opened": lambda t: row.opened_us and any(compared(t.op, row.opened_us, each) for each in t.values),
        "system": lambda t: any(
            not row.system_name if each == "none" else row.system_name and text(t.op, each, row.system_name)
            for each in t.values
        ),
        "source": lambda t: source and any(text(t.op, each, source) for each in t.values),
        "impact": lambda t: any(text(t.op, each, row.impact) for each in t.values),
        "kind": lambda t: (kind or "none") in t.values,
        "is": lambda t: "incident" in t.values,
        "provisional": lambda t: row.provisional,
        "disputed": lambda t: bool(row.disputed),
        "waiting": lambda t: yours and (row.provisional or row.disputed or trouble),
        "unsent": lambda t: False,
    }


def facts_of_group(row: GroupRow) -> dict[str, Any]:
    said = f"{row.title} {row.source}".casefold()
    return {
        WORD: lambda t: t.values[0] in said or t.values[0] in row.system_name or called(row, t.values[0]),
        FUZZY: lambda t: in_order(t.values[0], said),
        "sev": lambda t: row.loudness in t.values and row.loudness in LOUD_WORDS,
        "state": lambda t: ("confirmed" if row.state == "confirmed" else "new") in t.values,
        "age": lambda t: any(compared(t.op, 0, each) for each in t.values),
        "count": lambda t: any(compared(t.op, row.signals, each) for each in t.values),
        "system": lambda t: any(
            not row.system_name if each == "none" else row.system_name and text(t.op, each, row.system_name)
            for each in t.values
        ),
        "source": lambda t: any(text(t.op, each, row.source) for each in t.values),
        "is": lambda t: "signals" in t.values,
        "disputed": lambda t: False,
        "waiting": lambda t: row.state != "confirmed",
        "unsent": lambda t: False,
    }


def called(row: Any, word: str) -> bool:
    """Whether a word is the beginning of what it is called: chance makes words out of syllables."""
    return len(word) >= 3 and spoken_form(row.ident).startswith(word)


def text(op: str, word: str, value: str) -> bool:
    return word == value.casefold() if op == "=" else word in value.casefold()


def shown(made: Made, asked: str) -> set[str]:
    station = made.station
    found = filtered(station, asked)
    numbers = [number for _, number in incident_places(station, found)] + list(group_numbers(station, found))
    return set(ids_of(station, numbers).values())


def test_a_filtered_queue_is_in_the_order_of_the_queue(made: Made) -> None:
    """What the screens show of it keeps the order that was read; read anew in order, it must be the same."""
    station = made.station
    rows = QueueRows(station)
    for asked in (*ASKED, *(f"!{each}" for each in ASKED), "closed", "closed dose"):
        rows.filter(asked)
        rows.load()
        found = filtered(station, asked)
        wanted = [number for _, number in incident_places(station, found)]
        hits = group_numbers(station, found)
        wanted += [number for _, number in places_to_review(station.view) if number in hits]
        assert rows.numbers(0, len(made.incidents) + 1)[: rows.counts[0]] == wanted[: rows.counts[0]], asked
        assert sum(rows.counts) == len(wanted), asked


def test_the_engine_answers_what_the_words_say(made: Made) -> None:
    station = made.station
    rows: list[Any] = [*incidents(station.view, made.incidents), *groups(station.view, made.groups)]
    dice = random.Random(5)  # noqa: S311 - filters to try
    filters = [*ASKED, *(f"!{each}" for each in ASKED)]
    filters += [" ".join(dice.sample(filters, dice.randrange(2, 4))) for _ in range(120)]
    hit: set[str] = set()
    for asked in filters:
        terms = parse(asked, FIELDS, Now(station.clock.wall_us()))
        wanted = {
            row.ident for row in rows
            if all((held := holds(made, term, row)) is not None and held != term.negated for term in terms)
        }  # fmt: skip
        assert shown(made, asked) == wanted, asked
        hit |= {asked} if wanted else set()
    assert len(hit) > len(filters) // 3, "most filters must have something to tell apart"
    assert {
        "sev:1",
        "waiting",
        "state:trouble",
        "~薬_ans",
        "100%",
        "übergrösse",
        "count>1",
        "source:garak",
    } <= hit


def test_what_is_closed_is_asked_for_by_its_word(made: Made) -> None:
    station, ident = made.station, made.incidents[0]
    row = incidents(station.view, [ident])[0]
    close(station, incident=ident, why="over", in_force=True)
    in_force = row.standing.state not in ("open", "planned", "approved", "failed")
    assert (ident in shown(made, "")) is in_force
    assert (ident in shown(made, "closed")) is not in_force
    quiet = next(
        each for each in made.incidents[1:] if incidents(station.view, [each])[0].standing.state == "open"
    )
    close(station, incident=quiet, why="over")
    assert quiet in shown(made, "closed")
    assert quiet not in shown(made, "!closed")
    assert not shown(made, "closed") & set(made.groups)


def test_an_incident_is_found_by_what_it_is_called(made: Made) -> None:
    row = incidents(made.station.view, made.incidents[3:4])[0]
    assert row.ident in shown(made, row.short)
    signals = groups(made.station.view, made.groups[:1])[0]
    assert shown(made, signals.short) == {signals.ident}


def test_the_command_asks_the_same_and_refuses_the_same(made: Made) -> None:
    data = queue(made.station, filter="sev:1 !contained").data
    assert {row["severity"] for row in data["incidents"]} == {"SEV1"}
    assert {row["id"] for row in data["incidents"]} == shown(made, "sev:1 !contained") & set(made.incidents)
    assert queue(made.station, filter="zzz").said == "nothing matches zzz"
    with pytest.raises(UsageError, match="no field here is called foo"):
        queue(made.station, filter="foo:1")


def test_each_of_several_systems_and_words_is_found(made: Made) -> None:
    station = made.station
    for number, name in enumerate(("aaa-bot", "refund-agent", "zzz-bot")):
        add(station, name=name, context="internal", match=["model=none"])
        ident = find_system(station.view, name).ident
        stream = station.view.rows("SELECT stream FROM incident WHERE id=?", (made.incidents[number],))[0][0]
        station.append([station.set_field(stream, "incident.set", made.incidents[number], "system", ident)])
    first, second, third = made.incidents[:3]
    assert shown(made, "system:refund") == {second}
    assert shown(made, "system:zzz,aaa") == {first, third}


def test_help_names_every_field_there_is() -> None:
    told = {action.id: action.long for action in actions()}
    for ident, fields in (("incident.queue", FIELDS), ("incident.timeline", TIMELINE_FIELDS)):
        missing = [field.name for field in fields if not re.search(rf"\b{field.name}\b", told[ident])]
        assert not missing, ident
