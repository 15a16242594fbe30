"""What this device alone knows of readiness: what its last looks showed, and which proofs are approved to be repeated."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.core.stated import whole
from ircockpit.store.kept import forget_pages
from ircockpit.store.profile import write_file
from ircockpit.store.sqlite import write_tx

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation

LOOKS_FILE, SCHEDULE_FILE = "readiness.json", "proofs.json"


class Look(NamedTuple):
    """What a look from this device showed."""

    word: str
    said: str
    at_us: int


class Looks(NamedTuple):
    """The last look at each secret, by its source, and at each control, by its mark."""

    secrets: dict[str, Look]
    controls: dict[str, Look]


class Schedule(NamedTuple):
    """A proof that somebody on this device approved to be repeated."""

    system: str
    """UUID."""
    control: str
    hours: int
    by: str
    approved_us: int
    last_us: int
    """When it was last tried, 0 for never."""
    bound: dict[str, Any]
    """Everything that must be as it was approved: connector, action, parameters, addresses, trust, device."""

    def is_due(self, now_us: int) -> bool:
        """Whether it is to be proved now."""
        return now_us >= self.due_us

    @property
    def due_us(self) -> int:
        """When it is to be proved next."""
        return (self.last_us or self.approved_us) + self.hours * 3_600_000_000


def looks(profile: "Profile") -> Looks:
    """What the last looks showed; nothing where nobody looked."""
    stated = _read(profile.folder / LOOKS_FILE)
    return Looks(_looks_in(stated.get("secrets")), _looks_in(stated.get("controls")))


def keep_looks(station: "Workstation", new: Looks) -> None:
    """Keep what a look showed beside what is known of others."""
    profile = station.profile
    with profile.lock():  # two commands at once must not forget each other's
        known = looks(profile)
        stated = {
            "secrets": {uri: each._asdict() for uri, each in {**known.secrets, **new.secrets}.items()},
            "controls": {mark: each._asdict() for mark, each in {**known.controls, **new.controls}.items()},
        }
        write_file(profile.folder / LOOKS_FILE, json.dumps(stated, sort_keys=True).encode())
    forget_page(station)


def schedules(profile: "Profile") -> list[Schedule]:
    """The proofs approved on this device; what cannot be read is none, so that nothing is sent by it."""
    found = []
    for each in _read(profile.folder / SCHEDULE_FILE).get("proofs", ()):
        with suppress(KeyError, TypeError, ValueError):
            made = Schedule(**each)
            if isinstance(made.bound, dict) and whole(made.hours) and isinstance(made.last_us, int):
                found.append(made)
    return found


def put_schedule(station: "Workstation", made: Schedule) -> None:
    """Keep a schedule in place of any other of that control."""
    _change(station, lambda each: None if _same(each, made) else each, made)


def drop_schedule(station: "Workstation", gone: Schedule) -> None:
    """Forget one."""
    _change(station, lambda each: None if _same(each, gone) else each)


def tried_now(station: "Workstation", row: Schedule) -> None:
    """Remember when it was tried last."""
    now = station.clock.wall_us()
    _change(station, lambda each: each._replace(last_us=now) if _same(each, row) else each)


def forget_page(station: "Workstation") -> None:
    """The queue's first page may show what changes here, and the record does not say so: it is made anew."""
    view = station.view
    if view.on_disk:
        with suppress(CockpitError), write_tx(view.db, view.path):
            forget_pages(view.db)


def stamp(profile: "Profile") -> tuple[int, ...]:
    """Changes when what this device alone knows of readiness was written anew."""
    found = []
    for path in (profile.folder / LOOKS_FILE, profile.folder / SCHEDULE_FILE, profile.snapshots):
        try:
            found.append(path.stat().st_mtime_ns)
        except OSError:
            found.append(0)
    return tuple(found)


def _same(one: Schedule, other: Schedule) -> bool:
    return (one.system, one.control) == (other.system, other.control)


def _change(station: "Workstation", change: Any, more: Schedule | None = None) -> None:
    profile = station.profile
    with profile.lock():
        kept = [new for each in schedules(profile) if (new := change(each)) is not None]
        stated = [each._asdict() for each in (*kept, *([more] if more else ()))]
        write_file(profile.folder / SCHEDULE_FILE, json.dumps({"proofs": stated}, sort_keys=True).encode())
    forget_page(station)


def _read(path: "Path") -> dict[str, Any]:
    try:
        stated = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stated if isinstance(stated, dict) else {}


def _looks_in(stated: Any) -> dict[str, Look]:
    found = {}
    for key, each in stated.items() if isinstance(stated, dict) else ():
        with suppress(KeyError, TypeError):
            found[key] = Look(str(each["word"]), str(each["said"]), whole(each["at_us"]))
    return found
