"""What is signed is read one way only: everything two readers could understand differently is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_INTEGER, canonical, strict_loads

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_the_canonical_form_is_read_back_and_is_the_only_one(value: Any) -> None:
    raw = canonical(value)
    assert strict_loads(raw) == value
    assert canonical(strict_loads(raw)) == raw
    assert canonical(json.loads(json.dumps(value, indent=3))) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"{}{}", b'{"a":1,"a":1}', b'[{"b":{"a":1,"a":2}}]', b"NaN", b"[Infinity]", b"-Infinity",
        b'"\\ud800"', b'{"\\udc00":1}', b'"\xff"', b"\xef\xbb\xbf{}", b"'a'", b"[1,]", b"01", b"1.0", b"1e3", b"-0.0",
        b"9007199254740992", b"-9007199254740992", b"1" * 5000, b"[" * 100_000, b'"a\nb"',
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match="not strict JSON"):
        strict_loads(raw)


@pytest.mark.parametrize("raw", [b"9007199254740991", b"-9007199254740991", b'"\\ud83d\\ude00"', b" [ ] "])
def test_what_stands_at_the_edge_is_taken(raw: bytes) -> None:
    assert strict_loads(raw) == json.loads(raw)


@pytest.mark.parametrize("raw", [b"NaN", b"Infinity", b"[-Infinity]", b"1e400", b"[-1e999]", b"1" * 5000])
def test_fractions_may_be_let_in_but_nothing_that_is_no_number(raw: bytes) -> None:
    assert strict_loads(b"[0.5, 1e3]", floats=True) == [0.5, 1000.0]
    with pytest.raises(BadInput, match="not strict JSON") as refused:
        strict_loads(raw, floats=True)
    assert "nested" not in refused.value.what


def test_only_depth_is_called_depth() -> None:
    with pytest.raises(BadInput, match="nested too deep"):
        strict_loads(b"[" * 100_000)
