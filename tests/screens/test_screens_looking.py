"""The lens and the clipboard on every screen: what they are about, and that they show and copy nothing that acts."""

import json
from pathlib import Path

from tests.screens.stage import Cockpit, play
from tests.support.hostile import MARK, PAYLOADS, dangers

from ircockpit.features.incidents import actions as incidents
from ircockpit.features.intake.actions import intake
from ircockpit.store.workstation import Workstation

RLO = f"{MARK} \u202egnp"
PAYLOAD = PAYLOADS["osc clipboard"]


def hostile(station: Workstation, folder: Path) -> None:
    """One incident with a note, and one group of signals, with a trick each."""
    ident = str(incidents.declare(station, title=PAYLOAD).data["id"])
    incidents.note(station, incident=ident, text=RLO)
    path = folder / "one.jsonl"
    path.write_text(
        json.dumps({"title": f"{MARK}\x1b]0;t\x07", "prompt": "raw words kept apart", "source": "s"})
    )
    intake(station, file=str(path))


def test_the_lens_on_rows_entries_and_signals(station: Workstation, tmp_path: Path) -> None:
    hostile(station, tmp_path)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("x")
        shown = await cockpit.until("sets the clipboard to 'rm -rf ~'")
        assert "Shown raw, it would have" in shown
        assert " lens " in shown.splitlines()[0]
        await cockpit.press("q", "enter")
        await cockpit.until(lambda: cockpit.name == "Incident")
        await cockpit.press("x")
        assert "‹RLO›gnp" in await cockpit.until("direction marks: 1"), "the entry under the cursor alone"
        assert "clipboard" not in cockpit.text
        await cockpit.press("q", "enter")
        await cockpit.until(" entry")
        await cockpit.press("x")
        await cockpit.until("direction marks: 1")
        await cockpit.press("q", "q", "q", "G", "x")
        assert "raw words kept apart" not in await cockpit.until("no tricks"), "its summary was made safe"
        assert f"title    {MARK}" in cockpit.text

    play(station, scenario)


def test_the_lens_on_what_a_command_shows(station: Workstation, tmp_path: Path) -> None:
    hostile(station, tmp_path)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("L")
        await cockpit.until("declared:")
        await cockpit.press("x")
        shown = await cockpit.until("escape sequences: 2, direction marks: 2")
        assert "2 text " in shown
        await cockpit.press("x")
        await cockpit.until("no tricks")
        await cockpit.press("q", "q", "q", "question_mark", "x")
        await cockpit.until("Nothing in it steers, hides or misleads.")

    play(station, scenario)


def test_a_record_and_a_page_are_copied_as_safe_text(station: Workstation, tmp_path: Path) -> None:
    hostile(station, tmp_path)
    copied = station.profile.copied

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("y")
        short = copied.read_text().strip()
        await cockpit.until(f"{short} in copied.txt, sent to the terminal; if it took it, nobody can tell")
        assert short in cockpit.text.splitlines()[2], "the row under the cursor"
        await cockpit.press("Y")
        await cockpit.until(lambda: short != copied.read_text().strip())
        assert cockpit.last.startswith(" - ")
        assert copied.read_text().splitlines()[0].endswith(" incident")
        assert "rm -rf" not in copied.read_text(), "what a sequence carries stays in base64"
        await cockpit.press("enter", "Y")
        await cockpit.until(lambda: " entry" in copied.read_text().splitlines()[0])
        assert dangers(copied.read_text(), newline=True) == []
        await cockpit.press("i", "Y")
        await cockpit.until(lambda: "severity" in copied.read_text())
        await cockpit.press("question_mark", "Y")
        await cockpit.until(lambda: "copy its id" in copied.read_text())

    play(station, scenario)


def test_where_nothing_is_that_is_said(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("x")
        await cockpit.until("nothing here is in the words of others")
        await cockpit.press("Y")
        await cockpit.until("nothing here has an id")
        assert not station.profile.copied.exists()

    play(station, scenario)
