"""Which evidence files are to go to the hub is found without reading the record anew at every round."""

from pathlib import Path

import pytest
from tests.support.hub import declare
from tests.support.steps import steps
from tests.sync.conftest import Team
from tests.sync.test_sync_exhibits import exhibit

from ircockpit.blobs.files import FileBlobs
from ircockpit.store import outbox
from ircockpit.store.log import Stored
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import exhibits


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Stored]:
    """The events whose bytes were read for it."""
    found: list[Stored] = []
    real = exhibits.named_file

    def noted(stored: Stored) -> str:
        found.append(stored)
        return real(stored)

    monkeypatch.setattr(exhibits, "named_file", noted)
    return found


def notes(who: Workstation, count: int) -> None:
    ident = declare(who, "wrong dose")
    stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    who.append([Draft(stream, "incident.noted", ident, ({"text": str(n)},)) for n in range(count)])


def test_a_round_reads_only_what_names_a_file_and_is_new(team: Team, read: list[Stored]) -> None:
    log, blobs, seeking = team.a.log, FileBlobs(team.a.profile.blobs), exhibits.Seeking()
    notes(team.a, 50)
    sha256 = exhibit(team.a, b"chat")
    assert seeking.pending(log, blobs).files == [sha256]
    assert [each.event.envelope.type for each in read] == ["evidence.added"]
    before = steps(log.db, lambda: seeking.pending(log, blobs))
    notes(team.a, 500)
    assert seeking.pending(log, blobs) == exhibits.pending(log, blobs)
    assert steps(log.db, lambda: seeking.pending(log, blobs)) <= 2 * before
    second = exhibit(team.a, b"log")
    assert seeking.pending(log, blobs).files == [sha256, second]
    assert len(read) == 3, "each once, and once more by the one that was asked afresh"


def test_a_file_that_comes_after_its_event_is_found(team: Team, tmp_path: Path) -> None:
    log, blobs, seeking = team.a.log, FileBlobs(team.a.profile.blobs), exhibits.Seeking()
    sha256 = exhibit(team.a, b"chat")
    kept = tmp_path / "kept"
    blobs.path(sha256).rename(kept)
    assert seeking.pending(log, blobs).files == []
    kept.rename(blobs.path(sha256))
    assert seeking.pending(log, blobs).files == [sha256]


def test_what_the_hub_has_is_left_alone_until_it_has_lost_something(team: Team) -> None:
    log, blobs, seeking = team.a.log, FileBlobs(team.a.profile.blobs), exhibits.Seeking()
    sha256 = exhibit(team.a, b"chat")
    found = seeking.pending(log, blobs)
    exhibits.note_verified(log, sha256, found.resets)
    assert seeking.pending(log, blobs).files == []
    exhibits.note_sent(log, found)
    assert seeking.pending(log, blobs).files == []
    with log.writing() as writer:
        writer.set_meta(exhibits.MARK, "0")
        writer.set_meta(exhibits.RESETS, "1")
    assert seeking.pending(log, blobs).files == [sha256]


def test_a_type_in_another_spelling_is_looked_at(team: Team) -> None:
    exhibit(team.a, b"chat")
    (arrival,) = outbox.naming(team.a.log, 0, exhibits.CARRIED)
    assert outbox.naming(team.a.log, arrival, exhibits.CARRIED) == []
    db = team.a.log.db
    (raw,) = db.execute("SELECT envelope FROM event WHERE arrival=?", (arrival,)).fetchone()
    db.execute("DROP TRIGGER event_kept")
    spelled = raw.replace(b"evidence.added", b"\\u0065vidence.added")
    db.execute("UPDATE event SET envelope=? WHERE arrival=?", (spelled, arrival))
    assert outbox.naming(team.a.log, 0, exhibits.CARRIED) == [arrival]
    db.execute(
        "UPDATE event SET envelope=? WHERE arrival=?", (raw.replace(b"evidence", b"incident"), arrival)
    )
    assert outbox.naming(team.a.log, 0, exhibits.CARRIED) == []
