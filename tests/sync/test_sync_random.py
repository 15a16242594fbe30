"""Random days of three workstations and a hub, real code on both sides: nothing written may vanish, all must agree.

Requests and answers get lost or doubled, the hub is put back to old backups without a word, a disk is put
back while its device goes on. Without restores and copies such a test would prove nothing, so a control
shows that it notices a client that takes an acknowledgement for a confirmation.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import DirectTransport, Made, declare, ids, join, set_field, station, sync

from ircockpit.core.errors import DeadlineError, OfflineError
from ircockpit.store import outbox
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import Transport
from ircockpit.sync.worker import connect

SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(100, 300))]
STEPS = 45


class Days:
    """One random course of events."""

    def __init__(self, seed: int, folder: Path, made: Made) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a seed makes the run repeatable
        self.folder = folder
        self.stations = [made.copy(name, folder / name) for name in "abc"]
        self.hub = made.hub(self.stations[0], folder / "hub")
        join(self.hub, self.stations[2], "Cy", DirectTransport(lambda: self.hub.hub))
        self.faulty = True
        self.incidents: list[str] = []
        self.backups: list[Path] = []
        self.written: set[str] = set()
        self.restores = self.copies = 0

    def transport(self, _: str) -> Transport:
        return DirectTransport(lambda: self.hub.hub, self._fault)

    def _fault(self, method: str, path: str) -> str:
        if not self.faulty or self.rng.random() > 0.25:
            return ""
        return self.rng.choice(["lost request", "lost answer", "sent twice", "sent twice"])

    def step(self) -> None:
        who = self.rng.choice(self.stations)
        match self.rng.choices(
            ["declare", "edit", "sync", "back up", "restore", "copy"], [2, 6, 9, 2, 1.5, 0.4]
        )[0]:
            case "declare":
                self.incidents.append(declare(who, f"incident {len(self.incidents)}"))
            case "edit":
                self._edit(who)
            case "sync":
                self._sync(who)
            case "back up":
                self.backups.append(self.folder / f"backup-{len(self.backups)}")
                self.hub.back_up(self.backups[-1])
            case "restore" if self.backups:
                self.hub.restore(self.rng.choice(self.backups))
                self.restores += 1
            case "copy":
                self._copy(who)
        for each in self.stations:
            self.written |= ids(each)

    def _edit(self, who: Workstation) -> None:
        known = [row[0] for row in who.view.rows("SELECT id FROM incident ORDER BY id")]
        if known:
            ident = self.rng.choice(known)
            set_field(who, ident, self.rng.choice(["severity", "owner"]), f"value {self.rng.randrange(99)}")

    def _sync(self, who: Workstation) -> None:
        try:
            sync(who, self.transport)
        except (OfflineError, DeadlineError):
            who.refresh()

    def _copy(self, who: Workstation) -> None:
        """The whole disk of a device is copied, and both go on."""
        at = self.stations.index(who)
        home = who.profile.folder
        who.close()
        twin = self.folder / f"copy-{len(self.stations)}"
        copy_unnoticed(home, twin)
        self.stations[at : at + 1] = [station(home), station(twin)]
        self.copies += 1

    def settle(self) -> None:
        """The weather clears: everybody syncs until nothing moves any more."""
        self.faulty = False
        for _ in range(8):
            moved = [sync(who, self.transport) for who in self.stations]
            if not any(done.pushed or done.pulled for done in moved):
                break

    def close(self) -> None:
        for who in self.stations:
            who.close()
        self.hub.close()


@pytest.fixture(params=SEEDS)
def days(request: pytest.FixtureRequest, tmp_path: Path, made: Made) -> Iterator[Days]:
    days = Days(request.param, tmp_path, made)
    yield days
    days.close()


def test_random_days_lose_nothing_and_converge(days: Days) -> None:
    for _ in range(STEPS):
        days.step()
    days.settle()
    for who in days.stations:
        assert ids(who) == ids(days.stations[0]) >= days.written
        assert outbox.waiting(who.log) == {}
        assert [stored.doubt for stored in who.log.since(0, 100_000) if stored.doubt] == []
        assert who.view.dump() == days.stations[0].view.dump()
    assert days.hub.folder.store.counts().events == len(ids(days.stations[0]))
    assert days.hub.folder.store.counts().quarantined == 0


class NeverForgets(dict[str, set[str]]):
    """Acknowledgements that are believed for good."""

    def pop(self, *_: object) -> set[str]:
        return set()

    def clear(self) -> None:
        return


@pytest.mark.parametrize("trusting", [False, True])
def test_an_acknowledgement_taken_for_a_confirmation_loses_events(
    tmp_path: Path, made: Made, trusting: bool
) -> None:
    """Control: the client that believes what was acknowledged loses it with the hub's old backup."""
    days = Days(0, tmp_path, made)
    days.faulty = False
    a = days.stations[0]
    sync(a, days.transport)
    days.hub.back_up(tmp_path / "old")
    declare(a, "acknowledged")
    connection = connect(a.profile, a.identity, days.transport, a.clock)
    if trusting:
        connection.engine._acknowledged = NeverForgets()
    connection.engine.round()
    days.hub.restore(tmp_path / "old")
    for _ in range(3):
        connection.engine.round()
    connection.close()
    lost = len(ids(a)) - days.hub.folder.store.counts().events
    assert (lost > 0) is trusting
    days.close()
