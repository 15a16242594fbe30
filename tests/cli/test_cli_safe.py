"""Every command that prints words of others prints none of them with ``--safe``, neither to people nor to programs."""

import json
from pathlib import Path

import pytest
from tests.features.care.stage import FOREIGN, foreign_record

from ircockpit.cli.main import run
from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import actions, open_workstation
from ircockpit.features.clocks.actions import anchor
from ircockpit.features.clocks.queries import FOLDER
from ircockpit.features.companion.actions import open_record
from ircockpit.features.decisions.actions import decide
from ircockpit.features.erasure.actions import place
from ircockpit.features.impact.actions import group
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.summary import NOT_SHOWN
from ircockpit.store.workstation import Draft

Captured = pytest.CaptureFixture[str]
OURS = ("brief", "handover")
"""Say nothing in words of others anyhow."""
SAFE_ONES = (
    "queue", "show", "timeline", "evidence list", "contain list", "companion show", "impact list", "hold list",
    "decisions list", "task list", "clocks list", "clocks show", "standing", *OURS,
)  # fmt: skip
"""Commands whose words of others this record holds; the others are asked over a shared one, in ``test_cli_words``."""


CLOCK = "hospital-written"
DUTY = f"""form: 1
title: {FOREIGN}
clocks:
  - id: {CLOCK}
    regime: {FOREIGN}
    article: "{FOREIGN} 12"
    title: {FOREIGN} title
    applies: {{fact: death, is: yes}}
    due: [{{from: aware, period: 3, unit: calendar_days, quote: "{FOREIGN} within three days"}}]
    recipient: {FOREIGN}
    checklist: [{FOREIGN}]
    source: {FOREIGN}
    retrieved_on: 2026-11-01
    confidence: high
"""
"""A duty of the organisation's own, whose words are not the program's."""


@pytest.fixture
def incident(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of an incident whose record is full of marks, in the profile that commands open."""
    monkeypatch.setenv("IRCOCKPIT_HOME", str(home))
    with open_workstation(home) as station:
        ident = foreign_record(station, tmp_path)
        open_record(station, incident=ident)
        incidents.note(station, incident=ident, text=f"{FOREIGN} for counsel", privileged=True)
        decide(
            station,
            incident=ident,
            decided=f"{FOREIGN} it",
            why=f"{FOREIGN} why",
            source=FOREIGN,
            todo=f"{FOREIGN} do",
        )
        place(station, target=ident, reason=f"{FOREIGN} reason")
        (home / FOLDER).mkdir()
        (home / FOLDER / "own.yaml").write_text(DUTY, "utf-8")
        anchor(station, incident=ident, name="aware", time="2026-01-01T10:00Z", why=f"{FOREIGN} why")
        [[stream]] = station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))
        sealed = {"incident": ident, "name": f"{FOREIGN} set", "count": 0, "prompts": []}
        station.append([Draft(stream, "replay.sealed", station.new_id(stream), (sealed,))])
        group(station, incident=ident, people=40, label=f"{FOREIGN} group", source=f"{FOREIGN} source")
    return ident


def words_of(verb: str, incident: str) -> list[str]:
    action = next(each for each in actions() if " ".join(each.verb) == verb)
    needed = any(param.positional and param.name == "incident" for param in action.params)
    of_clock = [CLOCK] if any(param.positional and param.name == "clock" for param in action.params) else []
    return [*action.verb, *of_clock, *([incident] if needed else [])]


def printed(capsys: Captured, *words: str) -> str:
    assert run(words) == ExitCode.OK
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", SAFE_ONES)
def test_none_of_them_is_printed_and_the_control_prints_them(
    incident: str, capsys: Captured, verb: str
) -> None:
    words = words_of(verb, incident)
    for form in ((), ("--json",)):
        assert FOREIGN not in (safe := printed(capsys, *words, "--safe", *form))
        assert safe.strip()
        if verb not in (*OURS, "standing"):
            assert FOREIGN in printed(capsys, *words, *form)


@pytest.mark.parametrize(
    "verb", ["queue", "show", "timeline", "evidence list", "contain list", "hold list", "impact list"]
)
def test_a_word_says_what_is_not_shown_and_the_form_stays(incident: str, capsys: Captured, verb: str) -> None:
    words = words_of(verb, incident)
    whole, safe = (json.loads(printed(capsys, *words, "--json", *form)) for form in ((), ("--safe",)))
    assert NOT_SHOWN in json.dumps(safe)
    one, other = (found[0] if isinstance(found, list) else found for found in (whole, safe))
    assert one.keys() == other.keys()
    assert len(whole) == len(safe)
    for key in ("id", "ident", "short", "event", "state", "sha256", "at", "opened_us"):
        assert one.get(key) == other.get(key)


def test_the_setting_decides_for_people_and_words_asks_for_all(
    home: Path, incident: str, capsys: Captured
) -> None:
    (home / "config.toml").write_text("[care]\nsafe = true\n")
    assert FOREIGN not in printed(capsys, "show", incident)
    assert FOREIGN in printed(capsys, "show", incident, "--words")
    assert FOREIGN in printed(capsys, "show", incident, "--json"), "programs are given what they ask for"
