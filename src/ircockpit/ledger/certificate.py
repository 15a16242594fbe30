"""Certificates: which key a device or hub signs with, for whom, and on whose word."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from ircockpit.core.errors import TrustError
from ircockpit.ledger import fields
from ircockpit.ledger.fields import FORMAT, FormatError, Layout
from ircockpit.ledger.signing import ALGORITHM, SigningKey, key_id, verify

DEVICE = "device"
HUB_LOG = "hub-log"
HUB_AUTHORITY = "hub-authority"
PURPOSES = (DEVICE, HUB_LOG, HUB_AUTHORITY)
MAX_CERTIFICATE = 2048
"""Size limit in bytes."""

_CERTIFICATE = b"ircockpit/certificate/1\0"
_SIGNED_AS = "certificate"


class CertificateError(FormatError):
    """Bytes that are no certificate."""


class Certificate(NamedTuple):
    """A key bound to an organisation, a user, a device and one purpose."""

    v: int
    org: str
    """The organisation: key id of its root."""
    subject: str
    """Pseudonym (UUID) of the user the device belongs to, or of the hub."""
    device: str
    """UUID of the device or hub that holds the key."""
    key: str
    """The public key as hex."""
    alg: str
    purpose: str
    """``device`` signs events, ``hub-log`` checkpoints, ``hub-authority`` device certificates."""
    issuer: str
    """Key id of who signed this certificate."""
    not_before: int
    """µs since 1970-01-01T00:00Z on the issuer's clock; for information, clocks decide nothing."""
    serial: str


class SignedCertificate(NamedTuple):
    """A certificate as it travels; the bytes are written once."""

    raw: bytes
    sig: bytes


_LAYOUT = Layout(
    "certificate",
    {
        "v": fields.VERSION,
        "org": fields.DIGEST,
        "subject": fields.UUID,
        "device": fields.UUID,
        "key": fields.DIGEST,
        "alg": fields.one_of(ALGORITHM),
        "purpose": fields.one_of(*PURPOSES),
        "issuer": fields.DIGEST,
        "not_before": fields.whole(0),
        "serial": fields.UUID,
    },
    MAX_CERTIFICATE,
    CertificateError,
)


def issue(
    issuer: SigningKey,
    *,
    org: str,
    subject: str,
    device: str,
    public: bytes,
    purpose: str,
    not_before: int,
    serial: str,
) -> SignedCertificate:
    """Certify a public key (32 bytes); for the meaning of the rest see :class:`Certificate`.

    Raises :class:`CertificateError` naming the field that breaks a rule.
    """
    certificate = Certificate(
        FORMAT,
        org,
        subject,
        device,
        public.hex(),
        ALGORITHM,
        purpose,
        key_id(issuer.public),
        not_before,
        serial,
    )
    raw = fields.write(_LAYOUT, certificate._asdict())
    return SignedCertificate(raw, issuer.sign(_SIGNED_AS, bytes.fromhex(certificate_id(raw))))


def decode(raw: bytes) -> Certificate:
    """The certificate in signed bytes, as strict as an envelope; raises :class:`CertificateError`."""
    return Certificate(**fields.read(_LAYOUT, raw))


def certificate_id(raw: bytes) -> str:
    r"""``SHA-256("ircockpit/certificate/1\0" ‖ certificate bytes)`` as hex."""
    return hashlib.sha256(_CERTIFICATE + raw).hexdigest()


def verify_chain(
    certificate: SignedCertificate, root_public: bytes, authorities: Iterable[SignedCertificate] = ()
) -> Certificate:
    """The certificate, when an organisation's root stands behind it.

    Signed by the root itself, or (device certificates only) by a hub authority among ``authorities`` that
    the root certified: keys that attest history or certify others come from the root alone. Revocation is
    not looked at here; it cuts lanes by event id. Raises :class:`TrustError`, or :class:`CertificateError`
    where the bytes are no certificate.
    """
    stated = decode(certificate.raw)
    org = key_id(root_public)
    if stated.org != org:
        raise TrustError(f"the certificate is of another organisation ({stated.org[:12]}, not {org[:12]})")
    if stated.issuer == org:
        _check_signature(certificate, root_public)
        return stated
    if stated.purpose != DEVICE:
        raise TrustError(f"a {stated.purpose} key must be certified by the organisation's root")
    for candidate in authorities:
        public = _authority_key(candidate, stated.issuer, root_public)
        if public is not None:
            _check_signature(certificate, public)
            return stated
    raise TrustError(
        "nobody known has signed this certificate",
        fix="import the hub's own certificate first, or ask who issued it",
    )


def _authority_key(candidate: SignedCertificate, issuer: str, root_public: bytes) -> bytes | None:
    """The key of a hub authority that the root certified, when it is the issuer looked for."""
    try:
        authority = verify_chain(candidate, root_public)
    except (TrustError, CertificateError):
        return None
    public = bytes.fromhex(authority.key)
    return public if authority.purpose == HUB_AUTHORITY and key_id(public) == issuer else None


def trusted(certificates: Iterable[SignedCertificate], root_public: bytes) -> dict[str, Certificate]:
    """Those of ``certificates`` that the root stands behind, by their ids; the others are left out."""
    held = tuple(certificates)
    found: dict[str, Certificate] = {}
    for certificate in held:
        try:
            found[certificate_id(certificate.raw)] = verify_chain(certificate, root_public, held)
        except (TrustError, CertificateError):
            continue
    return found


def _check_signature(certificate: SignedCertificate, public: bytes) -> None:
    if not verify(public, _SIGNED_AS, bytes.fromhex(certificate_id(certificate.raw)), certificate.sig):
        raise TrustError("the certificate's signature does not hold")
