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
ROOT_SUCCESSOR = "root-successor"
PURPOSES = (DEVICE, HUB_LOG, HUB_AUTHORITY, ROOT_SUCCESSOR)
MAX_SUCCESSION = 8
"""Successors in a row, from the first root on, that are followed."""
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
    """``device`` signs events, ``hub-log`` checkpoints, ``hub-authority`` device certificates and the authority
    stream, ``root-successor`` whatever the root may sign."""
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


class Anchors:
    """The keys that certify for an organisation, as far as ``certificates`` prove them.

    The first root names the organisation for ever. A root may name a successor; whoever holds that statement
    takes what the successor signs as the root's, up to :data:`MAX_SUCCESSION` in a row. Named twice, both are
    followed: a statement that comes later then never takes back what an earlier one gave, and a stolen root
    cannot shut out those it certified. That there are two is for people to look into (:meth:`rivals`).
    """

    def __init__(self, root_public: bytes, certificates: Iterable[SignedCertificate] = ()) -> None:
        self.org = key_id(root_public)
        self.roots: dict[str, bytes] = {self.org: root_public}
        """Public keys of the root and its successors by key id, the first root first."""
        self.successors: dict[str, list[str]] = {}
        """Key ids of those that a root named, by the key id of that root."""
        self.statements: list[SignedCertificate] = []
        """The certificates by which that was said."""
        stated = [each for each in map(_read, certificates) if each is not None and each[1].org == self.org]
        self._follow(sorted(each for each in stated if each[1].purpose == ROOT_SUCCESSOR))
        self._authorities = {
            key_id(bytes.fromhex(each.key)): bytes.fromhex(each.key)
            for signed, each in stated
            if each.purpose == HUB_AUTHORITY and self._of_root(signed, each)
        }

    def _follow(self, statements: list[tuple[SignedCertificate, Certificate]]) -> None:
        newest = {self.org}
        for _ in range(MAX_SUCCESSION):
            found = [each for each in statements if each[1].issuer in newest and self._of_root(*each)]
            newest = set()
            for signed, each in found:
                self.statements.append(signed)
                public = bytes.fromhex(each.key)
                if key_id(public) not in self.roots:
                    self.roots[key_id(public)] = public
                    self.successors.setdefault(each.issuer, []).append(key_id(public))
                    newest.add(key_id(public))

    def _of_root(self, signed: SignedCertificate, stated: Certificate) -> bool:
        public = self.roots.get(stated.issuer)
        return public is not None and _holds(signed, public)

    def rivals(self) -> list[tuple[str, ...]]:
        """Successors of which one root named several: it was lost and found, or somebody else has it too."""
        return [tuple(named) for named in self.successors.values() if len(named) > 1]

    def verify(self, certificate: SignedCertificate) -> Certificate:
        """The certificate, when the organisation stands behind it.

        Signed by a root, or (device certificates only) by a hub authority that a root certified: keys that
        attest history or certify others come from a root alone. Revocation is not looked at here; it cuts
        lanes by event id. Raises :class:`TrustError`, or :class:`CertificateError` for what is no certificate.
        """
        stated = decode(certificate.raw)
        if stated.org != self.org:
            raise TrustError(
                f"the certificate is of another organisation ({stated.org[:12]}, not {self.org[:12]})"
            )
        if stated.issuer not in self.roots and stated.purpose != DEVICE:
            raise TrustError(f"a {stated.purpose} key must be certified by the organisation's root")
        public = self.key_of(stated.issuer)
        if public is None:
            raise TrustError(
                "nobody known has signed this certificate",
                fix="import the hub's own certificate first, or ask who issued it",
            )
        if not _holds(certificate, public):
            raise TrustError("the certificate's signature does not hold")
        return stated

    def key_of(self, ident: str) -> bytes | None:
        """The public key of a root or hub authority by its id; ``None`` for all others."""
        return self.roots.get(ident) or self._authorities.get(ident)

    def trusted(self, certificates: Iterable[SignedCertificate]) -> dict[str, Certificate]:
        """Those of ``certificates`` that the organisation stands behind, by id; the others are left out."""
        found: dict[str, Certificate] = {}
        for certificate in certificates:
            try:
                found[certificate_id(certificate.raw)] = self.verify(certificate)
            except (TrustError, CertificateError):
                continue
        return found


def verify_chain(
    certificate: SignedCertificate, root_public: bytes, others: Iterable[SignedCertificate] = ()
) -> Certificate:
    """The certificate, when an organisation's root stands behind it, itself or through ``others``.

    Raises as :meth:`Anchors.verify` does.
    """
    return Anchors(root_public, others).verify(certificate)


def trusted(certificates: Iterable[SignedCertificate], root_public: bytes) -> dict[str, Certificate]:
    """Those of ``certificates`` that the root stands behind, by their ids; the others are left out."""
    held = tuple(certificates)
    return Anchors(root_public, held).trusted(held)


def _read(certificate: SignedCertificate) -> tuple[SignedCertificate, Certificate] | None:
    try:
        return certificate, decode(certificate.raw)
    except CertificateError:
        return None


def _holds(certificate: SignedCertificate, public: bytes) -> bool:
    return verify(public, _SIGNED_AS, bytes.fromhex(certificate_id(certificate.raw)), certificate.sig)
