"""What another program writes by the page alone is taken over, in any spelling, and what does not count there does not here."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.features.bundles.conftest import Crew
from tests.ledger import second
from tests.ledger.second_record import Bundle
from tests.support.bundles import put_rows, reseal, restate, rows_of

from ircockpit.core.ids import entity_id, random_uuid
from ircockpit.features.bundles.actions import take
from ircockpit.features.incidents.actions import note

TEXT = second.padded({"text": "from elsewhere"})
Spelling = Callable[[Any], str]


def reversed_fields(value: Any) -> str:
    return json.dumps(dict(reversed(value.items())))


def with_spaces(value: Any) -> str:
    return json.dumps(value, indent=2)


def with_escapes(value: Any) -> str:
    return json.dumps(value).replace('"team"', '"\\u0074eam"')


def brought(crew: Crew, parts: list[bytes], spell: Spelling = json.dumps, **change: Any) -> str:
    """Why ``b`` does not count an event that ``a`` wrote with another program; empty where it does."""
    ident = crew.incident(crew.a)
    crew.sync(crew.a)
    note(crew.a, incident=ident, text="the last one")
    folder = crew.bundle(crew.a)
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    rows = rows_of(folder, stream)
    last = second.envelope(rows[-1]["e"].encode())
    prev = second.event_id(rows[-1]["e"].encode())
    fields = {**last, "n": last["n"] + 1, "prev": prev, "lam": last["lam"] + 1, "op": random_uuid(), **change}
    event, wire = second.written(crew.a.key().raw(), fields, parts, spell)
    put_rows(folder, stream, [*rows, {**wire, "r": None}])

    def one_more(said: dict[str, Any]) -> None:
        stated = next(each for each in said["streams"] if each["stream"] == stream)
        stated["rows"] += 1
        for head in stated["heads"]:
            if head["event"] == prev:
                head |= {"event": event, "n": fields["n"]}

    restate(folder, one_more)
    reseal(folder, crew.a.key())
    take(crew.b, folders=[str(folder)], yes=True)
    counted = [each["id"] for each in Bundle(folder, crew.a.identity.org).events()]
    crew.b.refresh()
    ((doubt,),) = crew.b.view.rows("SELECT doubt FROM entry WHERE event_id=?", (event,))
    assert crew.b.log.get(event) is not None
    assert event in counted or doubt
    return str(doubt)


@pytest.mark.parametrize("spell", [json.dumps, reversed_fields, with_spaces, with_escapes])
def test_an_event_in_any_spelling_counts(crew: Crew, spell: Spelling) -> None:
    assert brought(crew, [TEXT], spell) == ""
    ((body,),) = crew.b.view.rows("SELECT body FROM entry WHERE body LIKE '%from elsewhere%'")
    assert json.loads(body) == {"text": "from elsewhere"}


@pytest.mark.parametrize(
    ("parts", "change"),
    [
        ([b' { "text" : "\\u00e9", "more": [null] }'.ljust(64)], {}), ([b"{}".ljust(1024), TEXT], {}), ([], {}),
        ([TEXT], {"type": "incident.pondered"}), ([TEXT], {"tv": 2}), ([TEXT], {"scope": "of_tomorrow"}),
        ([TEXT], {"offq": "gps", "off": -1, "occurred": "2026-11-23Z", "boot": random_uuid()}),
    ],
)  # fmt: skip
def test_what_is_not_known_here_counts(crew: Crew, parts: list[bytes], change: dict[str, Any]) -> None:
    assert brought(crew, parts, **change) == ""


@pytest.mark.parametrize(
    ("parts", "change", "why"),
    [
        ([b"{}".ljust(65)], {}, "not padded"), ([TEXT, TEXT], {}, "two of its parts"),
        ([TEXT], {"lam": 1}, "Lamport"), ([TEXT], {"lam": 2**40}, "Lamport"),
        ([TEXT], {"actor": random_uuid()}, "certified to its author"),
        ([TEXT], {"ent": random_uuid()}, "entity"), ([TEXT], {"ent": entity_id(random_uuid())}, "entity"),
        ([TEXT], {"type": "member.added"}, "record of members"), ([TEXT], {"type": "device.of_tomorrow"}, "record of members"),
        ([TEXT], {"base": ["0" * 64]}, "not here"),
    ],
)  # fmt: skip
def test_what_does_not_count_is_kept_and_told(
    crew: Crew, parts: list[bytes], change: dict[str, Any], why: str
) -> None:
    assert why in brought(crew, parts, **change)
