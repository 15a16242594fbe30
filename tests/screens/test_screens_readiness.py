"""Readiness and what is due, by keys alone: seen, looked at anew, proved, scheduled, and everything else left untouched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH, silence
from tests.features.containment.stage import CONNECTOR, Stage
from tests.features.containment.stage import stop as stop_it
from tests.features.readiness.stage import DAY_S, SCHEDULED, control, kinds, left, prove, ready, stands
from tests.screens.frames import COLOURS
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_impact import accept
from tests.support.idle import drive

from ircockpit.features.containment.actions import trust
from ircockpit.features.queue.due import MOST, OF_A_SYSTEM, due, everything
from ircockpit.features.readiness.local import schedules
from ircockpit.features.systems.actions import add as add_system
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.sources import QueueRows
from ircockpit.screens.theme import look
from ircockpit.store.settings import Care, Settings
from ircockpit.store.workstation import Workstation


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with ready(home) as made:
        add_system(made.station, name="bot", on_call="ana")
        yield made


def at_eighty(station: Workstation, *keys: str, until: str, env: dict[str, str] | None = None) -> str:
    """What the screen shows at 80 by 24 after these keys."""
    app = CockpitApp(look(env or COLOURS), Deck(station))
    shown: list[str] = []

    async def run(pilot: object) -> None:
        cockpit = Cockpit(pilot, app)  # type: ignore[arg-type]
        await cockpit.until("by urgency")
        await cockpit.press(*keys)
        shown.append(await cockpit.until(until))

    drive(app, run)
    return shown[0]


# The queue's third group


def test_what_is_due_stands_below_the_rest_and_leads_to_where_it_is_done(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        shown = await cockpit.until("2 due")
        lines = shown.splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith("  due ---"))
        assert "never proved: halt, other" in lines[at + 1]
        assert "nobody has tried to reach them: ana" in lines[at + 2]
        await cockpit.press("G", "enter")
        await cockpit.until(lambda: cockpit.name == "Readiness")
        await cockpit.until("> contact")
        await cockpit.press("q")
        await cockpit.until(lambda: cockpit.name == "Queue")
        for key in ("exclamation_mark", "c", "t", "space"):
            await cockpit.press(key)
            assert cockpit.name == "Queue", f"{key} did something to a row that is no incident"
        assert stage.gateway.changes == []

    play(stage.station, scenario)


def test_a_control_past_its_time_leads_to_its_incident(stage: Stage) -> None:
    stop_it(stage)
    stage.clock.leap(5 * 3600)

    async def scenario(cockpit: Cockpit) -> None:
        shown = await cockpit.until("overdue")
        assert "past its time" in shown
        await cockpit.press("j", "enter")
        await cockpit.until(lambda: cockpit.name == "Stop")

    play(stage.station, scenario)


def test_a_filter_finds_what_is_due_by_words_and_by_kind(stage: Stage) -> None:
    rows = QueueRows(stage.station)

    def shown(text: str) -> int:
        rows.filter(text)
        rows.load()
        return rows.due_count

    assert [shown(each) for each in ("", "is:due", "never", "!never", "system:bot", "nobody-says-this")] == [
        2,
        2,
        1,
        1,
        2,
        0,
    ]
    assert [shown(each) for each in ("sev:1", "owner:me", "closed", "is:incident", "age<2h")] == [0] * 5
    assert rows.counts == (1, 0)


def test_many_systems_push_nothing_out_of_sight(stage: Stage) -> None:
    url = stage.gateway.server.url
    for number in range(20):
        add_system(
            stage.station, name=f"s{number:02}", target=[f"eu-1={url},{url}"], control=["halt=flags/off@eu-1"],
            auth=["eu-1=bearer env:NOT_THERE_AT_ALL"],
        )  # fmt: skip
    found = due(stage.station)
    assert len(found.rows) == MOST
    assert found.more == len(everything(stage.station)) - MOST
    per_system = [row.system for row in found.rows]
    assert max(per_system.count(each) for each in per_system) <= OF_A_SYSTEM
    rows = QueueRows(stage.station)
    rows.load()
    page = rows.page(0, rows.count(), 77)
    assert f"and {found.more} more" in "".join(span.text for span in page[-1].line)
    assert [rows.index_of(row.key) for row in page if row.key] == [
        at for at, row in enumerate(page) if row.key
    ]


def test_what_is_due_is_read_only_when_something_may_have_changed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ircockpit.features.queue import due as module

    asked: list[int] = []
    real = module.due
    monkeypatch.setattr(module, "due", lambda station: asked.append(1) or real(station))  # type: ignore[func-returns-value]
    rows = QueueRows(stage.station)
    for _ in range(3):
        rows.load()
    assert len(asked) == 1
    prove(stage.station)
    rows.load()
    assert len(asked) == 2, "control: what was recorded is seen"
    stage.clock.leap(60)
    rows.load()
    assert len(asked) == 3, "and what is due by time alone"


# The screen


def test_an_empty_profile_says_what_to_do(station: Workstation) -> None:
    shown = at_eighty(station, "full_stop", until="no system is recorded")
    assert "system add" in shown


@pytest.mark.parametrize("env", [COLOURS, {**COLOURS, "NO_COLOR": "1"}])
def test_every_state_is_a_glyph_and_a_word_and_fits_eighty_columns(stage: Stage, env: dict[str, str]) -> None:
    prove(stage.station)
    shown = at_eighty(stage.station, "full_stop", until="last proved", env=env)
    for words in ("■ proved", "□ never proved", "□ never tried", "- none", "? not looked"):
        assert words in shown
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_it_is_one_key_away_and_a_look_is_beside_the_keys_and_can_be_stopped(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "full_stop")
        await cockpit.until(lambda: cockpit.name == "Readiness")
        await cockpit.press("R")
        await cockpit.until("looked at 2 things, read-only")
        await cockpit.until("■ healthy")
        assert stage.gateway.changes == []
        stage.gateway.lies["GET", FLAG_PATH] = silence
        await cockpit.press("R")
        await cockpit.until("asking bot halt")
        await cockpit.press("j")  # keys go on meanwhile
        await cockpit.until("> other")
        await cockpit.press("R")
        assert "one at a time" in cockpit.last
        await cockpit.press("escape")
        await cockpit.until("stopped after looked at 0 things")
        assert cockpit.name == "Readiness"
        await cockpit.press("escape")
        await cockpit.until(lambda: cockpit.name == "Incident")

    play(stage.station, scenario)


def test_a_control_is_proved_by_keys_once_its_name_is_typed(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("full_stop", "p")
        shown = await cockpit.until("type halt, then f, to prove it now")
        assert '{"enabled": true}' in shown, "the way back is shown too"
        await cockpit.press("escape")
        assert stage.gateway.changes == [], "left: nothing was sent"
        await cockpit.press("p")
        await cockpit.until("type halt")
        await cockpit.pilot.pause(0.3)
        await cockpit.press(*"halt")
        await accept(cockpit)
        await cockpit.until("effective and back: proved")
        await cockpit.until("■ proved")

    play(stage.station, scenario)
    assert len(stage.gateway.changes) == 2
    assert control(stage.station).word == "proved"


def test_a_schedule_is_approved_by_keys_and_ended(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("full_stop", "e", "enter")
        shown = await cockpit.until("type halt, then f, to approve it every 30 days")
        assert "with nobody there" in shown
        assert schedules(stage.station.profile) == []
        await cockpit.pilot.pause(0.3)
        await cockpit.press(*"halt")
        await accept(cockpit)
        await cockpit.until("in 30d")
        assert [each.hours for each in schedules(stage.station.profile)] == [720]
        await cockpit.press("e")
        await cockpit.press(*["backspace"] * 3)
        await cockpit.press("0", "enter")
        await cockpit.until("is proved by hand alone")

    play(stage.station, scenario)
    assert schedules(stage.station.profile) == []
    assert stage.gateway.changes == []


def test_a_contact_is_reached_by_keys(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("full_stop", "t")
        await cockpit.type("called, answered")
        await cockpit.press("enter")
        await cockpit.until("■ reached")

    play(stage.station, scenario)
    assert "owner" not in kinds(stage.station)


def test_read_only_asks_nothing_and_sends_nothing(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("full_stop", "p")
        assert "read-only towards the outside" in cockpit.last
        await cockpit.command("arm 5m")
        await cockpit.until("armed for 5 minutes")
        await cockpit.press("p")
        await cockpit.until("type halt")

    play(stage.station, scenario, Settings(care=Care(read_only=True)))
    assert stage.gateway.changes == []


class Killed(BaseException):
    """As a process ends that has no time to take anything back."""


def test_what_is_stuck_is_said_above_all_else(stage: Stage) -> None:
    from ircockpit.features.containment.queries import proving

    def cut(said: str) -> None:
        if said.startswith("recorded"):
            raise Killed

    stage.gateway.stale = 10**6
    with proving(stage.station, stands(stage.station).system, "halt", cut) as door:
        planned = door.prepare()
        with pytest.raises(Killed):
            door.run(planned)  # type: ignore[arg-type]
    stage.gateway.stale = 0

    async def scenario(cockpit: Cockpit) -> None:
        shown = await cockpit.until("halt may still be on after a proof")  # at the start, wherever the row is
        assert "1 stuck, 3 due" in shown
        first = next(line for line in shown.splitlines() if "✕" in line)
        assert "halt may still be on" in first
        await cockpit.press("j", "enter")
        shown = await cockpit.until("halt may still be on after a proof")
        assert "✕ stuck, still on?" in shown
        await cockpit.press("p")
        await cockpit.until("type halt, then f, to take it back")
        await cockpit.pilot.pause(0.3)
        await cockpit.press(*"halt")
        await accept(cockpit)
        await cockpit.until("taken back")

    play(stage.station, scenario)
    assert left(stage.station) == []
    assert stage.gateway.flags["chat.enabled"] is True


def test_a_name_that_cannot_be_typed_is_not_asked_for(stage: Stage) -> None:
    hostile = "\x1b]0;owned\x07[/b]"
    controls = [
        {"name": hostile, "title": "x", "connector": "flags", "action": "off", "target": "eu-1", "params": {}}
    ]
    system, stream = stands(stage.station).system, stage.station.identity.org_stream
    stage.station.append([stage.station.set_field(stream, "system.set", system.ident, "controls", controls)])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("full_stop", "p")
        assert "is no plain one" in cockpit.last
        assert "\x1b" not in cockpit.text

    play(stage.station, scenario)
    assert stage.gateway.changes == []


def test_the_contact_row_says_what_the_system_falls_back_to(home: Path) -> None:
    with ready(home) as stage:
        add_system(stage.station, name="bot", on_call="ana")
        assert "no control of it is a safe fallback" in at_eighty(
            stage.station, "full_stop", "G", until="fallback"
        )
        falls = SCHEDULED.replace(b"family: disable_feature", b"family: safe_fallback")
        (stage.station.profile.connectors / CONNECTOR).write_bytes(falls)
        trust(stage.station, connector="flags")
        assert "halt never proved, other never proved" in at_eighty(
            stage.station, "full_stop", "G", until="fallback"
        )


def test_ages_stay_short_and_old_proofs_say_so(stage: Stage) -> None:
    prove(stage.station)
    stage.clock.leap(120 * DAY_S)
    shown = at_eighty(stage.station, "full_stop", until="last proved")
    assert "◇ too old 120d" in shown
