"""One night's record, the same each time: three incidents, signals, a colleague's words, evidence, a clock that stands."""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch
from uuid import UUID

from tests.features.containment.engine.gateway import Gateway
from tests.features.containment.stage import CONNECTOR, QUICK
from tests.store.profiles import NOON_US, StandingClock
from tests.support.readied import all_ready

from ircockpit.features.catalogue import events
from ircockpit.features.containment.actions import trust
from ircockpit.features.evidence.actions import add
from ircockpit.features.incidents.actions import declare, note, take
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import intake
from ircockpit.features.people import birth
from ircockpit.features.systems.actions import add as add_system
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

MINUTE_US = 60_000_000
AHEAD_MINUTES = 120
"""How far local time is ahead of UTC that night."""


class NightClock(StandingClock):
    """It stands until it is set."""

    def wall_us(self) -> int:
        return self._now

    def offset_minutes(self) -> int:
        return AHEAD_MINUTES

    def after_noon(self, minutes: int) -> None:
        """Set it to so many minutes after noon, UTC."""
        self._now = NOON_US + minutes * MINUTE_US


class Night(NamedTuple):
    """The workstation, its clock, the incident most is said of, and the colleague's workstation."""

    station: Workstation
    clock: NightClock
    incident: str
    jo: Workstation
    jos_clock: NightClock

    def disagree(self) -> None:
        """Both change the severity, neither knowing of the other."""
        stream = incident(self.station.view, self.incident).stream
        for who, clock, severity in ((self.jo, self.jos_clock, "SEV2"), (self.station, self.clock, "SEV1")):
            clock.after_noon(55)
            who.append([who.set_field(stream, "incident.set", self.incident, "severity", severity)])
        _carry(self.jo, self.station, stream)


@contextmanager
def night(folder: Path) -> Iterator[Night]:
    """A responder's profile in the middle of it, in ``folder``."""
    with ExitStack() as stack:
        mira, clock = _workstation(stack, folder / "mira", "mira")
        jo, jos_clock = _workstation(stack, folder / "jo", "jo")
        gateway = Gateway()
        stack.enter_context(gateway.server)
        url = gateway.server.url
        mira.profile.connectors.mkdir(exist_ok=True)
        (mira.profile.connectors / CONNECTOR).write_bytes(QUICK)
        trust(mira, connector="flags")
        for name, context in (("pharmacy-bot", "customer-facing"), ("refund-agent", "customer-facing")):
            add_system(
                mira, name=name, owner="pay-oncall", context=context, match=[f"source={name}"],
                target=[f"eu-1={url},{url}"],
                control=["halt the model=flags/off@eu-1", "block dosage prompts=flags/off@eu-1:flag=other.enabled"],
            )  # fmt: skip
        told = [("SEV3", "Biased ranking in CV screener", None, ""),
                ("SEV2", "Refund agent paid refunds", "refund-agent", "212 acts"),
                ("SEV1", "Pharmacy bot: wrong dose", "pharmacy-bot", "4,000 people")]  # fmt: skip
        for at, (severity, title, system, impact) in enumerate(told):
            clock.after_noon(20 * at)
            ident = str(
                declare(mira, title=title, severity=severity, system=system, impact=impact).data["id"]
            )
        clock.after_noon(41)
        take(mira, incident=ident)
        clock.after_noon(44)
        note(mira, incident=ident, text="gateway team is on the line")
        files = folder / "files"
        files.mkdir()
        for name, size in (("transcript.jsonl", 48_213), ("screenshot of the answer.png", 1_204_992)):
            clock.after_noon(46)
            (files / name).write_bytes(b"x" * size)
            add(mira, file=str(files / name), incident=ident, origin="support desk")
        signals = files / "signals.jsonl"
        signals.write_text(
            "".join(
                json.dumps({"title": title, "source": source, "prompt": f"{title} {n}", "severity": severity}) + "\n"
                for title, source, severity, count in (
                    ("promptinject.HijackHateHumans", "garak", "high", 3), ("Harmful output ratio 12 %", "alerts", "low", 1),
                )
                for n in range(count)
            )
        )  # fmt: skip
        clock.after_noon(50)
        intake(mira, file=str(signals))
        clock.after_noon(52)
        _says(jo, jos_clock, mira, ident, "pharmacist called, two patients in hospital")
        clock.after_noon(63)
        all_ready(mira)
        yield Night(mira, clock, ident, jo, jos_clock)


def _workstation(stack: ExitStack, folder: Path, name: str) -> tuple[Workstation, NightClock]:
    """A workstation whose keys and ids its owner's name decides, so that short ids are the same each night."""
    chance = random.Random(name)  # noqa: S311 - repeatable is what it is to be
    profile, clock = Profile(folder, rand=chance.randbytes), NightClock()

    def uuid() -> str:
        return str(UUID(bytes=chance.randbytes(16), version=4))

    def key() -> SigningKey:
        return SigningKey.from_raw(chance.randbytes(32))

    with (
        patch.object(birth, "random_uuid", uuid), patch("os.urandom", chance.randbytes),
        patch.object(SigningKey, "generate", key),
    ):  # fmt: skip
        birth.make_profile(profile, events(), name=name, clock=clock)
    return stack.enter_context(Workstation(profile, events(), clock=clock)), clock


def _says(jo: Workstation, clock: NightClock, mira: Workstation, ident: str, text: str) -> None:
    """A colleague's note, as it would come from the hub."""
    stream = incident(mira.view, ident).stream
    _carry(mira, jo, stream)
    clock.after_noon(51)
    note(jo, incident=ident, text=text)
    for each in (stream, jo.identity.org_stream):
        _carry(jo, mira, each)


def _carry(giver: Workstation, taker: Workstation, stream: str) -> None:
    with taker.log.writing() as writer:
        for stored in giver.log.of_stream(stream):
            writer.add(stored.event)
    taker.refresh()
