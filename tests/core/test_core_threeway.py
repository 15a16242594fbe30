"""The suggestion of a merged text: both changes are in it, in either order of asking, or there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.threeway import MAX_TEXT, merge

BEFORE = "Wrong dose told to users of the pharmacy bot, about 400 so far."


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (
            "Wrong dose of insulin told to users of the pharmacy bot, about 400 so far.",
            "Wrong dose told to users of the pharmacy bot, about 4,000 so far.",
            "Wrong dose of insulin told to users of the pharmacy bot, about 4,000 so far.",
        ),
        (
            BEFORE + " Two called in.",
            BEFORE.replace("Wrong", "Dangerous"),
            BEFORE.replace("Wrong", "Dangerous") + " Two called in.",
        ),
        (BEFORE.replace("about 400", "about 900"), BEFORE.replace("about 400", "at least 700"), None),
        (BEFORE + " Two called in.", BEFORE + " The bank knows.", None),
        (BEFORE, BEFORE + " Two called in.", None),
        ("the same", "the same", None),
    ],
)
def test_changes_that_do_not_touch_are_brought_together(one: str, other: str, both: str | None) -> None:
    assert merge(BEFORE, one, other) == both
    assert merge(BEFORE, other, one) == both


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=8).map(" ".join)


@given(WORDS, WORDS, WORDS)
def test_the_order_of_the_two_does_not_matter_and_no_new_word_is_lost(
    before: str, one: str, other: str
) -> None:
    both = merge(before, one, other)
    assert both == merge(before, other, one)
    if both is not None:
        for text in (one, other):
            assert set(text.split()) - set(before.split()) <= set(both.split())


def test_a_very_long_text_is_left_to_people() -> None:
    long = "x " * MAX_TEXT
    assert merge(long, long + "one", "other " + long) is None
