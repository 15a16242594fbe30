"""The reducer table: what it refuses to declare, and what an event of a later program does to a picture: nothing."""

from typing import Any

import pytest

from ircockpit.core.merge import Register, Write
from ircockpit.core.reduce import (
    Effect,
    Entity,
    EntityKind,
    EventType,
    Happening,
    Picture,
    catalogue,
    shown_value,
)

KIND = EntityKind("thing", ("title",), ("tags",))
MADE = EventType("thing.made", "thing", Effect.CREATE)
TABLE = catalogue(
    (
        MADE,
        EventType("thing.set", "thing", Effect.SET, version=2),
        EventType("thing.tagged", "thing", Effect.ADD),
        EventType("thing.untagged", "thing", Effect.REMOVE),
    ),
    (KIND,),
)


def happened(type_: str, event_id: str = "e1", **over: Any) -> Happening:
    given: dict[str, Any] = {
        "stream": "s", "device": "d", "lam": 1, "actor": "mira", "tv": 1, "ent": "t", "field": None, "base": (),
        "occurred": None, "wall": 0, "body": {"title": "x", "value": "v"}, "missing": "",
    }  # fmt: skip
    return Happening(event_id=event_id, type=type_, **{**given, **over})


def dump_of(*events: Happening) -> bytes:
    picture = Picture(TABLE)
    for event in events:
        picture.apply(event)
    return picture.dump()


def test_a_declaration_that_contradicts_another_is_refused() -> None:
    with pytest.raises(ValueError, match="kind thing is declared twice"):
        catalogue((), (KIND, KIND._replace(fields=("title",))))
    with pytest.raises(ValueError, match=r"type thing\.made is declared twice"):
        catalogue((MADE, MADE._replace(effect=Effect.SET)), (KIND,))
    with pytest.raises(ValueError, match="speaks of nothing"):
        catalogue((MADE._replace(kind="nothing"),), (KIND,))


@pytest.mark.parametrize(
    "event",
    [
        happened("thing.of_tomorrow"), happened("thing.made", tv=2), happened("thing.set", tv=3, field="title"),
        happened("thing.set"), happened("thing.tagged"), happened("thing.untagged"),
    ],
)  # fmt: skip
def test_what_this_program_cannot_read_changes_nothing(event: Happening) -> None:
    known = happened("thing.made")
    assert dump_of(known, event) == dump_of(known) == dump_of(event, known)
    assert dump_of(known) != dump_of(), "what it can read does"


def test_of_two_creations_the_first_born_holds() -> None:
    one, two = happened("thing.made", "e2", lam=2), happened("thing.made", "e1", lam=3, body={"title": "y"})
    assert dump_of(one, two) == dump_of(two, one)
    assert b'"x"' in dump_of(one, two)
    assert b'"y"' not in dump_of(one, two)


def test_a_value_stands_before_the_facts_and_what_is_not_held_before_nothing() -> None:
    entity = Entity("t", "thing", "s", (1, "e1"), {"title": "fact"})
    written = Register().write(Write("e2", 2, "jo", "written"), ())
    assert shown_value(entity, Register(), "title") == "fact"
    assert shown_value(entity, written, "title") == "written"
    assert shown_value(None, Register(), "title") is None
    erased = written.write(Write("e3", 3, "jo", None, "erased"), ("e2",))
    assert shown_value(entity, erased, "title") == "erased"
    emptied = written.write(Write("e3", 3, "jo", ""), ("e2",))
    assert shown_value(entity, emptied, "title") == ""


def test_a_set_whose_addition_is_withheld_says_so() -> None:
    picture = Picture(TABLE)
    picture.apply(happened("thing.tagged", "e2", field="tags", body={}, missing="withheld"))
    assert picture.members("t", "tags").values == ("withheld",)
    picture.apply(happened("thing.untagged", "e3", field="tags", base=("e2",)))
    assert picture.members("t", "tags").values == ()
