"""Two workstations of one organisation and their hub, asked in this process or over loopback sockets, and words to erase."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, declare, sync
from tests.support.lanes import Writer
from tests.support.traces import files_with

from ircockpit.core.errors import ExitCode
from ircockpit.features.erasure import actions
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record.verification import Verifier
from ircockpit.hub.asking import Asked
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.verify import Finding
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.alarms import Alarm, alarms
from ircockpit.sync.engine import Round
from ircockpit.sync.worker import Connection, connect


class Team(NamedTuple):
    """A hub and two who belong to it; ``a`` holds the organisation's root."""

    hub: LocalHub
    a: Workstation
    b: Workstation

    def sync(self, who: Workstation) -> Round:
        """One round, without sockets."""
        return sync(who, self._transport)

    def connection(self, who: Workstation) -> Connection:
        """One device's engine and client, without sockets."""
        return connect(who.profile, who.identity, self._transport, who.clock)

    def asked(self, who: Workstation) -> Asked:
        """A request of somebody who has signed in."""
        connection = self.connection(who)
        connection.client.heads()
        headers = dict(connection.client.authorization())
        connection.close()
        return Asked("GET", "/v1/live", {}, headers)

    def alarms(self, who: Workstation) -> list[Alarm]:
        """What a device was warned of."""
        return alarms(who.log)

    def _transport(self, _: str) -> DirectTransport:
        return DirectTransport(lambda: self.hub.hub)


Pair = tuple[LocalHub, Workstation, Workstation]
SECRET = "Zoraida Quixotebury-Wexford called twice"
WHY = "the person asked for it"


def stream_of(who: Workstation, ident: str) -> str:
    return str(who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


def verified(who: Workstation) -> list[Finding]:
    verifier = Verifier(who.log, who.identity)
    return [finding for stream in who.log.streams() for finding in verifier.stream(stream).findings]


def note(who: Workstation, ident: str, text: str = SECRET) -> str:
    return str(incidents.note(who, incident=ident, text=text).data["event"])


def order(who: Workstation, stream: str, *events: str) -> str:
    """An order as any program may write it: nothing is checked before."""
    named = [[event, None] for event in events]
    return who.append(
        [Draft(stream, "erasure.ordered", who.new_id(stream), ({"events": named}, {"why": WHY}))]
    )[0]


def row_of(who: Workstation, event: str) -> tuple[str, str]:
    rows = who.view.rows("SELECT body, missing FROM entry WHERE event_id=?", (event,))
    return str(rows[0][0]), str(rows[0][1])


def said(who: Workstation, event: str) -> str:
    return str(json.loads(row_of(who, event)[0]).get("text", row_of(who, event)[1]))


def erase(who: Workstation, event: str) -> None:
    done = actions.erase(who, entry=[event], reason=WHY, yes=True, confirm=event[:12])
    assert (done.code, done.data["ordered"]) == (ExitCode.OK, True)


def as_kept(team: Team, event: str) -> str:
    """How the hub spells the words: base64 inside JSON."""
    stored = team.a.log.get(event)
    assert stored is not None
    return str(to_wire(stored.event)["p"][0].get("data", "gone"))[8:60]


def clean(team: Team, spelled: str, *who: Workstation) -> None:
    for place in (team.hub.path, *(each.profile.folder for each in who)):
        assert files_with(place, SECRET) == []
        assert files_with(place, spelled) == []


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def team(made: Made, tmp_path: Path) -> Iterator[Team]:
    with made.copy("a", tmp_path / "a") as a, made.copy("b", tmp_path / "b") as b:
        hub = made.hub(a, tmp_path / "hub")
        yield Team(hub, a, b)
        hub.close()


@pytest.fixture
def pair(team: Team) -> Pair:
    """The same with the hub on a socket."""
    team.hub.start(team.a, team.b)
    return (team.hub, team.a, team.b)


@pytest.fixture
def newcomer(made: Made, tmp_path: Path) -> Iterator[Workstation]:
    """A workstation that has joined nothing."""
    with made.copy("c", tmp_path / "new") as who:
        yield who


@pytest.fixture
def stream(team: Team) -> str:
    """The stream of an incident that both know."""
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    return stream_of(team.a, ident)


@pytest.fixture
def writer(team: Team) -> Writer:
    """Somebody certified by the organisation who writes whatever a test wants."""
    return Writer(read_key(team.a.profile.root_key))


@pytest.fixture
def shared(team: Team) -> tuple[str, str]:
    """An incident with a note that both devices and the hub hold."""
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    team.sync(team.a)
    team.sync(team.b)
    for place in (team.a.profile.folder, team.b.profile.folder, team.hub.path):
        found = files_with(place, SECRET) or files_with(place, as_kept(team, event))
        assert found, f"the control: {place.name} holds it before"
    return ident, event
