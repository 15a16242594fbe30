"""Devices that join while everything goes on, with a code or with files carried by hand."""

from typing import TYPE_CHECKING

from tests.sim.founding import HUB_URL

from ircockpit.core.errors import CockpitError
from ircockpit.features.trust import enrolling
from ircockpit.features.trust.papers import CERTIFICATE, write_paper
from ircockpit.hub import enrolment as door
from ircockpit.ledger.grant import sign_request
from ircockpit.ledger.joining import fingerprint
from ircockpit.sync import enrolment

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town

ROLE = "responder"


def newcomer(town: "Town", _: "Device") -> None:
    """Somebody has begun alone and may join later."""
    town.let_come()


def by_code(town: "Town", _: "Device") -> None:
    """A newcomer types the code they were told, or a new one where that did not do."""
    if (who := _outside(town)) is not None:
        join(town, who)


def join(town: "Town", who: "Device") -> None:
    """Join with the code told before, or with a new one."""
    code = town.codes.pop(who.name, "")
    if not code:
        code = door.invite(
            town.hub.folder, who.name, ROLE, town.hub_clock.wall_us(), town.bytes.randbytes
        ).code
    town.codes[who.name] = code  # whoever is cut off tries the same one again
    _settle(town, who, lambda: enrolment.enroll(who.station, town.wire(who), HUB_URL, code))


def by_paper(town: "Town", _: "Device") -> None:
    """A newcomer carries a request to the hub's operator, and the certificate back, perhaps later."""
    who = _outside(town)
    if who is None:
        return
    place = who.disk.folder / f"certificate {town.rng.randrange(1000)}"
    if who.name not in town.granted or town.rng.random() < 0.3:
        station = who.station
        said = sign_request(enrolling.request_of(station, station.key()), station.key())
        try:
            town.granted[who.name] = door.grant(town.hub.folder, said, ROLE, town.hub_clock)
        except CockpitError as error:
            town.note(f"    not certified: {error.what}")
            return
        town.hub.members.reload()
        if town.rng.random() < 0.5:
            return
    place.unlink(missing_ok=True)
    write_paper(str(place), CERTIFICATE, town.granted[who.name])
    letters = fingerprint(town.hub.folder.root)
    _settle(town, who, lambda: enrolling.accept(who.station, file=str(place), confirm=letters))


def admit_again(town: "Town", who: "Device") -> None:
    """Where the hub was put back and has forgotten that it let somebody in, it is asked to again."""
    if not who.station.identity.hub or town.standing().member(who.station.me) is None:
        town.codes.pop(who.name, "")
        join(town, who)


def _outside(town: "Town") -> "Device | None":
    able = [
        each for each in town.devices if each.name in town.came and not each.busy and not town.joined(each)
    ]
    return town.rng.choice(able) if able else None


def _settle(town: "Town", who: "Device", act: "object") -> None:
    who.busy = True
    try:
        town.running(who, act)  # type: ignore[arg-type]
    except CockpitError as error:
        town.note(f"    not joined: {error.what}")
        town.codes.pop(who.name, "")
    finally:
        who.busy = False
    if town.joined(who):
        town.note(f"    {who.name}", "joined")
        who.stop()  # the programs that run start anew for the organisation joined
