"""The first start: a profile with an organisation of its own, one device, one person, and the stream of the organisation."""

import getpass
import os
import socket
from typing import TYPE_CHECKING

from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.ids import random_uuid
from ircockpit.core.reduce import Catalogue
from ircockpit.inert.gate import summary
from ircockpit.store.keys import make_key, new_device_key
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.ledger.certificate import SignedCertificate


def make_profile(
    profile: Profile, table: Catalogue, *, name: str = "", clock: Clock | None = None, demo: bool = False
) -> None:
    """Make a profile: org root, device key, certificate, org stream, and the person's name in an erasable event.

    The root signs this device and nothing else until others join. Two starts at once make one profile.
    Raises :class:`StoreError` where the folder cannot be used.
    """
    from ircockpit.ledger.certificate import certificate_id, issue
    from ircockpit.ledger.signing import key_id

    profile.prepare()
    with profile.lock():
        if profile.exists:
            return
        now = clock or SystemClock()
        root = make_key(profile.root_key)
        user, device, org = random_uuid(), random_uuid(), key_id(root.public)
        device_key, key_home = new_device_key(profile, device, keyring=not demo)
        certificate: SignedCertificate = issue(
            root, org=org, subject=user, device=device, public=device_key.public, purpose="device",
            not_before=now.wall_us(), serial=random_uuid(),
        )  # fmt: skip
        identity = Identity(
            org=org, own_root=root.public.hex(), device=device, user=user, name=name or own_name(), key_home=key_home,
            certificate=certificate_id(certificate.raw), org_stream="", demo=demo,
        )  # fmt: skip
        log = Log(profile.log_db)
        with log.writing() as writer:
            writer.add_certificate(certificate)
        log.close()
        _open_org(profile, table, identity, clock)


def _open_org(profile: Profile, table: Catalogue, identity: Identity, clock: Clock | None) -> None:
    # The identity is written last: until then the profile does not exist, and a start cut short begins again.
    from ircockpit.ledger.stream import stream_id

    nonce = os.urandom(16)
    stream = stream_id(identity.org, "org", nonce)
    facts = {"org": identity.org, "kind": "org", "nonce": nonce.hex(), "drill": False}
    complete = identity._replace(org_stream=stream)
    with Workstation(profile, table, clock=clock, identity=complete) as station:
        station.append(
            [
                Draft(stream, "stream.opened", stream, (facts,)),
                Draft(stream, "person.named", identity.user, ({"name": identity.name},)),
            ]
        )
    profile.save_identity(complete)


def own_name() -> str:
    """The name to show for the person at this machine, until they set another: the login name, gated."""
    try:
        return summary(getpass.getuser(), 40) or "responder"
    except (OSError, KeyError):
        return summary(socket.gethostname(), 40) or "responder"
