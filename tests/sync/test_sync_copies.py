"""Copies of one event with different parts taken away: what is made of them never depends on their order."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.lanes import Writer
from tests.sync.conftest import Team

from ircockpit.core.adoption import FAULTS, TWICE, UNPADDED, outweighs
from ircockpit.core.jsontext import canonical
from ircockpit.ledger.event import SignedEvent, seal, to_wire
from ircockpit.ledger.parts import Part, drop, make_parts, repeated_key, seal_part
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation
from ircockpit.sync import intake
from ircockpit.sync.intake import take_in


class Said(NamedTuple):
    """One part as its author wrote it."""

    body: dict[str, int]
    padded: bool


class Course(NamedTuple):
    """An event, the copies of it that go round, and in which order two devices meet them."""

    parts: list[Said]
    copies: list[frozenset[int]]
    """Numbers of the parts that each copy has."""
    orders: list[list[int]]
    late_certificate: bool
    """Whether its device is certified only by the last copy that comes."""


@pytest.fixture
def stream(team: Team, stream: str) -> str:
    """The same of two who hold the same to begin with."""
    for who in (team.b, team.a):
        team.sync(who)
        who.refresh()
    assert team.a.view.dump() == team.b.view.dump()
    return stream


said = st.builds(
    Said,
    st.dictionaries(st.sampled_from(("text", "why", "where")), st.integers(0, 2), min_size=1, max_size=2),
    st.sampled_from((True, True, True, False)),
)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    parts = draw(st.lists(said, min_size=1, max_size=4))
    copies = draw(st.lists(st.frozensets(st.integers(0, len(parts) - 1)), min_size=2, max_size=5))
    numbers = list(range(len(copies)))
    orders = [draw(st.permutations(numbers)), draw(st.permutations(numbers))]
    return Course(parts, copies, orders, draw(st.booleans()))


def written(writer: Writer, stream: str, parts: Sequence[Said]) -> SignedEvent:
    made = [
        make_parts((each.body,), os.urandom)[0]
        if each.padded
        else seal_part(os.urandom(16), canonical(each.body) + b" ")
        for each in parts
    ]
    return seal(writer.write(stream).envelope._replace(body=""), writer.key, tuple(made))


def meet(who: Workstation, writer: Writer, stream: str, opened: SignedEvent, event: SignedEvent, course: Course,
         order: Sequence[int], fold_each: bool) -> None:  # fmt: skip
    for place, number in enumerate(order):
        held = course.copies[number]
        parts = tuple(part if i in held else drop(part) for i, part in enumerate(event.parts))
        rows: list[dict[str, Any]] = [
            {"r": None, **to_wire(each)} for each in (opened, event._replace(parts=parts))
        ]
        last = place == len(order) - 1
        certificates = [writer.certificate] if last or not course.late_certificate else []
        take_in(who.log, who.profile, who.identity, who.clock, stream, rows, certificates=certificates)
        if fold_each:
            who.refresh()
    who.refresh()


def shown(who: Workstation, event: SignedEvent) -> list[Any]:
    return who.view.rows("SELECT body, missing, doubt FROM entry WHERE event_id=?", (event.id,))


def expected(course: Course) -> tuple[str, frozenset[int]]:
    """What a device that holds all of them thinks: a function of the union alone."""
    union = frozenset[int]().union(*course.copies)
    if not all(course.parts[index].padded for index in union):
        return UNPADDED, union
    twice = repeated_key(
        course.parts[index].body if index in union else None for index in range(len(course.parts))
    )
    return TWICE if twice else "", union


def check(team: Team, stream: str, course: Course) -> None:
    writer = Writer(read_key(team.a.profile.root_key))
    opened = writer.open(stream)
    event = written(writer, stream, course.parts)
    doubt, union = expected(course)
    for who, order, fold_each in ((team.a, course.orders[0], True), (team.b, course.orders[1], False)):
        meet(who, writer, stream, opened, event, course, order, fold_each)
        stored = who.log.get(event.id)
        assert stored is not None
        assert {i for i, part in enumerate(stored.event.parts) if part.data is not None} == union
        assert stored.doubt == doubt
    assert shown(team.a, event) == shown(team.b, event)
    assert team.a.view.dump() == team.b.view.dump()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course=courses())
def test_any_partition_of_the_parts_in_any_order_comes_to_the_same(
    team: Team, stream: str, course: Course
) -> None:
    check(team, stream, course)


THREE = Course(
    [Said({"where": 1}, padded=True), Said({"text": 1}, padded=True), Said({"text": 2}, padded=True)],
    [frozenset({0}), frozenset({1}), frozenset({2})],
    [[0, 1, 2], [1, 2, 0]],
    late_certificate=False,
)  # fmt: skip


def test_three_copies_of_which_no_two_that_meet_show_it(
    team: Team, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(team, stream, THREE)
    with monkeypatch.context() as step:  # control: whoever keeps of a further copy nothing goes by the order
        step.setattr(intake, "_fill", lambda *_: False)
        with pytest.raises(AssertionError):
            check(team, stream, THREE)


def test_a_fault_of_the_body_stands_before_what_a_lead_may_let_count() -> None:
    """Otherwise an adopted entry counted where its copies came after the hub's word, and nowhere else."""
    assert outweighs(TWICE, "quarantined:role")
    assert outweighs(UNPADDED, TWICE)
    assert outweighs("quarantined:parts", TWICE)
    assert not any(outweighs(each, "quarantined:parts") for each in FAULTS)
    assert not any(outweighs(each, each) for each in (*FAULTS, "quarantined:role", "it waits"))


def test_a_part_is_filled_only_as_it_was_signed(team: Team, stream: str) -> None:
    writer = Writer(read_key(team.a.profile.root_key))
    opened = writer.open(stream)
    event = written(writer, stream, THREE.parts[:2])
    meet(team.b, writer, stream, opened, event, THREE._replace(copies=[frozenset({0})]), [0], fold_each=True)
    other: Part = make_parts(({"text": 9},), os.urandom)[0]
    forged = event._replace(parts=(drop(event.parts[0]), other))
    with pytest.raises(Exception, match="not those its author signed"):
        take_in(
            team.b.log,
            team.b.profile,
            team.b.identity,
            team.b.clock,
            stream,
            [{"r": None, **to_wire(forged)}],
        )
    stored = team.b.log.get(event.id)
    assert stored is not None
    assert stored.event.parts[1].data is None
