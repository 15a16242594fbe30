"""What every reader withstands: arbitrary bytes, long lines, deep nesting, broken ends."""

import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.intake.formats.detect import FORMATS
from ircockpit.features.intake.formats.found import Bad, Found
from ircockpit.features.intake.formats.reading import parse, parse_all
from ircockpit.features.intake.formats.records import MAX_DOCUMENT, MAX_LINE

TITLED = b'{"title": "t"}\n'
NAMES = (
    "entry_type", "status", "uuid", "probe_classname", "prompt", "outputs", "output", "detector_results",
    "goal",
    "run_id", "attempt_id", "attempt_idx", "generator", "probe", "detector", "score", "run.eval_threshold",
    "passed", "fails", "total_evaluated", "alerts", "labels", "annotations", "startsAt", "endsAt",
    "fingerprint", "receiver", "groupKey", "truncatedAlerts", "title", "source", "model", "observed_at",
    "turns", "content", "text",
)  # fmt: skip
WORDS = (
    "attempt",
    "eval",
    "init",
    "start_run setup",
    "completion",
    "resolved",
    "2026-11-23T09:38:27Z",
    "summary",
)

names = st.sampled_from(NAMES) | st.text(max_size=3)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS)
    | st.text(st.characters(codec=None, categories=None), max_size=6) | st.sampled_from([0, 1, 2])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)
rows = st.lists(values | st.dictionaries(names, values, min_size=3, max_size=9), max_size=5)


class Fails:
    """A file whose disk has gone."""

    def seek(self, *_: int) -> int:
        return 10

    def readline(self, *_: int) -> bytes:
        raise OSError(5, "Input/output error")

    read = readline


def check(raw: bytes, format_name: str, reader: Callable[[BinaryIO, str], Any] = parse_all) -> None:
    """All that must hold of any bytes, whatever they are."""
    parsed = reader(io.BytesIO(raw), format_name)
    for one in parsed.found:
        assert isinstance(one, Found)
        texts = [value for value in one if isinstance(value, str)] + [
            text for pair in one.labels for text in pair
        ]
        assert all(text.encode() is not None for text in texts)
        assert one.key.isascii()
        assert one.key.isprintable()
        assert len(one.title) <= 200
        assert "\n" not in one.title
        assert one.title
        assert 0 <= one.offset < one.offset + one.length <= len(raw)
        assert raw[: one.offset].count(b"\n") + 1 == one.line
        json.loads(raw[one.offset : one.offset + one.length].decode())
    for bad in parsed.bad:
        assert isinstance(bad, Bad)
        assert bad.reason
        assert bad.reason.isprintable()
        assert 1 <= bad.line <= raw.count(b"\n") + 1


@pytest.mark.parametrize("format_name", FORMATS)
@given(raw=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(format_name: str, raw: bytes) -> None:
    check(raw, format_name)


@pytest.mark.parametrize("format_name", FORMATS)
@given(rows=rows, indent=st.sampled_from([None, 1]), cut=st.integers(0, 40))
def test_arbitrary_rows_of_known_fields_never_raise(
    format_name: str, rows: list[Any], indent: int | None, cut: int
) -> None:
    raw = b"\n".join(json.dumps(row, indent=indent).encode() for row in rows)
    check(raw, format_name)
    check(raw[: max(0, len(raw) - cut)], format_name)
    check(json.dumps(rows, indent=indent).encode(), format_name)


def test_the_check_itself_fails_on_a_reader_that_does_not_hold() -> None:
    def careless(file: BinaryIO, _: str) -> Any:
        return json.loads(file.read())

    with pytest.raises(ValueError, match="Expecting value"):
        check(b"\x00", "jsonl", careless)

    def misplacing(file: BinaryIO, format_name: str) -> Any:
        parsed = parse_all(file, format_name)
        return parsed._replace(found=tuple(one._replace(line=one.line + 1) for one in parsed.found))

    check(TITLED, "jsonl")
    with pytest.raises(AssertionError):
        check(TITLED, "jsonl", misplacing)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_line_of_fifty_megabytes_is_passed_over(format_name: str) -> None:
    good = {
        "garak": b'{"goal": "g", "detector": "d", "attempt_id": "a"}',
        "alertmanager": b"[]",
        "jsonl": TITLED.strip(),
    }
    long = b'{"title": "' + b"x" * (50 * 1024 * 1024) + b'"}'
    parsed = parse_all(
        io.BytesIO(good[format_name] + b"\n" + long + b"\n" + good[format_name] + b"\n"), format_name
    )
    assert [(bad.line, "longer than 16 MB" in bad.reason) for bad in parsed.bad] == [(2, True)]
    assert len(parsed.found) + parsed.skipped == 2
    assert [one.offset for one in parsed.found][1:] in ([], [len(good[format_name]) + len(long) + 2])


def test_a_line_at_the_limit_is_read() -> None:
    whole = b'{"title": "t", "output": "' + b"x" * (MAX_LINE - 28) + b'"}'
    assert len(whole) == MAX_LINE
    assert len(parse_all(io.BytesIO(whole + b"\n"), "jsonl").found) == 1
    assert len(parse_all(io.BytesIO(whole), "jsonl").found) == 1
    assert len(parse_all(io.BytesIO(b" " + whole + b"\n"), "jsonl").bad) == 1


def test_a_document_over_the_limit_is_one_bad_entry(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b"[\n")
        file.truncate(MAX_DOCUMENT + 1)
    parsed = parse_all(path, "alertmanager")
    assert (parsed.found, [bad.line for bad in parsed.bad]) == ((), [1])


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    "deep",
    [
        b"[" * 200_000,
        b'{"title": ' * 200_000,
        b'{"title": "t", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ],
)
def test_deep_nesting_is_bad(format_name: str, deep: bytes) -> None:
    parsed = parse_all(io.BytesIO(TITLED + deep + b"\n"), format_name)
    assert (2, True) in [(bad.line, "nested" in bad.reason) for bad in parsed.bad]


def test_line_ends_marks_and_blank_lines_do_not_matter() -> None:
    raw = b"\xef\xbb\xbf" + TITLED.replace(b"\n", b"\r\n") + b"\r\n  \n" + TITLED.rstrip()
    parsed = parse_all(io.BytesIO(raw), "jsonl")
    assert [(one.line, one.offset, one.length) for one in parsed.found] == [(1, 3, 14), (4, 24, 14)]
    assert (parsed.bad, parsed.skipped) == ((), 0)


def test_a_broken_end_is_told_from_a_broken_row() -> None:
    parsed = parse_all(io.BytesIO(b'{"title"\n' + TITLED + b'{"title"'), "jsonl")
    assert [(bad.line, "breaks off" in bad.reason) for bad in parsed.bad] == [(1, False), (3, True)]
    latin = parse_all(io.BytesIO('{"title": "Grüße"}\n'.encode("latin-1")), "jsonl")
    assert [bad.reason for bad in latin.bad] == ["it is not UTF-8 text"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_progress_goes_forward_to_the_end(format_name: str) -> None:
    raw = TITLED * 100_000
    told: list[tuple[int, int]] = []
    parse_all(io.BytesIO(raw), format_name, progress=lambda done, total: told.append((done, total)))
    assert {total for _, total in told} == {len(raw)}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(raw), len(raw))
    assert len(told) > 3


def test_a_short_document_tells_its_end() -> None:
    told: list[tuple[int, int]] = []
    parse_all(io.BytesIO(b"[\n]\n"), "alertmanager", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


def test_what_is_appended_meanwhile_waits_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "growing.jsonl"
    path.write_bytes(TITLED * 3)
    reading = parse(path, "jsonl")
    next(reading)
    with path.open("ab") as file:
        file.write(TITLED * 2)
    assert sum(1 for _ in reading) == 2


def test_an_abandoned_reading_lets_go_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(TITLED * 3)
    reading = parse(path, "jsonl")
    next(reading)
    reading.close()
    assert list(reading) == []


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(BadInput, match="no format 'csv'"):
        parse(io.BytesIO(), "csv")


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            parse_all(path, "jsonl")
    gone: Any = Fails()
    for format_name in FORMATS:
        with pytest.raises(BadInput, match="cannot be read: Input/output error"):
            parse_all(gone, format_name)


def test_a_pipe_is_refused_with_the_way_out(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.open("wb").close())
    writer.start()
    with pytest.raises(BadInput, match="pipe") as caught:
        parse_all(pipe, "jsonl")
    writer.join()
    assert caught.value.fix
