"""What a revoked device wrote after its end: `verify` says that it does not count, and calls nothing of it damage."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import LocalHub, declare, join, set_field, station, sync

from ircockpit.core.errors import ExitCode, TrustError
from ircockpit.features.membership import actions as members
from ircockpit.features.people.actions import set_name
from ircockpit.features.record import actions, verification
from ircockpit.features.record.straight import Straight
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


class Scene(NamedTuple):
    """Ann leads; Bo's device was copied by a thief, and then revoked."""

    hub: LocalHub
    ann: Workstation
    bo: Workstation
    thief: Workstation
    incident: str


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with station(tmp_path / "ann") as ann, station(tmp_path / "bo") as bo:
        set_name(ann, name="Ann")
        hub = LocalHub(tmp_path / "hub", ann)
        hub.start(ann)
        join(hub, bo, "Bo")
        incident = declare(bo, "wrong dose")
        sync(bo)
        with station(copy_unnoticed(bo.profile.folder, tmp_path / "stolen")) as thief:
            set_field(bo, incident, "title", "wrong dose, 4,000 users")
            for who in (bo, ann):
                sync(who)
            members.revoke(ann, device="Bo", reason="stolen")
            yield Scene(hub, ann, bo, thief, incident)
        hub.close()


def told(who: Workstation, **given: Any) -> tuple[dict[str, Any], str, int]:
    result = actions.verify(who, **given)
    return result.data, "\n".join(plain(row) for row in result.lines), result.code


def both(who: Workstation, **given: Any) -> tuple[dict[str, Any], str, int]:
    """What both modes say, which is the same but for their name."""
    full, heads = told(who, **given), told(who, heads=True, **given)
    assert full[0] | {"mode": ""} == heads[0] | {"mode": ""}
    return full


def test_nothing_is_said_where_nothing_was_written_after_the_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = both(scene.ann)
    assert said[0]["revoked"] == {"events": 0, "refused": 0, "adopted": 0}
    assert (said[2], "revoked" in said[1]) == (ExitCode.OK, False)
    monkeypatch.setattr(Straight, "passed", lambda *_: None)
    assert both(scene.ann) == said, "the quick way says what the full one does"


def test_what_a_thief_wrote_is_told_and_is_no_damage(scene: Scene) -> None:
    """At a place of the honest lane, beyond it and in a lane of their own."""
    set_field(scene.thief, scene.incident, "title", "forged")
    set_field(scene.thief, scene.incident, "title", "forged again")
    declare(scene.thief, "a false alarm")
    with pytest.raises(TrustError):
        sync(scene.thief)
    sync(scene.ann)
    data, text, code = both(scene.ann)
    late = data["revoked"]["events"]
    assert (data["ok"], data["findings"], code) == (True, [], ExitCode.OK)
    assert late > 3
    assert data["revoked"] == {"events": late, "refused": late, "adopted": 0}
    assert f"{late} events of revoked devices do not count ({late} refused already)" in text
    assert both(scene.ann, incident=scene.incident)[0]["revoked"]["events"] == 2
    assert all(len(line) <= 80 for line in text.splitlines() if "revoked" in line or "refused" in line)


def test_without_the_revocation_the_rival_is_a_fork(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is set aside is what the revocation answers, and nothing else."""
    set_field(scene.thief, scene.incident, "title", "forged")
    with pytest.raises(TrustError):
        sync(scene.thief)
    sync(scene.ann)
    assert both(scene.ann)[2] == ExitCode.OK
    monkeypatch.setattr(verification, "revocations", lambda *_: [])
    data, _, code = both(scene.ann)
    assert ([each["kind"] for each in data["findings"]], code) == (["fork"], ExitCode.DAMAGED)


def test_what_was_tampered_with_is_found_among_it_too(scene: Scene) -> None:
    set_field(scene.bo, scene.incident, "title", "late")
    with pytest.raises(TrustError):
        sync(scene.bo)
    sync(scene.ann)
    assert both(scene.ann)[2] == ExitCode.OK
    late = scene.bo.log.of_stream(_stream(scene))[-1].event.id
    db = sqlite3.connect(scene.ann.profile.log_db)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute(
        "UPDATE part SET data=CAST(replace(data, 'late', 'lame') AS BLOB) WHERE event=(SELECT arrival FROM event WHERE id=?)",
        (bytes.fromhex(late),),
    )
    db.commit()
    db.close()
    data, _, code = both(scene.ann)
    assert [(each["kind"], each["event"]) for each in data["findings"]] == [("body", late)]
    assert (code, data["revoked"]["events"]) == (ExitCode.DAMAGED, 1)


def test_an_adopted_one_counts_and_one_shown_as_accepted_is_named(scene: Scene) -> None:
    set_field(scene.bo, scene.incident, "title", "late")
    set_field(scene.bo, scene.incident, "title", "later")
    with pytest.raises(TrustError):
        sync(scene.bo)
    sync(scene.ann)
    one, two = (stored.event.id for stored in scene.bo.log.of_stream(_stream(scene))[-2:])
    members.adopt(scene.ann, event=one)
    data, text, _ = both(scene.ann)
    assert data["revoked"] == {"events": 1, "refused": 1, "adopted": 1}
    assert "1 event of revoked devices does not count (1 refused already)" in text
    assert "1 event of revoked devices counts, adopted by a lead" in text
    # Somebody took the mark away that keeps the other one out of the picture.
    with scene.ann.log.writing() as writer:
        stored = scene.ann.log.get(two)
        assert stored is not None
        writer.clear_doubt(stored.arrival)
    data, text, code = both(scene.ann)
    assert (data["revoked"], code) == ({"events": 1, "refused": 0, "adopted": 1}, ExitCode.OK)
    assert "one of them is still shown as if accepted: run ircockpit sync" in text
    sync(scene.ann)
    assert both(scene.ann)[0]["revoked"] == {"events": 1, "refused": 1, "adopted": 1}


def test_a_long_record_stays_on_the_quick_way(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is lost one day is in many records for ever: none of them becomes slow to verify by that."""
    ways: list[bool] = []
    real = Straight.passed

    def passed(self: Straight, heard: Any) -> Any:
        ways.append((found := real(self, heard)) is not None)
        return found

    monkeypatch.setattr(Straight, "passed", passed)
    told(scene.ann, incident=scene.incident)
    assert ways == [True]


def _stream(scene: Scene) -> str:
    rows = scene.ann.view.rows("SELECT stream FROM incident WHERE id=?", (scene.incident,))
    return str(rows[0][0])
