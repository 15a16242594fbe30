"""Profiles for tests: made in a folder of the test, with a clock that stands still unless told to go on."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from ircockpit.core.ids import named_uuid
from ircockpit.core.reduce import catalogue
from ircockpit.features.catalogue import events
from ircockpit.features.people.birth import make_profile
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Draft, Workstation

NOON_US = 1_795_435_200_000_000
"""2026-11-23T12:00Z."""


class StandingClock:
    """A clock that goes on one millisecond at each reading."""

    def __init__(self, start_us: int = NOON_US) -> None:
        self._now = start_us

    def wall_us(self) -> int:
        self._now += 1000
        return self._now

    def mono_us(self) -> int:
        return self._now - NOON_US

    def boot(self) -> str:
        return named_uuid("boot", "test")

    def offset_minutes(self) -> int:
        return 0


def open_station(folder: Path) -> Workstation:
    """The workstation of a profile, which is made where there is none."""
    profile, clock = Profile(folder), StandingClock()
    if not profile.exists:
        make_profile(profile, events(), name="mira", clock=clock)
    return Workstation(profile, events(), clock=clock)


def unruled(folder: Path) -> Workstation:
    """Somebody else's program on a profile, which is made where there is none: it signs whatever it is told to."""
    open_station(folder).close()
    return _Unruled(Profile(folder), catalogue((), ()), clock=StandingClock())


class _Unruled(Workstation):
    def append(self, drafts: Sequence[Draft], *, op: str | None = None) -> list[str]:
        with mock.patch("ircockpit.store.workstation.is_stray", return_value=False):
            return super().append(drafts, op=op)


def declare(station: Workstation, title: str = "wrong dose") -> tuple[str, str]:
    """Declare an incident; its id and stream."""
    stream, genesis = station.open_stream("incident")
    ident = station.new_id(stream)
    facts = {
        "title": title,
        "severity": "SEV2",
        "provisional": 1,
        "status": "open",
        "owner": "",
        "system": "",
    }
    station.append([genesis, Draft(stream, "incident.declared", ident, (facts,))])
    return ident, stream


def note(station: Workstation, stream: str, ident: str, text: str) -> str:
    """Add a note; its event id."""
    return station.append([Draft(stream, "incident.noted", ident, ({"text": text},))])[-1]
