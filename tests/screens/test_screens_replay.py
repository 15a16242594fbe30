"""Proof that it stopped, by keys alone: sealed, planned, sent, compared, judged blind, stopped halfway, and repeated."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.features.replay.stage import FINE, HARM, Stage, every, in_turn, spoken, staged
from tests.screens.stage import DEFAULTS, Cockpit, play
from tests.screens.test_screens_impact import accept
from tests.support.scripted import Line, Received, Script

from ircockpit.features.replay import actions, queries
from ircockpit.store.sightings import Journal


@pytest.fixture
def stage(home: Path, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as open_:
        yield open_.enter_context(staged(home, tmp_path, every(2)))


async def planned(cockpit: Cockpit, digit: str, pattern: str = "") -> None:
    """From the queue to a plan, by keys."""
    await cockpit.press("enter", "percent_sign")
    await cockpit.until("nothing was asked again yet")
    await cockpit.press("p")
    assert "no prompts are sealed yet" in cockpit.last
    await cockpit.press("t", "enter")
    await cockpit.until("sealed 4 prompts")
    await cockpit.press("p", digit)
    if pattern:
        await cockpit.type(pattern)
        await cockpit.press("enter")
    await cockpit.press("enter")
    await cockpit.until("none sent; r sends it")


def quick(stage: Stage, **more: object) -> str:
    """A plan that is sent without waiting between requests, made beside the cockpit."""
    return str(stage.plan(**more).ident)


def test_sealed_planned_and_sent_by_keys(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await planned(cockpit, "1", "ten times")
        assert not stage.model.asked
        await cockpit.press("r")
        await cockpit.until("send 20 of 20 requests to eu-1")
        await cockpit.press("n")
        assert not stage.model.asked, "left: nothing is sent"
        await cockpit.press("r")
        await cockpit.until("send 20 of 20 requests to eu-1")
        await accept(cockpit)
        await cockpit.until("of 20 sent")
        await cockpit.press("escape")
        await cockpit.until("it ended early, as it was not planned: somebody stopped it")
        assert 0 < len(stage.model.asked) < 20

    play(stage.station, scenario)
    [row] = queries.runs(stage.station.view, stage.incident)
    assert (row.state, row.counts.sent) == ("early", len(stage.model.asked))


def test_before_and_after_stand_in_one_line(stage: Stage) -> None:
    stage.seal()
    quick(stage)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign", "r")
        await cockpit.until("send 20 of 20")
        await accept(cockpit)
        await cockpit.until("10 of 20 reproduced it")
        stage.model.script = every(1, FINE)
        await cockpit.press("a")
        await cockpit.until("empty: as before")
        await cockpit.press("enter")
        await cockpit.until("planned y-")
        await cockpit.press("r")
        await cockpit.until("send 20 of 20")
        await accept(cockpit)
        await cockpit.until("10/20 → 0/20 (0 of 20 still allows 16 %)")
        await cockpit.press("w")
        await cockpit.press("enter")
        await cockpit.until("repeats it every 6 hours")
        await cockpit.until("nothing is sent while neither a cockpit")
        await cockpit.press("q")
        await cockpit.until(lambda: cockpit.name == "Incident")
        assert "10/20 → 0/20" in cockpit.text

    play(stage.station, scenario)


def test_an_empty_page_says_whose_it_is_and_the_first_step_and_no_key_that_does_nothing(stage: Stage) -> None:
    title = stage.row.title

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign")
        await cockpit.until("nothing was asked again yet: first t seals")
        assert title in cockpit.text
        assert "t seal" in cockpit.last
        for key in ("p plan", "a after", "r send", "d judge", "w watch"):
            assert key not in cockpit.last, key
        await cockpit.press("t")
        await cockpit.type("dose")
        await cockpit.press("enter")
        await cockpit.until("p plans a run")
        await cockpit.press("j")
        assert "p plan" in cockpit.last, "control"
        assert "r send" not in cockpit.last

    play(stage.station, scenario)
    assert [each.name for each in queries.sets(stage.station.view, stage.incident)] == ["dose"]


def test_what_was_planned_is_under_the_cursor_and_is_sent_also_from_its_page(stage: Stage) -> None:
    stage.seal()
    stage.run()
    old = quick(stage)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign", "j", "j")
        await cockpit.until(lambda: cockpit.app.screen.rows().key == old)  # type: ignore[attr-defined]
        await cockpit.press("a")
        await cockpit.until("empty: as before")
        await cockpit.press("enter")
        said = await cockpit.until("none sent; r sends it")
        new = queries.runs(stage.station.view, stage.incident)[-1]
        assert f"planned {new.short}" in said.splitlines()[-1]
        assert "ircockpit replay run" not in said
        assert cockpit.app.screen.rows().key == new.ident  # type: ignore[attr-defined]
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.name == "Page")
        assert "r send" in cockpit.last
        assert "d judge" not in cockpit.last
        await cockpit.press("r")
        await cockpit.until("send 20 of 20")
        assert cockpit.name == "Replay"
        asked = len(stage.model.asked)
        await accept(cockpit)
        await cockpit.until(lambda: queries.run(stage.station.view, new.ident).state != "planned")
        await cockpit.until(lambda: cockpit.app.deck.sending is None)
        assert len(stage.model.asked) == asked + 20

    play(stage.station, scenario)
    assert queries.run(stage.station.view, old).state == "planned"


def test_a_read_only_cockpit_sends_nothing(stage: Stage) -> None:
    stage.seal()
    quick(stage)
    settings = DEFAULTS._replace(care=DEFAULTS.care._replace(read_only=True))

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign", "r")
        await cockpit.until("read-only towards the outside")
        await cockpit.command("arm 15m")
        await cockpit.press("r")
        await cockpit.until("send 20 of 20")

    play(stage.station, scenario, settings)
    assert not stage.model.asked


def test_answers_are_judged_blind_under_blur_and_what_is_lifted_is_exposure(stage: Stage) -> None:
    stage.seal()
    before = stage.run(method="person", pattern="")
    stage.model.script = in_turn(spoken(FINE))
    after = stage.after(before)
    assert (before.state, after.state) == ("unjudged", "unjudged")
    journal = Journal(stage.station.profile.folder, stage.station.clock)
    seen: list[str] = []

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign", "d")
        await cockpit.type("to see whether it stopped")
        await cockpit.press("enter")
        await cockpit.until("which run it is of is not told")
        assert journal.lifts() == [], "blurred words are nobody's exposure"
        for number in range(40):
            await cockpit.until(f", {number + 1} of 40")
            assert "before" not in cockpit.text
            assert "after" not in cockpit.text
            assert "ten times" not in cockpit.text, "blurred until it is lifted"
            if number == 0:
                await cockpit.press("a")
                await cockpit.until(lambda: HARM in cockpit.text or FINE in cockpit.text)
            seen.append(cockpit.app.screen.raw()["output"])  # type: ignore[attr-defined]
            await cockpit.press("1" if seen[-1] == HARM else "2")
        await cockpit.until("10/20 → 0/20")

    play(stage.station, scenario)
    assert len(journal.lifts()) == 2, "prompt and output, once each"
    assert sorted(seen[:20]) != sorted(seen[20:]) or HARM in seen[20:], "before and after are mixed"
    [opened] = stage.bodies("replay.opened")
    assert (opened["answers"], opened["why"]) == (40, "to see whether it stopped")


def test_hostile_answers_are_inert_on_the_screen(home: Path, tmp_path: Path) -> None:
    words = "\x1b]0;owned\x07 \x1b[2J \u202eten times\x00 done"
    with staged(home, tmp_path, in_turn(spoken(words))) as stage:
        stage.seal()
        row = stage.run(method="person", pattern="", bound=60)

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "percent_sign", "d")
            await cockpit.type("to see it")
            await cockpit.press("enter")
            await cockpit.until("which run it is of is not told")
            await cockpit.press("a")
            await cockpit.until("done")
            assert all(line.isprintable() for line in cockpit.text.splitlines())
            assert "\u202e" not in cockpit.text

        play(stage.station, scenario)
        assert row.counts.of["open"] == row.terms.number


def _gated(gate: list[bool]) -> Script:
    def script(_: Received, line: Line) -> None:
        gate.append(True)
        line.send(spoken(HARM))

    return script


def test_a_due_run_is_sent_by_the_open_cockpit_and_raises_the_incident(stage: Stage) -> None:
    stage.seal()
    before = stage.run()
    stage.model.script = every(1, FINE)
    after = stage.after(before)
    actions.repeat(stage.station, run=after.ident, every="30m")
    asked = len(stage.model.asked)
    came: list[bool] = []
    stage.model.script = _gated(came)
    severity = stage.row.severity

    async def scenario(cockpit: Cockpit) -> None:
        cockpit.app._repeat_runs()  # what the clock of the app calls
        assert not came, "nothing is due yet"
        stage.clock.leap(31 * 60)
        cockpit.app._repeat_runs()
        await cockpit.until(lambda: len(stage.model.asked) == asked + 20 and cockpit.app.deck.sending is None)
        await cockpit.until(lambda: stage.row.severity != severity)

    play(stage.station, scenario)
    assert (severity, stage.row.severity) == ("SEV2", "SEV1")
    assert [each["said"] for each in stage.bodies("replay.recurred")] == [
        "20/20 of a run in the watch period"
    ]
