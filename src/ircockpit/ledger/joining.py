"""What hub and workstation say to each other before they trust: the one-time code, its proofs, the sign-in."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import canonical
from ircockpit.ledger.base64text import from_base64, to_base64
from ircockpit.ledger.certificate import SignedCertificate
from ircockpit.ledger.signing import SIGNATURE_BYTES, key_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U (Crockford's), so that a code survives being said and written down."""
SECRET_CHARS = 11
FINGERPRINT_CHARS = 12
CHECK_CHARS = 2
GROUP = 5
PROTOCOL = 1
"""Version of what is said over HTTP; raised with the format of events."""

_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LENGTH = SECRET_CHARS + FINGERPRINT_CHARS + CHECK_CHARS


class Code(NamedTuple):
    """A one-time code, read."""

    secret: str
    """55 random bits: known to whoever was invited, and to the hub only as :func:`invitation_key`."""
    fingerprint: str
    """60 bits of the organisation's id: shows that the hub that answers is the one that was meant."""


def make_code(rand: Callable[[int], bytes], root_public: bytes) -> tuple[str, Code]:
    """A new code as said to a person (groups of five), and what it holds."""
    secret = _letters(rand(8), SECRET_CHARS)
    code = Code(secret, fingerprint(root_public))
    body = secret + code.fingerprint
    text = body + _check(body)
    return "-".join(text[i : i + GROUP] for i in range(0, len(text), GROUP)), code


def read_code(text: str) -> Code:
    """The code a person typed, in any case, with or without dashes; O is read as 0, I and L as 1.

    Raises :class:`BadInput` when it is incomplete or mistyped, which its last two letters tell.
    """
    letters = text.upper().translate(_ALIKE)
    body = letters[:-CHECK_CHARS]
    whole = len(letters) == _LENGTH and set(letters) <= set(ALPHABET)
    if not whole or letters[-CHECK_CHARS:] != _check(body):
        raise BadInput(
            "this is not a whole code, or a letter of it is wrong", safe="nothing was sent or changed",
            fix=f"a code has {_LENGTH} letters and digits in groups of {GROUP}; read it again or ask for a new one",
        )  # fmt: skip
    return Code(body[:SECRET_CHARS], body[SECRET_CHARS:])


def fingerprint(root_public: bytes) -> str:
    """The letters of a code that name an organisation."""
    return letters_of(bytes.fromhex(key_id(root_public)))


def letters_of(digest: bytes) -> str:
    """The first 60 bits of a digest, in letters."""
    return _letters(digest[:8], FINGERPRINT_CHARS)


def spoken(root_public: bytes) -> str:
    """A key's fingerprint as it is read out and written down: its letters in groups of four."""
    return grouped(fingerprint(root_public))


def grouped(letters: str) -> str:
    """The letters of a fingerprint in groups of four."""
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def same_letters(typed: str, letters: str) -> bool:
    """Whether a person typed these letters, in any case and grouping; O is read as 0, I and L as 1."""
    return typed.upper().translate(_ALIKE) == letters.translate(_ALIKE)


def invitation_id(secret: str) -> str:
    """How the hub finds the invitation of a code; says nothing about its secret's other bits."""
    return hashlib.sha256(b"ircockpit/invitation/1\0" + secret.encode("ascii")).hexdigest()[:16]


def invitation_key(secret: str) -> bytes:
    """The key both sides prove the code with; the code itself is never sent and never stored."""
    return hashlib.sha256(b"ircockpit/invitation-key/1\0" + secret.encode("ascii")).digest()


def proof(key: bytes, side: str, payload: Mapping[str, Any]) -> str:
    """HMAC-SHA-256, as hex, by which one ``side`` (``request`` or ``answer``) shows that it knows the code."""
    return hmac.new(key, f"ircockpit/{side}/1\0".encode() + canonical(payload), hashlib.sha256).hexdigest()


def proves(key: bytes, side: str, payload: Mapping[str, Any], given: object) -> bool:
    """Whether ``given`` is the proof of this payload."""
    return isinstance(given, str) and hmac.compare_digest(proof(key, side, payload).encode(), given.encode())


def request_digest(payload: Mapping[str, Any]) -> bytes:
    """What the device key signs (purpose ``enroll``) to show that the device holds it."""
    return hashlib.sha256(b"ircockpit/enroll/1\0" + canonical(payload)).digest()


def session_digest(org: str, device: str, nonce: str) -> bytes:
    """What the device key signs (purpose ``session``) to sign in; bound to the organisation, so no hub can pass it on."""
    return hashlib.sha256(b"ircockpit/session/1\0" + canonical([org, device, nonce])).digest()


def certificate_to_wire(certificate: SignedCertificate) -> dict[str, str]:
    """A certificate in JSON: its bytes as text, its signature as base64."""
    return {"raw": certificate.raw.decode("utf-8"), "sig": signature_to_wire(certificate.sig)}


def certificate_from_wire(value: Any) -> SignedCertificate:
    """The certificate in such an object; raises :class:`BadInput` for any other."""
    if not isinstance(value, dict) or value.keys() != {"raw", "sig"} or not isinstance(value["raw"], str):
        raise BadInput("not a certificate: it must be an object of raw and sig")
    return SignedCertificate(value["raw"].encode("utf-8"), signature_from_wire(value["sig"]))


def signature_to_wire(sig: bytes) -> str:
    """A signature in JSON."""
    return to_base64(sig)


def signature_from_wire(value: Any) -> bytes:
    """The 64 bytes of a signature; raises :class:`BadInput` for anything else."""
    return from_base64(value, "signature", SIGNATURE_BYTES)


def _letters(raw: bytes, count: int) -> str:
    number = int.from_bytes(raw, "big") >> (len(raw) * 8 - count * 5)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (count - 1), -1, -5))


def _check(body: str) -> str:
    return _letters(hashlib.sha256(b"ircockpit/code/1\0" + body.encode()).digest()[:2], CHECK_CHARS)
