"""Telling formats apart, and saying in plain words what a wrong file is."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.intake.formats.detect import FORMATS, HEAD_BYTES, detect

SETUP = b'{"entry_type": "start_run setup", "_config.version": "0.17.1"}\n'
HIT = b'{"goal": "g", "run_id": "r", "attempt_id": "a", "attempt_idx": 0, "probe": "p", "detector": "d"}\n'
ALERT = {"labels": {"alertname": "a"}, "startsAt": "2026-11-23T09:38:27Z", "fingerprint": "f"}
BODY = {"receiver": "r", "status": "firing", "alerts": [ALERT], "groupKey": "k", "version": "4"}
LONG = "x" * (2 * HEAD_BYTES)


def outcome(head: bytes, name: str) -> str:
    """The format, or the words of the refusal."""
    try:
        return detect(head, name)
    except BadInput as refused:
        return refused.what


def refusal(head: bytes, name: str = "wrong") -> str:
    with pytest.raises(BadInput) as caught:
        detect(head, name)
    assert caught.value.safe == "nothing was taken in"
    assert "known are: garak" in caught.value.what
    return caught.value.what


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("garak/support_bot.hitlog.jsonl", "garak"), ("garak/support_bot.report.jsonl", "garak"),
        ("garak/report_test.report.jsonl", "garak"), ("garak/test_with_ci.report.jsonl", "garak"),
        ("alertmanager/firing.json", "alertmanager"), ("alertmanager/resolved.json", "alertmanager"),
    ],
)  # fmt: skip
def test_real_files(shared_data: Path, name: str, expected: str) -> None:
    with (shared_data / name).open("rb") as file:
        head = file.read(HEAD_BYTES)
    assert detect(head, name) == expected
    assert detect(head[:2000], "") == expected  # the beginning says enough, the name need not


def test_real_files_of_other_kinds_are_refused(shared_data: Path) -> None:
    others = [
        path
        for path in sorted(shared_data.rglob("*"))
        if path.is_file() and path.parent.name not in ("garak", "alertmanager")
    ]
    assert len(others) > 100
    for path in others:
        with path.open("rb") as file:
            refusal(file.read(HEAD_BYTES), path.name)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (SETUP, "garak"), (HIT, "garak"), (b"\xef\xbb\xbf" + SETUP, "garak"),
        (SETUP.replace(b"\n", b"\r\n"), "garak"),
        (b"\n\n" + HIT.rstrip(), "garak"), (b"broken\n" + SETUP, "garak"), (b'{"entry\n' + HIT, "garak"),
        (json.dumps(BODY).encode(), "alertmanager"), (json.dumps(BODY, indent=2).encode(), "alertmanager"),
        (json.dumps([ALERT]).encode(), "alertmanager"),
        (json.dumps([ALERT], indent=2).encode(), "alertmanager"),
        (json.dumps([{"labels": {}, "alerts": [ALERT]}]).encode(), "alertmanager"),
        (json.dumps(ALERT).encode() + b"\n", "alertmanager"),
        (json.dumps(BODY | {"more": LONG}, indent=2).encode()[:HEAD_BYTES], "alertmanager"),
        (json.dumps([ALERT, {"more": LONG}], indent=2).encode()[:HEAD_BYTES], "alertmanager"),
        (b'{"title": "t"}\n', "jsonl"), (b'{"output": "o"}\n{"output": "p"}\n', "jsonl"),
        (json.dumps({"output": LONG}).encode()[:HEAD_BYTES], "jsonl"),
        (json.dumps({"entry_type": "attempt", "outputs": [LONG]}).encode()[:HEAD_BYTES], "garak"),
    ],
)  # fmt: skip
def test_small_and_cut_heads(head: bytes, expected: str) -> None:
    assert expected in FORMATS
    assert detect(head, "findings") == expected


@pytest.mark.parametrize(
    ("head", "looks"),
    [
        (b"", "an empty file"), (b" \r\n\n", "an empty file"), (b"\xef\xbb\xbf\n", "an empty file"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), "a program"), (gzip.compress(SETUP, mtime=0), "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG picture"), (b"PK\x03\x04" + bytes(20), "a zip archive"),
        (b"%PDF-1.7\n", "a PDF document"), (b"abc\x00\x01\x02", "binary data"), (bytes(100), "binary data"),
        (SETUP.decode().encode("utf-16"), "UTF-16"), (SETUP.decode().encode("utf-16-le"), "UTF-16"),
        (SETUP.decode().encode("utf-16-be"), "UTF-16"), (SETUP.decode().encode("utf-32"), "UTF-16 or UTF-32"),
        (b"<!DOCTYPE html><p>x", "a web page"), (b"\n<HTML>", "a web page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"id,prompt,output\n1,a,b\n2,c,d\n", "a table (CSV)"), (b"a;b\n1;2\n", "a table (CSV)"),
        (b"hello there\nfriend\n", "plain text"), (b"Gr\xfc\xdfe", "another encoding"),
        (b'{"openapi": "3"}', "one JSON document"), (b'{\n "title": "a schema"\n}\n', "one JSON document"),
        (b'{"alerts": 3, "status": "x"}', "one JSON document"), (b"[]", "one JSON list"),
        (b'[\n{"title": "t"}\n]\n', "one JSON list"), (b'["a", "b"]', "one JSON list"),
        (b'{"of": 1, "results": [\n{"prompt": "p"}\n]}\n', "one JSON document"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON lines, but none with"), (b"[" * 100_000, "one JSON list"),
        (b'{"' + b'\\"' * 100_000, "one JSON document"),
        (json.dumps({"results": {"prompt": LONG}}).encode()[:HEAD_BYTES], "one JSON document"),
        (json.dumps([{"prompt": LONG}]).encode()[:HEAD_BYTES], "one JSON list"),
    ],
    ids=lambda value: repr(value[:24]),
)  # fmt: skip
def test_wrong_files_are_named(head: bytes, looks: str) -> None:
    assert looks in refusal(head)


def test_a_real_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with sqlite3.connect(path) as database:
        database.execute("create table t (a)")
    database.close()
    assert "an SQLite database" in refusal(path.read_bytes())


def test_one_document_with_a_title_goes_by_its_name() -> None:
    row = b'{"title": "t", "type": "object"}'
    assert detect(row, "finding.jsonl") == detect(row, "") == "jsonl"
    assert "one JSON document" in refusal(row, "schema.JSON")


def test_a_name_is_one_short_line() -> None:
    said = refusal(b"", "a\nb" + "c" * 500)
    assert said.startswith("a b")
    assert len(said) < 500


@given(st.binary(max_size=300), st.text(max_size=20))
def test_arbitrary_bytes_are_taken_or_refused(head: bytes, name: str) -> None:
    said = outcome(head, name)
    assert said in FORMATS or "looks like" in said


@given(
    st.lists(
        st.sampled_from([b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"title", b"\n", b"\x00", b"\xff"])
    )
)
def test_broken_json_is_taken_or_refused(pieces: list[bytes]) -> None:
    said = outcome(b"".join(pieces), "x")
    assert said in FORMATS or "looks like" in said
