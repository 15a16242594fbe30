"""An organisation with a hub and four devices, made once in a process and copied for every seed."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from tests.sim.disk import Disk, Image, memory_folder
from tests.sim.nature import START_US, SimClock, Time, chance

from ircockpit.core.reduce import Catalogue, catalogue
from ircockpit.features.incidents import events as incidents
from ircockpit.features.people import events as people
from ircockpit.features.record import events as record
from ircockpit.hub.folder import AUTHORITY_KEY, LOG_KEY, Founding, HubFolder
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_AUTHORITY,
    HUB_LOG,
    SignedCertificate,
    certificate_id,
    issue,
)
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import stream_id
from ircockpit.store.profile import FORMAT, Identity, Profile
from ircockpit.store.workstation import Draft, Workstation

NAMES = "abcd"
HUB_URL = "http://hub.invalid"
ROOT = SigningKey.from_raw(sha256(b"sim root").digest())
ORG = key_id(ROOT.public)
NONCE = sha256(b"sim org").digest()[:16]
ORG_STREAM = stream_id(ORG, "org", NONCE)
ORG_FACTS = {"org": ORG, "kind": "org", "nonce": NONCE.hex(), "drill": False}


@cache
def table() -> Catalogue:
    """What the devices fold: real declarations, without the search index, which takes no part in any merge."""
    modules = (record, people, incidents)
    kinds = (kind._replace(search=()) for module in modules for kind in module.KINDS)
    return catalogue((row for module in modules for row in module.TYPES), kinds)


class Founded(NamedTuple):
    """Disks as they are before the first step."""

    hub: Image
    devices: dict[str, Image]


def open_hub_folder(disk: Disk, rand: Callable[[int], bytes]) -> HubFolder:
    """The hub's folder over a simulated disk."""
    return HubFolder(disk.folder, lambda path: SqliteStore(path, disk.open), rand=rand)


@cache
def founded() -> Founded:
    """The organisation: everybody is certified, device ``a`` has opened its record; nobody has synced yet."""
    return found(table())


def found(folded: Catalogue) -> Founded:
    """See :func:`founded`; the devices fold what this table says."""
    certificates = {name: _certificate(DEVICE, f"device {name}", _key(name)) for name in NAMES}
    own = (
        _certificate(HUB_LOG, "hub", _key(LOG_KEY)),
        _certificate(HUB_AUTHORITY, "hub", _key(AUTHORITY_KEY)),
    )
    every = (*own, *certificates.values())
    with memory_folder() as folder:
        hub, authority = _hub(Path(folder) / "hub", every)
        devices = {
            name: _device(Path(folder) / name, name, every, certificates[name], authority, folded)
            for name in NAMES
        }
    return Founded(hub, devices)


def _key(label: str) -> SigningKey:
    return SigningKey.from_raw(sha256(f"sim key {label}".encode()).digest())


def _uuid(label: str) -> str:
    return str(UUID(bytes=sha256(f"sim uuid {label}".encode()).digest()[:16], version=4))


def _certificate(purpose: str, subject: str, key: SigningKey) -> SignedCertificate:
    return issue(
        ROOT, org=ORG, subject=_uuid(f"user of {subject}"), device=_uuid(subject), public=key.public,
        purpose=purpose, not_before=START_US, serial=_uuid(f"{purpose} {subject}"),
    )  # fmt: skip


def _device(
    folder: Path, name: str, every: tuple[SignedCertificate, ...], own: SignedCertificate, authority: str,
    folded: Catalogue,
) -> Image:  # fmt: skip
    me = Identity(
        org=ORG, own_root=ROOT.public.hex(), org_root=ROOT.public.hex(), device=_uuid(f"device {name}"),
        user=_uuid(f"user of device {name}"), name=name, key_home="file", certificate=certificate_id(own.raw),
        org_stream=ORG_STREAM, hub=HUB_URL, hub_log_key=_key(LOG_KEY).public.hex(), authority_stream=authority,
    )  # fmt: skip
    opening = (
        Draft(ORG_STREAM, "stream.opened", ORG_STREAM, (ORG_FACTS,)),
        Draft(ORG_STREAM, "person.named", me.user, ({"name": name},)),
    )
    return written(folder, me, every, folded, opening if name == NAMES[0] else ())


def alone(folder: Path, name: str, folded: Catalogue) -> Image:
    """A device that belongs to nobody yet, with an organisation and a record of its own."""
    root, nonce = _key(f"root of {name}"), sha256(f"sim org of {name}".encode()).digest()[:16]
    device, user, org = _uuid(f"device {name}"), _uuid(f"user of device {name}"), key_id(root.public)
    own = issue(
        root, org=org, subject=user, device=device, public=_key(name).public, purpose=DEVICE, not_before=START_US,
        serial=_uuid(f"own {name}"),
    )  # fmt: skip
    stream = stream_id(org, "org", nonce)
    me = Identity(
        org=org, own_root=root.public.hex(), device=device, user=user, name=name, key_home="file",
        certificate=certificate_id(own.raw), org_stream=stream,
    )  # fmt: skip
    facts = {"org": org, "kind": "org", "nonce": nonce.hex(), "drill": False}
    opening = (
        Draft(stream, "stream.opened", stream, (facts,)),
        Draft(stream, "person.named", user, ({"name": name},)),
    )
    return written(folder, me, (own,), folded, opening)


def written(
    folder: Path, me: Identity, certificates: tuple[SignedCertificate, ...], folded: Catalogue,
    opening: Sequence[Draft],
) -> Image:  # fmt: skip
    """The disk of a device with this identity that knows these certificates and has written so much."""
    files = {
        "profile.json": json.dumps({"format": FORMAT, **me._asdict()}).encode(),
        "keys/device.key": _key(me.name).raw().hex().encode(),
    }
    disk = Disk(folder, Image({}, files))
    profile = Profile(folder, rand=chance(ord(me.name)).randbytes, open_database=disk.open)
    with Workstation(profile, folded, clock=SimClock(Time(), me.name), identity=me) as station:
        with station.log.writing() as writer:
            for each in certificates:
                writer.add_certificate(each)
        if opening:
            station.append(opening)
    return disk.image()


def _hub(folder: Path, every: tuple[SignedCertificate, ...]) -> tuple[Image, str]:
    """The hub's disk, and the stream in which it says who belongs to the organisation."""
    files = {name: _key(name).raw().hex().encode() for name in (LOG_KEY, AUTHORITY_KEY)}
    disk = Disk(folder, Image({}, files))
    hub = open_hub_folder(disk, chance(0).randbytes)
    hub.found(Founding(ROOT.public, ORG_STREAM, every, "a"), START_US, SimClock(Time(), "hub"))
    hub.store.set_meta("address", HUB_URL)
    hub.close()
    return disk.image(), hub.authority_stream
