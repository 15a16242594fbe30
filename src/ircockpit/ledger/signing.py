"""Ed25519 keys and signatures, each signature bound to one purpose."""

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "ed25519"
KEY_BYTES = 32
SIGNATURE_BYTES = 64

_KEY = b"ircockpit/key/1\0"
_PURPOSE = re.compile("[a-z][a-z-]{0,31}").fullmatch


class SigningKey:
    """A private Ed25519 key (RFC 8032). It shows itself nowhere; only :meth:`raw` gives it away."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()
        """The public key, 32 bytes."""

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new key from the operating system's randomness."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_raw(cls, raw: bytes) -> "SigningKey":
        """The key whose 32 secret bytes these are; raises :class:`BadInput` for another length."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(raw) != KEY_BYTES:
            raise BadInput("not an Ed25519 key: it must have 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def raw(self) -> bytes:
        """The 32 secret bytes, for the key file or keyring alone."""
        return self._private.private_bytes_raw()

    def sign(self, purpose: str, digest: bytes) -> bytes:
        r"""64 signature bytes over ``"ircockpit/sig/<purpose>/1\0" ‖ digest``; ``digest`` has 32 bytes."""
        return self._private.sign(_message(purpose, digest))

    def sign_foreign(self, message: bytes) -> bytes:
        """64 signature bytes over a message whose format is another standard's, such as a signed note.

        Raises ValueError for a message that would read as one of the ledger's own.
        """
        if message.startswith(b"ircockpit/"):
            raise ValueError("a message of the ledger is signed for its purpose")
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"<SigningKey {key_id(self.public)[:8]}>"


def verify(public: bytes, purpose: str, digest: bytes, sig: bytes) -> bool:
    """Whether ``sig`` is the signature of this key over this digest, made for this purpose."""
    return len(digest) == KEY_BYTES and verify_foreign(public, _message(purpose, digest), sig)


def verify_foreign(public: bytes, message: bytes, sig: bytes) -> bool:
    """Whether ``sig`` is the signature of this key over a message in another standard's format."""
    from cryptography.exceptions import InvalidSignature

    if len(public) != KEY_BYTES or len(sig) != SIGNATURE_BYTES:
        return False
    try:
        _public_key(public).verify(sig, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(256)
def _public_key(raw: bytes) -> "Ed25519PublicKey":
    # One device's key is asked for with every event of its lanes.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


def key_id(public: bytes) -> str:
    r"""Name of a public key: ``SHA-256("ircockpit/key/1\0" ‖ key)`` as hex.

    An organisation is named by that of its root.
    """
    return hashlib.sha256(_KEY + public).hexdigest()


def _message(purpose: str, digest: bytes) -> bytes:
    if _PURPOSE(purpose) is None or len(digest) != KEY_BYTES:
        raise ValueError("a signature is made over a 32-byte digest for a purpose named in a-z and -")
    return b"ircockpit/sig/" + purpose.encode("ascii") + b"/1\0" + digest
