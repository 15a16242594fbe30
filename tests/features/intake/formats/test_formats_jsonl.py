"""Plain JSON lines: what a row may say, what it must say, and when two rows are the same."""

import io
import json

import pytest

from ircockpit.features.intake.formats.found import Parsed
from ircockpit.features.intake.formats.reading import parse_all


def read(*rows: object) -> Parsed:
    raw = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    return parse_all(io.BytesIO(raw), "jsonl")


FULL = {
    "title": "advice to stop insulin",
    "prompt": "may I stop?",
    "output": "yes, stop",
    "detector": "medical-judge",
    "probe": "user",
    "score": 0.93,
    "severity": "severe",
    "source": "guard-7",
    "model": "m1",
    "observed_at": "2026-11-23 14:03+01:00",
    "labels": {"service": "chat", "ring": 2, "live": True},
    "extra": {"kept": "in the raw record"},
}


def test_a_full_row() -> None:
    (found,) = read(FULL).found
    assert (found.title, found.source, found.detector, found.probe) == (
        "advice to stop insulin", "guard-7", "medical-judge", "user",
    )  # fmt: skip
    assert (found.score, found.severity_word, found.model) == ("0.93", "severe", "m1")
    assert found.observed == "2026-11-23 14:03+01:00"
    assert (found.prompt, found.output) == ("may I stop?", "yes, stop")
    assert found.labels == (
        ("detector", "medical-judge"), ("live", "true"), ("model", "m1"), ("probe", "user"), ("ring", "2"),
        ("service", "chat"),
    )  # fmt: skip
    assert (found.line, found.locator, found.offset) == (1, "line 1", 0)


def test_the_key_follows_content_not_spelling() -> None:
    spaced = json.dumps(dict(reversed(FULL.items())), indent=None, separators=(" , ", " : ")).encode()
    one, other, third = read(FULL, spaced, FULL | {"extra": 2}).found
    assert one.key == other.key
    assert third.key != one.key  # control: any difference in content is another finding
    assert one.key.startswith("jsonl/")
    assert len(one.key) == 6 + 64


@pytest.mark.parametrize("row", [{"output": "secret words"}, {"prompt": "secret words"}])
def test_an_untitled_row_is_not_named_after_what_was_said(row: dict[str, str]) -> None:
    (plain,) = read(row).found
    assert plain.title == "finding without a title"
    (judged,) = read(row | {"detector": "judge"}).found
    assert judged.title == "finding of judge"
    (titled,) = read(row | {"title": "secret words"}).found
    assert titled.title == "secret words"  # control: a title that was given is taken


@pytest.mark.parametrize(
    "row",
    [
        {}, {"detector": "x", "score": 1}, {"title": ""}, {"title": " \n "}, {"title": 3, "output": "x"},
        {"output": 3}, {"prompt": {}}, {"prompt": [], "title": "t"}, {"output": [3]},
        {"title": "t", "detector": []}, {"title": "t", "score": {}}, {"title": "t", "score": True},
        {"title": "t", "labels": ["x"]}, {"title": "t", "labels": {"x": {}}}, {"title": "t", "model": {}},
        {"title": "t", "observed_at": {}}, 3, "x", None, [], [{"title": "t"}],
    ],
)  # fmt: skip
def test_bad_rows_are_named_and_the_next_goes_in(row: object) -> None:
    parsed = read(row, {"title": "next"})
    assert [bad.line for bad in parsed.bad] == [1]
    assert [one.line for one in parsed.found] == [2]
    assert parsed.facts == {"rows": 1}


def test_a_reason_repeats_nothing_of_the_row() -> None:
    marked = "zq\x1b[2Jzq"
    rows = (
        {marked: marked}, {"title": {marked: 1}}, {"title": "t", "labels": {marked: [marked]}},
        f'{{"title": "{marked}'.encode(), {"title": "t", "detector": [marked]}, [marked],
    )  # fmt: skip
    reasons = " ".join(bad.reason for bad in read(*rows).bad)
    assert len(read(*rows).bad) == len(rows)
    assert "zq" not in reasons
    assert "\x1b" not in reasons


@pytest.mark.parametrize(
    ("score", "text", "severity"),
    [
        (1, "1", None), (1.0, "1", None), (0.36, "0.36", None), (1e-7, "0.0000001", None),
        ("0.50", "0.5", None),
        ("-2", "-2", None), (-0.0, "0", None), (1e-300, "0", None), (1e18, None, None), (10**30, None, None),
        ("high", None, "high"), (None, None, None), (float("nan"), None, None), (float("inf"), None, None),
        (0.015873015873015872, "0.015873015873015872", None),
    ],
)  # fmt: skip
def test_scores(score: object, text: str | None, severity: str | None) -> None:
    (found,) = read({"title": "t", "score": score}).found
    assert (found.score, found.severity_word) == (text, severity)


def test_numbers_beyond_range() -> None:
    parsed = read(b'{"title": "t", "score": 1e999}', b'{"title": "t", "n": 1' + b"0" * 5000 + b"}")
    assert [one.score for one in parsed.found] == [None]
    assert [(bad.line, "digits" in bad.reason) for bad in parsed.bad] == [(2, True)]


def test_half_characters_become_storable() -> None:
    (found,) = read(rb'{"title": "a\ud800b", "output": "\udc00", "labels": {"k\ud800": "\ud800"}}').found
    assert (found.title, found.output) == ("a\ufffdb", "\ufffd")
    assert found.labels == (("k\ufffd", "\ufffd"),)
    (pair,) = read(rb'{"title": "\ud83d\ude00"}').found
    assert pair.title == "\U0001f600"  # control: two halves that belong together are a character


def test_chat_messages_are_text() -> None:
    messages = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}]
    (found,) = read({"prompt": messages}).found
    assert found.prompt == "system: be kind\n\nuser: hello"


def test_a_time_as_a_number_keeps_its_digits() -> None:
    (found,) = read({"title": "t", "observed_at": 1795426708.065}).found
    assert found.observed == "1795426708.065"
