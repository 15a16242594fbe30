"""What is blurred follows what people found as well as what the source said, and never less than the source."""

import json
from pathlib import Path

import pytest
from tests.support.hub import set_field

from ircockpit.features.care.rules import UNKNOWN, worst
from ircockpit.features.intake import actions
from ircockpit.features.intake.queries import groups_to_review, signals
from ircockpit.features.intake.reveal import reveal
from ircockpit.features.triage.actions import answer
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

WORDS = "nobody would miss you"


def taken_in(station: Workstation, folder: Path, detector: str) -> tuple[str, str]:
    """A signal whose source calls it low, and the incident made of it."""
    file = folder / "signals.jsonl"
    row = {
        "title": "odd answer",
        "prompt": "hello",
        "output": WORDS,
        "source": "m",
        "detector": detector,
        "severity": "low",
    }
    file.write_text(json.dumps(row) + "\n")
    actions.intake(station, file=str(file))
    [group] = groups_to_review(station.view)
    signal = signals(station.view, group.ident)[0].short
    return signal, str(actions.promote(station, signal=signal).data["id"])


def is_seen(station: Workstation, signal: str) -> bool:
    shown = reveal(station, signal=signal, why="to see")
    seen = any(WORDS in plain(line) for line in shown.lines)
    assert seen != shown.data["blurred"]
    return seen


@pytest.mark.parametrize(
    ("field", "value", "category"),
    [
        ("title", "self-harm advice to teenagers", "self-harm"), ("impact", "a suicide note", "self-harm"),
        ("rationale", "it praises violence", "violence"), ("personal", "sensitive", "personal data"),
        ("regulated", "health", "dangerous advice"), ("category", "illegal-material", "children"),
        ("category", "harmful-content", "violence"),
    ],
)  # fmt: skip
def test_what_triage_finds_harmful_is_blurred(
    station: Workstation, tmp_path: Path, field: str, value: str, category: str
) -> None:
    signal, incident = taken_in(station, tmp_path, "promptinject")
    assert is_seen(station, signal), "the source calls it a mere trick, and low"
    if field in ("title", "impact"):
        set_field(station, incident, field, value)
    else:
        answer(station, incident=incident, **{field: value})
    assert not is_seen(station, signal)
    assert reveal(station, signal=signal, why="to see").data["category"] == category


def test_a_kind_that_only_tricks_programs_takes_no_blur_away(station: Workstation, tmp_path: Path) -> None:
    signal, incident = taken_in(station, tmp_path, "toxicity")
    assert not is_seen(station, signal)
    answer(station, incident=incident, category="prompt-injection")
    assert not is_seen(station, signal)
    assert reveal(station, signal=signal, why="to see").data["category"] == "hate"


def test_a_severity_that_triage_decided_is_blurred_as_one_of_the_source(
    station: Workstation, tmp_path: Path
) -> None:
    signal, incident = taken_in(station, tmp_path, "promptinject")
    answer(
        station,
        incident=incident,
        harm="yes",
        reach="thousands",
        reversible="no",
        ongoing="yes",
        personal="none",
        regulated="no",
    )
    assert not is_seen(station, signal)


def test_a_lower_triage_takes_nothing_from_what_the_source_marked(
    station: Workstation, tmp_path: Path
) -> None:
    signal, incident = taken_in(station, tmp_path, "suicide")
    set_field(station, incident, "title", "a harmless injection")
    answer(
        station,
        incident=incident,
        harm="no",
        reach="few",
        reversible="yes",
        ongoing="stopped",
        personal="none",
        regulated="no",
    )
    assert not is_seen(station, signal)
    assert reveal(station, signal=signal, why="to see").data["category"] == "self-harm"


def test_what_nobody_knows_is_worse_than_a_trick_and_milder_than_harm() -> None:
    assert worst("injection", UNKNOWN) == UNKNOWN
    assert worst("self-harm", UNKNOWN, "injection") == "self-harm"
