"""A file that a hub deleted for a thief before it knew of the revocation: given back, never called verified, or told as lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import LocalHub, declare, join, station
from tests.sync.conftest import Team

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import ExitCode, NotFound
from ircockpit.features.erasure.actions import erase
from ircockpit.features.erasure.scopes import fetch
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.membership import actions as membership
from ircockpit.features.record.actions import verify
from ircockpit.features.sharing.actions import sync_now
from ircockpit.store.names import short_id
from ircockpit.store.workstation import Workstation
from ircockpit.sync import exhibits
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect

WORDS = b"assistant: take 40 mg, not 4\n" * 50


class Night(NamedTuple):
    """Ann leads; Cy holds an exhibit; the hub was put back to before Bo's device, of another lead, was revoked."""

    hub: LocalHub
    ann: Workstation
    cy: Workstation
    thief: Workstation
    """A copy of Bo's device, in other hands."""
    incident: str
    sha256: str

    def shown(self, who: Workstation) -> dict[str, Any]:
        (row,) = evidence.list_all(who, incident=self.incident).data
        return {"here": row["here"], "hub": row["hub"]}

    def label(self, who: Workstation) -> str:
        return f"{short_id(who.view, 'incident', self.incident)}/E1"

    def at_hub(self) -> bool:
        return self.hub.folder.blobs.has(self.sha256)

    def steal(self) -> None:
        """The thief has the exhibit erased: the hub, which knows no better, takes the file away."""
        sync_now(self.thief)
        event = str(self.thief.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
        done = erase(self.thief, entry=[event], reason="x", yes=True, confirm=event[:12])
        assert done.code == ExitCode.OK
        assert self.at_hub(), "control: the hub had it"
        assert sync_now(self.thief).code == ExitCode.OK
        assert not self.at_hub(), "control: it is gone there"

    def learn(self) -> None:
        """Ann brings the hub the revocation again."""
        sync_now(self.ann)
        with pytest.raises(Exception, match="revoked"):
            sync_now(self.thief)


@pytest.fixture
def night(team: Team, newcomer: Workstation, tmp_path: Path) -> Iterator[Night]:
    hub, ann, bo, cy = team.hub, team.a, team.b, newcomer
    hub.start(ann, bo)
    join(hub, cy, "Cy")
    for who in (ann, bo):
        sync_now(who)
    membership.set_role(ann, member=bo.me[:8], role="lead")
    incident = declare(cy, "wrong dose")
    (tmp_path / "chat.txt").write_bytes(WORDS)
    added = evidence.add(cy, file=str(tmp_path / "chat.txt"), incident=incident).data
    for who in (cy, ann, bo):
        sync_now(who)
    hub.stop()
    hub.back_up(tmp_path / "backup")
    hub.restart()
    hub.start()
    with station(copy_unnoticed(bo.profile.folder, tmp_path / "stolen")) as thief:
        membership.revoke(ann, device=bo.identity.device[:8], reason="stolen")
        sync_now(ann)
        hub.restore(tmp_path / "backup")
        yield Night(hub, ann, cy, thief, incident, added["sha256"])


def sound(night: Night, *who: Workstation) -> None:
    for each in who:
        assert verify(each).code == ExitCode.OK


def test_who_was_told_by_the_same_hub_that_it_has_it_gives_it_back(night: Night) -> None:
    sync_now(night.cy)
    assert night.shown(night.cy) == {"here": True, "hub": "verified"}
    night.steal()
    night.learn()
    assert sync_now(night.cy).code == ExitCode.OK
    assert night.at_hub()
    assert night.shown(night.cy) == {"here": True, "hub": "verified"}
    assert evidence.fetch(night.ann, exhibit=night.label(night.ann)).data["fetched"] is True
    assert night.shown(night.ann) == {"here": True, "hub": "verified"}
    sound(night, night.ann, night.cy)


def test_nobody_calls_it_verified_while_the_hub_lacks_it(night: Night) -> None:
    sync_now(night.cy)
    night.steal()
    night.learn()
    connection = connect(night.cy.profile, night.cy.identity, HttpTransport, night.cy.clock)
    connection.engine.round()
    connection.close()
    assert not night.at_hub(), "control: no file has gone yet"
    assert night.shown(night.cy) == {"here": True, "hub": "not yet"}
    sync_now(night.cy)
    assert night.at_hub()


def test_a_file_that_the_hub_does_not_take_is_not_called_verified(night: Night) -> None:
    """On its way when the order comes: the hub answers that nothing is wanted."""
    connection = connect(night.cy.profile, night.cy.identity, HttpTransport, night.cy.clock)
    connection.engine.round()
    night.steal()
    blobs = FileBlobs(night.cy.profile.blobs)
    found = exhibits.pending(night.cy.log, blobs)
    assert found.files == [night.sha256]
    for _ in range(2):
        sent = exhibits.send_all(
            connection.log, connection.client, found, blobs, open_to_all,
            lambda: HttpTransport(night.hub.url), lambda _: None,
        )  # fmt: skip
        assert sent.files == 0
        assert night.shown(night.cy) == {"here": True, "hub": "not yet"}
        assert exhibits.pending(night.cy.log, blobs).files == [night.sha256], "it is asked for again"
    connection.close()
    night.learn()
    sync_now(night.cy)
    assert night.at_hub()
    assert night.shown(night.cy) == {"here": True, "hub": "verified"}


def test_where_nobody_has_it_that_is_said_and_the_words_come_back(night: Night, tmp_path: Path) -> None:
    sync_now(night.cy)
    night.steal()
    sync_now(night.cy)  # and follows the order, not knowing better
    night.learn()
    sync_now(night.cy)
    assert evidence.list_all(night.cy, incident=night.incident).data == []
    event = str(night.ann.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
    fetch(night.cy, entry=event[:12], why="it was erased by a thief")
    with station(tmp_path / "dee") as dee:
        join(night.hub, dee, "Dee")
        for who in (night.cy, night.ann, dee):
            sync_now(who)
            assert night.shown(who) == {"here": False, "hub": "not known"}
            with pytest.raises(NotFound) as told:
                evidence.fetch(who, exhibit=night.label(who))
            assert told.value.what == "the hub does not hold this file"
            assert "a device that has it still" in told.value.fix
            sound(night, who)
