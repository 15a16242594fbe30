"""Parts: what is taken away leaves every proof standing, and what is changed is found."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import merkle, parts
from ircockpit.ledger.parts import Part, body_digest, check_parts, drop, make_parts, read_part

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | st.text(max_size=30)
OBJECTS = st.dictionaries(st.text(max_size=8), SCALARS | st.lists(SCALARS, max_size=3), max_size=5)
RAND = st.binary(min_size=16, max_size=16)


def same_salt(size: int) -> bytes:
    return bytes(range(size))


@given(st.lists(st.tuples(OBJECTS, RAND), max_size=9), st.data())
def test_any_parts_can_be_taken_away_and_the_rest_stays_proved(
    given_parts: list[tuple[dict[str, Any], bytes]], data: st.DataObject
) -> None:
    salts = iter([salt for _, salt in given_parts])
    made = make_parts([value for value, _ in given_parts], lambda _: next(salts))
    body = body_digest(made)
    away = data.draw(st.sets(st.integers(0, len(made) - 1)) if made else st.just(set()))
    redacted = [drop(part) if index in away else part for index, part in enumerate(made)]
    check_parts(redacted, body)
    read = [read_part(part) for part in redacted]
    assert read == [None if i in away else value for i, (value, _) in enumerate(given_parts)]
    for index, part in enumerate(redacted):
        proof = merkle.inclusion_proof([other.leaf for other in redacted], index)
        root = merkle.root_from_inclusion(index, len(redacted), part.leaf, proof)
        assert root == merkle.root([other.leaf for other in made])


def test_a_part_taken_away_leaves_nothing_to_guess_from() -> None:
    part = make_parts([{"name": "somebody"}], same_salt)[0]
    assert drop(part) == Part(part.leaf, None, None)
    # Control: without the salt, the same leaf would confirm the guess.
    assert part.data is not None
    assert part.leaf != merkle.leaf_hash(part.data)
    assert part.leaf == merkle.leaf_hash(bytes(range(16)) + part.data)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p._replace(data=p.data.replace(b"two", b"TWO")),
        lambda p: p._replace(salt=bytes(16)),
        lambda p: p._replace(data=p.data[:-1]),
        lambda p: p._replace(salt=p.salt + p.data[:1], data=p.data[1:]),
        lambda p: p._replace(salt=None),
        lambda p: p._replace(data=None),
    ],
)
def test_a_changed_part_is_named(change: Any) -> None:
    made = make_parts([{"a": "one"}, {"a": "two"}, {"a": "three"}], same_salt)
    check_parts(made, body_digest(made))
    changed = [made[0], change(made[1]), made[2]]
    with pytest.raises(TrustError, match="part 1"):
        check_parts(changed, body_digest(made))


def test_added_left_out_exchanged_and_moved_parts_are_found() -> None:
    made = make_parts([{"a": 1}, {"a": 2}, {"a": 3}], same_salt)
    body = body_digest(made)
    other = make_parts([{"a": 9}], same_salt)[0]
    for wrong in (made[:2], (*made, other), (made[0], other, made[2]), made[::-1], ()):
        with pytest.raises(TrustError, match="not those its author signed"):
            check_parts(wrong, body)


def test_a_part_cannot_pass_as_two() -> None:
    # Control of the part count in the digest: the tree alone does not tell a node from a leaf of equal bytes.
    made = make_parts([{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}], same_salt)
    leaves = [part.leaf for part in made]
    folded = [
        Part(merkle.node_hash(*leaves[:2]), None, None),
        Part(merkle.node_hash(*leaves[2:]), None, None),
    ]
    assert merkle.root([part.leaf for part in folded]) == merkle.root(leaves)
    assert body_digest(folded) != body_digest(made)


@pytest.mark.parametrize(("size", "padded"), [(0, 64), (64, 64), (65, 256), (257, 1024), (16385, 65536)])
def test_sizes_say_little(size: int, padded: int) -> None:
    assert parts.padded_size(size) == padded


@given(st.text(max_size=600))
def test_a_part_is_padded_with_spaces(text: str) -> None:
    part = make_parts([{"text": text}], same_salt)[0]
    assert part.data is not None
    assert len(part.data) in (64, 256, 1024, 4096)
    stripped = part.data.rstrip(b" ")
    assert part.data == stripped + b" " * (len(part.data) - len(stripped))
    assert json.loads(part.data) == {"text": text}


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.5},
        {"a": float("nan")},
        {"a": 2**53},
        {"a": "\ud800"},
        {"a": b"bytes"},
        {"a": "x" * parts.MAX_PART},
        {1: "a key that is no text", "1": "twice"},
    ],
)
def test_what_cannot_be_a_part_is_refused_before_it_is_signed(value: Any) -> None:
    with pytest.raises(BadInput):
        make_parts([value], same_salt)


@pytest.mark.parametrize("data", [b"[]", b"1", b"{", b'{"a":1,"a":2}', b'{"a":1.0}', b"\xff", b""])
def test_a_part_that_is_no_object_is_refused_on_reading(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_part(parts.seal_part(bytes(16), data))


def test_a_short_salt_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        make_parts([{}], lambda _: b"short")
