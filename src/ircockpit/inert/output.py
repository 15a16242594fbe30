"""The last net of command output: whatever is printed, no control byte but the line feed gets through."""

from typing import Protocol

from ircockpit.inert import gate
from ircockpit.inert.codepoints import WIDE, kind

_ASCII = {
    "…": "~", "–": "-", "—": "-", "−": "-", "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"',
    "‹": "<", "›": ">", "«": "<", "»": ">", "·": ".", "•": "*", "×": "x", "─": "-", "━": "-", "│": "|",
    "┃": "|", "→": ">", "←": "<", "■": "#", "░": "%", "□": "o", "◐": "~", "◇": "?", "✕": "x", "✓": "v", "ß": "s",
    "æ": "a", "Æ": "A", "œ": "o", "Œ": "O", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
}  # fmt: skip
# Terminals of the VT era and the dumb one: whatever the locale says, they draw ASCII only.
_ASCII_TERMS = frozenset(("dumb", "ansi", "vt52", "vt100", "vt102", "vt220"))


class Stream(Protocol):
    """The part of a text stream that output needs."""

    def write(self, text: str, /) -> object:
        """Take the text."""

    def flush(self) -> object:
        """Hand on what was taken."""


class GatedStream:
    """A text stream behind the gate: line feeds stay, everything else a terminal acts on becomes visible.

    Where the stream's encoding is not a Unicode one, the text is folded to ASCII cell by cell.
    JSON survives unchanged when it was written with ``ensure_ascii``.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unicode = is_unicode(getattr(stream, "encoding", None))

    def write(self, text: str) -> int:
        """Write the text gated; the number of characters taken, as of any text stream."""
        safe = gate.clean(text, newline=True)
        self._stream.write(safe if self._unicode else to_ascii(safe))
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind the gate."""
        self._stream.flush()


def print_line(stream: Stream, text: str) -> None:
    """Write the text and one line feed through the gate."""
    GatedStream(stream).write(text + "\n")


def is_unicode(encoding: str | None, term: str = "") -> bool:
    """Whether a stream of this encoding, on a terminal of this ``TERM``, can show more than ASCII.

    A stream without an encoding keeps text in memory and can.
    """
    if term in _ASCII_TERMS:
        return False
    return encoding is None or encoding.lower().replace("_", "-").startswith(
        ("utf-8", "utf8", "utf-16", "utf-32")
    )


def to_ascii(text: str) -> str:
    """Gated text in ASCII with the same number of cells: ``é`` as ``e``, pictures as ``^``, else ``?``."""
    if text.isascii():
        return text
    return "".join(map(_ascii_char, text))


def _ascii_char(char: str) -> str:
    if char.isascii():
        return char
    known = _ASCII.get(char)
    if known is not None:
        return known
    what = kind(char)
    if what > WIDE:
        return ""
    if "\u2400" <= char <= "\u2421":
        return "^"
    from unicodedata import normalize

    folded = normalize("NFKD", char)[0]
    shown = folded if folded.isascii() and folded.isprintable() else "?"
    return shown.ljust(2) if what == WIDE else shown
