"""The roster: with which keys, and in whose name, the devices of an organisation sign."""

from collections.abc import Iterable

from ircockpit.ledger.certificate import (
    DEVICE,
    Anchors,
    Certificate,
    CertificateError,
    SignedCertificate,
    certificate_id,
    decode,
)


class Roster:
    """What an organisation's certificates say about devices; a fixed snapshot of those given.

    A device that joined later wrote its earlier lanes under a certificate of its own making. The
    organisation certified the same device and the same key, so those lanes are checked with that key. The
    certificates and keys of a revoked device stay, since what it wrote before stays good; how far its lanes
    count is said elsewhere (:mod:`ircockpit.ledger.revocation`).
    """

    def __init__(self, root_public: bytes, certificates: Iterable[SignedCertificate]) -> None:
        held = tuple(certificates)
        self.anchors = Anchors(root_public, held)
        """The roots and authorities that certify."""
        self.certified: dict[str, Certificate] = self.anchors.trusted(held)
        """Certificates the root stands behind, by id."""
        self._keys: dict[str, list[bytes]] = {}
        self._subjects: dict[str, set[str]] = {}
        for certificate in self.certified.values():
            if certificate.purpose == DEVICE:
                keys = self._keys.setdefault(certificate.device, [])
                if (key := bytes.fromhex(certificate.key)) not in keys:
                    keys.append(key)
                self._subjects.setdefault(certificate.device, set()).add(certificate.subject)
        self._held = held
        self.known = frozenset(certificate_id(each.raw) for each in held)
        """Ids of all certificates given, trusted or not."""

    def keys(self, device: str) -> tuple[bytes, ...]:
        """Public keys the device may sign with; none for a device nobody certified."""
        return tuple(self._keys.get(device, ()))

    def users(self, device: str) -> tuple[str, ...]:
        """The users a device is certified to, the one it was certified to last first."""
        own = [c for c in self.certified.values() if (c.device, c.purpose) == (device, DEVICE)]
        newest = sorted(own, key=lambda each: -each.not_before)
        return tuple(dict.fromkeys(each.subject for each in newest))

    def speaks_for(self, device: str, user: str) -> bool:
        """Whether the device is certified to this user."""
        return user in self._subjects.get(device, ())

    def vouched(self) -> dict[str, Certificate]:
        """Certificates to verify lanes with: those certified, and a device's earlier own for the same key."""
        found = dict(self.certified)
        for signed in self._held:
            try:
                stated = decode(signed.raw)
            except CertificateError:
                continue
            if stated.purpose == DEVICE and bytes.fromhex(stated.key) in self.keys(stated.device):
                found.setdefault(certificate_id(signed.raw), stated)
        return found
