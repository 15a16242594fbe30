"""Conditions in three values: what is not known decides nothing, and what can never hold is seen before it is used."""

import msgspec
import pytest

from ircockpit.features.conditions import Between, Condition, can_hold, compiled, faults, misuse, parts

ANSWERS = {"harm": ("yes", "no"), "people": None}


def condition(value: object) -> Condition:
    return msgspec.convert(value, Condition)


HARM = {"fact": "harm", "is": "yes"}
MANY = {"fact": "people", "at_least": 100}


@pytest.mark.parametrize(
    ("stated", "facts", "truth"),
    [
        (HARM, {"harm": "yes"}, True),
        (HARM, {"harm": "no"}, False),
        (HARM, {}, ("harm",)),
        (HARM, {"harm": "unknown"}, ("harm",)),
        (MANY, {"people": Between(100)}, True),
        (MANY, {"people": Between(1, 99)}, False),
        (MANY, {"people": Between(50, 500)}, ("people",)),
        ({"all": [HARM, MANY]}, {"harm": "no"}, False),
        ({"all": [HARM, MANY]}, {"harm": "yes"}, ("people",)),
        ({"any": [HARM, MANY]}, {"people": 100}, True),
        ({"any": [HARM, MANY]}, {"people": 1}, ("harm",)),
        ({"not": HARM}, {}, ("harm",)),
        ({"unless": HARM}, {}, True),
        ({"unless": HARM}, {"harm": "yes"}, False),
    ],
)
def test_a_fact_nobody_stated_is_neither_yes_nor_no(
    stated: object, facts: dict[str, str | int | Between], truth: object
) -> None:
    assert compiled(condition(stated))(facts) == truth


def test_what_can_never_hold_is_seen_however_it_is_nested() -> None:
    never = {"all": [HARM, {"not": {"any": [HARM, {"fact": "people", "at_least": 5}]}}]}
    assert not can_hold(condition(never), ANSWERS)
    assert not can_hold(condition({"all": [MANY, {"not": {"fact": "people", "at_least": 50}}]}), ANSWERS)
    # The control: with the numbers the other way round there is one between them.
    assert can_hold(condition({"all": [{"fact": "people", "at_least": 50}, {"not": MANY}]}), ANSWERS)
    assert can_hold(condition(HARM), ANSWERS)


def test_a_wrong_form_and_a_wrong_fact_are_named() -> None:
    assert list(faults(condition(HARM), "$")) == []
    assert list(faults(condition({}), "$"))
    assert list(faults(condition({"fact": "harm"}), "$"))
    assert list(faults(condition({"fact": "harm", "is": "yes", "at_least": 1}), "$"))
    assert list(misuse(condition(HARM), ANSWERS)) == []
    assert "there is no fact 'harms'" in list(misuse(condition({"fact": "harms", "is": "yes"}), ANSWERS))
    assert "which has: yes, no" in next(misuse(condition({"fact": "harm", "is": "maybe"}), ANSWERS))
    assert "is a number" in next(misuse(condition({"fact": "people", "is": "many"}), ANSWERS))
    places = [place for place, _ in parts(condition({"all": [HARM, {"not": MANY}]}))]
    assert places == ["$", "$.all[0]", "$.all[1]", "$.all[1].not"]
