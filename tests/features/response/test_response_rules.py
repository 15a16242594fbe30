"""Who held a role at a moment, and who is called by when."""

from typing import Any

from ircockpit.features.response.rules import MINUTE_US, Call, Written, delegated, held_at, ladder
from ircockpit.features.systems.rules import Level

START = 1_795_603_600_000_000
"""2026-11-25T10:46:40Z."""
LEVELS = (Level("on call", "pager 77"), Level("Ann", "", 20), Level("Bo"))


def at(minutes: int) -> int:
    return START + minutes * MINUTE_US


def wrote(event: str, minutes: int, value: Any, *base: str, field: str = "holder") -> Written:
    return Written(event, "commander", field, at(minutes), value, base)


def test_who_held_a_role_is_what_stood_then_not_what_stands_now() -> None:
    writes = [wrote("1", 0, "ann"), wrote("2", 10, "bo", "1"), wrote("3", 20, "", "2")]
    assert held_at(writes, "commander", at(-1)) == frozenset()
    assert held_at(writes, "commander", at(5)) == {"ann"}
    assert held_at(writes, "commander", at(10)) == {"bo"}
    assert held_at(writes, "commander", at(30)) == frozenset()
    assert held_at(writes, "legal", at(5)) == frozenset()


def test_two_who_took_it_apart_both_held_it() -> None:
    writes = [wrote("1", 0, "ann"), wrote("2", 3, "bo", "1"), wrote("3", 4, "cy", "1")]
    assert held_at(writes, "commander", at(5)) == {"bo", "cy"}
    assert held_at(list(reversed(writes)), "commander", at(5)) == {"bo", "cy"}


def test_a_delegation_ends_by_itself() -> None:
    value = {
        "to": "bo",
        "until": "2026-11-25T11:46:40+01:00",
    }  # the same moment as START, said with an offset
    writes = [wrote("1", -60, "ann"), wrote("2", -30, value, field="delegate")]
    assert held_at(writes, "commander", at(-1)) == {"ann", "bo"}
    assert held_at(writes, "commander", at(0)) == {"ann"}


def test_what_states_no_delegation_is_none() -> None:
    for value in (
        "",
        None,
        7,
        {},
        {"to": "bo"},
        {"to": 7, "until": "2026-11-25T11:46Z"},
        {"to": "bo", "until": "soon"},
    ):
        assert delegated(value) == ("", 0)
    assert delegated({"to": "bo", "until": "2026-11-25T11:46:40+01:00"}) == ("bo", START)


def test_levels_are_due_one_after_the_other() -> None:
    found = ladder(LEVELS, START, 5, 10, [])
    assert [(each.number, each.due_us) for each in found.rungs] == [(1, at(5)), (2, at(15)), (3, at(35))]
    assert found.ends_us == at(45)
    assert found.next is not None
    assert found.next.number == 1


def test_a_call_counts_from_when_it_was_made() -> None:
    found = ladder(LEVELS, START, 5, 10, [Call(1, at(8), "no")])
    assert [each.due_us for each in found.rungs] == [at(5), at(18), at(38)]
    assert (found.rungs[0].called_us, found.rungs[0].answer) == (at(8), "no")
    assert found.next is not None
    assert found.next.number == 2


def test_a_level_passed_over_is_behind_and_an_old_call_counts_no_more() -> None:
    found = ladder(LEVELS, START, 5, 10, [Call(1, at(-60), "no"), Call(2, at(1), "")])
    assert [each.number for each in found.rungs] == [2, 3]
    assert found.rungs[1].due_us == at(21)
    assert ladder(LEVELS, START, 5, 10, [Call(1, at(-60), "no")]) == ladder(LEVELS, START, 5, 10, [])


def test_where_everybody_was_called_it_says_until_when() -> None:
    found = ladder(LEVELS, START, 5, 10, [Call(n, at(n), "no") for n in (1, 2, 3)])
    assert found.next is None
    assert found.ends_us == at(13)
    assert ladder((), START, 5, 10, []).rungs == ()


def test_calls_in_any_order_give_one_ladder() -> None:
    calls = [Call(2, at(9), ""), Call(1, at(6), "no"), Call(1, at(7), "yes")]
    assert ladder(LEVELS, START, 5, 10, calls) == ladder(LEVELS, START, 5, 10, calls[::-1])
