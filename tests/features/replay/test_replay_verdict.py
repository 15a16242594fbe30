"""What lifting a control rests on: a run after the fix that could have failed, or words, also against one that fails."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.features.replay.mended import Scene, scened
from tests.features.replay.stage import CHAT, DECLINED, FINE, every, in_turn, spoken
from tests.support.scripted import answer

from ircockpit.core.errors import BadInput, ExitCode, NotFound, RefusedError
from ircockpit.features.containment import actions as containment
from ircockpit.features.containment import lifting, verdicts
from ircockpit.features.containment.by_hand import card
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.showing import show
from ircockpit.features.containment.verdicts import FAILS, HOLDS, NOTHING, OLD
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.replay import actions
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain

DAY = 24 * 3600
ROUTE = "the gateway's route leads to the mended one since 14:02"


@pytest.fixture
def scene(home: Path, tmp_path: Path) -> Iterator[Scene]:
    with scened(home, tmp_path) as made:
        yield made


def test_a_verdict_that_holds_is_signed_with_the_lifting_and_needs_no_reason_but_the_way_there(
    scene: Scene,
) -> None:
    before, row = scene.contained()
    with pytest.raises(BadInput, match="a fix verdict or a reason"):
        scene.lift(row)
    after = scene.made.after(before, target="mended")
    assert (after.target, after.counts.share, after.action, after.untold) == ("mended", "0/20", row.ident, "")
    found = scene.newest(row)
    assert (found.says, found.run.short if found.run else "") == (HOLDS, after.short)
    shown = containment.revert(scene.station, action=row.short, route=ROUTE)
    holds = f"fix       {after.short} holds for the target's own model at mended only: 10/20 → 0/20"
    assert any(holds in plain(line) for line in shown.lines)
    done = scene.lift(row, route=ROUTE)
    assert (done.code, done.data["state"]) == (ExitCode.OK, "reverted")
    assert f"ircockpit replay after {before.short}" in done.said, "the watch period is offered"
    cited = scene.approval()["verdict"]
    asked = {"model": "", "target": "mended", "url": after.url}
    more = {"elsewhere": "at another address", "asked": asked}
    assert cited == {"run": after.ident, "sha256": found.sha256, "says": HOLDS, "said": found.numbers, **more}
    texts = [each["text"] for each in timeline(scene.station, incident=scene.made.incident).data]
    assert any(f"fix verdict {after.ident[:8]} holds" in text and ROUTE in text for text in texts)


def test_the_record_and_the_card_say_what_runs_say_of_the_fix(scene: Scene) -> None:
    before, row = scene.contained()

    def page() -> str:
        shown = show(scene.station, record=row.short)
        return " ".join(" ".join(plain(line) for line in shown.lines).split())

    def paper() -> str:
        return str(card(scene.station, incident=scene.made.incident, control="halt").data["card"])

    assert "fix none: no run after a fix is on record" in page()
    assert "Before it is lifted: no fix verdict" in paper()
    after = scene.made.after(before, target="mended")
    assert f"fix {after.short} holds for the target's own model at mended only: 10/20 → 0/20" in page()
    assert f"Before it is lifted: fix verdict {after.short} holds" in paper()
    scene.lift(row, route=ROUTE)
    assert f"lifting, plan {scene.approval()['plan'][:8]}: " in page()
    assert (
        f"fix verdict {after.ident[:8]} holds for the target's own model at mended only: 10/20 → 0/20"
        in page()
    )
    scene.stop()
    assert "is too old" not in page(), "of what is lifted nothing is asked any more"


def test_a_verdict_that_fails_demands_words_against_it(scene: Scene) -> None:
    before, row = scene.contained()
    scene.mended.script = every(10)
    after = scene.made.after(before, target="mended")
    assert scene.newest(row).says == FAILS
    for given in ({}, {"reason": "it is mended"}, {"reason": "it is mended", "verdict": after.short}):
        with pytest.raises(RefusedError, match="FAILS, it still reproduces") as refused:
            scene.lift(row, **given)
        assert "--despite" in refused.value.fix
    assert not scene.gateway.flags["chat.enabled"], "nothing was sent"
    shown = containment.revert(
        scene.station, action=row.short, despite="the ward needs it, a person reads along"
    )
    assert any("THE HARM IS STILL THERE" in plain(line) for line in shown.lines)
    assert scene.lift(row, despite="the ward needs it, a person reads along").code == ExitCode.OK
    signed = scene.approval()
    assert (signed["despite"], signed["verdict"]["says"]) == (
        "the ward needs it, a person reads along",
        FAILS,
    )


def test_what_fails_between_the_question_and_the_key_is_found_out_again(scene: Scene) -> None:
    before, row = scene.contained()
    scene.made.after(before, target="mended")
    plan = lifting.plan_back(scene.station, row)
    scene.mended.script = every(10)
    scene.made.after(before, target="mended")
    with pytest.raises(RefusedError, match="FAILS"):
        lifting.revert(scene.station, row, plan, "", lambda _: None, verdict="")
    assert not scene.gateway.flags["chat.enabled"]


def test_one_that_failed_later_stands_against_the_one_that_is_named(scene: Scene) -> None:
    before, row = scene.contained()
    held = scene.made.after(before, target="mended")
    scene.mended.script = every(10)
    scene.made.after(before, target="mended")
    with pytest.raises(RefusedError, match="FAILS"):
        scene.lift(row, verdict=held.short)
    scene.mended.script = in_turn(spoken(FINE))
    again = scene.made.after(before, target="mended")
    assert scene.newest(row).says == HOLDS, "control: what was mended since counts"
    found = scene.newest(row)
    assert (found.failed, "; 1 run after had failed before it" in found.brief) == (1, True)
    assert scene.lift(row, verdict=again.short, route=ROUTE).code == ExitCode.OK


def held(scene: Scene) -> ActionRow:
    """The control of every case below: it holds."""
    before, row = scene.contained()
    scene.made.after(before, target="mended")
    return row


def behind_the_control(scene: Scene) -> ActionRow:
    before, row = scene.contained()
    assert scene.made.after(before).counts.of == {"blocked": 20}
    return row


def led_past_the_same_gateway(scene: Scene) -> ActionRow:
    before, row = scene.contained()
    scene.mended.script = in_turn(answer(403, {"by": "flag"}), *[spoken(FINE)] * 3)
    scene.made.after(before, target="mended")
    return row


def at_the_same_address(scene: Scene) -> ActionRow:
    url = scene.made.model.server.url
    before, row = scene.contained()
    add_system(
        scene.station, name="bot", match=["source=monitor"], control=["halt=flags/off@eu-1"],
        target=[f"eu-1={url},{url}", f"mended={url},{url}/"],
    )  # fmt: skip
    by_path = scene.made.model.script
    scene.made.model.script = lambda received, line: (
        line.send(spoken(FINE)) if received.path == CHAT else by_path(received, line)
    )
    scene.made.after(before, target="mended")
    return row


def an_outage(scene: Scene) -> ActionRow:
    before, row = scene.contained()
    scene.mended.script = in_turn(answer(500))
    scene.made.after(before, target="mended")
    return row


def too_few_answers(scene: Scene) -> ActionRow:
    before, row = scene.contained()
    scene.mended.script = in_turn(*[spoken(FINE)] * 19, spoken(DECLINED))
    scene.made.after(before, target="mended")
    return row


def nothing_before(scene: Scene) -> ActionRow:
    before, row = scene.contained(pattern="never said")
    scene.made.after(before, target="mended")
    return row


def not_judged(scene: Scene) -> ActionRow:
    before, row = scene.contained(method="person", pattern="")
    scene.made.after(before, target="mended")
    return row


def about_another_action(scene: Scene) -> ActionRow:
    row = held(scene)
    assert scene.lift(row, route=ROUTE).code == ExitCode.OK
    return scene.stop()


def disputed(scene: Scene) -> ActionRow:
    row = held(scene)
    run = scene.newest(row).run
    assert run is not None
    change = scene.station.set_field(run.stream, "replay.set", run.ident, "outcome", {"other": 3}, said="")
    scene.station.append([change])
    return row


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (behind_the_control, "20 of its answers are the control's own"),
        (led_past_the_same_gateway, "5 of its answers are the control's own"),
        (at_the_same_address, "was in force where it asked"),
        (an_outage, "no answer that says anything"),
        (too_few_answers, "0 of 19 still allows 17 %, and 16 % was fixed beforehand"),
        (nothing_before, "the run before it did not reproduce it"),
        (not_judged, "it is unjudged"),
        (about_another_action, "was not planned about"),
        (disputed, "its numbers are disputed"),
    ],
)
def test_what_says_nothing_of_a_fix_is_no_verdict(
    scene: Scene, case: Callable[[Scene], ActionRow], why: str
) -> None:
    row = case(scene)
    found = scene.newest(row)
    assert (found.says, why in found.why) == (NOTHING, True), found.why
    assert found.run is not None
    with pytest.raises(RefusedError, match="no verdict to lift on"):
        scene.lift(row, verdict=found.run.short)
    with pytest.raises(BadInput, match="a fix verdict or a reason"):
        scene.lift(row)
    assert not scene.gateway.flags["chat.enabled"]
    assert scene.lift(row, reason="the vendor took the model back").code == ExitCode.OK
    assert "verdict" not in scene.approval(), "nothing is cited that says nothing"


def test_the_control_of_those_cases_holds(scene: Scene) -> None:
    assert scene.newest(held(scene)).says == HOLDS


def test_a_verdict_is_of_its_day_and_a_failing_one_has_no_age(scene: Scene) -> None:
    row = held(scene)
    scene.made.clock.leap(DAY - 60)
    assert scene.newest(row).says == HOLDS
    scene.made.clock.leap(120)
    assert scene.newest(row).says == OLD
    with pytest.raises(BadInput, match="too old"):
        scene.lift(row)
    scene.mended.script = every(10)
    [before] = [each for each in scene.made.bodies("replay.planned") if each["phase"] == "before"]
    assert before["phase"] == "before"
    found = actions.list_all(scene.station, incident=scene.made.incident).data["runs"][0]
    planned = actions.after(scene.station, run=found["short"], target="mended").data["id"]
    actions.run(scene.station, run=planned, yes=True)
    scene.made.clock.leap(7 * DAY)
    assert scene.newest(row).says == FAILS


def test_the_hash_is_over_what_came_of_it(scene: Scene) -> None:
    row = held(scene)
    found = scene.newest(row)
    assert found.run is not None
    assert found.sha256 == scene.newest(row).sha256
    other = found.run._replace(counts=found.run.counts._replace(of={"other": 19, "refused": 1}))
    assert verdicts.judged(scene.station, row, other).sha256 != found.sha256


def test_a_run_of_another_incident_is_none(scene: Scene) -> None:
    row = held(scene)
    with pytest.raises(NotFound):
        scene.lift(row, verdict="y-zuzu")
    assert json.dumps(scene.approval()).find("verdict") == -1
