"""An incident with a system behind a gateway on real sockets, and the actions on it as commands and screens call them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.features.containment.engine.gateway import FLAG, Gateway

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import events
from ircockpit.features.containment import actions, queries, stopping
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

QUICK = (
    FLAG.replace(b"every_ms: 500", b"every_ms: 50").replace(b"consecutive: 3", b"consecutive: 2")
    .replace(b"within_s: 30", b"within_s: 0.5").replace(b"control: {timeout_s: 5", b"control: {timeout_s: 0.5")
)  # fmt: skip
"""The connector of the engine's tests, with a probe that takes a tenth of a second and gives up after half of one."""
CONNECTOR = "flags.yaml"


class LeapingClock(SystemClock):
    """The machine's clock, whose wall can be put forward and back, while the other one goes forward alone."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead_us = 0
        self._passed_us = 0

    def leap(self, seconds: int) -> None:
        """Let so much time have passed."""
        self._ahead_us += seconds * 1_000_000

    def pass_with_the_wall_set_back(self, seconds: int) -> None:
        """So much time passes, and somebody turns the wall clock back by as much."""
        self._passed_us += seconds * 1_000_000

    def mono_us(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return super().mono_us() + self._passed_us

    def wall_us(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return super().wall_us() + self._ahead_us


class Stage(NamedTuple):
    """Everything that a stop needs."""

    station: Workstation
    gateway: Gateway
    clock: LeapingClock
    incident: str

    @property
    def row(self) -> IncidentRow:
        """The incident as it is now."""
        return incident(self.station.view, self.incident)

    def offer(self, digit: int = 1) -> Offer:
        """A control of its system."""
        return offers(self.station, self.incident, self.row.system)[digit - 1]

    def approved(self) -> tuple[stopping.Prepared, str]:
        """A plan and the id of its approved action; nothing is sent yet."""
        prepared = stopping.prepare(self.station, self.offer())
        return prepared, stopping.approve(self.station, self.row, prepared, "stop first")

    def go(self, prepared: stopping.Prepared, action: str) -> str:
        """Send it; the state it came to."""
        return stopping.execute(self.station, self.row, prepared, action, lambda _: None).state.value

    def action(self, ident: str) -> ActionRow:
        """An action as it is now."""
        return queries.action(self.station.view, ident)


@contextmanager
def staged(folder: Path, *, connector: bytes = QUICK, trusted: bool = True) -> Iterator[Stage]:
    """A profile in ``folder`` with a trusted connector, a system of two controls, and an incident about it."""
    gateway, clock = Gateway(), LeapingClock()
    with gateway.server, Workstation(Profile(folder), events(), clock=clock) as station:
        station.profile.connectors.mkdir(exist_ok=True)
        (station.profile.connectors / CONNECTOR).write_bytes(connector)
        if trusted:
            actions.trust(station, connector="flags")
        url = gateway.server.url
        add_system(
            station, name="bot", match=["source=monitor"], target=[f"eu-1={url},{url}"],
            control=["halt=flags/off@eu-1", "other=flags/off@eu-1:flag=other.enabled"],
        )  # fmt: skip
        ident = str(declare(station, title="wrong dose", system="bot").data["id"])
        yield Stage(station, gateway, clock, ident)


def approvals(stage: Stage, ident: str) -> list[dict[str, Any]]:
    """What is on record of each approval of an action, the first one first."""
    rows = stage.station.view.rows(
        "SELECT body FROM entry WHERE ent=? AND type='containment.approved' ORDER BY lam, event_id", (ident,)
    )
    return [json.loads(row[0]) for row in rows]


def stop(stage: Stage) -> str:
    """Stop it by the command; the id of the action."""
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert (done.code, done.data["state"]) == (ExitCode.OK, "effective"), done
    return str(done.data["id"])
