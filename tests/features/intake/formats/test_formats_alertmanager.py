"""Alertmanager's bodies and answers: keys that hold over both doors, places in the raw file."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ircockpit.features.intake.formats.found import Parsed
from ircockpit.features.intake.formats.reading import parse_all

LABELS = {"alertname": "HarmfulOutput", "service": "chat", "severity": "critical", "model": "m1"}


def alert(**other: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": LABELS,
        "annotations": {"summary": "harmful output on chat"},
        "startsAt": "2026-11-23T09:38:27.058Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "00ff00ff00ff00ff",
    } | other


def body(*alerts: object, **other: Any) -> dict[str, Any]:
    head = {
        "receiver": "cockpit",
        "status": "firing",
        "version": "4",
        "groupKey": "{}:{a}",
        "truncatedAlerts": 0,
    }
    return head | {"alerts": list(alerts)} | other


def read(raw: bytes | object) -> Parsed:
    return parse_all(io.BytesIO(raw if isinstance(raw, bytes) else json.dumps(raw).encode()), "alertmanager")


def record(raw: bytes, parsed: Parsed, index: int) -> Any:
    one = parsed.found[index]
    return json.loads(raw[one.offset : one.offset + one.length])


def test_real_firing_and_resolved_are_one_finding(shared_data: Path) -> None:
    (firing,) = parse_all(shared_data / "alertmanager/firing.json", "alertmanager").found
    (resolved,) = parse_all(shared_data / "alertmanager/resolved.json", "alertmanager").found
    assert firing.key == resolved.key == "alertmanager/fa329dbfec9902b7/2026-11-23T09:38:27.058Z"
    assert (firing.resolved, resolved.resolved) == (False, True)
    assert firing.title == "Harmful output ratio 12% on support-chat"
    assert (firing.detector, firing.severity_word, firing.model) == (
        "GenAIHarmfulOutputRateHigh", "critical", "gpt-prod",
    )  # fmt: skip
    assert (firing.observed, resolved.observed) == ("2026-11-23T09:38:27.058Z", "2026-11-23T09:38:31.058Z")
    assert dict(firing.labels)["service"] == "support-chat"
    assert firing.prompt is firing.output is firing.score is None


def test_a_real_alert_stands_where_it_is_said(shared_data: Path) -> None:
    raw = (shared_data / "alertmanager/firing.json").read_bytes()
    parsed = read(raw)
    assert record(raw, parsed, 0) == json.loads(raw)["alerts"][0]


def test_a_missing_fingerprint_is_what_the_real_server_makes_of_the_labels(shared_data: Path) -> None:
    real = json.loads((shared_data / "alertmanager/firing.json").read_bytes())
    before = read(real).found[0]
    del real["alerts"][0]["fingerprint"]
    assert read(real).found[0].key == before.key
    real["alerts"][0]["labels"]["service"] = "other"
    assert read(real).found[0].key != before.key  # control: other labels, another key


@pytest.mark.parametrize(
    "starts",
    [
        "2026-11-23T09:38:27.000Z",
        "2026-11-23T10:38:27+01:00",
        "2026-11-23T09:38:27.000999999Z",
        "2026-11-23T09:38:27-00:00",
    ],
)
def test_the_same_instant_in_other_digits_is_the_same_finding(starts: str) -> None:
    one = read(body(alert(startsAt="2026-11-23T09:38:27Z"))).found[0]
    other = read([alert(startsAt=starts, status={"state": "active"})]).found[0]
    assert one.key == other.key
    assert other.observed == starts
    later = read(body(alert(startsAt="2026-11-23T09:38:27.001Z"))).found[0]
    assert later.key != one.key  # control: a millisecond later is another alert


def test_a_time_nobody_can_read_is_kept_in_its_own_words() -> None:
    for odd in ("yesterday", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"):
        one = read(body(alert(startsAt=odd))).found[0]
        assert one.observed == odd
        assert one.key.isascii()


def test_the_list_and_the_groups_of_the_interface() -> None:
    listed = [alert(status={"state": "suppressed"}), alert(fingerprint="aa"), {"labels": {}}, 7]
    parsed = read(listed)
    assert [one.locator for one in parsed.found] == ["line 1, [0]", "line 1, [1]"]
    assert parsed.facts["suppressed"] == 1
    assert len(parsed.bad) == 2
    grouped = [{"labels": {}, "receiver": {"name": "r"}, "alerts": [alert(), alert(fingerprint="bb")]}]
    parsed = read(grouped)
    assert [one.locator for one in parsed.found] == ["line 1, [0].alerts[0]", "line 1, [0].alerts[1]"]
    assert parsed.facts["receivers"] == ("r",)


def test_a_document_over_many_lines_keeps_lines_and_bytes() -> None:
    value = body(
        alert(annotations={"summary": "größer als 5 %"}), alert(fingerprint="cc"), alert(fingerprint="dd")
    )
    for before in (b"", b"\xef\xbb\xbf"):
        raw = before + json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\r\n").encode()
        parsed = read(raw)
        assert [record(raw, parsed, index) for index in range(3)] == value["alerts"]
        assert [raw[: one.offset].count(b"\n") + 1 for one in parsed.found] == [
            one.line for one in parsed.found
        ]
        assert [one.locator for one in parsed.found] == ["alerts[0]", "alerts[1]", "alerts[2]"]


def test_bodies_line_by_line() -> None:
    raw = b"\n".join(
        json.dumps(one).encode() for one in (body(alert()), body(alert(status="resolved")), [alert()])
    )
    parsed = read(raw + b'\n{"alerts": [')
    assert [(one.line, one.resolved) for one in parsed.found] == [(1, False), (2, True), (3, False)]
    assert len({one.key for one in parsed.found}) == 1
    assert [bad.line for bad in parsed.bad] == [4]
    assert [json.loads(raw[one.offset : one.offset + one.length])["labels"] for one in parsed.found] == [
        LABELS
    ] * 3
    assert parsed.facts["bodies"] == 2


def test_a_broken_first_line_does_not_hide_the_others() -> None:
    good = json.dumps(body(alert())).encode()
    parsed = read(good[:50] + b"\n" + good + b"\n" + good + b"\n")
    assert (len(parsed.found), [bad.line for bad in parsed.bad]) == (2, [1])


def test_a_broken_document_is_one_bad_entry() -> None:
    raw = json.dumps(body(alert()), indent=1).encode()
    parsed = read(raw[: len(raw) // 2])
    assert (parsed.found, len(parsed.bad)) == ((), 1)


def test_alerts_the_monitor_left_out_are_counted() -> None:
    parsed = read(body(alert(), truncatedAlerts=41, externalURL="http://am:9093"))
    assert parsed.facts["truncated"] == 41
    assert (parsed.facts["groups"], parsed.facts["versions"]) == (("{}:{a}",), ("4",))
    assert parsed.facts["url"] == "http://am:9093"


@pytest.mark.parametrize("empty", [[], body()])
def test_nothing_to_report_is_not_bad(empty: object) -> None:
    parsed = read(empty)
    assert (parsed.found, parsed.bad, parsed.skipped) == ((), (), 1)


def test_the_state_of_the_body_stands_in_for_that_of_the_alert() -> None:
    silent = alert()
    del silent["status"]
    assert read(body(silent, status="resolved")).found[0].resolved is True
    assert read(body(silent)).found[0].resolved is False


@pytest.mark.parametrize(
    ("annotations", "title"),
    [
        ({"summary": "", "title": "t"}, "t"),
        ({"message": "a\nb"}, "a b"),
        ({"summary": ["x"]}, "HarmfulOutput"),
        (None, "HarmfulOutput"),
        ({"summary": "x" * 9999}, "x" * 199 + "…"),
    ],
)
def test_titles(annotations: object, title: str) -> None:
    assert read(body(alert(annotations=annotations))).found[0].title == title


def test_an_alert_without_a_name_has_a_title() -> None:
    (found,) = read(body(alert(labels={}, annotations={}))).found
    assert (found.title, found.detector, found.severity_word) == ("alert without a name", "", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": None}, {"labels": ["x"]}, {"labels": {"a": {}}},
        {"labels": {str(n): "x" for n in range(101)}},
        {"startsAt": None}, {"startsAt": {}}, {"fingerprint": []},
    ],
)  # fmt: skip
def test_one_bad_alert_does_not_take_the_others_along(wrong: dict[str, Any]) -> None:
    parsed = read(body(alert(**wrong), alert(fingerprint="ee")))
    assert [one.locator for one in parsed.found] == ["line 1, alerts[1]"]
    assert [bad.line for bad in parsed.bad] == [1]


@pytest.mark.parametrize("other", [{"alerts": 3}, {"alerts": None}, {}, 3, "x", None, {"prompt": "x"}])
def test_what_is_no_alert_at_all_is_bad(other: object) -> None:
    parsed = read(other)
    assert (parsed.found, len(parsed.bad)) == ((), 1)


def test_of_two_equal_keys_the_last_counts_and_is_the_one_pointed_at() -> None:
    inner = json.dumps(alert())
    raw = f'{{"alerts": [ {inner} ], "receiver": "x", "alerts" : [{inner}, {inner}]}}'.encode()
    parsed = read(raw)
    assert len(parsed.found) == 2
    assert all(one.offset > len(inner) for one in parsed.found)
    assert record(raw, parsed, 1) == alert()
