"""Other people's regular expressions: quick ones are compared here, the others where they can be ended."""

import re
import time

import pytest

from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.processes.patterns import is_all_of, is_quick

ENDLESS = [
    ("(a+)+b", "a" * 40), ("(a|a)*b", "a" * 60), ("([a-z]+)*1", "a" * 60), ("a?" * 30 + "a" * 30, "a" * 29 + "b"),
    ("(a|a)" * 40, "a" * 39 + "b"), (r"(a*)(a*)(a*)(a*)(a*)\1b", "a" * 250), ("(?:a{0,50}){0,50}b", "a" * 200),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text"), ENDLESS)
def test_one_that_would_not_end_is_ended(pattern: str, text: str) -> None:
    assert not is_quick(pattern)
    assert is_all_of(pattern, text, one_s=0.5) in (None, False)


def test_the_first_of_them_would_really_not_end() -> None:
    """The control: each further letter takes twice as long."""
    pattern, took = re.compile("(a+)+b"), []
    for letters in (18, 21):
        began = time.process_time()
        pattern.fullmatch("a" * letters)
        took.append(time.process_time() - began)
    assert took[1] > 4 * took[0]


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "eu-1", "-eu"), (r"[a-z]+(\.[a-z]+)*", "a.b.c", "a..b"),
        ("north|south|east|west|up", "west", "wes"), (r"\(\+[0-9]+\)", "(+49)", "+49"), ("[]*+]{1,3}", "]*+", "x"),
    ],
)  # fmt: skip
def test_either_way_says_the_same(pattern: str, good: str, bad: str) -> None:
    assert is_all_of(pattern, good) is True
    assert is_all_of(pattern, bad) is False


def test_what_comes_with_the_program_needs_no_process_of_its_own() -> None:
    patterns = [
        param.pattern
        for ident in SHIPPED
        for action in shipped(ident).actions
        for param in action.params.values()
        if param.pattern is not None
    ]
    assert len(patterns) > 40
    assert [each for each in patterns if not is_quick(each)] == []
