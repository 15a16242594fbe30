"""A playbook's file as parts of an event's body, so that it travels and is kept as every other entry of a record."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, TrustError
from ircockpit.features.playbooks.source import MAX_BYTES

PART = 16_000
"""Characters of one part: with its key and quotes it fits into 16 KiB, the size it is padded to."""
MAX_PACKED = 14 * PART
"""Characters of all files of one event; a body has 256 KiB."""


def packed(files: Mapping[str, bytes]) -> Sequence[dict[str, str]]:
    """Files as parts, each under keys of its own: ``file.0``, ``file.1``.

    Raises :class:`BadInput` where they are too large to travel with the record.
    """
    parts: list[dict[str, str]] = []
    for name, raw in files.items():
        text = b64encode(zlib.compress(raw, 9)).decode()
        pieces = [text[at : at + PART] for at in range(0, len(text), PART)]
        parts += [{f"{name}.{number}": piece} for number, piece in enumerate(pieces)]
    if len(parts) > MAX_PACKED // PART:
        sizes = sum(len(value) for part in parts for value in part.values())
        raise BadInput(
            f"packed, this playbook has {sizes:,} characters; one that travels with the record has at most {MAX_PACKED:,}",
            safe="nothing was recorded",
            fix="keep it as evidence of the incident, or split it",
        )
    return parts


def unpacked(body: Mapping[str, Any], name: str, expected: str) -> bytes:
    """The file of a body, held to the hash the record states.

    Raises :class:`TrustError` where a part is missing or it is another file; never takes more than a playbook has.
    """
    text = "".join(_pieces(body, name))
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(b64decode(text, validate=True), MAX_BYTES)
    except (Error, ValueError, zlib.error):
        raw = b""
    if not raw or unpacker.unconsumed_tail or sha256(raw).hexdigest() != expected:
        raise TrustError(
            "the playbook's file is not held here whole, or is not the one that was recorded",
            safe="nothing was shown of it",
            fix="take the file in again, or bring the record here: ircockpit sync",
        )
    return raw


def _pieces(body: Mapping[str, Any], name: str) -> Iterator[str]:
    number = 0
    while isinstance(piece := body.get(f"{name}.{number}"), str):
        yield piece
        number += 1
