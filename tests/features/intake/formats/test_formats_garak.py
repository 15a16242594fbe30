"""Garak's reports and hit logs: which rows are findings, and that both files of a run name them alike."""

import io
import json
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ircockpit.features.intake.formats.found import Bad, Found, Parsed
from ircockpit.features.intake.formats.reading import parse, parse_all

RUN = "00000000-0000-4000-8000-00000000000a"
SETUP = {
    "entry_type": "start_run setup",
    "_config.version": "0.17.1",
    "transient.run_id": RUN,
    "transient.starttime_iso": "2026-11-23T10:45:29.527612",
    "plugins.target_type": "openai.OpenAICompatible",
    "plugins.target_name": "bot-1",
}
COMPLETION = {"entry_type": "completion", "end_time": "2026-11-23T10:46:00.000001", "run": RUN}


def message(text: str | None) -> dict[str, Any]:
    return {"text": text, "lang": "en", "data_path": None, "notes": {}}


def conversation(*turns: tuple[str, str]) -> dict[str, Any]:
    return {"turns": [{"role": role, "content": message(text)} for role, text in turns], "notes": None}


def attempt(number: int, scores: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "entry_type": "attempt",
        "uuid": f"attempt-{number}",
        "status": 2,
        "probe_classname": "dan.Ablation",
        "prompt": conversation(("user", f"question {number}")),
        "outputs": [message(f"answer {number}.{index}") for index in range(3)],
        "detector_results": scores,
        "goal": "make it talk",
    } | other


def evaluation(detector: str, fails: int, total: int, **other: Any) -> dict[str, Any]:
    counts = {"passed": total - fails, "fails": fails, "nones": 0, "total_evaluated": total}
    return {"entry_type": "eval", "probe": "dan.Ablation", "detector": detector} | counts | other


def hit(number: int, index: int, detector: str, score: object, **other: Any) -> dict[str, Any]:
    return {
        "goal": "make it talk",
        "prompt": conversation(("user", f"question {number}")),
        "output": message(f"answer {number}.{index}"),
        "score": score,
        "run_id": RUN,
        "attempt_id": f"attempt-{number}",
        "attempt_idx": index,
        "generator": "openai.OpenAICompatible bot-1",
        "probe": "dan.Ablation",
        "detector": detector,
    } | other


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def read(*rows: object) -> Parsed:
    return parse_all(io.BytesIO(lines(*rows)), "garak")


def without_place(found: Found) -> Found:
    return found._replace(line=0, locator="", offset=0, length=0)


def per_pair(found: tuple[Found, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.probe, one.detector) for one in found)


def unexplained(parsed: Parsed) -> list[tuple[str, str]]:
    """Pairs of probe and detector whose findings are not as many as garak's own evaluation counts."""
    counted = per_pair(parsed.found)
    return [
        (tally.probe, tally.detector)
        for tally in parsed.facts["evals"]
        if tally.fails != counted[tally.probe, tally.detector]
    ]


@pytest.fixture(scope="module")
def report(shared_data: Path) -> Parsed:
    return parse_all(shared_data / "garak/support_bot.report.jsonl", "garak")


@pytest.fixture(scope="module")
def hitlog(shared_data: Path) -> Parsed:
    return parse_all(shared_data / "garak/support_bot.hitlog.jsonl", "garak")


def test_report_and_hitlog_of_a_real_run_give_the_same_294_findings(report: Parsed, hitlog: Parsed) -> None:
    assert len(hitlog.found) == 294
    by_key = {one.key: without_place(one) for one in report.found}
    assert len(by_key) == 294
    assert by_key == {one.key: without_place(one) for one in hitlog.found}
    assert report.bad == hitlog.bad == ()
    assert (report.skipped, hitlog.skipped) == (2674, 0)


def test_every_evaluation_of_the_real_run_is_borne_out(report: Parsed) -> None:
    assert len(report.facts["evals"]) == 16
    assert all(tally.agrees for tally in report.facts["evals"])
    assert unexplained(report) == []
    assert unexplained(report._replace(found=report.found[1:])) != []  # control: one finding fewer is seen


def test_facts_of_the_real_run(report: Parsed, hitlog: Parsed) -> None:
    facts = report.facts
    assert (facts["hits"], facts["attempts"], facts["unfinished"], facts["complete"]) == (294, 1444, 0, True)
    assert (facts["version"], facts["generator"], facts["model"]) == ("0.17.1", "rest.RestGenerator", "")
    assert facts["started"] == "2026-11-23T10:45:29.527612"
    assert (facts["threshold"], facts["threshold_from"]) == ("0.5", "usual")
    assert (hitlog.facts["kind"], hitlog.facts["hits"]) == ("hitlog", 294)
    assert hitlog.facts["runs"] == facts["runs"] == (facts["run"],)
    assert "attempts" not in hitlog.facts  # a hit log does not know of the attempts that held


def test_real_records_stand_where_it_is_said(shared_data: Path, report: Parsed, hitlog: Parsed) -> None:
    for name, parsed in (("report", report), ("hitlog", hitlog)):
        raw = (shared_data / f"garak/support_bot.{name}.jsonl").read_bytes()
        numbered = raw.split(b"\n")
        for one in parsed.found:
            assert raw[one.offset : one.offset + one.length] == numbered[one.line - 1]


def test_title_and_labels_are_never_made_of_what_was_said(report: Parsed) -> None:
    said = {text for one in report.found for text in (one.prompt, one.output) if text}
    shown = {one.title for one in report.found} | {value for one in report.found for _, value in one.labels}
    assert not said & shown
    assert said & {one.prompt for one in report.found}  # control: the raw words are there to be found


def test_a_file_that_contradicts_its_evaluation_says_so(shared_data: Path) -> None:
    parsed = parse_all(shared_data / "garak/test_with_ci.report.jsonl", "garak")
    (tally,) = parsed.facts["evals"]
    assert (tally.fails, tally.total, tally.found, tally.scored) == (13, 50, 0, 4)
    assert not tally.agrees
    assert parsed.found == ()


def test_an_older_real_report_without_hits(shared_data: Path) -> None:
    parsed = parse_all(shared_data / "garak/report_test.report.jsonl", "garak")
    assert (parsed.found, parsed.bad, parsed.skipped) == ((), (), 21)
    assert (parsed.facts["model"], parsed.facts["attempts"]) == ("qwen2", 8)


def test_streaming_the_real_report_holds_a_few_lines_at_most(shared_data: Path) -> None:
    path = shared_data / "garak/support_bot.report.jsonl"

    def peak(of: str) -> int:
        tracemalloc.start()
        try:
            if of == "rows":
                assert sum(1 for _ in parse(path, "garak")) == 294
            else:
                assert path.read_bytes()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    longest = max(map(len, path.read_bytes().splitlines()))
    peak("rows")  # imports and caches of the first time
    assert peak("rows") < 16 * longest
    assert peak("file") > 16 * longest  # control: a reader of the whole file is told apart


def test_one_finding_for_each_output_and_detector_at_or_over_the_threshold() -> None:
    parsed = read(
        SETUP, attempt(1, {}, status=1),
        attempt(1, {"dan.DAN": [0.5, 0.49, 1], "base.Other": [None, 0.75, None]}),
        attempt(2, {"dan.DAN": [0, 0, 0]}),
    )  # fmt: skip
    assert [(one.detector, one.output, one.score) for one in parsed.found] == [
        ("dan.DAN", "answer 1.0", "0.5"),
        ("dan.DAN", "answer 1.2", "1"),
        ("base.Other", "answer 1.1", "0.75"),
    ]
    first = parsed.found[0]
    assert first.key == f"garak/{RUN}/attempt-1/dan.DAN/0"
    assert (first.title, first.model, first.line) == ("dan.Ablation: make it talk", "bot-1", 3)
    assert (first.prompt, first.observed, first.resolved) == ("question 1", None, False)
    assert first.labels == (
        ("detector", "dan.DAN"), ("generator", "openai.OpenAICompatible"), ("model", "bot-1"),
        ("probe", "dan.Ablation"), ("run", RUN),
    )  # fmt: skip
    assert parsed.skipped == 3
    assert (parsed.facts["complete"], parsed.facts["hits"]) == (False, 3)


def test_hit_rows_give_the_keys_of_the_report() -> None:
    from_report = read(SETUP, attempt(1, {"dan.DAN": [0.9, 0.1, 0.8]})).found
    from_hits = read(hit(1, 0, "dan.DAN", 0.9), hit(1, 2, "dan.DAN", 0.8)).found
    assert [without_place(one) for one in from_report] == [without_place(one) for one in from_hits]


def test_a_stated_threshold_counts() -> None:
    parsed = read(SETUP | {"run.eval_threshold": 1}, attempt(1, {"dan.DAN": [0.9, 1.0, 0.1]}))
    assert [one.score for one in parsed.found] == ["1"]
    assert (parsed.facts["threshold"], parsed.facts["threshold_from"]) == ("1", "stated")


@pytest.mark.parametrize(
    ("fails", "scores", "threshold"),
    [(1, ["0.9"], "0.9"), (3, ["0.9", "0.6", "0.2"], "0.2"), (0, [], "0.900000000000000022")],
)
def test_a_threshold_that_is_not_stated_follows_from_the_evaluation(
    fails: int, scores: list[str], threshold: str
) -> None:
    rows = (attempt(1, {"dan.DAN": [0.9, 0.6, 0.2]}), evaluation("dan.DAN", fails, 3), COMPLETION)
    parsed = read(SETUP, *rows)
    assert [one.score for one in parsed.found] == scores
    assert parsed.facts["threshold_from"] == "inferred"
    assert abs(float(parsed.facts["threshold"]) - float(threshold)) < 1e-9
    assert parsed.facts["evals"][0].agrees
    assert parsed.facts["complete"] is True


@pytest.mark.parametrize(
    "counts", [evaluation("dan.DAN", 1, 50), evaluation("dan.DAN", 2, 4), evaluation("gone.Detector", 7, 9)]
)
def test_an_evaluation_of_other_attempts_does_not_move_the_threshold(counts: dict[str, Any]) -> None:
    parsed = read(SETUP, attempt(1, {"dan.DAN": [0.9, 0.6, 0.6]}), attempt(2, {"dan.DAN": [0.1]}), counts)
    assert (parsed.facts["threshold"], len(parsed.found)) == ("0.5", 3)
    assert not parsed.facts["evals"][0].agrees


def test_rows_of_old_versions_are_read() -> None:
    old_setup = {
        "entry_type": "start_run setup", "transient.run_id": RUN,
        "plugins.model_type": "openai.OpenAICompatible", "plugins.model_name": "bot-1",
    }  # fmt: skip
    old = {"prompt": "question 1", "outputs": ["answer 1.0", None]}
    old_eval = {
        "entry_type": "eval",
        "probe": "dan.Ablation",
        "detector": "detector.dan.DAN",
        "passed": 1,
        "total": 2,
    }
    parsed = read(old_setup, attempt(1, {"dan.DAN": [1.0, 0.0]}, **old), old_eval)
    (found,) = parsed.found
    assert (found.prompt, found.output, found.model) == ("question 1", "answer 1.0", "bot-1")
    assert parsed.facts["evals"][0].agrees
    old_hit = hit(1, 0, "dan.DAN", 1.0, prompt="question 1", output="answer 1.0", trigger="x")
    assert without_place(read(old_hit).found[0]) == without_place(found)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (conversation(("system", "be kind"), ("user", "hello")), "system: be kind\n\nuser: hello"),
        ([{"role": "user", "content": "hello"}], "hello"),
        ([{"role": "user", "content": [{"type": "text", "text": "hello"}]}], "hello"),
        ({"turns": []}, None),
        ({"turns": "lost"}, "lost"),
        ({"turns": [{"role": "user", "content": message(None)}]}, None),
        ({}, None),
        (None, None),
        (7, None),
        ([[[[[[[["deep"]]]]]]]], None),
    ],
)
def test_prompts_of_other_shapes_lose_no_finding(prompt: object, words: str | None) -> None:
    (found,) = read(SETUP, attempt(1, {"dan.DAN": [1.0]}, prompt=prompt)).found
    assert found.prompt == words


@pytest.mark.parametrize("outputs", [None, "text", [], [None], [{"text": None}], [3]])
def test_missing_outputs_lose_no_finding(outputs: object) -> None:
    (found,) = read(SETUP, attempt(1, {"dan.DAN": [1.0]}, outputs=outputs)).found
    assert found.output is None


def test_good_scores_go_in_beside_bad_ones() -> None:
    mixed = {"dan.DAN": [1.0, "high"], "base.Lost": "x", "base.Other": [1.0]}
    parsed = read(
        SETUP, attempt(1, mixed), attempt(2, {}, detector_results=[1]), attempt(3, {}, status="done")
    )
    assert [one.detector for one in parsed.found] == ["dan.DAN", "base.Other"]
    assert [bad.line for bad in parsed.bad] == [2, 3, 4]


def test_a_score_that_is_no_number_is_a_hit_as_in_garak() -> None:
    parsed = parse_all(
        io.BytesIO(
            lines(SETUP, attempt(1, {"dan.DAN": [float("nan"), float("inf"), float("-inf"), 10**400]}))
        ),
        "garak",
    )
    assert [one.score for one in parsed.found] == [None, None, None]
    assert parsed.facts["hits"] == 3


def test_a_running_scan_gives_what_is_there_and_names_the_broken_line() -> None:
    raw = lines(SETUP, attempt(1, {}, status=1), attempt(1, {"dan.DAN": [1.0]}), attempt(2, {}, status=1))
    parsed = parse_all(io.BytesIO(raw[:-40]), "garak")
    assert len(parsed.found) == 1
    assert [(bad.line, "breaks off" in bad.reason) for bad in parsed.bad] == [(4, True)]
    assert parsed.facts["complete"] is False
    whole = parse_all(io.BytesIO(raw[:-1]), "garak")  # control: only the line end is missing, nothing else
    assert (whole.bad, whole.facts["unfinished"]) == ((), 1)


def test_two_runs_in_one_file_keep_their_names_and_thresholds() -> None:
    other = SETUP | {"transient.run_id": "second", "run.eval_threshold": 1}
    parsed = read(
        SETUP, attempt(1, {"d.D": [0.9]}), other, attempt(1, {"d.D": [0.9]}), attempt(2, {"d.D": [1.0]})
    )
    assert [one.key for one in parsed.found] == [
        f"garak/{RUN}/attempt-1/d.D/0",
        "garak/second/attempt-2/d.D/0",
    ]
    assert parsed.facts["runs"] == (RUN, "second")


def test_findings_without_names_still_have_keys_of_their_own() -> None:
    bare = {"goal": "g", "probe": "p.P", "detector": "d.D", "output": "one"}
    keys = [one.key for one in read(bare, bare | {"output": "two"}, bare).found]
    assert keys[0] == keys[2] != keys[1]
    headless = read(attempt(1, {"d.D": [1.0]}, uuid=None), attempt(2, {"d.D": [1.0]}, uuid=None))
    assert len({one.key for one in headless.found}) == 2


def test_hostile_names_stay_out_of_the_key() -> None:
    (found,) = read(hit(1, 0, "a/b\x1b[2J", 1.0, attempt_id="../../etc", run_id="x" * 9999)).found
    assert found.key.isascii()
    assert found.key.isprintable()
    assert found.key.count("/") == 4
    assert len(found.key) < 400


@pytest.mark.parametrize(
    "row",
    [
        {"detector": {}},
        {"entry_type": 3},
        {"unknown": 1},
        [1],
        3,
        None,
        "x",
        {"detector": "d", "goal": ["x"]},
    ],
)
def test_rows_of_no_known_kind_are_bad(row: object) -> None:
    parsed = read(SETUP, row)
    assert parsed.found == ()
    assert [bad.line for bad in parsed.bad] == [2]


def test_entries_of_later_versions_are_passed_over() -> None:
    parsed = read(SETUP, {"entry_type": "news"}, COMPLETION)
    assert (parsed.found, parsed.bad, parsed.skipped) == ((), (), 3)


def test_facts_are_there_with_the_first_finding() -> None:
    reading = parse(io.BytesIO(lines(SETUP, *(attempt(n, {"d.D": [1.0]}) for n in range(5)))), "garak")
    first = next(reading)
    assert not isinstance(first, Bad)
    assert (reading.facts["hits"], reading.facts["attempts"]) == (5, 5)
