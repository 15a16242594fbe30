"""SSH signatures (OpenSSH's PROTOCOL.sshsig) with an Ed25519 key, so that ``ssh-keygen -Y verify`` checks a bundle."""

import base64
import binascii
import hashlib
import struct

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.signing import SIGNATURE_BYTES, SigningKey, verify_foreign

KIND = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_HASH = b"sha512"
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_WIDTH = 70
MAX_SIGNATURE = 4096
"""Size limit in characters."""


def sign(message: bytes, namespace: str, key: SigningKey) -> str:
    """The armoured signature of this key over a message, good for this namespace only."""
    signature = key.sign_foreign(_signed(message, namespace))
    blob = (
        _MAGIC + struct.pack(">I", 1) + _text(_public(key.public)) + _text(namespace.encode("ascii"))
        + _text(b"") + _text(_HASH) + _text(_text(KIND) + _text(signature))
    )  # fmt: skip
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join((_BEGIN, *lines, _END, ""))


def check(message: bytes, armoured: str, namespace: str, public: bytes) -> None:
    """Raise :class:`TrustError` unless this key signed this message for this namespace.

    Raises :class:`BadInput` where the text is no SSH signature of the kind :func:`sign` makes.
    """
    signer, stated, hash_name, signature = _read(armoured)
    if hash_name != _HASH:
        raise BadInput("the SSH signature is over a hash other than SHA-512")
    if stated != namespace.encode("ascii"):
        raise TrustError("the SSH signature was made for another purpose")
    if signer != public:
        raise TrustError("the SSH signature is of another key than the one stated")
    if not verify_foreign(public, _signed(message, namespace), signature):
        raise TrustError("the SSH signature does not hold")


def public_line(public: bytes) -> str:
    """The key as OpenSSH writes it: ``ssh-ed25519 AAAA…``."""
    return f"{KIND.decode()} {base64.b64encode(_public(public)).decode('ascii')}"


def _public(key: bytes) -> bytes:
    return _text(KIND) + _text(key)


def _text(raw: bytes) -> bytes:
    return struct.pack(">I", len(raw)) + raw


def _signed(message: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(message).digest()
    return _MAGIC + _text(namespace.encode("ascii")) + _text(b"") + _text(_HASH) + _text(digest)


def _read(armoured: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Public key, namespace, name of the hash and signature."""
    lines = armoured.split("\n")
    if len(armoured) > MAX_SIGNATURE or lines[0] != _BEGIN or lines[-2:] != [_END, ""]:
        raise BadInput("not an SSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-2]), validate=True)
        if blob[:10] != _MAGIC + struct.pack(">I", 1):
            raise ValueError
        public, namespace, _, hash_name, signature = _texts(blob[10:], 5)
        kind, key = _texts(public, 2)
        signed_as, raw = _texts(signature, 2)
    except (ValueError, struct.error, binascii.Error):
        raise BadInput("not an SSH signature that can be read") from None
    if kind != KIND or signed_as != KIND or len(raw) != SIGNATURE_BYTES:
        raise BadInput("the SSH signature is not one of an Ed25519 key")
    return key, namespace, hash_name, raw


def _texts(raw: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        (size,) = struct.unpack(">I", raw[:4])
        if len(raw) < 4 + size:
            raise ValueError
        found.append(raw[4 : 4 + size])
        raw = raw[4 + size :]
    if raw:
        raise ValueError
    return found
