"""One seed's world: devices, a hub, a network, and what happens to them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.sim.checks.holes import holes
from tests.sim.device import Device
from tests.sim.disk import Cut, Disk, Image, spare
from tests.sim.founding import NAMES, Founded, founded, open_hub_folder, table
from tests.sim.nature import JUMPS_US, SimClock, Time, chance
from tests.sim.network import HubCut, Wire, tripwire
from tests.sim.weather import DEVICE_CUT, Weather, weather

from ircockpit.core.errors import CockpitError
from ircockpit.core.ids import uuid7
from ircockpit.core.reduce import Catalogue
from ircockpit.hub.asking import Answer, Asked
from ircockpit.hub.service import Hub
from ircockpit.ledger.event import to_wire
from ircockpit.store.lanemark import read_mark
from ircockpit.store.log import Log
from ircockpit.store.workstation import Draft
from ircockpit.sync.intake import take_in

MOST_DEVICES = 6
MOST_INCIDENTS = 3
BACKUPS = 3
CALM_ROUNDS = 8
HUB_MARK = "hub.mark"
PARTS = (
    ("log.db", "view.db", "lane.mark", "profile.json"), ("log.db", "view.db"), ("log.db",), ("log.db",), ("lane.mark",),
    ("view.db",), ("log.db", "lane.mark"),
)  # fmt: skip
"""Which files of a profile come back from a backup: all of them, or some beside newer ones."""


class World:
    """Everything there is, and the steps it takes. Nothing in it reads a clock or chance of the real machine."""

    images: Callable[[], Founded] = staticmethod(founded)
    """The disks everything begins with."""
    table: Callable[[], Catalogue] = staticmethod(table)
    """What the devices fold."""

    def __init__(self, seed: int, folder: Path, *, without: frozenset[str] = frozenset()) -> None:
        self.rng = chance(seed)
        self.weather: Weather = self.draw(without)
        self.trace: list[str] = []
        self.counts: Counter[str] = Counter()
        self.late: list[Asked] = []
        """Requests whose senders have given up and that still travel."""
        self.acknowledged: dict[str, str] = {}
        """Ids that an append returned, with the device it returned them on."""
        self.excused: set[str] = set()
        """Acknowledged events of which a disk that went back held the last copy."""
        self.forks_in: set[tuple[str, str]] = set()
        """Device and epoch of lanes that may fork: they were copied, or a mark of them was put back."""
        self.acts: dict[str, int] = {}
        """How many events each act of a person was to make."""
        self.calm = False
        self.complaints: list[str] = []
        """What was found wrong on the way."""
        self.at_rest = False
        """Whether nothing moved any more in the calm at the end."""
        self.trouble: list[str] = []
        """What the last rounds said that still hinders."""
        self._folder = folder
        self.time = Time()
        self.bytes = chance(~seed)
        self._depth = 0
        self._incidents = 0
        images = self.images()
        self.hub_disk = Disk(folder / "hub", images.hub)
        self.hub_clock = SimClock(self.time, "hub")
        self.hub_backups = [images.hub]
        self.hub = self._open_hub()
        self.devices = [self._device(name, images.devices[name], 0) for name in NAMES[: self.weather.devices]]

    def draw(self, without: frozenset[str]) -> Weather:
        """How bad this run gets."""
        return weather(self.rng, without)

    # -- what the network asks -------------------------------------------------------------------------

    def note(self, what: str, fault: str = "") -> None:
        """One line of the trace; a fault is counted."""
        self.trace.append(f"{what}  {fault}" if fault else what)
        if fault:
            self.counts[fault] += 1

    def request_fault(self) -> str:
        """What happens to the next request; nothing once the weather is calm."""
        if self.calm or self.rng.random() >= self.weather.request_fault:
            return ""
        return self.rng.choice(self.weather.request_faults)

    def interrupt(self) -> None:
        """Something else may happen while a request is on its way."""
        if not self.calm and self._depth < 2 and self.rng.random() < self.weather.interruption:
            self.counts["interruption"] += 1
            self._depth += 1
            try:
                self.step()
            finally:
                self._depth -= 1

    def ask(self, asked: Asked, cut: str = "") -> Answer:
        """The hub's answer; with ``cut`` its process ends before or after the commit of this request."""
        held = self.hub_disk.held("hub.db")
        held.trip = tripwire(cut, self.rng.randint(1, 3), HubCut) if cut else None
        try:
            return self.hub.answer(asked)
        finally:
            held.trip = None

    def restart_hub(self) -> None:
        """The hub's process ends and another begins on the same disk."""
        self.stop_hub()
        self.hub = self._open_hub()

    def stop_hub(self) -> None:
        """The hub's process ends; what it held open is let go of, as the system does for a dead one."""
        self.hub.folder.close()
        self.hub_disk.cut()

    def close(self) -> None:
        """Every process ends."""
        self.stop_hub()
        self.hub_disk.end()
        for device in self.devices:
            device.stop()
            device.disk.end()
        for image in {id(each): each for each in self._images()}.values():
            spare(image.databases.values())

    def _images(self) -> Iterator[Image]:
        """All copies of disks that this world made."""
        images = self.images()
        shared = {id(images.hub), *(id(each) for each in images.devices.values())}
        for backups in (self.hub_backups, *(device.backups for device in self.devices)):
            yield from (each for each in backups if id(each) not in shared)

    # -- steps -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing that happens, to somebody."""
        kind = self.rng.choices(self.weather.kinds, self.weather.weights)[0]
        who = self.rng.choice(self.devices)
        self.note(f"{'. ' * self._depth}{who.name} {kind}")
        self.counts[kind] += 1
        self.act(kind, who)

    def act(self, kind: str, who: Device) -> None:
        """Let a kind of thing happen."""
        _STEPS[kind](self, who)

    def run(self) -> None:
        """All steps of this seed."""
        for _ in range(self.weather.steps):
            self.step()

    def _declare(self, who: Device) -> None:
        if self._incidents >= MOST_INCIDENTS:
            self._edit(who)
            return
        self._incidents += 1
        station = who.station
        stream, genesis = station.open_stream("incident")
        facts = {
            "title": f"incident {self._incidents}", "severity": "SEV2", "provisional": 1, "status": "open",
            "owner": "", "system": "", "impact": "", "opened": "", "origin": "",
        }  # fmt: skip
        self.write(who, [genesis, Draft(stream, "incident.declared", station.new_id(stream), (facts,))])

    def _edit(self, who: Device) -> None:
        found = self.pick(who)
        if found is None:
            return
        ident, stream = found
        field = self.rng.choice(("severity", "owner", "status"))
        value = f"value {self.rng.randrange(99)}"
        self.write(who, [who.station.set_field(stream, "incident.set", ident, field, value)])

    def _note(self, who: Device) -> None:
        found = self.pick(who)
        if found is not None:
            ident, stream = found
            texts = [{"text": f"note {self.rng.randrange(999)}"} for _ in range(self.rng.randint(1, 3))]
            self.write(who, [Draft(stream, "incident.noted", ident, (text,)) for text in texts])

    def pick(self, who: Device) -> tuple[str, str] | None:
        """An incident that a device knows, with its stream."""
        known = who.station.view.rows("SELECT id, stream FROM incident ORDER BY id")
        return self.rng.choice(known) if known else None

    def write(self, who: Device, drafts: list[Draft]) -> None:
        """An act of a person. After a crash they start the program again and repeat it under the same name."""
        op = uuid7(self.time.look() // 1000, self.bytes.randbytes(10))
        done: list[list[str]] = []
        self.running(who, lambda: done.append(who.station.append(drafts, op=op)))
        if not done and not who.busy and self.rng.random() < 0.8:
            self.counts["act repeated"] += 1
            done.append(who.station.append(drafts, op=op))
        self.acts[op] = len(drafts)
        for ids in done:
            self.acknowledged.update((ident, who.name) for ident in ids)
            self.note(f"    saved {' '.join(ident[:8] for ident in ids)}")

    def _sync(self, who: Device) -> None:
        self._round(who, lambda which: who.engine(which).round())

    def _hinted(self, who: Device) -> None:
        self._round(who, lambda which: who.engine(which).pull_hinted(who.station.log.streams()))

    def _round(self, who: Device, go: Callable[[int], object]) -> None:
        which = self.rng.random() < 0.2
        if who.busy:
            return
        who.busy = True
        try:
            with suppress(CockpitError):
                self.running(who, lambda: go(which))
        finally:
            who.busy = False

    def running(self, who: Device, act: Callable[[], object]) -> None:
        """Do something on a device, whose process may be cut at a commit of it or while it waits."""
        if not self.calm and who.disk.held("log.db").trip is None and self.rng.random() < self.weather.cut:
            self._arm(who)
        try:
            act()
        except Cut:
            self.note(f"    {who.name} cut", DEVICE_CUT)
            who.stop()
            who.busy = False
        finally:
            who.disk.held("log.db").trip = None
            self.complaints += holes(who)

    def _arm(self, who: Device) -> None:
        at = self.rng.choice(("before commit", "after commit"))
        who.disk.held("log.db").trip = tripwire(at, self.rng.randint(1, 4), Cut)

    def _hub_backup(self, _: Device) -> None:
        self.hub_backups = [*self.hub_backups, self.hub_disk.image()][-BACKUPS:]

    def _hub_restore(self, _: Device) -> None:
        if not self.hub_backups:
            return
        before = self.hub_events()
        announced = self.rng.random() < 0.5
        self.stop_hub()
        # A mark beside the database, newer than it, tells the hub itself; put back with it, nobody is told.
        names = ("hub.db",) if announced else ("hub.db", HUB_MARK)
        image = self.rng.choice(self.hub_backups)
        self.hub_disk.put_back(image, *names)
        self.put_files_back(image)
        self.hub = self._open_hub()
        self.note("    announced" if announced else "    silent", "hub went back")
        self.went_back(before - self.hub_events())

    def put_files_back(self, image: Image) -> None:
        """What else of the hub's disk comes back with its database."""

    def _hub_restart(self, _: Device) -> None:
        self.restart_hub()

    def _device_backup(self, who: Device) -> None:
        who.backups = [*who.backups, who.disk.image()][-BACKUPS:]

    def _device_restore(self, _: Device) -> None:
        able = [each for each in self.devices if each.backups and not each.busy]
        if not able:
            return
        who = self.rng.choice(able)
        names = self.rng.choice((PARTS[0], *PARTS))
        before = who.held()
        who.stop()
        who.disk.put_back(self.rng.choice(who.backups), *names)
        whole = names == PARTS[0]
        self.note(
            f"    {who.name} {' '.join(names)}", "disk went back" if whole else "disk went back in part"
        )
        if "lane.mark" in names:
            self._explain(who)
        self.went_back(before - who.held())
        if self.rng.random() < 0.5:  # whoever puts a backup back goes on working at once
            self._edit(who)

    def _device_restart(self, who: Device) -> None:
        if not who.busy:
            who.stop()

    def _clone(self, who: Device) -> None:
        if len(self.devices) < MOST_DEVICES:
            twin = f"{who.name}{len(self.devices)}"
            self.devices.append(self._device(twin, who.disk.image(), who.clock.skew))
            self._explain(who)
            self.note(f"    {twin}", "device copied")

    def _clock(self, who: Device) -> None:
        clock = self.rng.choice((who.clock, who.clock, self.hub_clock))
        clock.skew += self.rng.choice(JUMPS_US)
        self.note("    jumps", "clock jump")

    def _late(self, _: Device) -> None:
        if self.late:
            asked = self.late.pop(self.rng.randrange(len(self.late)))
            self.note(f"    {asked.method} {asked.path[:17]}", "delivered late")
            self.ask(asked)

    def _hand_over(self, who: Device) -> None:
        """Sneakernet: what one device holds is carried to another on a stick, perhaps not all, perhaps out of order."""
        other = self.rng.choice(self.devices)
        log = who.station.log
        for stream in log.streams():
            rows = self._on_a_stick(log, stream)
            self.note(f"    {len(rows)} of {stream[:5]} to {other.name}")
            self.running(other, partial(self._take_in, other, stream, rows))

    def _on_a_stick(self, log: Log, stream: str) -> list[dict[str, Any]]:
        held = log.db.execute("SELECT event, raw FROM receipt WHERE stream=? ORDER BY gen", (stream,))
        receipts = {ident.hex(): raw.decode() for ident, raw in held}
        events = [each.event for each in log.since(0, 10_000) if each.event.envelope.stream == stream]
        with_receipts = self.rng.random() < 0.5
        rows = [
            {"r": receipts.get(event.id) if with_receipts else None, **to_wire(event)} for event in events
        ]
        match self.rng.choice(("whole", "whole", "cut off", "out of order")):
            case "cut off":
                return rows[: self.rng.randrange(len(rows) + 1)]
            case "out of order":
                self.rng.shuffle(rows)
        return rows

    def _take_in(self, who: Device, stream: str, rows: list[dict[str, Any]]) -> None:
        station = who.station
        take_in(station.log, who.profile, station.identity, who.clock, stream, rows)
        station.refresh()

    def _explain(self, who: Device) -> None:
        """From now on there may be two who write in the lanes of this epoch, and neither can know."""
        epoch, _ = read_mark(who.profile.lane_mark)
        self.forks_in.add((who.profile.identity().device, epoch))

    def went_back(self, gone: set[str]) -> None:
        """Excuse what was acknowledged and now lies nowhere any more."""
        if last := gone & self.acknowledged.keys():
            for disk in (device.held() for device in self.devices):
                last -= disk
            self.excused |= last - self.hub_events()

    def hub_events(self) -> set[str]:
        """Ids of the events on the hub's disk."""
        return {row[0].hex() for row in self.hub_disk.held("hub.db").execute("SELECT id FROM event")}

    # -- making ------------------------------------------------------------------------------------------

    def _open_hub(self) -> Hub:
        folder = open_hub_folder(self.hub_disk, self.bytes.randbytes)
        return Hub(folder, clock=self.hub_clock, rand=self.bytes.randbytes)

    def _device(self, name: str, image: Image, skew: int) -> Device:
        clock = SimClock(self.time, name)
        clock.skew = skew
        disk = Disk(self._folder / name, image)
        return Device(
            name, disk, clock, self.bytes.randbytes, lambda device: Wire(self, device), self.table()
        )

    # -- calm ----------------------------------------------------------------------------------------------

    def settle(self, most: int = CALM_ROUNDS) -> None:
        """The weather clears and everybody syncs until nothing moves, or for so many rounds at most."""
        self.calm = True
        for asked in self.late:
            self.ask(asked)
        self.late = []
        quiet = 0
        for turn in range(most):
            self.note(f"calm round {turn}")
            self.trouble = []
            moved = False
            for who in self.devices:
                moved |= self.tend(who)
            quiet = 0 if moved else quiet + 1
            if quiet == 2:  # the first may only have begun a new generation, which moves no event
                self.at_rest = True
                return

    def tend(self, who: Device) -> bool:
        """A calm round of a device; whether anything moved."""
        done = who.engine().round()
        who.station.refresh()
        self.trouble += [f"{who.name}: {sentence}" for sentence in done.trouble]
        return bool(done.pushed or done.pulled)

    def may_stay_out(self, device: str, actor: str, reason: str, event_id: str) -> bool:
        """Whether the course explains that an event does not count."""
        return False

    def outside(self) -> set[str]:
        """Events that only those hold who belong here no more."""
        return set()

    def live(self) -> list[Device]:
        """The devices that belong to the organisation still: these must agree."""
        return self.devices


_STEPS: dict[str, Callable[[World, Device], None]] = {
    "declare": World._declare, "edit": World._edit, "note": World._note, "sync": World._sync, "hinted": World._hinted,
    "hub backup": World._hub_backup, "hub restore": World._hub_restore, "hub restart": World._hub_restart,
    "device backup": World._device_backup, "device restore": World._device_restore,
    "device restart": World._device_restart, "clone": World._clone, "clock": World._clock, "late": World._late,
    "hand over": World._hand_over,
}  # fmt: skip
