"""A fact of any shape is read as what its reader needs, and never fails."""

import pytest

from ircockpit.core import stated

ANY: tuple[object, ...] = (
    None,
    "",
    "text",
    0,
    7,
    -7,
    True,
    2**53 - 1,
    [],
    {},
    "[1]",
    '{"a": 1}',
    "{",
    "2026-11-23T14:03Z",
    "2026-13-01",
)


@pytest.mark.parametrize("value", ANY)
def test_every_reader_is_total(value: object) -> None:
    assert isinstance(stated.text(value), str)
    assert stated.whole(value) >= 0
    assert stated.moment_us(value) >= 0
    assert isinstance(stated.table(value), dict)


def test_what_has_the_right_shape_is_what_was_stated() -> None:
    assert stated.text("wrong dose") == "wrong dose"
    assert stated.whole(12) == 12
    assert stated.moment_us("1970-01-01T00:01Z") == 60_000_000
    assert stated.table('{"service": "bot"}') == {"service": "bot"}


def test_what_has_another_shape_counts_as_nothing() -> None:
    assert [stated.whole(value) for value in ("12", True, -1, [3])] == [0, 0, 0, 0]
    assert [stated.moment_us(value) for value in ("yesterday", 7, "2026-02-30T00:00Z")] == [0, 0, 0]
    assert [stated.table(value) for value in ("[1]", "{", 7, None)] == [{}, {}, {}, {}]
