"""Bytes in JSON and notes as standard base64 (RFC 4648 section 4), in exactly one spelling."""

import base64
import binascii
from typing import Any

from ircockpit.core.errors import BadInput


def to_base64(raw: bytes) -> str:
    """Standard alphabet, padded, one line."""
    return base64.b64encode(raw).decode("ascii")


def from_base64(text: Any, what: str, size: int | None = None) -> bytes:
    """The bytes of padded standard base64, ``size`` of them where given.

    Raises :class:`BadInput`, calling the value ``what``, for any other text, including a second spelling
    of the same bytes.
    """
    try:
        if type(text) is not str:
            raise ValueError
        raw = base64.b64decode(text.encode("ascii"), validate=True)
        if to_base64(raw) != text:
            raise ValueError
    except (ValueError, binascii.Error):
        raise BadInput(f"the {what} is not base64 text") from None
    if size is not None and len(raw) != size:
        raise BadInput(f"the {what} has {len(raw)} bytes, it must have {size}")
    return raw
