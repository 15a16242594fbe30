"""Mira, who plans, and Bo, who approves: two devices of one organisation with a hub, and a gateway they can stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.features.containment.engine.gateway import Gateway
from tests.features.containment.stage import CONNECTOR, QUICK
from tests.support.hub import LocalHub, join, station, sync

from ircockpit.command.action import Result
from ircockpit.features.containment import actions, together
from ircockpit.features.incidents.actions import declare
from ircockpit.features.people.actions import set_name
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Workstation

TWO = QUICK.replace(b"approval: none", b"approval: two-person")


class Two(NamedTuple):
    """Both of them, and what they agree on."""

    mira: Workstation
    bo: Workstation
    hub: LocalHub
    gateway: Gateway
    incident: str

    def together(self, *others: Workstation) -> None:
        """Everybody hears of everything."""
        for who in (self.mira, self.bo, *others, self.mira):
            sync(who)

    def propose(self) -> str:
        """Mira proposes to halt it; the action's short id, known to both."""
        done = actions.stop(self.mira, target=self.incident, control="1", yes=True)
        assert done.data["sent"] is False, done
        assert done.data["proposed"], done
        self.together()
        return str(done.data["short"])

    def approve(self, who: Workstation, action: str) -> Result:
        """Somebody approves it, and everybody hears of that."""
        done = together.approve(who, proposal=action, yes=True, confirm=action)
        self.together()
        return done

    def send(self, action: str) -> Result:
        """Mira sends it."""
        return together.send(self.mira, proposal=action, yes=True, confirm=action)


@contextmanager
def two(folder: Path, connector: bytes = TWO) -> Iterator[Two]:
    """A control of theirs needs two people."""
    gateway = Gateway()
    with gateway.server, station(folder / "mira") as mira, station(folder / "bo") as bo:
        set_name(mira, name="Mira")
        hub = LocalHub(folder / "hub", mira)
        try:
            hub.start(mira)
            join(hub, bo, "Bo")
            url = gateway.server.url
            for who in (mira, bo):
                who.profile.connectors.mkdir(exist_ok=True)
                (who.profile.connectors / CONNECTOR).write_bytes(connector)
                actions.trust(who, connector="flags")
            add_system(
                mira, name="bot", target=[f"eu-1={url},{url}"],
                control=["halt=flags/off@eu-1", "other=flags/off@eu-1:flag=other.enabled"],
            )  # fmt: skip
            ident = str(declare(mira, title="wrong dose", system="bot").data["id"])
            made = Two(mira, bo, hub, gateway, ident)
            made.together()
            yield made
        finally:
            hub.close()
