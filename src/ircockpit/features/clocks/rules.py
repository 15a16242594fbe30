"""Ids of what is recorded about clocks, and answers as people type them; pure."""

import re

from ircockpit.core.errors import BadInput
from ircockpit.core.ids import companion_id
from ircockpit.features.clocks.form import YES_NO, Fact
from ircockpit.features.conditions import UNKNOWN, Between, Value

MAX_WORDS = 2000
"""Characters of a reason or a reference; longer text is an exhibit."""
_NUMBER = re.compile(r"(?P<low>\d{1,12})(?:(?P<more>\+)|-(?P<high>\d{1,12}))?", re.ASCII)


def fact_id(incident: str, question: str) -> str:
    """Of the answer to one question: the same on every device, so that two people answer one question."""
    return companion_id(incident, "fact", question)


def anchor_id(incident: str, name: str, time: str, low: str, high: str) -> str:
    """Of an event at a stated time: said twice it is one event, said otherwise another."""
    return companion_id(incident, "anchor", name, time, low, high)


def filing_id(incident: str, clock: str, time: str, reference: str) -> str:
    """Of one submission."""
    return companion_id(incident, "filing", clock, time, reference)


def duty_id(incident: str, clock: str) -> str:
    """Of what was decided about one duty, a clock or a banner."""
    return companion_id(incident, "duty", clock)


def toll_id(incident: str, clock: str, begins: str) -> str:
    """Of an authority's request to wait."""
    return companion_id(incident, "toll", clock, begins)


def choices(fact: Fact) -> tuple[str, ...]:
    """The answers a fact has, ``unknown`` last; none before it where the answer is a number."""
    if fact.answers == "number":
        return (UNKNOWN,)
    return (*(YES_NO if fact.answers == "yes_no" else fact.answers), UNKNOWN)


def value_of(fact: Fact, stored: str) -> Value | None:
    """The value of a stored answer; none where it is no answer to this question, or says that nobody knows."""
    if fact.answers != "number":
        return stored if stored in choices(fact)[:-1] else None
    match = _NUMBER.fullmatch(stored)
    if match is None:
        return None
    low = int(match["low"])
    if match["more"]:
        return Between(low)
    high = int(match["high"]) if match["high"] else low
    return None if high < low else low if high == low else Between(low, high)


def answer_of(fact: Fact, typed: str) -> str:
    """The stored form of an answer as typed: a word, the beginning of one that only one has, or its number.

    Raises :class:`BadInput`, naming the answers there are.
    """
    word, known = typed.strip().lower().replace(" ", "_"), choices(fact)
    if fact.answers == "number":
        if value_of(fact, word) is not None:
            return word
    elif word.isascii() and word.isdigit() and 1 <= int(word) <= len(known):
        return known[int(word) - 1]
    found = [each for each in known if each == word] or [
        each for each in known if word and each.startswith(word)
    ]
    if len(found) == 1:
        return found[0]
    raise BadInput(
        f"{typed!r} is no answer to: {fact.ask}",
        safe="nothing was recorded",
        fix=f"answers: {in_words(fact)}",
    )


def in_words(fact: Fact) -> str:
    """The answers of a fact for a sentence."""
    if fact.answers == "number":
        return "a number such as 120, a range such as 100-500, 500+ for at least so many, unknown"
    return ", ".join(f"{at} {each}" for at, each in enumerate(choices(fact), 1))
