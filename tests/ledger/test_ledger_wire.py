"""Rows and pushes read at once: only in the one spelling in which they are written, and as the strict reader reads them."""

import json
import os
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import compact, strict_loads
from ircockpit.ledger.wire import read_push, read_row

PART = {"salt": "AA==", "data": "e30="}
ROW = {"r": '{"seq":1}', "e": '{"v":0,"x":"\\u00e9"}', "s": "AAAA", "p": [PART, {"leaf": "AA=="}]}
EVENT = {key: ROW[key] for key in "esp"}
LINE = compact(ROW).encode()
PUSH = compact({"events": [EVENT, EVENT]}).encode()


def test_what_is_written_is_read() -> None:
    # Control: without this, the tests below would hold for a reader that reads nothing.
    assert read_row(LINE) == ROW
    assert read_row(compact({**ROW, "r": None}).encode()) == {**ROW, "r": None}
    assert read_push(PUSH) == [EVENT, EVENT]


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(ROW).encode(),
        LINE[:-1] + b',"e":"another"}',
        LINE[:-1] + b',"\\u0065":"another"}',
        LINE[:-1] + b',"x":1}',
        LINE.replace(b'{"leaf":"AA=="}', b'{"leaf":"AB==","leaf":"AA=="}'),
        LINE.replace(b'"AAAA"', b"1"),
        LINE.replace(b'"AAAA"', b'"\\ud800"'),
        LINE.replace(b'"AAAA"', b'"\xff"'),
        LINE + b" ",
        LINE[:-1],
        b"{}",
        b"[]",
        b"",
    ],
)
def test_any_other_spelling_is_left_to_the_strict_reader(line: bytes) -> None:
    assert read_row(line) is None
    assert read_push(PUSH.replace(compact(EVENT).encode(), line.replace(b'"r":', b'"z":'), 1)) is None


@given(st.integers(0, len(LINE) - 1), st.binary(min_size=1, max_size=3))
@example(0, os.linesep.encode())
def test_nothing_is_read_that_the_strict_reader_refuses_or_reads_otherwise(at: int, garbage: bytes) -> None:
    for whole, read in ((LINE, read_row), (PUSH, _pushed)):
        changed = bytearray(whole)
        changed[at : at + 1] = garbage
        quick = read(bytes(changed))
        assert quick is None or quick == _strict(bytes(changed))


def _pushed(body: bytes) -> Any:
    listed = read_push(body)
    return None if listed is None else {"events": listed}


def _strict(raw: bytes) -> Any:
    try:
        return strict_loads(raw)
    except BadInput as error:
        return error
