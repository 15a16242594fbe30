"""Possibly illegal material stays where it is: each way by which a file could leave, with the same file unmarked as control."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.profiles import declare
from tests.support.pair import Pair

from ircockpit.blobs.files import FileBlobs, let_out, open_to_all
from ircockpit.core.errors import RefusedError
from ircockpit.features.bundles.actions import export as bundle
from ircockpit.features.bundles.actions import take
from ircockpit.features.clocks.actions import fact, not_reportable
from ircockpit.features.evidence.actions import add, clear, export
from ircockpit.features.evidence.queries import copy_gate, copy_gate_of, exhibits
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import intake, promote
from ircockpit.features.intake.queries import groups_to_review, signals
from ircockpit.features.intake.reveal import reveal
from ircockpit.features.record.backups import backup
from ircockpit.features.sharing.standing import standing
from ircockpit.store.workstation import Workstation

MATERIAL = b"bytes that nobody may copy \x00\x01"
SHA256 = hashlib.sha256(MATERIAL).hexdigest()
NEVER = "child-abuse-never-copy"
QUESTION = "child_abuse_material"
COUNSEL = "counsel looked: drawings of fruit"


@pytest.fixture
def ident(station: Workstation, tmp_path: Path) -> str:
    """An incident whose file was taken in before anybody knew what it may be."""
    one = declare(station)[0]
    file = tmp_path / "seen.bin"
    file.write_bytes(MATERIAL)
    add(station, file=str(file), incident=one)
    return one


def label(station: Workstation, ident: str) -> str:
    return f"{incident(station.view, ident).short}/E1"


def mark(station: Workstation, ident: str, answer: str = "yes") -> None:
    fact(station, incident=ident, fact=QUESTION, answer=answer)


def copies(folder: Path) -> list[Path]:
    """Files below a folder that hold the material, packed ones too."""
    return [each for each in folder.rglob("*") if each.is_file() and MATERIAL in each.read_bytes()]


def exported(station: Workstation, ident: str, out: Path) -> str:
    try:
        return export(station, exhibit=label(station, ident), to=str(out / "copy")).said
    except RefusedError as error:
        return error.what


def whole(station: Workstation, ident: str, out: Path) -> str:
    return " ".join(bundle(station, to=str(out / "whole"), incidents=[ident]).data["says"])


def cut(station: Workstation, ident: str, out: Path) -> str:
    return " ".join(bundle(station, to=str(out / "cut"), incidents=[ident], extract=True).data["says"])


def everything(station: Workstation, _: str, out: Path) -> str:
    return " ".join(bundle(station, to=str(out / "all"), all=True, restricted=True).data["says"])


def in_parts(station: Workstation, ident: str, out: Path) -> str:
    return " ".join(bundle(station, to=str(out / "part"), incidents=[ident], max_size="2M").data["says"])


def backed_up(station: Workstation, _: str, out: Path) -> str:
    return str(backup(station, to=str(out / "kept"), blobs=True).lines)


def packed(station: Workstation, _: str, out: Path) -> str:
    return str(backup(station, to=str(out / "kept.tar"), blobs=True, with_keys=True).lines)


Way = Callable[[Workstation, str, Path], str]
WAYS: tuple[Way, ...] = (exported, whole, cut, everything, in_parts, backed_up, packed)


@pytest.mark.parametrize("way", WAYS)
def test_a_file_leaves_by_no_way_once_it_may_be_illegal_and_it_is_said(
    station: Workstation, ident: str, tmp_path: Path, way: Way
) -> None:
    for name in ("control", "marked"):
        (tmp_path / name).mkdir()
    assert "must not be copied" not in way(station, ident, tmp_path / "control")
    assert copies(tmp_path / "control"), "the same file without the mark does go"
    mark(station, ident)
    said = way(station, ident, tmp_path / "marked")
    assert copies(tmp_path / "marked") == []
    assert "must not be copied" in said or "never copied" in said
    assert FileBlobs(station.profile.blobs).has(SHA256), "it stays where it is"


@pytest.mark.parametrize("way", WAYS)
def test_what_counsel_decides_lets_it_go(station: Workstation, ident: str, tmp_path: Path, way: Way) -> None:
    mark(station, ident)
    not_reportable(station, incident=ident, clock=NEVER, why=COUNSEL)
    assert "must not be copied" not in way(station, ident, tmp_path)
    assert len(copies(tmp_path)) > 1, "the first of them is the file that was taken in"


def test_one_file_is_cleared_for_every_way_and_the_others_stay(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    mark(station, ident)
    log = tmp_path / "log.txt"
    log.write_text("a log without any of it")
    with pytest.raises(RefusedError, match="never copied"):
        add(station, file=str(log), incident=ident)
    other = add(station, file=str(log), incident=ident, clear=True).data
    gate = copy_gate(station)
    assert let_out(gate, other["sha256"])
    assert not let_out(gate, SHA256)
    clear(station, exhibit=label(station, ident), why=COUNSEL)
    assert let_out(gate, SHA256)
    assert [each.clear for each in exhibits(station.view, ident)] == [True, True]
    clear(station, exhibit=label(station, ident), why="not so sure", withdraw=True)
    assert not let_out(gate, SHA256)


def test_a_clearing_under_another_name_clears_nothing(station: Workstation, ident: str) -> None:
    mark(station, ident)
    (one,) = exhibits(station.view, ident)
    draft = station.set_field(one.stream, "evidence.cleared", one.ident, "clear", 1, why="x")
    station.append([draft._replace(type="incident.set")])
    assert not let_out(copy_gate(station), SHA256), "its author needs no right that clearing needs"
    station.append([station.set_field(one.stream, "evidence.cleared", one.ident, "clear", 1, why="x")])
    assert let_out(copy_gate(station), SHA256)


def test_the_same_bytes_in_another_incident_stay_too(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    another = declare(station, "another")[0]
    add(station, file=str(tmp_path / "seen.bin"), incident=another)
    mark(station, ident)
    (tmp_path / "out").mkdir()
    assert "Held back: 1 evidence file that must not be copied." in whole(station, another, tmp_path / "out")
    assert copies(tmp_path / "out") == []


def test_a_gate_beside_the_screen_knows_what_was_recorded_since_it_was_made(
    station: Workstation, ident: str
) -> None:
    with copy_gate_of(station.profile, station.clock) as gate:
        assert let_out(gate, SHA256)
        mark(station, ident)
        assert not let_out(gate, SHA256)
        with pytest.raises(RefusedError, match="held back"):
            FileBlobs(station.profile.blobs).open(SHA256, gate)
        FileBlobs(station.profile.blobs).open(SHA256, open_to_all).close()


def test_raw_words_in_it_are_not_shown_and_no_look_is_recorded(station: Workstation, tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    file.write_text(json.dumps({"title": "seen", "output": "words of it", "source": "monitor"}) + "\n")
    intake(station, file=str(file))
    (group,) = groups_to_review(station.view)
    (signal,) = signals(station.view, group.ident)
    ident = promote(station, signal=signal.short).data["id"]
    assert reveal(station, signal=signal.short, why="control").data["output"] == "words of it"
    mark(station, ident)
    looks = station.view.rows("SELECT count(*) FROM exposure")
    with pytest.raises(RefusedError, match="never copied"):
        reveal(station, signal=signal.short, why="again")
    assert station.view.rows("SELECT count(*) FROM exposure") == looks
    later = tmp_path / "later.jsonl"
    later.write_text(json.dumps({"title": "seen", "output": "more words", "source": "monitor"}) + "\n")
    intake(station, file=str(later))
    found = [each for each in signals(station.view, group.ident) if each.raw != signal.raw]
    assert len(found) == 1, "it belongs to the same group"
    assert not let_out(copy_gate(station), found[0].raw), "and to the incident, of which it is no exhibit"


def test_a_bundle_of_a_colleague_leaves_it_on_the_stick(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "seen.bin"
    file.write_bytes(MATERIAL)
    add(pair.a, file=str(file), incident=pair.incident)
    bundle(pair.a, to=str(tmp_path / "stick"), incidents=[pair.incident])
    for answer, here in (("yes", False), ("no", True)):
        mark(pair.b, pair.incident, answer)
        taken = take(pair.b, folders=[str(tmp_path / "stick")], yes=True)
        assert FileBlobs(pair.b.profile.blobs).has(SHA256) is here
        assert taken.data["taken"]["files_held_back"] == (0 if here else 1)
        assert ("must not be copied" in taken.said) is not here


def test_where_people_disagree_it_stays(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "seen.bin"
    file.write_bytes(MATERIAL)
    add(pair.a, file=str(file), incident=pair.incident)
    mark(pair.a, pair.incident, "no")
    pair.together()
    assert let_out(copy_gate(pair.a), SHA256)
    mark(pair.a, pair.incident, "no")
    mark(pair.b, pair.incident, "yes")
    pair.together()
    assert not let_out(copy_gate(pair.a), SHA256)
    assert not let_out(copy_gate(pair.b), SHA256)


def test_what_waits_for_the_hub_is_told_from_what_stays(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "seen.bin"
    file.write_bytes(MATERIAL)
    add(pair.a, file=str(file), incident=pair.incident)
    assert (standing(pair.a).files, standing(pair.a).held_back) == ([SHA256], [])
    mark(pair.a, pair.incident)
    assert (standing(pair.a).files, standing(pair.a).held_back) == ([], [SHA256])
