"""What is to go of a stream: holds and orders in any order, what stays, and words that are no directive."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from ircockpit.core.adoption import ADOPTED
from ircockpit.core.scopes import PRIVILEGED, RESTRICTED, TEAM, may_read, narrower, reads_upto
from ircockpit.ledger.withdrawal import (
    BY_LEAD,
    NARROWED,
    ORDERED,
    PLACED,
    RELEASED,
    WIDENED,
    Directive,
    fold,
    read_named,
    stays,
)


def ident(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


A, B, C = ident("a"), ident("b"), ident("c")
FILE = ident("file")
NOTE = "incident.noted"


def directive(type_: str, ent: str, settled: bool = True, **body: object) -> Directive:
    return Directive(ident(f"{type_} {ent} {sorted(body.items())!r}"), type_, ent, body, settled)


ORDER = directive(ORDERED, "o", events=[[A, None], [B, [1]]], files=[[A, FILE]])
HOLD = directive(PLACED, "h", events=[[A, None]])
WIDE_HOLD = directive(PLACED, "g")
ALL = (
    ORDER, HOLD, WIDE_HOLD, directive(RELEASED, "h"), directive(RELEASED, "g"),
    directive(NARROWED, "n", events=[[C, [0]]], scope=RESTRICTED),
    directive(WIDENED, "w", events=[[C, None]], lifts=["n"], scope=TEAM),
)  # fmt: skip


def test_an_order_names_parts() -> None:
    found = fold([ORDER])
    assert found.to_go(A, NOTE, 3) == {0, 1, 2}
    assert found.to_go(B, NOTE, 3) == {1}
    assert found.to_go(C, NOTE, 3) == frozenset()
    assert found.files_to_go() == {FILE}


def test_one_hold_is_enough_and_all_must_be_released() -> None:
    held = fold([ORDER, HOLD, WIDE_HOLD])
    assert held.to_go(A, NOTE, 1) == held.to_go(B, NOTE, 2) == frozenset()
    assert not held.files_to_go()
    one = fold([ORDER, HOLD, WIDE_HOLD, directive(RELEASED, "g")])
    assert not one.to_go(A, NOTE, 1)
    assert one.to_go(B, NOTE, 2) == {1}
    assert fold(ALL).to_go(A, NOTE, 1) == {0}
    assert held.erased(A, NOTE, 1) == {0}, "what was named is called erased, also where a hold came too late"


def test_a_hold_that_cannot_be_read_keeps_everything() -> None:
    for words in ([], "all", [["no id", None]], None):
        assert not fold([ORDER, directive(PLACED, "h", events=words)]).to_go(B, NOTE, 2)


def test_what_needs_authority_does_not_count_without() -> None:
    assert not fold([ORDER._replace(settled=False)]).orders
    assert fold([ORDER, HOLD, directive(RELEASED, "h", settled=False)]).held(A)
    assert set(BY_LEAD) == {ORDERED, RELEASED, WIDENED, ADOPTED}


def test_what_the_record_rests_on_stays() -> None:
    found = fold([ORDER])
    for type_ in (
        "stream.opened",
        "lane.opened",
        "hold.placed",
        "erasure.ordered",
        "member.role",
        "scope.narrowed",
    ):
        assert stays(type_)
        assert not found.to_go(A, type_, 1)
        assert found.scope(A, type_, PRIVILEGED, 0) == TEAM
    for type_ in ("member.added", "member.role", "member.removed"):
        assert found.to_go(A, type_, 3) == {1, 2}, "a name or a reason behind what decides"
    assert not any(map(stays, ("person.named", NOTE, "evidence.added", "streams.of", "holding")))


@settings(max_examples=200)
@given(
    st.permutations(range(len(ALL))),
    st.lists(st.integers(0, len(ALL) - 1)),
    st.sets(st.integers(0, len(ALL) - 1)),
)
def test_order_and_repetition_change_nothing(order: list[int], again: list[int], without: set[int]) -> None:
    kept = [ALL[each] for each in (*order, *again) if each not in without]
    assert fold(kept) == fold([each for number, each in enumerate(ALL) if number not in without])


def test_scopes_only_narrow_until_authority_widens() -> None:
    narrow = directive(NARROWED, "n", events=[[C, [0]]], scope=RESTRICTED)
    more = directive(NARROWED, "m", events=[[C, None]], scope=PRIVILEGED)
    assert fold([narrow]).scope(C, NOTE, TEAM, 0) == RESTRICTED
    assert fold([narrow]).scope(C, NOTE, TEAM, 1) == TEAM
    assert fold([narrow, more]).scope(C, NOTE, TEAM, 0) == PRIVILEGED
    assert fold([narrow]).scope(C, NOTE, PRIVILEGED, 0) == PRIVILEGED
    lifted = directive(WIDENED, "w", events=[[C, None]], lifts=["n"], scope=TEAM)
    assert fold([narrow, more, lifted]).scope(C, NOTE, TEAM, 0) == PRIVILEGED
    assert fold([narrow, lifted]).scope(C, NOTE, RESTRICTED, 0) == TEAM
    assert fold([narrow, lifted._replace(settled=False)]).scope(C, NOTE, TEAM, 0) == RESTRICTED
    assert fold([narrow]).scope(A, NOTE, "of a later version", 0) == "of a later version"


def test_roles_read_scopes() -> None:
    assert may_read(reads_upto("lead"), PRIVILEGED)
    assert may_read(reads_upto("responder"), RESTRICTED)
    assert not may_read(reads_upto("responder"), PRIVILEGED)
    assert not may_read(reads_upto("observer"), RESTRICTED)
    assert not may_read(reads_upto("a later role"), RESTRICTED)
    assert not may_read(reads_upto("responder"), "of a later version")
    assert narrower(TEAM, RESTRICTED) == RESTRICTED


def test_words_that_name_nothing() -> None:
    for value in (None, 3, "x", [3], [[A]], [[A, "1"]], [["x", None]], [[None, None]]):
        assert not read_named(value)
    assert read_named([[A, [0, -1, 1.5, True, 5000, 2]]]) == {A: frozenset({0, 2})}
    assert read_named([[A, [0]], [A, [1]]]) == {A: frozenset({0, 1})}
    assert read_named([[A, [0]], [A, None]]) == read_named([[A, None], [A, [0]]]) == {A: None}
