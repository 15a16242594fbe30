"""The reducer table: what it refuses to declare, and what an event of a later program does to a picture: nothing."""

from typing import Any

import pytest

from ircockpit.core.ids import entity_id, named_uuid, shared_id
from ircockpit.core.merge import Register, Write
from ircockpit.core.reduce import (
    Catalogue,
    Effect,
    Entity,
    EntityKind,
    EventType,
    Happening,
    Picture,
    catalogue,
    is_stray,
    shown_value,
)

STREAM, ELSEWHERE = named_uuid("stream", "one"), named_uuid("stream", "two")
THING, WORD = entity_id(STREAM), shared_id("word", "one")
KIND = EntityKind("thing", ("title",), ("tags",))
MADE = EventType("thing.made", "thing", Effect.CREATE)
TABLE = catalogue(
    (
        MADE,
        EventType("thing.set", "thing", Effect.SET, version=2),
        EventType("thing.tagged", "thing", Effect.ADD),
        EventType("thing.untagged", "thing", Effect.REMOVE),
        EventType("word.made", "word", Effect.CREATE),
        EventType("word.set", "word", Effect.SET),
    ),
    (KIND, EntityKind("word", ("title",), bound=False)),
)


def happened(type_: str, event_id: str = "e1", **over: Any) -> Happening:
    given: dict[str, Any] = {
        "stream": STREAM, "device": "d", "lam": 1, "actor": "mira", "tv": 1, "ent": THING, "field": None, "base": (),
        "occurred": None, "wall": 0, "body": {"title": "x", "value": "v"}, "missing": "",
    }  # fmt: skip
    return Happening(event_id=event_id, type=type_, **{**given, **over})


def dump_of(*events: Happening, table: Catalogue = TABLE) -> bytes:
    picture = Picture(table)
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


@pytest.mark.parametrize(
    "event",
    [
        happened("thing.made", "e0", stream=ELSEWHERE, lam=0),
        happened("thing.set", "e2", stream=ELSEWHERE, lam=9, field="title", base=("e1",)),
        happened("thing.tagged", "e2", stream=ELSEWHERE, field="tags"),
        happened("thing.untagged", "e4", stream=ELSEWHERE, field="tags", base=("e3",)),
        happened("word.made", "e0", stream=ELSEWHERE, lam=0), happened("word.made", "e0", lam=0),
        happened("word.set", "e2", lam=9, field="title"),
    ],
)  # fmt: skip
def test_what_another_stream_or_kind_says_of_a_thing_changes_nothing(event: Happening) -> None:
    known = [happened("thing.made"), happened("thing.tagged", "e3", field="tags")]
    assert dump_of(*known, event) == dump_of(*known) == dump_of(event, *known)
    loose = catalogue(TABLE.types.values(), [kind._replace(bound=False) for kind in TABLE.kinds.values()])
    *known, event = (each._replace(ent=WORD) for each in (*known, event))
    assert dump_of(*known, event, table=loose) != dump_of(*known, table=loose), (
        "it does where nothing is bound"
    )


def test_a_thing_of_another_stream_is_told_from_its_id_whatever_is_said_of_it() -> None:
    assert is_stray(TABLE, "thing.of_tomorrow", ELSEWHERE, THING)
    assert not is_stray(TABLE, "thing.of_tomorrow", STREAM, THING)
    assert not is_stray(TABLE, "word.of_tomorrow", ELSEWHERE, WORD)


def test_a_kind_of_no_stream_is_written_to_from_any() -> None:
    made, told = (
        happened("word.made", ent=WORD),
        happened("word.set", "e2", stream=ELSEWHERE, ent=WORD, field="title"),
    )
    assert b'"v"' in dump_of(made, told)


def test_of_two_creations_the_first_born_holds() -> None:
    one, two = happened("thing.made", "e2", lam=2), happened("thing.made", "e1", lam=3, body={"title": "y"})
    assert dump_of(one, two) == dump_of(two, one)
    assert b'"x"' in dump_of(one, two)
    assert b'"y"' not in dump_of(one, two)


def test_a_value_stands_before_the_facts_and_what_is_not_held_before_nothing() -> None:
    entity = Entity(THING, "thing", STREAM, (1, "e1"), {"title": "fact"})
    written = Register().write(Write("e2", 2, "jo", "written"), ())
    assert shown_value(entity, Register(), "title") == "fact"
    assert shown_value(entity, written, "title") == "written"
    assert shown_value(None, Register(), "title") is None
    erased = written.write(Write("e3", 3, "jo", None, "erased"), ("e2",))
    assert shown_value(entity, erased, "title") == "erased"
    emptied = written.write(Write("e3", 3, "jo", ""), ("e2",))
    assert shown_value(entity, emptied, "title") == ""


@pytest.mark.parametrize(
    ("value", "shown"), [("a", "a"), (["b", 1], '["b",1]'), (True, "true"), (None, "null")]
)
def test_what_is_no_text_is_in_a_set_as_canonical_json(value: object, shown: str) -> None:
    picture = Picture(TABLE)
    picture.apply(happened("thing.tagged", "e2", field="tags", body={"value": value}))
    assert picture.members(THING, "tags").values == (shown,)


def test_a_set_whose_addition_is_withheld_says_so() -> None:
    picture = Picture(TABLE)
    picture.apply(happened("thing.tagged", "e2", field="tags", body={}, missing="withheld"))
    assert picture.members(THING, "tags").values == ("withheld",)
    picture.apply(happened("thing.untagged", "e3", field="tags", base=("e2",)))
    assert picture.members(THING, "tags").values == ()
