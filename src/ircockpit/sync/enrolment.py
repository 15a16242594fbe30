"""Joining a hub with a one-time code: both sides prove the code, and nothing changes here unless all of it holds."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ircockpit.core.errors import CockpitError, NotFound, OfflineError, RefusedError, TrustError
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import (
    DEVICE,
    HUB_LOG,
    Anchors,
    SignedCertificate,
    certificate_id,
    decode,
)
from ircockpit.ledger.fields import UUID
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.store.keys import device_key
from ircockpit.store.log import Log
from ircockpit.store.outbox import begin_anew
from ircockpit.store.profile import Identity
from ircockpit.store.workstation import Workstation
from ircockpit.sync.client import ask_plain
from ircockpit.sync.transport import Transport

UNCHANGED = "nothing was changed on this device"


class Joined(NamedTuple):
    """What the hub granted."""

    org: str
    org_root: bytes
    org_stream: str
    authority_stream: str
    certificates: tuple[SignedCertificate, ...]
    """The device's own first, then the hub's."""
    hub_log_key: str
    name: str
    role: str


def enroll(station: Workstation, transport: Transport, url: str, code: str, name: str = "") -> Joined:
    """Join the hub at ``url``, which ``transport`` reaches.

    The device keeps its id, key and pseudonym; its earlier lanes are countersigned by new ones under the
    new certificate, and go to the hub with everything else. Raises an error with a sentence when the code,
    the hub or the network is not as it must be; nothing is changed then.
    """
    read = joining.read_code(code)
    check_free(station, read.fingerprint)
    root = _known_root(transport, read)
    joined = _ask(station, transport, read, root)
    identity = station.identity._replace(
        org=joined.org, org_root=joined.org_root.hex(), org_stream=joined.org_stream, hub=url.rstrip("/"),
        hub_log_key=joined.hub_log_key, authority_stream=joined.authority_stream,
        certificate=certificate_id(joined.certificates[0].raw),
    )  # fmt: skip
    settle_in(station, identity, joined.certificates, name or joined.name)
    return joined


def settle_in(
    station: Workstation, identity: Identity, certificates: Iterable[SignedCertificate], name: str
) -> None:
    """Take on the identity that ``certificates`` prove: new lanes under it countersign the earlier ones.

    Cut off anywhere, the same again completes it.
    """
    already = station.identity.certificate == identity.certificate
    if station.identity.hub_log_key not in ("", identity.hub_log_key):
        begin_anew(station.log)
    with station.log.writing() as writer:
        for each in certificates:
            writer.add_certificate(each)
    if already:
        station.profile.save_identity(identity)
        station.identity = identity
    else:
        station.rejoin(identity)
    station.countersign()  # also what an earlier try that was cut off has left
    _say_name(station, name)


def check_free(station: Workstation, letters: str) -> None:
    """Raise :class:`RefusedError` where this profile cannot join the organisation with this fingerprint."""
    me = station.identity
    if me.org_root and joining.fingerprint(me.root) != letters:
        # All that is held here would go to the other hub: what one organisation confided is not for the next.
        raise RefusedError(
            "this profile has joined another organisation already",
            safe=f"nothing was sent; {UNCHANGED}",
            fix="join from another profile: set IRCOCKPIT_HOME to a new folder",
        )
    if me.hub and me.org == key_id(bytes.fromhex(me.own_root)):
        raise RefusedError(
            "this profile runs a hub of its own organisation", safe=UNCHANGED,
            fix="join from another profile: set IRCOCKPIT_HOME to a new folder",
        )  # fmt: skip


def _known_root(transport: Transport, code: joining.Code) -> bytes:
    """The organisation's root as the hub states it, when it is the one the code names."""
    try:
        hello = ask_plain(transport, "GET", "/v1/hello")
    except (NotFound, RefusedError, TrustError):
        raise _no_hub() from None
    if hello.get("hub") != "ircockpit":
        raise _no_hub()
    if hello.get("protocol") != joining.PROTOCOL:
        raise RefusedError(
            "the hub speaks another version of the protocol",
            safe=UNCHANGED,
            fix="update ircockpit on both machines",
        )
    try:
        root = bytes.fromhex(str(hello.get("org_root")))
    except ValueError:
        raise _no_hub() from None
    if len(root) != 32 or joining.fingerprint(root) != code.fingerprint:
        raise TrustError(
            "the hub at this address is not the one the code was made for", safe=f"the code was not sent; {UNCHANGED}",
            fix="check the address; if it is right, somebody stands between you and the hub",
        )  # fmt: skip
    return root


def _no_hub() -> OfflineError:
    return OfflineError(
        "what answers at this address is not a hub", safe=UNCHANGED, fix="check address and port"
    )


def _ask(station: Workstation, transport: Transport, code: joining.Code, root: bytes) -> Joined:
    me, key = station.identity, _own_key(station)
    mine = [each for each in station.log.certificates() if certificate_id(each.raw) == me.certificate]
    request: dict[str, Any] = {
        "invitation": joining.invitation_id(code.secret),
        "device": me.device,
        "user": me.user,
        "key": key.public.hex(),
        "certificates": [joining.certificate_to_wire(each) for each in mine],
    }
    secret = joining.invitation_key(code.secret)
    said = {
        "request": request,
        "sig": joining.signature_to_wire(key.sign("enroll", joining.request_digest(request))),
        "mac": joining.proof(secret, "request", request),
    }
    try:
        reply = ask_plain(transport, "POST", "/v1/enroll", said)
    except CockpitError as error:
        error.safe = UNCHANGED
        error.fix = error.fix or "ask for a new code: ircockpit hub invite, on the hub's machine"
        raise
    answer = reply.get("answer")
    if not isinstance(answer, dict) or not joining.proves(secret, "answer", answer, reply.get("mac")):
        raise TrustError("the answer does not come from the hub that made the code", safe=UNCHANGED)
    return _checked(station, answer, root)


def _own_key(station: Workstation) -> SigningKey:
    """The device's key; also where an older ``log.db`` was put back that lacks its certificate, which comes again now."""
    try:
        return station.key()
    except TrustError:
        return device_key(station.profile, station.identity.key_home, station.identity.device)


def _checked(station: Workstation, answer: dict[str, Any], root: bytes) -> Joined:
    try:
        own = joining.certificate_from_wire(answer["certificate"])
        hub = tuple(map(joining.certificate_from_wire, answer["hub"]))
        streams = str(answer["org_stream"]), str(answer["authority_stream"])
    except (KeyError, TypeError):
        raise _no_hub() from None
    anchors = Anchors(root, hub)
    stated = anchors.verify(own)
    me = station.identity
    wanted = (me.device, me.user, _own_key(station).public.hex(), DEVICE)
    if (stated.device, stated.subject, stated.key, stated.purpose) != wanted or not all(
        map(UUID.holds, streams)
    ):
        raise TrustError("the certificate the hub gave is not for this device", safe=UNCHANGED)
    keys = [each.key for each in map(anchors.verify, hub) if each.purpose == HUB_LOG]
    if not keys:
        raise TrustError("the hub has no certified key for its history", safe=UNCHANGED)
    return Joined(
        key_id(root),
        root,
        *streams,
        (own, *hub),
        keys[0],
        str(answer.get("name", "")),
        str(answer.get("role", "")),
    )


def _say_name(station: Workstation, name: str) -> None:
    from ircockpit.inert.gate import line

    shown = line(name).strip()[:60]
    me = station.identity
    if not shown or shown == me.name:
        return
    station.append([station.set_field(me.org_stream, "person.set", me.user, "name", shown)])
    station.rename(shown)


def own_certificate(log: Log, identity: Identity) -> SignedCertificate:
    """The device certificate in force. Raises :class:`TrustError` where it is not held."""
    for each in log.certificates():
        if certificate_id(each.raw) == identity.certificate and decode(each.raw).device == identity.device:
            return each
    raise TrustError(
        "the certificate of this device is gone from log.db", safe="nothing was sent",
        fix="restore the profile from a backup, or join again with a new code: ircockpit enroll",
    )  # fmt: skip
