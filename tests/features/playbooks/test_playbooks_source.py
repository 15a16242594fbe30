"""The file as JSON: what is refused names its line, and every place is found on its line."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.features.playbooks.source import MAX_BYTES, Refused, lines_of, pointer, read

NAME = "night.json"


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b'{\n "a": 1,\n "b": {"x": 1,\n "x": 2}}', 4, "the key 'x' stands twice"),
        (b'{"a": 1,\n "\\u0061": 2}', 2, "the key 'a' stands twice"),
        (b'{"a": 1,\n "b": \xff}', 2, "not UTF-8"),
        (b'{"a": 1,\n\n "b": NaN}', 3, "NaN is not a number"),
        (b'{"a": -Infinity}', 1, "-Infinity is not a number"),
        (b'{"a":\n "\\ud800"}', 2, "half a character"),
        (b'{"a":\n 1e999}', 2, "too large"),
        (b'{"a":\n ' + b"9" * 5000 + b"}", 2, "too large"),
        (b'{"a": 1,\n "b" 2}', 2, "not JSON"),
        (b'{"a": 1,\n', 2, "not JSON"),
        (b"", 1, "not JSON"),
        (b"[1]", 1, "not an object"),
        (b'{"a":\n' + b"[" * 70 + b"]" * 70 + b"}", 2, "more than 64 levels"),
        (b'{"a":' + b"[" * 100_000, 1, "more than 64 levels"),
        (b"{" + b" " * MAX_BYTES + b"}", 0, "bytes, a playbook at most"),
    ],
)
def test_what_is_refused_says_file_line_and_reason(raw: bytes, line: int, reason: str) -> None:
    with pytest.raises(Refused, match=NAME) as refused:
        read(raw, NAME)
    assert refused.value.line == line
    assert reason in refused.value.reason
    assert len(refused.value.sentences()) == 3


def test_a_mark_of_byte_order_is_no_reason_to_refuse() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1.5}', NAME).value == {"a": 1.5}


def test_places_are_found_on_their_lines() -> None:
    text = '{\n "a": [1,\n {"b/c": "x\\ny"}],\n\n "d~":\n  true }'
    places = {"": 1, "/a": 2, "/a/0": 2, "/a/1": 3, "/a/1/b~1c": 3, "/d~0": 5}
    assert lines_of(text, places) == places
    assert lines_of(text, ["/nowhere"]) == {}


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def places_in(value: Any, place: str) -> list[str]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place] + [each for key, inner in below for each in places_in(inner, pointer(place, key))]


@given(st.dictionaries(words, values, max_size=4))
def test_every_place_of_anything_is_found_and_in_order(value: dict[str, Any]) -> None:
    source = read(json.dumps(value, indent=1).encode(), NAME)
    places = places_in(source.value, "")
    found = lines_of(source.text, places)
    assert list(found) == places
    assert list(found.values()) == sorted(found.values())


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\0aé\n', max_size=40).map(str.encode))
def test_no_bytes_are_anything_but_read_or_refused(raw: bytes) -> None:
    with suppress(Refused):
        assert isinstance(read(raw, NAME).value, dict)
