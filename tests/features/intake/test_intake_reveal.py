"""Opening raw words: on the record before they are shown, never without a reason, inert, and only where they are."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, command, ok
from tests.support.pair import Pair
from tests.support.standing import be

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import NotFound, RefusedError, StoreError, TrustError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.intake import actions
from ircockpit.features.intake.queries import groups_to_review, signals
from ircockpit.features.intake.reveal import reveal
from ircockpit.render.span import plain
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Workstation

PROMPT = "how much of it\x1b]0;owned\x07 is safe\nfor a child?"
OUTPUT = "give ten times the dose \u202eesod eht"
WHY = "to tell the pharmacist"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A monitor's file with one harmful answer, and one finding without words."""
    rows = [
        {"title": "wrong dose", "prompt": PROMPT, "output": OUTPUT, "source": "monitor"},
        {"title": "odd ratio", "source": "monitor"},
    ]
    path = tmp_path / "signals.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def station(tmp_path: Path, file: Path) -> Iterator[Workstation]:
    with open_workstation(tmp_path / "home") as made:
        actions.intake(made, file=str(file))
        yield made


def signal_of(station: Workstation, title: str) -> str:
    for each in groups_to_review(station.view):
        if each.title == title:
            return signals(station.view, each.ident)[0].short
    raise AssertionError(title)


def exposures(station: Workstation) -> list[Any]:
    return station.view.rows("SELECT id, stream, what, why, output_sha256 FROM exposure")


def test_it_is_recorded_with_reason_and_hash_then_shown_inert(station: Workstation) -> None:
    signal = signal_of(station, "wrong dose")
    shown = reveal(station, signal=signal, why=f" {WHY} ")
    [(ident, stream, what, why, digest)] = exposures(station)
    assert (ident, what, why) == (shown.data["exposure"], "prompt and output", WHY)
    assert digest == sha256(OUTPUT.encode()).hexdigest()
    assert station.view.rows("SELECT kind FROM stream WHERE id=?", (stream,)) == [("intake",)]
    assert (shown.data["prompt"], shown.data["output"]) == (PROMPT, OUTPUT)
    lines = [plain(line) for line in shown.lines]
    assert all(line.isprintable() for line in lines)
    assert not any("child" in line or "ten times" in line for line in lines), (
        "blurred until somebody lifts it"
    )


def test_what_is_lifted_stands_where_the_blur_stood_and_counts_as_exposure(station: Workstation) -> None:
    signal = signal_of(station, "wrong dose")
    journal = Journal(station.profile.folder, station.clock)
    blurred = [plain(line) for line in reveal(station, signal=signal, why=WHY).lines]
    assert "--lift" in blurred[-1]
    assert journal.lifts() == [], "blurred words are nobody's exposure"
    lines = [plain(line) for line in reveal(station, signal=signal, why=WHY, lift=True).lines]
    assert all(line.isprintable() for line in lines)
    assert any("for a child?" in line for line in lines)
    assert any("give ten times the dose" in line for line in lines)
    words = [(one, two) for one, two in zip(blurred[:-2], lines, strict=True) if one.startswith("  ")]
    assert len(words) == 3
    assert [len(one) for one, _ in words] == [len(two) for _, two in words], "nothing moves"
    assert [(each.turn, each.category, each.seconds) for each in journal.lifts()] == [
        ("prompt", "dangerous advice", 5), ("output", "dangerous advice", 5),
    ]  # fmt: skip


def test_of_an_incident_it_stands_in_the_incident(station: Workstation) -> None:
    signal = signal_of(station, "wrong dose")
    incident = actions.promote(station, signal=signal).data
    only = reveal(station, signal=signal, why=WHY, turn="output")
    assert "prompt" not in only.data
    [(_, stream, what, _, _)] = exposures(station)
    assert what == "output"
    assert station.view.rows("SELECT stream FROM incident WHERE id=?", (incident["id"],)) == [(stream,)]


def test_what_cannot_be_recorded_is_not_shown(station: Workstation, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> list[str]:
        raise StoreError("the disk is full")

    monkeypatch.setattr(station, "append", full)
    with pytest.raises(StoreError):
        reveal(station, signal=signal_of(station, "wrong dose"), why=WHY)


@pytest.mark.parametrize("why", [None, "", "  ", "x" * 501])
def test_without_a_reason_nothing_is_shown(station: Workstation, why: str | None) -> None:
    with pytest.raises(RefusedError, match="for a reason"):
        reveal(station, signal=signal_of(station, "wrong dose"), why=why)
    assert exposures(station) == []


def test_an_observer_has_no_right(station: Workstation) -> None:
    be(station, "observer")
    with pytest.raises(RefusedError, match="observer"):
        reveal(station, signal=signal_of(station, "wrong dose"), why=WHY)
    assert exposures(station) == []


def test_a_finding_without_words_and_a_damaged_file_are_told_apart(station: Workstation) -> None:
    with pytest.raises(NotFound, match="came without prompt or output"):
        reveal(station, signal=signal_of(station, "odd ratio"), why=WHY)
    signal = signal_of(station, "wrong dose")
    [(raw,)] = station.view.rows("SELECT DISTINCT raw FROM signal")
    path = FileBlobs(station.profile.blobs).path(raw)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"ten times", b"one times"))
    with pytest.raises((TrustError, StoreError)):
        reveal(station, signal=signal, why=WHY)
    assert exposures(station) == []


def test_on_another_device_it_says_where_the_words_are(tmp_path: Path, file: Path) -> None:
    pair = Pair(tmp_path / "pair")
    try:
        actions.intake(pair.a, file=str(file))
        pair.together()
        held = pair.b.log.since(0, 10_000)
        with pytest.raises(NotFound, match=r"received on the device of .+signals\.jsonl, line 1"):
            reveal(pair.b, signal=signal_of(pair.b, "wrong dose"), why=WHY)
        assert pair.b.log.since(0, 10_000) == held
        reveal(pair.a, signal=signal_of(pair.a, "wrong dose"), why=WHY)
        pair.together()
        assert [row[3] for row in exposures(pair.b)] == [WHY]
        for name in ("log.db", "view.db", "log.db-wal", "view.db-wal"):
            for who in (pair.a, pair.b):
                there = who.profile.folder / name
                assert not there.exists() or b"ten times the dose" not in there.read_bytes()
    finally:
        pair.close()


def test_the_words_of_a_real_run_are_found_by_command_and_on_the_screen(
    tmp_path: Path, shared_data: Path
) -> None:
    home = tmp_path / "real"
    ok(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl"))
    group = next(each for each in ok(home, "queue")["to_review"] if "ansiescape" in each["title"])
    assert command(home, "reveal", group["short"]).code != 0
    told = ok(home, "reveal", group["short"], "--why", WHY)
    assert told["output"]
    assert command(home, "reveal", group["short"], "--why", WHY).out.count("░".encode()) > 20
    plain_words = command(home, "reveal", group["short"], "--why", WHY, "--lift")
    assert b"\x1b" not in plain_words.out
    assert "░".encode() not in plain_words.out
    with cockpit(home) as screen:
        screen.wait_for("to review")
        screen.wait_idle(QUIET_MS)
        screen.press("j", "v")
        screen.wait_for("why see it?")
        screen.send(WHY)
        screen.press("enter")
        text = screen.wait_for("prompt, ")
        assert "it is on the record" in text
        screen.press("n")
        screen.wait_for(lambda text: "by urgency" in text and "prompt, " not in text)
        screen.press("q")
        assert screen.wait_exit() == 0
    with open_workstation(home) as station:
        assert [row[3] for row in exposures(station)] == [WHY] * 4
