"""Connector YAML has one meaning, and what could have two is refused with its line."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import MAX_BYTES
from ircockpit.core.yamltext import load_yaml as read


def test_only_true_and_false_are_booleans() -> None:
    raw = b"[true, false, on, off, yes, no, y, n, True, NO, 'true']"
    assert read(raw) == [True, False, "on", "off", "yes", "no", "y", "n", "True", "NO", "true"]


def test_numbers_are_those_of_json_and_everything_else_is_text() -> None:
    raw = b"[1, -7, 0, 1.5, 017, 0x1f, 1:30, 2026-01-01, 1e3, .5, 1_000, '1', 12345678901234567890, null, ~]"
    text = ["017", "0x1f", "1:30", "2026-01-01", "1e3", ".5", "1_000", "1", "12345678901234567890"]
    assert read(raw) == [1, -7, 0, 1.5, *text, None, None]


def test_off_can_be_a_key() -> None:
    assert read(b"params: {off: 1, on: 2}") == {"params": {"off": 1, "on": 2}}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"a: 1\nb: 2\na: 3", "'a' stands twice in one place, again in line 3"),
        (b"a: &x 1", "an anchor in line 1"),
        (b"a: 1\nb: *x", "an alias in line 2"),
        (b"a:\n  <<: {b: 1}", "a merge key in line 2"),
        (b"a: !!python/object/apply:os.system [id]", "a tag in line 1"),
        (b"a: !!str 1", "a tag in line 1"),
        (b"? [a]\n: 1", "a key that is not a word in line 1"),
        (b"a: 1\n---\nb: 2", "a second document begins in line 2"),
        (b"a: [1", "not YAML in line"),
        (b"a: \xff", "not UTF-8"),
        (b"a: \x1b[2J", "not YAML"),
        (b"x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_could_mean_two_things_is_refused_with_its_line(raw: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why.replace("[", r"\[")):
        read(raw)


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_no_line_ends_where_an_editor_shows_none(end: str) -> None:
    with pytest.raises(BadInput, match=r"U\+[0-9A-F]{4}, in line 2"):
        read(f"a: 1\nb: 2  # harmless {end}c: 3\n".encode())
    assert read(b"a: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


@pytest.mark.parametrize("turn", ["\u202e", "\u2066"])
def test_no_line_is_shown_in_another_order_than_it_has(turn: str) -> None:
    with pytest.raises(BadInput, match="in line 1"):
        read(f"method: GET # {turn}DELETE".encode())
    assert read("what: עצור את הדגם".encode()) == {"what": "עצור את הדגם"}


@pytest.mark.parametrize("raw", [b"[" * 60_000, b"{a: " * 15_000, b"- " * 30_000, b"? " * 30_000])
def test_bombs_of_depth_are_refused_at_once(raw: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(BadInput):
        read(raw)
    assert time.monotonic() - started < 1


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20))]
    with pytest.raises(BadInput, match="anchor"):
        read("\n".join(lines).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(BadInput):
        read(raw)


def test_the_line_of_every_value_is_known_by_its_place() -> None:
    raw = b"# a remark\nform: 1\nrules:\n  - id: a\n    n: 2\n  - id: b\n    words: [x,\n      y]\n"
    lines: dict[str, int] = {}
    assert read(raw, lines=lines) == read(raw)
    named = {place: line for place, line in lines.items() if place.endswith(":")}
    assert named["$.rules:"] == 3, "its value begins in the next line"
    assert {place: line for place, line in lines.items() if place not in named} == {
        "$": 2, "$.form": 2, "$.rules": 4, "$.rules[0]": 4, "$.rules[0].id": 4, "$.rules[0].n": 5,
        "$.rules[1]": 6, "$.rules[1].id": 6, "$.rules[1].words": 7, "$.rules[1].words[0]": 7, "$.rules[1].words[1]": 8,
    }  # fmt: skip
