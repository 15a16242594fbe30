"""A file as parts of an event's body, so that it travels and is kept as every other entry of a record."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, TrustError

MAX_BYTES = 10 * 1024 * 1024
"""Of one file when it is unpacked: a stranger's parts never become more."""
PART = 16_000
"""Characters of one part: with its key and quotes it fits into 16 KiB, the size it is padded to."""
MAX_PACKED = 14 * PART
"""Characters of all files of one event; a body has 256 KiB."""


def packed(files: Mapping[str, bytes], what: str = "playbook") -> Sequence[dict[str, str]]:
    """Files as parts, each under keys of its own: ``file.0``, ``file.1``.

    Raises :class:`BadInput` where they are too large to travel with the record.
    """
    parts: list[dict[str, str]] = []
    sizes: dict[str, int] = {}
    for name, raw in files.items():
        text = b64encode(zlib.compress(raw, 9)).decode()
        sizes[name] = len(text)
        pieces = [text[at : at + PART] for at in range(0, len(text), PART)]
        parts += [{f"{name}.{number}": piece} for number, piece in enumerate(pieces)]
    if len(parts) > MAX_PACKED // PART:
        beside = " together with the file as it was given" if len(files) > 1 else ""
        alone = (
            "repair the file itself, so that only one is kept; " if max(sizes.values()) <= MAX_PACKED else ""
        )
        raise BadInput(
            f"packed{beside}, this {what} has {sum(sizes.values()):,} characters: what travels with the record, to colleagues"
            f" and in bundles, has at most {MAX_PACKED:,}",
            safe="nothing was recorded; the file is as it was",
            fix=f"{alone}shorten its words and leave out what is embedded, or split it in two; until then ircockpit"
            " evidence add keeps it with the incident, to be followed on paper",
        )
    return parts


def unpacked(body: Mapping[str, Any], name: str, expected: str, what: str = "playbook") -> bytes:
    """The file of a body, held to the hash the record states.

    Raises :class:`TrustError` where a part is missing or it is another file; never takes more than :data:`MAX_BYTES`.
    """
    text = "".join(_pieces(body, name))
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(b64decode(text, validate=True), MAX_BYTES)
    except (Error, ValueError, zlib.error):
        raw = b""
    if not raw or unpacker.unconsumed_tail or sha256(raw).hexdigest() != expected:
        raise TrustError(
            f"the {what}'s file is not held here whole, or is not the one that was recorded",
            safe="nothing was shown of it",
            fix="take the file in again, or bring the record here: ircockpit sync",
        )
    return raw


def _pieces(body: Mapping[str, Any], name: str) -> Iterator[str]:
    number = 0
    while isinstance(piece := body.get(f"{name}.{number}"), str):
        yield piece
        number += 1
