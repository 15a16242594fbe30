"""Bytes in JSON and notes as standard base64 (RFC 4648 section 4), in exactly one spelling."""

import binascii
from typing import Any

from ircockpit.core.errors import BadInput


def to_base64(raw: bytes) -> str:
    """Standard alphabet, padded, one line."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def from_base64(text: Any, what: str, size: int | None = None) -> bytes:
    """The bytes of padded standard base64, ``size`` of them where given.

    Raises :class:`BadInput`, calling the value ``what``, for any other text, including a second spelling
    of the same bytes.
    """
    try:
        if type(text) is not str:
            raise ValueError
        raw = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
        if to_base64(raw) != text:
            raise ValueError
    except (ValueError, binascii.Error):
        raise BadInput(f"the {what} is not base64 text") from None
    if size is not None and len(raw) != size:
        raise BadInput(f"the {what} has {len(raw)} bytes, it must have {size}")
    return raw
