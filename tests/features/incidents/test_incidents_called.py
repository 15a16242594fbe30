"""What is called by a beginning: short ids with titles that are inert, and names of systems that can be typed."""

from pathlib import Path

from ircockpit.command.action import Kind, Param
from ircockpit.core.ids import random_uuid
from ircockpit.features.incidents.actions import close, declare
from ircockpit.features.incidents.called import MOST, called
from ircockpit.features.intake.actions import intake
from ircockpit.features.systems.actions import add
from ircockpit.store.workstation import Draft, Workstation

INCIDENT = Param("incident", "", Kind.ID)
TARGET = Param("target", "", Kind.ID)
SIGNAL = Param("signal", "", Kind.ID)
SYSTEM = Param("system", "")


def test_the_open_ones_come_first_and_titles_are_inert(station: Workstation) -> None:
    shut = str(declare(station, title="over").data["short"])
    close(station, incident=shut, why="over")
    still = str(declare(station, title="wrong\x1b]0;x\x07 dose").data["short"])
    (first, about), (second, _) = called(station, INCIDENT, "")
    assert (first, second) == (still, shut)
    assert "wrong" in about
    assert about.isprintable()
    assert next(word for word, _ in called(station, INCIDENT, still[:2])) == still
    assert called(station, INCIDENT, "zzzz") == []


def test_signals_have_their_letter_before_them(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    path.write_text('{"title": "refund given", "source": "monitor", "prompt": "a"}\n', "utf-8")
    intake(station, file=str(path))
    ((word, about),) = called(station, SIGNAL, "")
    assert word.startswith("g-")
    assert "refund given" in about
    assert called(station, SIGNAL, word[:3]) == [(word, about)]
    assert called(station, TARGET, "g-") == [(word, about)]
    assert called(station, SIGNAL, "x") == []


def test_only_names_of_systems_that_can_be_typed_are_offered(station: Workstation) -> None:
    add(station, name="bot-a")
    hostile = "bot\x1b]0;owned\x07 --severity SEV1"
    station.append(
        [Draft(station.identity.org_stream, "system.recorded", random_uuid(), ({"name": hostile},))]
    )
    assert [word for word, _ in called(station, SYSTEM, "")] == ["bot-a"]
    assert called(station, SYSTEM, "bot-b") == []
    assert called(station, Param("text", ""), "") == []


def test_there_are_never_too_many(station: Workstation) -> None:
    for number in range(MOST + 3):
        declare(station, title=f"number {number}")
    assert len(called(station, INCIDENT, "")) == MOST
