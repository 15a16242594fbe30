"""Joining without a network: what a device asks in a file, and what whoever certifies it grants in another."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.jsontext import canonical
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import DEVICE, HUB_LOG, Anchors, SignedCertificate, certificate_id
from ircockpit.ledger.fields import DIGEST, EPOCH, UUID, FormatError, Layout, Rule, check, either_null, whole
from ircockpit.ledger.signing import SigningKey, verify

MAX_LANES = 2000
MAX_CERTIFICATES = 64
MAX_NAME = 60

_IS_NAME = Rule(
    lambda value: type(value) is str and len(value) <= MAX_NAME, f"a text of {MAX_NAME} characters at most"
)
_IS_ADDRESS = Rule(lambda value: type(value) is str and len(value) <= 2048, "an address, or empty")
_MAY_BE_KEY = Rule(lambda value: value == "" or DIGEST.holds(value), f"{DIGEST.says}, or empty")
_MAY_BE_UUID = Rule(lambda value: value == "" or UUID.holds(value), f"{UUID.says}, or empty")
_LANE = Layout("lane", {"stream": UUID, "epoch": EPOCH, "n": whole(1), "event_id": DIGEST}, 4096, FormatError)


def _list_of(most: int) -> Rule:
    return Rule(lambda value: type(value) is list and len(value) <= most, f"a list of at most {most}")


_REQUEST = Layout(
    "request",
    {
        "device": UUID, "user": UUID, "name": _IS_NAME, "key": DIGEST, "replaces": either_null(DIGEST),
        "org_root": DIGEST, "lanes": _list_of(MAX_LANES), "events": whole(0), "certificates": _list_of(MAX_CERTIFICATES),
        "made_at": whole(0),
    },
    1 << 20,
    FormatError,
)  # fmt: skip
_GRANT = Layout(
    "grant",
    {
        "request": DIGEST, "certificate": DIGEST, "org_root": DIGEST, "org_stream": UUID, "authority_stream": _MAY_BE_UUID,
        "hub": _IS_ADDRESS, "hub_log_key": _MAY_BE_KEY, "name": _IS_NAME,
    },
    1 << 20,
    FormatError,
)  # fmt: skip


class Request(NamedTuple):
    """What a device asks: to be certified with a key, for a user."""

    device: str
    user: str
    name: str
    """Of the person, as they call themselves."""
    key: str
    """The public key to certify, as hex."""
    replaces: str | None
    """The public key the device has been certified with, where it changes its key."""
    org_root: str
    """Public root key, as hex, of the organisation the device writes for now."""
    lanes: tuple[Mapping[str, Any], ...]
    """Heads of the lanes it has written, the newest :data:`MAX_LANES` of them: what stands before the new certificate."""
    events: int
    """How many events it has written in all."""
    certificates: tuple[SignedCertificate, ...]
    """Under which it has written them."""
    made_at: int
    """µs since 1970-01-01T00:00Z on its clock; for information."""

    @property
    def letters(self) -> str:
        """The fingerprint to compare by voice: 60 bits of the request's digest."""
        return joining.letters_of(bytes.fromhex(self.digest))

    @property
    def digest(self) -> str:
        r"""``SHA-256("ircockpit/request/1\0" ‖ canonical JSON)`` as hex."""
        return _digest(b"ircockpit/request/1\0", self.stated()).hex()

    def stated(self) -> dict[str, Any]:
        """The request as JSON."""
        wires = [joining.certificate_to_wire(each) for each in self.certificates]
        return {**self._asdict(), "lanes": [dict(each) for each in self.lanes], "certificates": wires}


class Grant(NamedTuple):
    """What whoever certifies says of the organisation beside the certificate."""

    request: str
    """Digest of the request it answers."""
    certificate: str
    """Id of the certificate it is about."""
    org_root: str
    org_stream: str
    authority_stream: str
    hub: str
    """Address of the organisation's hub, empty where it has none."""
    hub_log_key: str
    name: str
    """Of the person, as certified."""


def sign_request(request: Request, key: SigningKey, before: SigningKey | None = None) -> dict[str, Any]:
    """The request with its signatures: by the key it names, and by the one it replaces."""
    digest = bytes.fromhex(request.digest)
    return {
        "request": check(_REQUEST, request.stated()),
        "sig": joining.signature_to_wire(key.sign("request", digest)),
        "sig_before": joining.signature_to_wire(before.sign("request", digest)) if before else None,
    }


def read_request(said: Mapping[str, Any]) -> Request:
    """The request in such an object, when its signatures hold.

    Raises :class:`BadInput` for anything else, :class:`TrustError` where a signature does not hold: it was
    changed on its way, or somebody asks with a key that is not theirs.
    """
    if said.keys() != {"request", "sig", "sig_before"} or type(said["request"]) is not dict:
        raise BadInput("not a request")
    stated = check(_REQUEST, said["request"])
    for each in stated["lanes"]:
        if type(each) is not dict:
            raise BadInput("not a request: a lane must be an object")
        check(_LANE, each)
    certificates = tuple(map(joining.certificate_from_wire, stated["certificates"]))
    request = Request(**{**stated, "lanes": tuple(stated["lanes"]), "certificates": certificates})
    _check_signed(request.digest, request.key, said["sig"])
    if (request.replaces is None) != (said["sig_before"] is None):
        raise BadInput("not a request: a key that is replaced must sign too")
    if request.replaces is not None:
        _check_signed(request.digest, request.replaces, said["sig_before"])
    return request


def _check_signed(digest: str, public: str, sig: Any) -> None:
    if not verify(bytes.fromhex(public), "request", bytes.fromhex(digest), joining.signature_from_wire(sig)):
        raise TrustError("the request was changed after it was signed, or signed with another key")


def sign_grant(grant: Grant, certificates: Iterable[SignedCertificate], issuer: SigningKey) -> dict[str, Any]:
    """The grant, signed by who signed its certificate, with all certificates that stand behind it."""
    facts = check(_GRANT, grant._asdict())
    return {
        "grant": facts,
        "sig": joining.signature_to_wire(issuer.sign("grant", _digest(b"ircockpit/grant/1\0", facts))),
        "certificates": [joining.certificate_to_wire(each) for each in certificates],
    }


def read_grant(said: Mapping[str, Any]) -> tuple[Grant, tuple[SignedCertificate, ...]]:
    """The grant and its certificates, the device's own first, when its organisation stands behind all of it.

    Raises :class:`BadInput` for what is no grant, :class:`TrustError` where something of it does not hold.
    """
    if said.keys() != {"grant", "sig", "certificates"} or type(said["grant"]) is not dict:
        raise BadInput("not a grant")
    grant = Grant(**check(_GRANT, said["grant"]))
    listed = said["certificates"]
    if type(listed) is not list or not 1 <= len(listed) <= MAX_CERTIFICATES:
        raise BadInput("not a grant: its certificates are missing")
    certificates = tuple(map(joining.certificate_from_wire, listed))
    if certificate_id(certificates[0].raw) != grant.certificate:
        raise TrustError("the certificate is not the one that was granted")
    anchors = Anchors(bytes.fromhex(grant.org_root), certificates)
    stated = [anchors.verify(each) for each in certificates]
    if stated[0].purpose != DEVICE:
        raise TrustError("the certificate is not a device's")
    if grant.hub_log_key and grant.hub_log_key not in [e.key for e in stated if e.purpose == HUB_LOG]:
        raise TrustError("the key named for the hub's history is not certified")
    digest = _digest(b"ircockpit/grant/1\0", grant._asdict())
    public = anchors.key_of(stated[0].issuer)
    if public is None or not verify(public, "grant", digest, joining.signature_from_wire(said["sig"])):
        raise TrustError("what is said of the organisation is not signed by who signed the certificate")
    return grant, certificates


def _digest(domain: bytes, stated: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(domain + canonical(stated)).digest()
