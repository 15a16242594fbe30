"""What may stand for a person, where somebody lives, what a sum is, and how many were reached."""

import pytest

from ircockpit.core.errors import BadInput
from ircockpit.features.impact.rules import (
    Count,
    Tally,
    looks_like,
    money,
    pseudonym,
    read_amount,
    read_place,
    read_words,
    summed,
)

PLAIN = (
    "u-4711",
    "user_8f3a9",
    "cust-12",
    "12345",
    "acct:0001",
    "9b2c7c1e-0c1d-4f5e-9a51-0242ac120002",
    "A1",
)
PERSONAL = {
    "jo@example.org": "e-mail address", "Jo <jo@example.org>": "e-mail address", "+49 30 901820": "phone number",
    "030 901820": "phone number", "0309018200": "phone number", "4930901820": "phone number", "(030) 90-18-20": "phone number",
    "Maria": "name", "maria lopez": "name", "Lopez, Maria": "name", "maria.lopez1985": "name", "María-José Núñez": "name",
    "10.0.0.7": "network address", "2001:db8::1": "network address", "12 High Street": "other words",
    "\x1b]0;x\x07": "other words", "名前": "name", "u-1\u202e": "other words", "": "other words",
}  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_id_stays_as_it_is(text: str) -> None:
    assert looks_like(text) == ""


@pytest.mark.parametrize(("text", "looks"), PERSONAL.items())
def test_what_shows_a_person_is_known(text: str, looks: str) -> None:
    assert looks_like(text) == looks


def test_a_hash_is_the_same_for_one_person_however_spelled_and_another_under_another_key() -> None:
    one, other = bytes(32), bytes([1]) * 32
    assert pseudonym(" Jo@Example.org ".strip(), one) == pseudonym("jo@example.org", one)
    assert pseudonym("+49 30 901820", one) == pseudonym("0049 (30) 90-18-20", one)
    assert pseudonym("jo@example.org", one) != pseudonym("jo@example.org", other)
    assert looks_like(pseudonym("jo@example.org", one)) == ""


def test_a_place_is_a_code_and_what_is_near_one_is_named() -> None:
    assert read_place("de") == ("DE", "")
    assert read_place(" US-CA ") == ("US", "US-CA")
    assert read_place("") == ("", "")
    for wrong, fix in {
        "UK": "GB",
        "Germany": "DE, US-CA",
        "EU": "for example",
        "US-": "for example",
        "\x1b": "for",
    }.items():
        with pytest.raises(BadInput) as told:
            read_place(wrong)
        assert fix in told.value.fix
        assert "\x1b" not in "".join(told.value.sentences())


def test_a_sum_is_kept_in_whole_minor_units() -> None:
    assert read_amount("12.50", "eur", minor=False) == (1250, "EUR")
    assert read_amount("1,250", "JPY", minor=False) == (1250, "JPY")
    assert read_amount("0.125", "KWD", minor=False) == (125, "KWD")
    assert read_amount("1250", "EUR", minor=True) == (1250, "EUR")
    assert read_amount("-3", "EUR", minor=False) == (-300, "EUR")
    assert read_amount("", "EUR", minor=False) == (0, "")
    for text, code, minor in (
        ("12.505", "EUR", False), ("1.5", "JPY", False), ("12.5", "EUR", True), ("x", "EUR", False), ("1", "", False),
        ("1e3", "EUR", False), ("9" * 15, "EUR", False), ("nan", "EUR", False),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            read_amount(text, code, minor=minor)
    assert (money(1250, "EUR"), money(-1250, "JPY"), money(5, "KWD")) == (
        "12.50 EUR",
        "-1,250 JPY",
        "0.005 KWD",
    )


def test_words_that_lead_to_somebody_are_refused() -> None:
    assert read_words(" access log ", "the source") == "access log"
    for text in ("from jo@example.org", "call +49 30 9018200", "x" * 121):
        with pytest.raises(BadInput):
            read_words(text, "the source")


def test_people_in_groups_may_be_the_ones_listed() -> None:
    count = Count(3200, 4000)
    assert (count.low, count.high) == (4000, 7200)
    assert count.words() == "4,000 to 7,200 people"
    assert (Count(1).words(), Count(0, 4000).words()) == ("1 person", "4,000 people")


def test_what_was_recorded_by_mistake_counts_for_nothing() -> None:
    found = summed(
        [
            Tally("affected", "open", "DE", "confirmed", "", 3, 3, 0),
            Tally("affected", "mistaken", "DE", "confirmed", "", 9, 9, 0),
            Tally("cohort", "told", "US", "estimated", "", 1, 4000, 1),
            Tally("act", "reversed", "", "confirmed", "EUR", 2, 500, 0),
            Tally("act", "open", "", "confirmed", "EUR", 1, 100, 0),
            Tally("act", "mistaken", "", "confirmed", "EUR", 1, 7, 0),
        ]
    )
    assert (found.people, found.confirmed, found.acts, found.disputed) == (Count(3, 4000), Count(3), 3, 1)
    assert list(found.by_jurisdiction) == ["US", "DE"]
    assert found.sums == (("EUR", 600, 100),)
    assert found.by_state == {"open": Count(3), "told": Count(0, 4000)}
