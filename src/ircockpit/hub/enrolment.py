"""Letting a workstation in: invitations, and the answer to one who proves to know the code."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, ConflictError, TrustError
from ircockpit.core.ids import random_uuid
from ircockpit.core.roles import ROLES
from ircockpit.features.membership.rules import check_not_revoked
from ircockpit.hub.authority import Authority
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.store import Device, Invitation
from ircockpit.inert.gate import line
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import (
    DEVICE,
    CertificateError,
    SignedCertificate,
    certificate_id,
    decode,
    issue,
)
from ircockpit.ledger.fields import DIGEST, UUID
from ircockpit.ledger.grant import Grant, read_request, sign_grant
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import key_id, verify

VALID_US = 60 * 60 * 1_000_000
MAX_ATTEMPTS = 5
"""Failed proofs after which a code is void."""
MAX_OLD_CERTIFICATES = 16
NOT_VALID = "this code is not valid: mistyped, used, or older than an hour"


class Invited(NamedTuple):
    """A code to be said to somebody."""

    code: str
    name: str
    role: str
    minutes: int


def invite(folder: HubFolder, name: str, role: str, now_us: int, rand: Callable[[int], bytes]) -> Invited:
    """Make a one-time code for one workstation, valid for an hour. The code is not kept, only what proves it."""
    if role not in ROLES:
        raise BadInput(
            f"{line(role)[:60]} is no role", safe="no code was made", fix=f"one of: {', '.join(ROLES)}"
        )
    folder.store.forget_invitations(now_us)
    text, code = joining.make_code(rand, folder.root)
    folder.store.add_invitation(
        Invitation(
            joining.invitation_id(code.secret), joining.invitation_key(code.secret), line(name)[:60], role,
            now_us + VALID_US,
        )
    )  # fmt: skip
    return Invited(text, line(name)[:60], role, VALID_US // 60_000_000)


def enroll(folder: HubFolder, said: Any, clock: Clock) -> dict[str, Any]:
    """The answer to a workstation that wants to join; asked again by the same device it is given again.

    The workstation proves the code (MAC), and to hold the key (signature). Raises :class:`TrustError` for a
    code that does not hold, :class:`ConflictError` for a device or person that is known with another key.
    """
    request = _request(said)
    invitation = _invitation(folder, said, request, clock.wall_us())
    device, user, key = request["device"], request["user"], request["key"]
    digest = joining.request_digest(request)
    if not verify(bytes.fromhex(key), "enroll", digest, joining.signature_from_wire(said.get("sig"))):
        raise TrustError("the request is not signed by the device's key")
    known = {each.device: each for each in folder.store.devices()}
    roster = Roster(folder.root, folder.store.certificates())
    if device in known and bytes.fromhex(key) not in roster.keys(device):
        raise ConflictError("this device is known here with another key", fix="start a new profile on it")
    if any(each.user == user and each.device != device for each in known.values()):
        raise ConflictError(
            "this person is known here from another device", fix="start a new profile on this device"
        )
    authority = Authority(folder, clock)
    check_not_revoked(authority.standing().cuts, device, "the code was not used")
    if not folder.store.use_invitation(invitation.ident, device):
        raise TrustError(NOT_VALID)
    certificate = certify(folder, device, user, key, clock.wall_us())
    folder.store.add_certificates([certificate, *_own_earlier(request)])
    folder.store.add_device(Device(device, user, key, invitation.name, invitation.role, clock.wall_us()))
    authority.admit(user, device, invitation.name, invitation.role)
    answer = {
        "certificate": joining.certificate_to_wire(certificate),
        "hub": [joining.certificate_to_wire(each) for each in folder.own_certificates()],
        "org_root": folder.root.hex(),
        "org_stream": folder.org_stream,
        "authority_stream": folder.authority_stream,
        "name": invitation.name,
        "role": invitation.role,
    }
    return {"answer": answer, "mac": joining.proof(invitation.key, "answer", answer)}


def grant(folder: HubFolder, said: Mapping[str, Any], role: str, clock: Clock) -> dict[str, Any]:
    """The answer to a request that came in a file; the hub's operator has compared its fingerprint.

    Raises :class:`TrustError` where it is not signed as it must be, :class:`ConflictError` for a device or person
    that is known with another key.
    """
    asked = read_request(said)
    if role not in ROLES:
        raise BadInput(
            f"{line(role)[:60]} is no role", safe="nothing was certified", fix=f"one of: {', '.join(ROLES)}"
        )
    roster = Roster(folder.root, folder.store.certificates())
    keys = [key.hex() for key in roster.keys(asked.device)]
    if keys and asked.key not in keys and asked.replaces not in keys:
        raise ConflictError("this device is known here with another key", fix="start a new profile on it")
    own = roster.users(asked.device)
    theirs = {each.subject for each in roster.certified.values() if each.device != asked.device}
    if asked.user not in own and (own or asked.user in theirs):
        raise ConflictError(
            "this person is known here from another device, or this device from another person", safe="nothing was certified",
            fix="a further device of the same person is certified with the root: ircockpit trust certify --person NAME",
        )  # fmt: skip
    authority = Authority(folder, clock)
    check_not_revoked(authority.standing().cuts, asked.device, "nothing was certified")
    made = certify(folder, asked.device, asked.user, asked.key, clock.wall_us())
    stated = {"device": asked.device, "key": asked.key}
    earlier = [joining.certificate_to_wire(each) for each in asked.certificates]
    folder.store.add_certificates([made, *_own_earlier({**stated, "certificates": earlier})])
    name = line(asked.name)[:60]
    authority.admit(asked.user, asked.device, name, role)
    facts = Grant(
        asked.digest, certificate_id(made.raw), folder.root.hex(), folder.org_stream, folder.authority_stream,
        folder.store.meta("address") or "", folder.log_key.public.hex(), name,
    )  # fmt: skip
    return sign_grant(facts, [made, *folder.own_certificates()], folder.authority_key)


def _request(said: Any) -> dict[str, Any]:
    request = said.get("request") if isinstance(said, dict) else None
    if not isinstance(request, dict) or request.keys() != {
        "invitation",
        "device",
        "user",
        "key",
        "certificates",
    }:
        raise BadInput("not a request to join")
    well_formed = (
        UUID.holds(request["device"]) and UUID.holds(request["user"]) and DIGEST.holds(request["key"])
        and isinstance(request["invitation"], str) and isinstance(request["certificates"], list)
        and len(request["certificates"]) <= MAX_OLD_CERTIFICATES
    )  # fmt: skip
    if not well_formed:
        raise BadInput("not a request to join")
    return request


def _invitation(folder: HubFolder, said: Any, request: dict[str, Any], now_us: int) -> Invitation:
    invitation = folder.store.invitation(request["invitation"])
    if invitation is None or invitation.expires_at < now_us or invitation.attempts >= MAX_ATTEMPTS:
        raise TrustError(NOT_VALID)
    if not joining.proves(invitation.key, "request", request, said.get("mac")):
        folder.store.count_attempt(invitation.ident)
        raise TrustError(NOT_VALID)
    return invitation


def certify(folder: HubFolder, device: str, user: str, key: str, now_us: int) -> SignedCertificate:
    """A device's certificate by this hub's authority: the one it has, where it asks again."""
    for each in folder.store.certificates():
        stated = decode(each.raw)
        wanted = (device, user, key, key_id(folder.authority_key.public))
        if (stated.device, stated.subject, stated.key, stated.issuer) == wanted:
            return each
    return issue(
        folder.authority_key, org=key_id(folder.root), subject=user, device=device,
        public=bytes.fromhex(key), purpose=DEVICE, not_before=now_us, serial=random_uuid(),
    )  # fmt: skip


def _own_earlier(request: dict[str, Any]) -> list[SignedCertificate]:
    """The certificates the device wrote under before; kept when they are of the same device and key."""
    found = []
    for each in map(joining.certificate_from_wire, request["certificates"]):
        try:
            stated = decode(each.raw)
        except CertificateError:
            continue
        if (stated.device, stated.key, stated.purpose) == (request["device"], request["key"], DEVICE):
            found.append(each)
    return found
