"""What this device knows of the keys of its organisation, in facts and in the words used everywhere for them."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.people.queries import name_of, names
from ircockpit.ledger.certificate import DEVICE, HUB_AUTHORITY, HUB_LOG, Anchors, Certificate
from ircockpit.ledger.joining import spoken
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.roster import Roster
from ircockpit.store.rootkey import root_home
from ircockpit.sync.revoked import revocations

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

HUB_KEYS = {HUB_LOG: "signs the hub's history", HUB_AUTHORITY: "certifies devices for the hub"}


class Fact(NamedTuple):
    """One thing about a key, judged."""

    state: str
    """``ok``, ``warn`` or ``bad``."""
    about: str
    what: str
    fix: str = ""


class Device(NamedTuple):
    """A device the organisation has certified."""

    device: str
    user: str
    name: str
    certified_by: str
    """``root``, ``successor`` or ``hub``."""
    keys: int
    """How many keys it has been certified with: more than one after its key was changed."""
    revoked: bool
    lanes: int
    """Of a revoked device, how many lanes have something that counts."""
    reason: str
    """Of a revoked device, why."""


def roster(station: "Workstation") -> Roster:
    """The roster of the organisation written for, from the certificates held."""
    return Roster(station.identity.root, station.log.certificates())


def devices(station: "Workstation", known: Roster) -> list[Device]:
    """The devices certified, this one first, then by name."""
    people = names(station.view)
    stated = revocations(station.log, station.identity.authority_stream)
    cuts, why = Cuts(stated), {each.device: each.reason for each in stated}
    found: dict[str, Device] = {}
    for each in sorted(known.certified.values(), key=lambda each: each.not_before):
        if each.purpose == DEVICE:
            by = issuer(known.anchors, each)
            keys = len(known.keys(each.device))
            over = cuts.revoked(each.device)
            lanes, reason = (cuts.lanes(each.device), why[each.device]) if over else (0, "")
            person = name_of(people, each.subject)
            found[each.device] = Device(each.device, each.subject, person, by, keys, over, lanes, reason)
    return sorted(found.values(), key=lambda d: (d.device != station.identity.device, d.name, d.device))


def issuer(anchors: Anchors, certificate: Certificate) -> str:
    """Who has signed a certificate, in a word."""
    if certificate.issuer == anchors.org:
        return "root"
    return "successor" if certificate.issuer in anchors.roots else "hub"


def key_facts(station: "Workstation") -> list[Fact]:
    """Where the keys in this profile lie and what whoever reads them can forge; for show and doctor alike."""
    known = roster(station)
    return [_device_key(station), _root_key(station, known), *_succession(station, known)]


def _device_key(station: "Workstation") -> Fact:
    if station.identity.key_home == "keyring":
        return Fact("ok", "device key", "in the keyring: any program of yours can ask for it")
    what = f"in {station.profile.device_key}; root on this machine can read it and sign as this device"
    return Fact("ok", "device key", what)


def _root_key(station: "Workstation", known: Roster) -> Fact:
    profile, me = station.profile, station.identity
    home = root_home(profile, me)
    if home is None and profile.root_key.exists():
        return Fact("ok", "root key", "of the organisation this profile had before it joined another")
    if home is None:
        return Fact("ok", "root key", "not on this machine")
    what = f"in {home.path}" + (", the successor of the first root" if home.is_successor else "")
    if home.locked():
        return Fact("ok", "root key", f"{what}; under a passphrase: without it nobody can certify with it")
    what += "; root on this machine can certify devices for the organisation"
    if len(devices(station, known)) > 1:
        return Fact("warn", "root key", what, "put a passphrase on it: ircockpit trust protect")
    return Fact("ok", "root key", what)


def _succession(station: "Workstation", known: Roster) -> list[Fact]:
    found = []
    for rivals in known.anchors.rivals():
        letters = ", ".join(spoken(known.anchors.roots[each]) for each in rivals)
        what = f"one root has named {len(rivals)} successors, and all of them count: {letters}"
        fix = "ask who holds the root: if they did not prepare each of these, the root key was stolen"
        found.append(Fact("bad", "successor", what, fix))
    if not found and len(known.anchors.roots) > 1:
        newest = list(known.anchors.roots.values())[-1]
        kept = "kept in this profile" if newest.hex() == station.identity.successor else "kept elsewhere"
        found.append(Fact("ok", "successor", f"{spoken(newest)} is named to stand in for the root; {kept}"))
    return found
