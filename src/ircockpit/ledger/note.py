"""Signed notes (C2SP signed-note): short texts that stock tools can verify, signed with Ed25519."""

import hashlib
import re

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.base64text import from_base64, to_base64
from ircockpit.ledger.signing import SigningKey, verify_foreign

MAX_NOTE = 64 * 1024
"""Size limit in characters."""
MAX_SIGNATURES = 64

_ED25519 = b"\x01"
_NOT_IN_A_NOTE = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]").search
_NAME = re.compile(r"[^\s+]+").fullmatch


def sign_note(text: str, name: str, key: SigningKey) -> str:
    """The note: ``text`` (ends with a newline), an empty line, one signature line of ``key`` as ``name``."""
    if _NOT_IN_A_NOTE(text) or not text.endswith("\n") or _NAME(name) is None:
        raise ValueError("a note needs text without control characters that ends its last line, and a name")
    signature = note_key_id(name, key.public) + key.sign_foreign(text.encode("utf-8"))
    return f"{text}\n— {name} {to_base64(signature)}\n"


def open_note(note: str, name: str, public: bytes) -> str:
    """The text of a note that this key signed under this name.

    Signatures by others are allowed and not looked at. Raises :class:`BadInput` where it is no note,
    :class:`TrustError` where the key has not signed it, or one of its signatures does not hold.
    """
    text, signatures = _split(note)
    held = 0
    for signer, signature in signatures:
        if signer != name or signature[:4] != note_key_id(name, public):
            continue
        if not verify_foreign(public, text.encode("utf-8"), signature[4:]):
            raise TrustError(f"the signature of {name} on a note does not hold")
        held += 1
    if not held:
        raise TrustError(f"the note is not signed by {name} with the key expected")
    return text


def note_key_id(name: str, public: bytes) -> bytes:
    r"""Four bytes that tell a verifier which key to try: begin of ``SHA-256(name ‖ "\n" ‖ 0x01 ‖ key)``."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + public).digest()[:4]


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    too_large = len(note) > MAX_NOTE or len(lines) > MAX_SIGNATURES + 1
    if not blank or lines.pop() or not lines or too_large or _NOT_IN_A_NOTE(note):
        raise BadInput("not a signed note")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "—" or _NAME(words[1]) is None:
        raise BadInput("not a signed note: a line after the empty one is no signature")
    signature = from_base64(words[2], "signature of the note")
    if len(signature) < 5:
        raise BadInput("not a signed note: a signature is too short")
    return words[1], signature
