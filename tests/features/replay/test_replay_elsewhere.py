"""A mended model under another name or address: said wherever it counts, confirmed in words, and no proof by mistake."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.mended import Scene, scened
from tests.features.replay.stage import CHAT, FINE, HARM, every, in_turn
from tests.support.scripted import Line, Received, Script, answer

from ircockpit.core.errors import BadInput, ExitCode, RefusedError
from ircockpit.features.containment import actions as containment
from ircockpit.features.containment.verdicts import HOLDS, NOTHING
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.replay import actions, queries
from ircockpit.features.replay.pages import plan_lines
from ircockpit.render.span import plain

ROUTE = "the app asks for dose-bot-2 since 14:02, release 81"


@pytest.fixture
def scene(home: Path, tmp_path: Path) -> Iterator[Scene]:
    with scened(home, tmp_path) as made:
        yield made


def by_name(**answers: str) -> Script:
    """A server that answers by the name of the model asked for, and says that name; what it does not know is a 404."""

    def script(request: Received, line: Line) -> None:
        name = json.loads(request.body)["model"] if request.path == CHAT else ""
        if name in answers:
            choice = {"message": {"content": answers[name]}, "finish_reason": "stop"}
            line.send(answer(200, {"choices": [choice], "model": name}))
        else:
            line.send(answer(404, {"error": {"code": "model_not_found"}}))

    return script


def test_a_mended_model_may_answer_to_another_name_and_every_word_says_so(stage: Staging) -> None:
    made = stage(by_name(**{"dose-bot-1": HARM, "dose-bot-2": FINE}))
    before = made.run(model="dose-bot-1")
    planned = actions.after(made.station, run=before.ident, model="dose-bot-2")
    assert "model dose-bot-2 at eu-1 was asked, and model dose-bot-1 at eu-1 before" in planned.said
    row = queries.run(made.station.view, planned.data["id"])
    assert row.terms == before.terms._replace(model="dose-bot-2"), "nothing but the name differs"
    assert any(
        "of another model than before: dose-bot-2" in plain(each) for each in plan_lines(made.station, row)
    )
    after = made.send(row)
    said = queries.sentences(made.station.view, after)
    assert said[0] == "20/20 → 0/20 (0 of 20 still allows 16 %; asked of another model)"
    assert any("it says what users get only where they are led to it" in each for each in said)
    assert "the answers say they are of dose-bot-2, and those before of dose-bot-1" in said
    assert queries.line(made.station.view, made.incident) == said[0]
    assert actions.show(made.station, run=after.ident).data["elsewhere"] == "of another model"
    again = made.after(before)
    assert queries.sentences(made.station.view, again)[0] == "20/20 → 20/20 (20 of 20 still allows 100 %)", (
        "the control: the old name still does it"
    )


def test_a_name_that_leads_to_the_old_model_is_found_out_by_its_own_word(stage: Staging) -> None:
    choice = {"message": {"content": FINE}, "finish_reason": "stop"}
    made = stage(in_turn(answer(200, {"choices": [choice], "model": "dose-bot-1"})))
    before = made.run(model="dose-bot-1")
    said = queries.sentences(made.station.view, made.after(before, model="dose-bot-2"))
    assert "the answers say they are of the same model as before, dose-bot-1" in said


def test_a_name_that_nobody_knows_proves_nothing(scene: Scene) -> None:
    scene.mended.script = by_name(**{"dose-bot-2": FINE})
    before, row = scene.contained()
    after = scene.made.after(before, target="mended", model="dose-bot-3")
    assert dict(after.counts.of) == {"failed": 20}
    assert scene.newest(row).says == NOTHING


def test_only_with_words_for_the_way_there_is_it_cited(scene: Scene) -> None:
    scene.mended.script = by_name(**{"dose-bot-2": FINE})
    before, row = scene.contained()
    after = scene.made.after(before, target="mended", model="dose-bot-2")
    found = scene.newest(row)
    assert (found.says, found.elsewhere) == (HOLDS, "of another model at another address")
    for given in (
        {},
        {"verdict": after.short},
        {"verdict": after.short, "reason": "it is mended"},
        {"route": " "},
    ):
        with pytest.raises(BadInput, match="whether users get that is not on record") as refused:
            scene.lift(row, **given)
        assert f"ircockpit contain check {row.short}" in refused.value.fix, (
            "the control's own probe is offered"
        )
        assert f"ircockpit replay after {before.ident}" in refused.value.fix
        assert "--model dose-bot-2" in refused.value.fix
    assert not scene.gateway.flags["chat.enabled"], "nothing was sent"
    assert scene.lift(row, route=ROUTE).code == ExitCode.OK
    signed = scene.approval()
    assert signed["route"] == ROUTE
    assert signed["verdict"]["asked"] == {"model": "dose-bot-2", "target": "mended", "url": after.url}
    texts = [each["text"] for each in timeline(scene.station, incident=scene.made.incident).data]
    assert any("holds for model dose-bot-2 at mended only: " in text and ROUTE in text for text in texts)


def test_a_reason_alone_lifts_and_cites_no_run_of_another_model(scene: Scene) -> None:
    before, row = scene.contained()
    scene.made.after(before, target="mended", model="dose-bot-2")
    assert scene.lift(row, reason="the vendor took the model back").code == ExitCode.OK
    assert "verdict" not in scene.approval()
    assert "route" not in scene.approval()


def test_one_that_fails_fails_under_whatever_name(scene: Scene) -> None:
    scene.mended.script = every(10)
    before, row = scene.contained()
    scene.made.after(before, target="mended", model="dose-bot-2")
    with pytest.raises(RefusedError, match="FAILS"):
        scene.lift(row, route=ROUTE)


def test_a_run_that_several_models_answered_is_no_verdict(scene: Scene) -> None:
    def named(name: str) -> bytes:
        return answer(200, {"choices": [{"message": {"content": FINE}}], "model": name})

    scene.mended.script = in_turn(
        named("dose-bot-1"), named("dose-bot-2"), named("dose-bot-2"), named("evil\x1b[2J")
    )
    before, row = scene.contained()
    after = scene.made.after(before, target="mended")
    assert dict(after.named) == {"dose-bot-2": 10, "dose-bot-1": 5}, "what is no name is none"
    found = scene.newest(row)
    assert (found.says, "2 models answered by their own word" in found.why) == (NOTHING, True)
    assert any("the share is that of a mix" in each for each in queries.sentences(scene.station.view, after))


def test_a_probe_has_no_model_to_name(scene: Scene) -> None:
    plan = actions.plan(
        scene.station, incident=scene.made.incident, api="probe", control="halt", rate=6000, bound=60
    )
    actions.run(scene.station, run=plan.data["id"], yes=True)
    with pytest.raises(RefusedError, match="whatever a model is called"):
        actions.after(scene.station, run=plan.data["id"], model="dose-bot-2")


def test_the_record_of_a_control_says_what_the_verdict_is_about(scene: Scene) -> None:
    before, row = scene.contained()
    scene.made.after(before, target="mended", model="dose-bot-2")
    shown = containment.revert(scene.station, action=row.short, route=ROUTE)
    assert shown.data["rests_on"]["route"] == ROUTE
    assert any("holds for model dose-bot-2 at mended only" in plain(each) for each in shown.lines)
