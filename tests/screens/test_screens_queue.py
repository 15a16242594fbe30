"""The queue by its keys: what is under the cursor, or named in words, is what is acted on."""

import json
from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare, timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import intake
from ircockpit.features.intake.queries import group, groups_to_review
from ircockpit.screens.sources import QueueRows
from ircockpit.store.workstation import Workstation


@pytest.fixture
def two(station: Workstation) -> tuple[str, str]:
    """Short ids of two incidents, the first on top."""
    made = [
        declare(station, title=title, severity=level).data
        for title, level in (("top one", "SEV1"), ("low one", "SEV3"))
    ]
    return str(made[0]["short"]), str(made[1]["short"])


@pytest.fixture
def signals(station: Workstation, tmp_path: Path) -> str:
    """Short id of a group of two signals."""
    rows = [{"title": "refund given", "source": "monitor", "prompt": prompt} for prompt in "ab"]
    path = tmp_path / "signals.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(intake(station, file=str(path)).data["groups"][0]["short"])


def owner(station: Workstation, short: str) -> str:
    return incident(station.view, short).owner_name


def test_an_empty_queue_says_what_to_do_and_needs_nothing_to_verify(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        assert "nothing is open" in cockpit.text
        for key in ("T", "t", "exclamation_mark", "E", "c"):
            await cockpit.press(key)
            assert cockpit.name == "Queue"
        await cockpit.press("V")
        await cockpit.until("all holds")

    play(station, scenario)


def test_a_key_acts_on_the_row_under_the_cursor(station: Workstation, two: tuple[str, str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("j", "T")
        assert f"you have {two[1]}" in cockpit.last
        assert (owner(station, two[0]), owner(station, two[1])) == ("-", "mira")
        await cockpit.press("k", "enter")
        assert cockpit.name == "Incident"
        assert "top one" in cockpit.text

    play(station, scenario)


@pytest.mark.parametrize(
    ("verb", "screen"), [("stop", "Stop"), ("triage", "TriageForm"), ("contain list", "Stop")]
)
def test_what_is_named_in_words_is_what_is_acted_on(
    station: Workstation, two: tuple[str, str], verb: str, screen: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.command(f"{verb} {two[1]}")  # the cursor stands on the other one
        assert cockpit.name == screen
        assert f" {two[1]} " in cockpit.text.splitlines()[0] + " "
        await cockpit.press("escape")
        await cockpit.command(f"{verb} zuzu")
        assert cockpit.name == "Queue"
        assert "zuzu" in cockpit.last

    play(station, scenario)


def test_the_subject_may_be_left_out_also_before_several_words(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("j")
        await cockpit.command("note pharmacist called twice")
        assert f"noted in {two[1]}" in cockpit.last
        await cockpit.command(f"note {two[0]} seen here")
        assert f"noted in {two[0]}" in cockpit.last
        await cockpit.command("take")
        assert owner(station, two[1]) == "mira"

    play(station, scenario)
    assert timeline(station, incident=two[1]).data[-2]["text"] == "pharmacist called twice"
    assert timeline(station, incident=two[0]).data[-1]["text"] == "seen here"


def test_a_file_is_taken_into_custody_by_its_key(
    station: Workstation, two: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "proof.txt").write_text("proof", "utf-8")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("E")
        assert two[0] in cockpit.last
        await cockpit.type(str(tmp_path / "proof.txt"))
        await cockpit.press("enter")
        await cockpit.type("from jo")
        await cockpit.press("enter")
        assert f"kept as {two[0]}/E1" in cockpit.last
        await cockpit.command(f"evidence add {tmp_path / 'proof.txt'}")
        assert "already" in cockpit.last

    play(station, scenario)
    assert station.view.rows("SELECT name, origin FROM exhibit") == [("proof.txt", "from jo")]


def test_signals_are_reviewed_with_a_reason(station: Workstation, signals: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        assert "refund given" in cockpit.text
        await cockpit.press("r", "d")
        await cockpit.press("enter")
        assert "needs a reason" in cockpit.text
        assert group(station.view, signals).state == "new"
        await cockpit.press("escape")
        await cockpit.press("r", "d")
        await cockpit.type("test traffic")
        await cockpit.press("enter")
        assert "dismissed" in cockpit.last
        assert "refund given" not in cockpit.text

    play(station, scenario)
    assert groups_to_review(station.view) == []


def test_signals_become_an_incident_that_the_cursor_stays_on(
    station: Workstation, two: tuple[str, str], signals: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("G", "exclamation_mark")
        assert cockpit.name == "Stop"
        assert "no system is recorded yet" in cockpit.text
        await cockpit.press("q")
        await cockpit.press("T")

    play(station, scenario)
    made = group(station.view, signals).incident
    assert incident(station.view, made).owner_name == "mira"
    assert owner(station, two[0]) == "-"


def test_the_filter_hides_and_gives_back(station: Workstation, two: tuple[str, str], signals: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("low")
        assert "low one" in cockpit.text
        assert "top one" not in cockpit.text
        await cockpit.press("enter", "T")
        assert owner(station, two[1]) == "mira"
        await cockpit.press("escape")
        assert "top one" in cockpit.text
        await cockpit.press("slash")
        await cockpit.type(signals)
        assert "refund given" in cockpit.text, "signals are found by their id, as the command finds them"

    play(station, scenario)


def test_a_part_of_a_filter_that_cannot_be_asked_is_not_left_out_in_silence(
    station: Workstation, two: tuple[str, str]
) -> None:
    assert two

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("one nosuch:field")
        await cockpit.press("enter")
        assert "left out" in cockpit.text
        assert "nosuch" in cockpit.text
        await cockpit.press("escape", "slash")
        await cockpit.type("one")
        await cockpit.press("enter")
        assert "left out" not in cockpit.text

    play(station, scenario)


def test_a_question_left_does_nothing(station: Workstation, two: tuple[str, str]) -> None:
    count = station.log.count()

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("n")
        await cockpit.type("half a tho")
        await cockpit.press("escape")
        assert "nothing is done" in cockpit.last
        await cockpit.press("o", "enter")
        assert "nothing is done" in cockpit.last
        await cockpit.command("no such command")
        assert "no command" in cockpit.last
        await cockpit.command("demo")
        assert "shell" in cockpit.last

    play(station, scenario)
    assert station.log.count() == count


def test_what_others_wrote_appears_without_a_key(station: Workstation, two: tuple[str, str]) -> None:
    from tests.store.profiles import open_station

    async def scenario(cockpit: Cockpit) -> None:
        with open_station(station.profile.folder) as other:
            declare(other, title="from the command line", severity="SEV2")
        await cockpit.until("from the command line")

    play(station, scenario)


def test_help_and_hints_name_what_works(station: Workstation, two: tuple[str, str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        assert "! stop" in cockpit.last
        await cockpit.press("question_mark")
        assert "stop the harm" in cockpit.text
        await cockpit.press("q")
        assert cockpit.name == "Queue"
        await cockpit.press("q")

    play(station, scenario)


def test_a_start_reads_the_queue_once_and_a_new_size_once_more(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []
    real = QueueRows.load

    def load(rows: QueueRows) -> None:
        loads.append(1)
        real(rows)

    monkeypatch.setattr(QueueRows, "load", load)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        await cockpit.pilot.pause()
        assert len(loads) == 1
        await cockpit.pilot.resize_terminal(90, 26)
        await cockpit.until(lambda: len(loads) > 1)
        await cockpit.pilot.pause()
        assert len(loads) == 2

    play(station, scenario)
