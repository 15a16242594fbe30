"""A private Ed25519 key under a passphrase: encrypted PKCS #8 (RFC 5958, 8018, 8410) with scrypt (RFC 7914)."""

import base64
import os
import unicodedata
from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, SecretError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

COST, BLOCK, PARALLEL = 1 << 14, 8, 8
"""scrypt's N, r and p: OpenSSL gives it 32 MiB of memory and no more, so the work is in p."""
KEY_BYTES = 32
LEAST = 8
"""Characters a passphrase has at least."""

_HEAD, _TAIL = b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"-----END ENCRYPTED PRIVATE KEY-----"
# The DER of the file has a fixed length: what stands before salt, initial vector and encrypted key never changes.
# PBES2 { scrypt { salt,
_BEFORE_SALT = bytes.fromhex("30819e305a06092a864886f70d01050d304d302c06092b06010401da47040b301f0410")
# N = 16384, r = 8, p = 8, 32 bytes }, AES-256-CBC { initial vector
_BEFORE_START = bytes.fromhex("02024000020108020108020120301d060960864801650304012a0410")
# } }, encrypted key
_BEFORE_SEALED = bytes.fromhex("0440")
# PrivateKeyInfo { Ed25519, key
_BEFORE_KEY = bytes.fromhex("302e020100300506032b657004220420")


def is_locked(raw: bytes) -> bool:
    """Whether these are the bytes of a key under a passphrase."""
    return raw.startswith(_HEAD)


def lock(key: bytes, passphrase: str) -> bytes:
    """The 32 secret bytes under a passphrase, as PEM; ``openssl pkey`` reads it too.

    Raises :class:`BadInput` for a passphrase that is too short.
    """
    from cryptography.hazmat.primitives.padding import PKCS7

    if len(passphrase) < LEAST:
        raise BadInput(
            f"a passphrase needs {LEAST} characters or more", safe="nothing was changed",
            fix="several words that nobody would guess are easier to keep than one that is hard to type",
        )  # fmt: skip
    salt, start = os.urandom(16), os.urandom(16)
    padder = PKCS7(128).padder()
    plain = padder.update(_BEFORE_KEY + key) + padder.finalize()
    encryptor = _cipher(passphrase, salt, start).encryptor()
    sealed = encryptor.update(plain) + encryptor.finalize()
    der = _BEFORE_SALT + salt + _BEFORE_START + start + _BEFORE_SEALED + sealed
    text = base64.b64encode(der)
    return b"\n".join([_HEAD, *(text[at : at + 64] for at in range(0, len(text), 64)), _TAIL, b""])


def unlock(pem: bytes, passphrase: str) -> bytes:
    """The 32 secret bytes. Raises :class:`SecretError` for a wrong passphrase, :class:`BadInput` for another file.

    Only what :func:`lock` writes is read, so that no file can ask for more memory or time than that.
    """
    salt, start, sealed = _taken_apart(pem)
    decryptor = _cipher(passphrase, salt, start).decryptor()
    plain = decryptor.update(sealed) + decryptor.finalize()
    opened, padding = plain[:-16], plain[-16:]
    if not opened.startswith(_BEFORE_KEY) or padding != bytes([16]) * 16:
        raise SecretError(
            "the passphrase is not the right one", safe="nothing was changed", fix="type or name it again"
        )
    return opened.removeprefix(_BEFORE_KEY)


def _taken_apart(pem: bytes) -> tuple[bytes, bytes, bytes]:
    """Salt, initial vector and encrypted key of a file that :func:`lock` wrote."""
    text = b"".join(pem.split(b"\n"))
    try:
        der = base64.b64decode(text.removeprefix(_HEAD).removesuffix(_TAIL), validate=True)
    except ValueError:
        der = b""
    salt = der[len(_BEFORE_SALT) :][:16]
    start = der[len(_BEFORE_SALT) + 16 + len(_BEFORE_START) :][:16]
    sealed = der[-64:]
    if der != _BEFORE_SALT + salt + _BEFORE_START + start + _BEFORE_SEALED + sealed or len(start) < 16:
        raise BadInput(
            "this is not a key under a passphrase as this program writes it", safe="nothing was changed",
            fix="restore the file from a backup",
        )  # fmt: skip
    return salt, start, sealed


def _cipher(passphrase: str, salt: bytes, start: bytes) -> "Cipher[modes.CBC]":
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    spelt = unicodedata.normalize("NFC", passphrase).encode("utf-8")
    key = Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=PARALLEL).derive(spelt)
    return Cipher(algorithms.AES(key), modes.CBC(start))
