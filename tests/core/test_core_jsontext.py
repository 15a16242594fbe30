"""Strict JSON is understood the same wherever it is read."""

import pytest

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_DEPTH, canonical, strict_loads


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def read_from(frames: int, raw: bytes) -> bool:
    """Whether it is taken by a reader that is called from so deep."""
    if frames:
        return read_from(frames - 1, raw)
    try:
        canonical(strict_loads(raw))
    except BadInput:
        return False
    return True


@pytest.mark.parametrize(("levels", "taken"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (800, False)])
def test_how_deep_text_may_nest_does_not_depend_on_the_reader(levels: int, taken: bool) -> None:
    assert [read_from(frames, nested(levels)) for frames in (0, 500)] == [taken, taken]


def test_many_values_beside_each_other_are_not_deep() -> None:
    assert strict_loads(b"[" + b"{}," * 500 + b"{}]") == [{}] * 501
