"""Changing the key of this device: a new key, a new certificate, new lanes; the old key goes."""

from ircockpit.command.action import Result
from ircockpit.core.errors import NotFound, TrustError
from ircockpit.core.ids import random_uuid
from ircockpit.features.trust import queries
from ircockpit.features.trust.enrolling import request_of
from ircockpit.features.trust.papers import REQUEST, write_paper
from ircockpit.ledger.certificate import DEVICE, SignedCertificate, certificate_id, issue
from ircockpit.ledger.grant import sign_request
from ircockpit.ledger.joining import grouped, spoken
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.store.newkey import prepare
from ircockpit.store.rootkey import open_root, root_home
from ircockpit.store.workstation import Workstation
from ircockpit.sync.enrolment import settle_in
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect


def rotate(station: Workstation, *, request: str | None = None, passphrase: str | None = None) -> Result:
    """Give this device a new key, certified by the root where it is here, by the hub, or by who is asked in a file.

    Cut off anywhere, the profile works, with the old key or the new one; the same command goes on.
    """
    old, new = station.key(), prepare(station.profile)
    if request is not None:
        asked = request_of(station, new, old.public.hex())
        place = write_paper(request, REQUEST, sign_request(asked, new, old))
        letters = grouped(asked.letters)
        data = {"file": str(place), "fingerprint": letters, "changed": False, "key": spoken(new.public)}
        said = f"carry {place} to who certifies and say the fingerprint: {letters}; until then the old key is in force"
        return Result(data, (), said)
    certificates = _certified(station, new, passphrase)
    known = Roster(station.identity.root, [*station.log.certificates(), *certificates])
    stated = known.certified.get(certificate_id(certificates[0].raw))
    wanted = (station.identity.device, station.identity.user, new.public.hex(), DEVICE)
    if stated is None or (stated.device, stated.subject, stated.key, stated.purpose) != wanted:
        raise TrustError(
            "the certificate given is not for this device's new key", safe="the old key is in force"
        )
    identity = station.identity._replace(certificate=certificate_id(certificates[0].raw))
    settle_in(station, identity, certificates, station.identity.name)
    data = {"file": "", "fingerprint": "", "changed": True, "key": spoken(station.key().public)}
    return Result(
        data, (), "this device signs with a new key from now on; the old one is gone from this profile"
    )


def _certified(station: Workstation, new: SigningKey, passphrase: str | None) -> list[SignedCertificate]:
    """The new key's certificate, and those behind it, from the root where it is here, else from the hub."""
    me = station.identity
    if root_home(station.profile, me) is not None:
        return [_by_root(station, new, open_root(station.profile, me, passphrase))]
    if not me.hub:
        raise NotFound(
            "neither the root nor a hub is here to certify a new key", safe="the old key is in force",
            fix="ask in a file: ircockpit trust rotate --request FILE",
        )  # fmt: skip
    connection = connect(station.profile, me, HttpTransport, station.clock)
    try:
        asked = request_of(station, new, station.key().public.hex())
        return connection.client.renew(sign_request(asked, new, station.key()))
    finally:
        connection.close()


def _by_root(station: Workstation, new: SigningKey, root: SigningKey) -> SignedCertificate:
    me, known = station.identity, queries.roster(station)
    wanted = (me.device, me.user, new.public.hex(), DEVICE, key_id(root.public))
    for each in station.log.certificates():
        stated = known.certified.get(certificate_id(each.raw))
        if stated and (stated.device, stated.subject, stated.key, stated.purpose, stated.issuer) == wanted:
            return each  # of a try that was cut off
    return issue(
        root, org=me.org, subject=me.user, device=me.device, public=new.public, purpose=DEVICE,
        not_before=station.clock.wall_us(), serial=random_uuid(),
    )  # fmt: skip
