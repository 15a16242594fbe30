"""Register and set are functions of the writes made, not of when they came; what people disagree about is shown."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ircockpit.core.merge import AddWinsSet, Register, Write

Step = tuple[Write, tuple[str, ...]]
Made = Callable[[Register, Step], Register]


@st.composite
def writes(draw: st.DrawFn) -> list[Step]:
    """Writes of a few devices, each replacing some of the earlier ones, some with a value that is not held."""
    made: list[Step] = []
    for number in range(draw(st.integers(1, 8))):
        seen = [each.event_id for each, _ in made]
        base = draw(st.lists(st.sampled_from(seen), unique=True, max_size=3)) if seen else []
        missing = draw(st.sampled_from(("", "", "", "withheld", "erased")))
        value = None if missing else draw(st.sampled_from(("SEV1", "SEV2", 0, None)))
        who = draw(st.sampled_from(("mira", "jo", "ana")))
        made.append((Write(f"e{number}", draw(st.integers(1, 4)), who, value, missing), tuple(base)))
    return made


def causal(register: Register, step: Step) -> Register:
    return register.write(*step)


def last_arrival_wins(register: Register, step: Step) -> Register:
    """The mistake: what comes last replaces what is there."""
    return Register((step[0],), register.replaced)


def by_clock(register: Register, step: Step) -> Register:
    """The other mistake: the highest number silently replaces the rest, whatever it had seen."""
    best = max((*register.heads, step[0]), key=lambda head: head.lam)
    return Register((best,), register.replaced)


def folded(make: Made, steps: Iterable[Step]) -> Register:
    register = Register()
    for step in steps:
        register = make(register, step)
    return register


def order_changes_nothing(make: Made) -> None:
    @settings(max_examples=300, phases=[Phase.generate])
    @given(writes(), st.data())
    def check(history: list[Step], data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(history), max_size=4))
        arrived = data.draw(st.permutations([*history, *again]))
        assert folded(make, arrived) == folded(make, history)

    check()


def test_a_register_is_a_function_of_its_writes() -> None:
    order_changes_nothing(causal)


@pytest.mark.parametrize("wrong", [last_arrival_wins, by_clock])
def test_a_register_that_depends_on_order_is_caught(wrong: Made) -> None:
    with pytest.raises(AssertionError):
        order_changes_nothing(wrong)


@given(writes())
def test_heads_are_the_writes_that_nobody_has_seen_and_replaced(history: list[Step]) -> None:
    register = folded(causal, history)
    replaced = {ident for _, base in history for ident in base}
    assert {head.event_id for head in register.heads} == {each.event_id for each, _ in history} - replaced
    assert register.heads, "somebody's value always stands"
    assert all(one.rank < two.rank for one, two in pairwise(register.heads))
    assert register.shown == max(register.heads, key=lambda head: (head.lam, head.event_id))
    seen = {(repr(head.value), head.missing) for head in register.heads}
    assert register.in_conflict == (len(seen) > 1)


def test_two_who_say_the_same_do_not_disagree() -> None:
    said = [(Write("a", 1, "mira", "SEV1"), ()), (Write("b", 1, "jo", "SEV1"), ())]
    assert not folded(causal, said).in_conflict
    assert folded(causal, [*said, (Write("c", 1, "ana", "SEV2"), ())]).in_conflict
    assert folded(causal, [*said, (Write("c", 1, "ana", None, "withheld"), ())]).in_conflict
    assert folded(causal, [(Write("a", 1, "x", 1), ()), (Write("b", 1, "y", True), ())]).in_conflict
    assert not Register().in_conflict
    assert Register().shown is None


def test_a_settlement_replaces_what_it_names_and_leaves_what_it_did_not_see() -> None:
    register = folded(causal, [(Write("a", 1, "mira", 1), ()), (Write("b", 1, "jo", 2), ())])
    settled = register.write(Write("c", 2, "ana", 3), ("a", "b"))
    assert [head.value for head in settled.heads] == [3]
    late = settled.write(Write("d", 9, "bo", 4), ())
    assert late.in_conflict
    assert [head.value for head in late.heads] == [3, 4]


Change = tuple[str, str, tuple[str, ...]]


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    """Additions ``(id, value, ())`` and removals ``(id, "", what they had seen)``."""
    made: list[Change] = []
    for number in range(draw(st.integers(1, 8))):
        seen = [ident for ident, value, _ in made if value]
        removes: bool = draw(st.booleans())
        if seen and removes:
            base = draw(st.lists(st.sampled_from(seen), unique=True, max_size=3))
            made.append((f"e{number}", "", tuple(base)))
        else:
            made.append((f"e{number}", draw(st.sampled_from(("red", "blue"))), ()))
    return made


def gathered(steps: Iterable[Change]) -> AddWinsSet:
    members = AddWinsSet()
    for ident, value, base in steps:
        members = members.add(ident, value) if value else members.remove(base)
    return members


@settings(max_examples=300)
@given(changes(), st.data())
def test_a_set_is_a_function_of_its_changes_and_an_unseen_addition_stays(
    history: list[Change], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    arrived = data.draw(st.permutations([*history, *again]))
    assert gathered(arrived) == gathered(history)
    removed = {ident for _, _, base in history for ident in base}
    left = {value for ident, value, _ in history if value and ident not in removed}
    assert gathered(arrived).values == tuple(sorted(left))
