"""Short ids can be said, never mean another thing than before, and UUIDs are those of RFC 9562."""

import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.ids import (
    _UNFIT,
    LONGEST,
    SHORTEST,
    belongs,
    companion_id,
    entity_id,
    is_bound,
    is_fit,
    may_be_id,
    named_uuid,
    random_uuid,
    shared_id,
    shorten,
    spoken_form,
    uuid7,
    uuid8,
)

idents = st.uuids().map(str)


@given(idents)
def test_a_spoken_form_is_consonant_vowel_and_never_stutters(ident: str) -> None:
    spoken = spoken_form(ident)
    syllables = [spoken[at : at + 2] for at in range(0, len(spoken), 2)]
    assert len(syllables) == LONGEST
    assert all(each[0] in "bdfgjklmnprstvz" and each[1] in "aeiou" for each in syllables)
    assert all(one != two for one, two in pairwise(syllables))
    assert spoken == spoken_form(ident.upper())


@given(st.lists(idents, min_size=1, max_size=40, unique=True))
def test_short_ids_are_unambiguous_and_only_grow(known: list[str]) -> None:
    spoken = sorted(spoken_form(ident) for ident in known)

    def short(each: str, among: list[str]) -> str:
        at = among.index(each)
        return shorten(each, [*among[max(at - 1, 0) : at], *among[at + 1 : at + 2]])

    found = {each: short(each, spoken) for each in spoken}
    for each, word in found.items():
        assert len(word) >= 2 * SHORTEST
        assert [other for other in spoken if other.startswith(word)] == [each]
        if len(spoken) > 1:
            fewer = [other for other in spoken if other != spoken[0]]
            if each in fewer:
                assert word.startswith(short(each, fewer)), "a newcomer only lengthens"
        assert may_be_id(word)


def test_a_collision_lengthens_both() -> None:
    one, two = map(
        spoken_form, ("cb028112-6822-861c-a365-be28c63a25f6", "990be653-c619-82f2-9abc-ae04f3de2a6d")
    )
    assert one[:4] == two[:4]
    assert (shorten(one, [two]), shorten(two, [one])) == (one[:6], two[:6])
    assert shorten(one, []) == one[:4]
    assert shorten(one, [one]) == one, "the whole is all there is"


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_uuid7_is_ordered_by_its_time(ms: int, rand: bytes) -> None:
    made = uuid.UUID(uuid7(ms, rand))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == ms
    if ms:
        assert uuid7(ms - 1, b"\xff" * 10) < str(made)


def test_uuids_state_their_version() -> None:
    assert uuid.UUID(uuid8(bytes(range(32)))).version == 8
    assert uuid.UUID(random_uuid()).version == 4
    assert len({random_uuid() for _ in range(100)}) == 100


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_names_are_joined_without_ambiguity(one: list[str], two: list[str]) -> None:
    assert (named_uuid("thing", *one) == named_uuid("thing", *two)) == (one == two)
    assert named_uuid("thing", *one) != named_uuid("other", *one)


@given(st.uuids().map(str), st.uuids().map(str), st.text(max_size=6))
def test_an_id_says_which_stream_it_belongs_to(stream: str, other: str, word: str) -> None:
    fresh = entity_id(stream)
    beside = companion_id(fresh, "triage", word)
    for made in (fresh, beside):
        assert (uuid.UUID(made).version, uuid.UUID(made).variant) == (8, uuid.RFC_4122)
        assert belongs(made, stream)
        assert belongs(made, other) == (other == stream)
    assert beside == companion_id(fresh, "triage", word) != companion_id(fresh, "exhibit", word)
    assert beside != companion_id(entity_id(stream), "triage", word), "another thing has another beside it"
    assert belongs(stream, stream), "a stream is a thing of its own"
    assert not any(map(is_bound, (shared_id("group", word), random_uuid(), uuid7(1, bytes(10)))))


@pytest.mark.parametrize("bit", [*range(48), *range(52, 64), *range(66, 78)])
def test_every_bit_of_the_tag_counts(bit: int) -> None:
    stream = named_uuid("stream", "one")
    made = uuid.UUID(entity_id(stream)).int
    assert not belongs(str(uuid.UUID(int=made ^ 1 << 127 - bit)), stream)


@pytest.mark.parametrize(
    ("word", "good"),
    [
        ("tofa", True), ("g-kavu", True), (" TOFA ", True), ("5e0d0000-0000-7000-8000-000000000000", True),
        ("he", False), ("called", False), ("dismiss", False), ("1", False), ("", False), ("tofa!", False),
    ],
)  # fmt: skip
def test_what_can_be_an_id(word: str, good: bool) -> None:
    assert may_be_id(word) is good


def test_nothing_is_called_by_a_word_that_offends() -> None:
    assert all(may_be_id(word) and len(word) == 2 * SHORTEST for word in _UNFIT)
    stream = named_uuid("stream", "one")
    numbers = iter(range(20_000))
    made = [entity_id(stream, lambda size: next(numbers).to_bytes(size, "big")) for _ in range(9000)]
    assert {spoken_form(ident, SHORTEST) for ident in made}.isdisjoint(_UNFIT)
    drawn = next(numbers) - len(made)
    assert 9 < drawn < 180, "the control: as many were drawn again as there are such words"
    bad = next(n for n in range(20_000) if not is_fit(entity_id(stream, lambda s, n=n: n.to_bytes(s, "big"))))  # type: ignore[misc]
    assert is_fit(entity_id(stream)), "control"
    assert not is_fit(entity_id(stream, lambda size: bad.to_bytes(size, "big"))), "and without chance it ends"
