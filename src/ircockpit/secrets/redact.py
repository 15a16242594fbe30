"""Secrets taken out of whatever is recorded, by their value in every common spelling and by header name."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator

from ircockpit.secrets.secret import HIDDEN, Secret

_SPELT_FROM = 6
"""Bytes from which a value is also looked for encoded; shorter encodings occur by chance."""
_NESTED = 4
"""Times a JSON text may stand within another one; each makes more of every quote and backslash."""
_LINE_FROM = 16
"""Characters from which one line of a secret of several lines is a secret of its own."""

_SENSITIVE_NAMES = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie"))
_SENSITIVE_PARTS = (
    "token", "secret", "passw", "credential", "session", "signature", "api-key", "apikey", "api_key",
    "access-key", "subscription-key",
)  # fmt: skip


class Redactor:
    """Takes given secrets out of text, bytes and headers; holds the values, so do not keep it for long."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        spellings = {spelt for secret in secrets for spelt in _spellings(secret.reveal()) if spelt}
        # the longest first, else the raw value would leave the rest of a longer spelling behind
        ordered = sorted(spellings, key=lambda spelt: (-len(spelt), spelt))
        self._text = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._data = (
            re.compile(b"|".join(re.escape(spelt.encode()) for spelt in ordered)) if ordered else None
        )

    def text(self, text: str) -> str:
        """The text with every spelling of a secret replaced by ``[secret]``."""
        return text if self._text is None else self._text.sub(HIDDEN, text)

    def data(self, data: bytes) -> bytes:
        """The bytes, taken as UTF-8 where they are, with every spelling of a secret replaced.

        A secret that lies across the end of the bytes is not seen; give whole bodies.
        """
        return data if self._data is None else self._data.sub(HIDDEN.encode(), data)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers with the values of sensitive names replaced whole, and secrets taken out of the others."""
        return tuple(
            (self.text(name), HIDDEN if is_sensitive(name) else self.text(value)) for name, value in headers
        )

    def __repr__(self) -> str:
        return "Redactor()"


def is_sensitive(header: str) -> bool:
    """Whether a header of this name carries a credential, whatever its value."""
    name = header.strip().lower()
    return name in _SENSITIVE_NAMES or any(part in name for part in _SENSITIVE_PARTS)


def _spellings(value: str) -> Iterator[str]:
    pieces = {value, *(line for line in value.splitlines() if len(line) >= _LINE_FROM)}
    for piece in pieces:
        yield piece
        if len(piece.encode()) >= _SPELT_FROM:
            yield from _encoded(piece)


def _encoded(value: str) -> Iterator[str]:
    import json
    from html import escape
    from urllib.parse import quote, quote_plus

    raw = value.encode()
    for ascii_only in (True, False):
        inner = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield inner
        yield inner.replace("/", "\\/")
        for _ in range(
            _NESTED
        ):  # JSON within a JSON string, as gateways log it, and as their logs are quoted
            yield json.dumps(inner)[1:-1]
            inner = json.dumps(inner, ensure_ascii=ascii_only)[1:-1]
            yield inner
    for quoted in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    yield escape(value)
    yield raw.hex()
    yield raw.hex().upper()
    yield from _base64(raw)


def _base64(raw: bytes) -> Iterator[str]:
    """The characters every base64 text holds that has these bytes somewhere inside, as Basic credentials do.

    Bytes begin at one of three places of a group of four characters; what is before or after them
    shares only the first and last characters, which are left out.
    """
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            text = encode(b"\0" * before + raw).decode().rstrip("=")
            start = (0, 2, 3)[before]
            whole = (before + len(raw)) * 8 // 6
            yield text[start:whole]
