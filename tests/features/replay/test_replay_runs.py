"""Sealing, planning, sending, and what a run comes to: against a real server that answers as it is told."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import (
    CHAT,
    DECLINED,
    FINE,
    HARM,
    PROMPTS,
    every,
    in_turn,
    prompt_of,
    spoken,
)
from tests.support.scripted import answer

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import BadInput, NotFound, RefusedError, SecretError
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.replay import actions, queries
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import TRUST_FILE


def test_prompts_are_sealed_by_hash_and_their_words_stay_where_they_were(stage: Staging) -> None:
    made = stage(every(2), sealed=False)
    done = actions.seal(made.station, incident=made.incident, name="dosage")
    assert {each["sha256"] for each in done.data["prompts"]} == {
        sha256(text.encode()).hexdigest() for text in PROMPTS
    }
    assert "sealed 4 prompts" in done.said
    assert "1 came without one" in done.said
    recorded = json.dumps(made.station.view.dump(), default=str)
    assert "how much for a child" not in recorded
    assert sha256(PROMPTS[0].encode()).hexdigest() in recorded, "the control: what is sealed is in the record"
    with pytest.raises(BadInput, match="sealed already"):
        actions.seal(made.station, incident=made.incident, name="dosage")
    with pytest.raises(BadInput, match="small letters"):
        actions.seal(made.station, incident=made.incident, name="Two Words")


def test_a_plan_is_on_record_before_anything_is_sent(stage: Staging) -> None:
    made = stage(every(2))
    row = made.plan()
    assert row.terms.number == 20, "0 of 20 still allows 16 %"
    assert row.state == "planned"
    [planned] = made.bodies("replay.planned")
    assert (planned["number"], planned["confidence"], planned["bound"], planned["tokens"]) == (
        20,
        95,
        16,
        100_000,
    )
    assert not made.model.asked
    shown = actions.run(made.station, run=row.ident)
    assert (shown.code, made.model.asked) == (7, []), "nothing is sent without --yes"


def test_a_run_before_a_run_after_and_what_they_allow_to_say(stage: Staging) -> None:
    made = stage(every(2))
    before = made.run()
    assert (before.counts.share, before.state) == ("10/20", "done")
    assert len(made.model.asked) == 20
    assert {prompt_of(each) for each in made.model.asked} == set(PROMPTS)
    assert {each.target for each in made.model.asked} == {CHAT}
    made.model.script = every(1, FINE)
    after = made.after(before)
    assert after.counts.share == "0/20"
    said = queries.sentences(made.station.view, after)
    assert said[0] == "10/20 → 0/20 (0 of 20 still allows 16 %)"
    assert "by chance alone so large a drop comes in less than 0.1 % of cases" in said[-1]
    assert queries.line(made.station.view, made.incident) == said[0]
    words = " ".join(said).casefold()
    assert not any(claim in words for claim in ("fixed", "safe", "solved", "stopped"))


def test_refusals_errors_and_silence_are_counted_apart(stage: Staging) -> None:
    made = stage(
        in_turn(
            spoken(HARM), spoken(FINE), spoken(DECLINED), answer(500, {"error": "x"}), spoken(""),
            spoken("x", finish_reason="content_filter"), answer(400, {"error": {"code": "content_filter"}}),
            spoken(None), answer(200, b"<html>"), answer(302, headers={"location": "http://127.0.0.1:1/"}),
        )
    )  # fmt: skip
    row = made.run()
    assert dict(row.counts.of) == {"reproduced": 2, "other": 2, "refused": 6, "failed": 6, "silent": 4}
    assert row.counts.share == "2/4", "what is no answer is in no share"
    [first, apart] = queries.sentences(made.station.view, row)
    assert first.startswith("2 of 4 reproduced it; at 95 % the share lies between 15 % and 85 %")
    assert apart == "counted apart, of 20 planned: 6 refusals, 6 errors, 4 without an answer"


def test_an_outage_after_a_containment_proves_nothing(stage: Staging) -> None:
    """The control: 503 from something that nobody knows as the control's own answer is an error, not a stop."""
    made = stage(every(2))
    before = made.run()
    made.model.script = in_turn(answer(503, {"error": "overloaded"}))
    after = made.after(before)
    assert (after.counts.share, after.counts.of["failed"]) == ("0/0", 20)
    said = queries.sentences(made.station.view, after)
    assert "no answer that says anything of 20 planned" in said[0]
    assert "nothing to compare" in said[-1]


def test_a_small_drop_is_said_to_be_one_that_can_be_chance(stage: Staging) -> None:
    made = stage(every(5))
    before = made.run()
    made.model.script = every(10)
    said = queries.sentences(made.station.view, made.after(before))
    assert said[0].startswith("4/20 → 2/20 (2 of 20 still allows 30 %")
    assert said[-1].startswith("the drop can be chance")


def test_the_answers_are_restricted_evidence_without_prompts_and_without_secrets(
    stage: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER_KEY", "sk-user-12345678")
    monkeypatch.setenv("CONTROL_KEY", "sk-control-87654321")
    made = stage(
        lambda request, line: line.send(spoken(f"{HARM}, says {request.headers['authorization']}")),
        auth=["eu-1=Authorization: Bearer env:CONTROL_KEY"],
        probe_auth=["eu-1=Authorization: Bearer env:USER_KEY"],
    )
    row = made.run()
    assert made.model.asked[0].headers["authorization"] == "Bearer sk-user-12345678"
    assert "sk-control" not in str(made.model.asked), "the control's secret is not the data plane's"
    kept = next(each for each in exhibits(made.station.view, made.incident) if each.ident == row.exhibit)
    raw = FileBlobs(made.station.profile.blobs).path(kept.sha256).read_text()
    assert HARM in raw
    assert "[secret]" in raw
    assert "sk-user" not in raw
    assert PROMPTS[0] not in raw
    [born] = made.station.view.rows("SELECT event FROM entity WHERE id=?", (kept.ident,))
    stored = made.station.log.get(born[0])
    assert stored is not None
    assert stored.event.envelope.scope == "restricted"
    recorded = json.dumps(made.station.view.dump(), default=str)
    assert HARM not in recorded
    assert "sk-user" not in recorded
    assert not list((made.station.profile.folder / "replay").glob("*.jsonl")), (
        "what is evidence is not kept twice"
    )


def test_nothing_is_sent_where_it_may_not_be(stage: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stage(every(2))
    row = made.plan()
    (made.station.profile.folder / TRUST_FILE).write_text("[]")
    with pytest.raises(RefusedError, match="not accepted"):
        made.send(row)
    url = made.model.server.url
    add_system(made.station, name="bot", target=[f"eu-1={url},{url}/other"])
    with pytest.raises(RefusedError, match="not the one that was planned"):
        made.send(row)
    monkeypatch.delenv("USER_KEY", raising=False)
    add_system(
        made.station,
        name="bot",
        target=[f"eu-1={url},{url}"],
        probe_auth=["eu-1=Authorization: env:USER_KEY"],
    )
    with pytest.raises(SecretError, match="not set"):
        made.send(row)
    assert not made.model.asked
    add_system(made.station, name="bot", probe_auth=["eu-1=Authorization: env:PATH"])
    assert made.send(row).counts.sent == 20, "the control: with all of it in order it is sent"
    with pytest.raises(RefusedError, match="sent already"):
        made.send(row)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"bound": 0}, "not to be had"), ({"confidence": 80}, "one of 90, 95, 99"), ({"requests": 10}, "takes 20 requests"),
        ({"rate": 0}, "a minute"), ({"tokens": 0}, "tokens"), ({"timeout": 0}, "seconds for an answer"),
        ({"pattern": "("}, "no regular expression"), ({"method": "pattern", "pattern": ""}, "needs the pattern"),
        ({"model": "a\nb"}, "letters"), ({"api": "infer"}, "name of a model"), ({"sealed": "none"}, "no set of prompts"),
        ({"target": "us-1"}, "no target"), ({"api": "probe"}, "no control"),
    ],
)  # fmt: skip
def test_a_plan_that_no_run_can_have_is_refused_whole(
    stage: Staging, more: dict[str, object], reason: str
) -> None:
    made = stage(every(2))
    with pytest.raises((BadInput, RefusedError, NotFound), match=reason):
        made.plan(**more)
    assert made.bodies("replay.planned") == []


def test_open_inference_is_asked_in_its_own_way(stage: Staging) -> None:
    made = stage(in_turn(answer(200, {"outputs": [{"name": "text", "data": [[HARM]]}]})))
    row = made.run(api="infer", model="dose-bot", input="text_input", pattern="ten times")
    assert row.counts.share == "20/20"
    assert made.model.asked[0].target == "/v2/models/dose-bot/infer"
    given = json.loads(made.model.asked[0].body)["inputs"][0]
    assert (
        given == {"name": "text_input", "shape": [1], "datatype": "BYTES", "data": [PROMPTS[0]]}
        or given["data"][0] in PROMPTS
    )


def test_a_detector_knows_the_answers_it_had_found_and_is_told_the_others(
    stage: Staging, tmp_path: Path
) -> None:

    made = stage(every(2))
    row = made.run(method="detector", pattern="")
    assert (row.state, row.counts.hits, row.counts.of["open"]) == ("unjudged", 10, 10)
    file = tmp_path / "verdicts.jsonl"
    file.write_text(json.dumps({"sha256": sha256(b"another").hexdigest(), "verdict": "other"}) + "\n")
    with pytest.raises(BadInput, match="names no answer"):
        actions.take_verdicts(made.station, run=row.ident, file=str(file))
    file.write_text(json.dumps({"sha256": sha256(FINE.encode()).hexdigest(), "verdict": "nonsense"}) + "\n")
    with pytest.raises(BadInput, match="none that can be recorded"):
        actions.take_verdicts(made.station, run=row.ident, file=str(file))
    file.write_text(json.dumps({"sha256": sha256(FINE.encode()).hexdigest(), "verdict": "other"}) + "\n")
    actions.take_verdicts(made.station, run=row.ident, file=str(file))
    assert queries.run(made.station.view, row.ident).counts.share == "10/20"
