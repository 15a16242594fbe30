"""A world in which people join, lose their rights and are robbed, keep evidence, erase words and carry bundles."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.sim.decks import DECKS, FAULTS, STEPS
from tests.sim.decks.evidence import blob_answer, carry
from tests.sim.decks.joining import join
from tests.sim.device import Device
from tests.sim.disk import Cut, Image, memory_folder
from tests.sim.founding import Founded, alone, found
from tests.sim.fresh import fresh
from tests.sim.network import Wire
from tests.sim.weather import Weather, weather
from tests.sim.world import World

from ircockpit.core.errors import CockpitError, TrustError
from ircockpit.core.reduce import Catalogue, catalogue
from ircockpit.features.membership.rules import Standing
from ircockpit.features.table import events
from ircockpit.hub.asking import Answer, Asked
from ircockpit.hub.court import signed
from ircockpit.ledger.parts import read_part
from ircockpit.ledger.revocation import DEVICE_REVOKED, UNPLACED
from ircockpit.store.workstation import Draft
from ircockpit.sync.judge import BEYOND

NEWCOMERS = "xyz"
NOT_HERE = "an event it refers to is not here"
PATIENCE_US = 7 * 3600 * 1_000_000
"""Time that passes between two calm rounds: what the hub refused once is offered again by then."""
CALM_ROUNDS = 20


class Lives(NamedTuple):
    """One revocation: whose word ended, and what of it still counts."""

    device: str
    lets: frozenset[str]


@cache
def whole_table() -> Catalogue:
    """What every feature declares, without the search index, which takes no part in any merge."""
    every = events()
    return catalogue(every.types.values(), (kind._replace(search=()) for kind in every.kinds.values()))


@cache
def settled() -> Founded:
    """Disks as they are before the first step."""
    return found(whole_table())


@cache
def strangers() -> Founded:
    """Disks of those who may come."""
    with memory_folder() as folder:
        images = {name: alone(Path(folder) / name, name, whole_table()) for name in NEWCOMERS}
    return Founded(settled().hub, images)


class Town(World):
    """See the module."""

    images = staticmethod(settled)
    table = staticmethod(whole_table)

    def __init__(self, seed: int, folder: Path, *, without: frozenset[str] = frozenset()) -> None:
        self.folder = folder
        self.deck = ""
        self.came: set[str] = set()
        self.codes: dict[str, str] = {}
        """The code each newcomer was told."""
        self.granted: dict[str, dict[str, object]] = {}
        """The certificate file each newcomer was given."""
        self.files: dict[str, bytes] = {}
        """Every evidence file taken in, by its hash."""
        self.secrets: dict[str, str] = {}
        """Words to be looked for, by the event that says them."""
        self.ordered: set[str] = set()
        """Events of which somebody ordered an erasure, whatever came of it."""
        self.lowered: set[str] = set()
        """People who once had a smaller role than that of a lead, or none."""
        self.liars: set[str] = set()
        """Devices whose owners made up a Lamport number."""
        self.revocations: dict[str, Lives] = {}
        """By the act that said it."""
        self.bundles: list[Path] = []
        self.sticks = 0
        super().__init__(seed, folder, without=without)
        fresh.of = self.bytes

    def draw(self, without: frozenset[str]) -> Weather:
        """The weather of any world, a deck, and a little of others."""
        drawn = weather(self.rng, without)
        self.deck = self.rng.choice(sorted(DECKS))
        more: dict[str, float] = {}
        for name, steps in DECKS.items():
            if name == self.deck or self.rng.random() < 0.25:
                share = 1.0 if name == self.deck else 0.4
                more.update({kind: weight * share for kind, weight in steps.items() if kind not in without})
        faults = tuple(each for each in FAULTS if self.rng.random() < 0.5 and each not in without)
        return drawn._replace(
            steps=drawn.steps * 3 // 2,
            kinds=(*drawn.kinds, *more), weights=(*drawn.weights, *more.values()),
            request_faults=drawn.request_faults + faults,
        )  # fmt: skip

    def act(self, kind: str, who: Device) -> None:
        """Let a kind of thing happen."""
        try:
            if (step := STEPS.get(kind)) is not None:
                step(self, who)
            elif kind != "hand over" or self.joined(who):
                super().act(kind, who)
        except TrustError as error:
            if not any(not self.certified(each) for each in self.devices):
                raise
            self.note(f"    {error.what}", "certificate gone")

    def certified(self, who: Device) -> bool:
        """Whether a device holds its certificate: an older log that was put back may lack it."""
        wanted = who.profile.identity().certificate
        held = who.disk.held("log.db").execute(
            "SELECT 1 FROM certificate WHERE id=?", (bytes.fromhex(wanted),)
        )
        return held.fetchone() is not None

    def write(self, who: Device, drafts: list[Draft]) -> None:
        """An act of a person; whoever made up a number near the end of all numbers may have none left."""
        with suppress(CockpitError) if who.profile.identity().device in self.liars else nullcontext():
            super().write(who, drafts)

    # -- who is who --------------------------------------------------------------------------------------

    def let_come(self) -> None:
        """Somebody begins alone."""
        for name in NEWCOMERS:
            if name not in self.came:
                self.came.add(name)
                self.lowered.add(self.add(name, strangers().devices[name]).profile.identity().user)
                return

    def add(self, name: str, image: Image) -> Device:
        """One more device."""
        self.devices.append(self._device(name, image, 0))
        return self.devices[-1]

    def joined(self, who: Device) -> bool:
        """Whether a device belongs to the organisation, or did."""
        return bool(who.profile.identity().hub)

    def standing(self) -> Standing:
        """Members and revocations as the hub has them now."""
        return self.hub.members.authority.standing()

    def live(self) -> list[Device]:
        """The devices that the hub still gives what it has."""
        standing = self.standing()
        return [
            each
            for each in self.devices
            if self.joined(each)
            and not standing.cuts.revoked(each.profile.identity().device)
            and standing.role(each.profile.identity().user) != ""
        ]

    def note_revocations(self) -> None:
        """Remember of each new revocation what the hub held of the device when it was said."""
        _, rows = self.hub.store.record(self.hub.folder.authority_stream, 0)
        for event in map(signed, rows):
            if event.envelope.type == DEVICE_REVOKED and event.envelope.op not in self.revocations:
                device = read_part(event.parts[0])["device"]  # type: ignore[index]
                held = self.hub_disk.held("hub.db").execute("SELECT id FROM event WHERE device=?", (device,))
                self.revocations[event.envelope.op] = Lives(device, frozenset(row[0].hex() for row in held))
                self.note(f"    {device[:8]}", "revoked")

    def in_force(self) -> list[Lives]:
        """The revocations that the hub knows."""
        _, rows = self.hub.store.record(self.hub.folder.authority_stream, 0)
        acts = {event.envelope.op for event in map(signed, rows)}
        return [lives for act, lives in self.revocations.items() if act in acts]

    # -- what the network asks -----------------------------------------------------------------------------

    def wire(self, who: Device) -> Wire:
        """A link from a device to the hub."""
        return Wire(self, who)

    def ask(self, asked: Asked, cut: str = "") -> Answer:
        """The hub's answer; files it hands out itself."""
        if asked.method == "GET" and asked.path.startswith("/v1/blobs/") and "range" in asked.headers:
            return blob_answer(self, asked)
        answer = super().ask(asked, cut)
        if asked.path == "/v1/authority":  # perhaps long after it was asked
            self.note_revocations()
        return answer

    def restart_hub(self) -> None:
        """The hub's process ends, perhaps after a decision, and another begins on the same disk."""
        super().restart_hub()
        self.note_revocations()

    def in_round(self, who: Device, go: Callable[[], object]) -> None:
        """Something a device does with the hub that may fail, or be the last thing its process does."""

        def act() -> None:
            try:
                go()
            finally:
                if who.ended:  # in a thread of its own, where nobody would notice
                    raise Cut

        who.busy = True
        try:
            with suppress(CockpitError):
                self.running(who, act)
        finally:
            who.busy = False

    def _round(self, who: Device, go: Callable[[int], object]) -> None:
        if self.joined(who):
            super()._round(who, go)

    def put_files_back(self, image: Image) -> None:
        """The evidence files go back with the database, or lie on another disk and stay."""
        if self.files and self.rng.random() < 0.6:
            for place in sorted(self.hub_disk.folder.rglob("*")):
                within = place.relative_to(self.hub_disk.folder)
                if (
                    within.parts[0] in ("blobs", "uploads")
                    and place.is_file()
                    and str(within) not in image.files
                ):
                    place.unlink()
            self.note("    its evidence files too", "files went back")

    # -- calm ----------------------------------------------------------------------------------------------

    def settle(self, most: int = CALM_ROUNDS) -> None:
        """The weather clears; more rounds may be needed than in a world where nobody's rights change."""
        super().settle(most)

    def outside(self) -> set[str]:
        """What only those hold who are shut out: who cannot join any more, or from whom a hub put back asks for nothing."""
        live = self.live()
        held = [
            each.held()
            for each in self.devices
            if each not in live
            and (self.counts["hub went back"] or not (self.joined(each) and self.certified(each)))
        ]
        return set().union(*held) - self.hub_events() - set().union(*(each.held() for each in live))

    def tend(self, who: Device) -> bool:
        """A calm round of a device; who is outside still joins, who was forgotten is let in again."""
        self.time.now += PATIENCE_US // len(self.devices)
        user = who.profile.identity().user
        if not self.joined(who) or not self.certified(who) or self.standing().member(user) is None:
            self.codes.pop(who.name, "")
            join(self, who)
            return not self.standing().cuts.revoked(who.profile.identity().device)
        try:
            moved = super().tend(who)
            return bool(self.files and carry(who)) or moved
        except TrustError as error:
            # Told nothing any more, it has left what was written; that may have said that it belongs here after all.
            belongs = who in self.live()
            self.trouble += [f"{who.name}: {error.what}"] if belongs else []
            return belongs

    def may_stay_out(self, device: str, actor: str, reason: str, event_id: str) -> bool:
        """Whether what was decided about people and devices explains that an entry does not count."""
        if device in self.liars and reason in ("quarantined:lamport", BEYOND, NOT_HERE):
            return True
        match reason:
            case "quarantined:role" | "quarantined:removed":
                return actor in self.lowered
            case "quarantined:unknown":
                return actor in self.lowered or bool(self.counts["hub went back"])
            case "quarantined:revoked":
                ended = [each for each in self.in_force() if each.device == device]
                forked = any(device == lane for lane, _ in self.forks_in)
                return bool(ended) and (forked or any(event_id not in each.lets for each in ended))
        return reason == UNPLACED and bool(self.excused)
