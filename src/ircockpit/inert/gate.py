"""The gate: text of unknown origin becomes text that no terminal, clipboard or file system acts upon.

The convention, one visible cell for one code point taken out: C0 and DEL show as their Unicode
control picture (``␛``), every other invisible or steering code point as ``�``, blanks of any kind
as a space. Marks stack four high at most; the rest of a pile shows as one ``�``. A lone emoji
selector, joiner or skin tone is dropped and a flag shows as its two letters, because they only make
terminals disagree about width.
:mod:`ircockpit.inert.lens` names what was there.

Square brackets and other markup are left alone: they act only where a widget parses markup, and no
widget may parse data.
"""

from ircockpit.inert import codepoints
from ircockpit.inert.codepoints import (
    BLANK,
    CONTROL,
    FLAG,
    JOINER,
    MARK,
    SELECTOR,
    TONE,
    WIDE,
    cells_of,
    kind,
)

REPLACEMENT = "\ufffd"
STACK = 4
"""Marks kept on one base; Vietnamese, Hebrew with vowels and Thai need two or three."""
ELLIPSIS = "…"
FILENAME_BYTES = 120
"""UTF-8 bytes of a file name made here; file systems allow 255, archives and prefixes need room."""
CLIPBOARD_BYTES = 100_000
"""Terminals drop longer OSC 52 sequences without a word."""

_READ_PER_CELL = 16
_FLOODED = STACK + 1
_NO_BASE = -1
_UNSAFE_IN_NAMES = frozenset('<>:"/\\|?*' + REPLACEMENT)
# Device names of Windows, with or without an extension (learn.microsoft.com, "Naming Files").
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"]
)


def clean(text: str, *, newline: bool = False) -> str:
    """The text without anything a terminal interprets; total, idempotent, and the same object when clean.

    With ``newline`` the line feed stays (and CR LF becomes one); without it shows as a picture.
    The result is printable by :meth:`str.isprintable` but for those line feeds, so it also survives
    ``splitlines`` and UTF-8.
    """
    if text.isascii() and text.isprintable():
        return text
    if newline and "\n" in text:
        return "\n".join(clean(part) for part in text.replace("\r\n", "\n").split("\n"))
    return text if _untouched(text) else _pass(text)


def printable(text: str) -> bool:
    """Whether the gate would leave the text as it is."""
    if text.isascii():
        return text.isprintable()
    return _untouched(text) or clean(text) == text


def line(text: str, width: int | None = None) -> str:
    """The text as one line: cleaned, runs of blanks and line ends as one space, cut to ``width`` cells.

    With a width, the work is bounded by it as long as the text is not mostly blank.
    """
    if width is not None and len(text) > width * _READ_PER_CELL:
        beginning = _flat(text[: width * _READ_PER_CELL])
        if cells(beginning) > width:
            return cut(beginning, width)
    flat = _flat(text)
    return flat if width is None else cut(flat, width)


def bytes_line(raw: bytes, width: int | None = None) -> str:
    """Bytes of unknown encoding as one line: UTF-8 where it is, ``�`` for each byte sequence that is not."""
    return line(raw.decode("utf-8", "replace"), width)


def filename(text: str, limit: int = FILENAME_BYTES) -> str:
    """A name of at most ``limit`` UTF-8 bytes, never empty, that is one plain file on every system.

    No separator, device name, leading dot, tilde or dash (hidden files, home, options), trailing dot
    or space. Different texts may give the same name: whoever writes the file adds what makes it unique.
    """
    from unicodedata import normalize  # one spelling of é on every file system

    name = "".join(_name_char(char) for char in line(normalize("NFC", text)))
    name = name.strip(" ").rstrip(" .")
    if not name or name[0] in ".~-":
        name = "_" + name
    if name.partition(".")[0].rstrip(" ").lower() in _DEVICES:
        name = "_" + name
    return _shorten(name, limit)


def clipboard(text: str) -> str:
    """The text for a clipboard: line feeds kept but for those at the end, which would run a pasted command.

    Raises :class:`~ircockpit.core.errors.BadInput` beyond 100,000 bytes instead of cutting in silence.
    """
    safe = clean(text, newline=True).rstrip("\n")
    size = len(safe.encode())
    if size > CLIPBOARD_BYTES:
        from ircockpit.core.errors import BadInput

        raise BadInput(
            f"The text has {size:,} bytes; a terminal clipboard takes {CLIPBOARD_BYTES:,}.",
            safe="Nothing was copied.",
            fix="Write it to a file instead, or copy a part.",
        )
    return safe


def summary(text: str, limit: int) -> str:
    """The redacted safe summary of untrusted text: at most ``limit`` characters on one line.

    Words stay; addresses, numbers that identify, keys and credentials are masked by the rules in
    :mod:`ircockpit.inert.masks`. This is the only form of raw intake that is indexed or shared.
    """
    from ircockpit.inert import masks  # regular expressions, needed at intake only

    return masks.summary(text, limit)


def cells(text: str) -> int:
    """Terminal cells of text that passed the gate."""
    if text.isascii():
        return len(text)
    return sum(map(cells_of, text))


def settled(text: str) -> bool:
    """Whether all terminals draw gated text in the same cells."""
    return text.isascii() or all(map(codepoints.is_settled, text))


def most_cells(text: str) -> int:
    """Cells of gated text in the terminal that draws it widest: the room to leave where no word may be lost."""
    if text.isascii():
        return len(text)
    return sum(map(codepoints.most_cells_of, text))


def cut(text: str, width: int, mark: str = ELLIPSIS) -> str:
    """Gated text cut to at most ``width`` cells, ending in ``mark`` where something is missing."""
    if len(text) * 2 <= width or cells(text) <= width:
        return text
    room = width - cells(mark)
    if room < 0:
        return "" if width < 1 else mark[:width]
    return head(text, room) + mark


def head(text: str, width: int) -> str:
    """The longest beginning of gated text within ``width`` cells, marks kept with their base."""
    if text.isascii():
        return text[: max(width, 0)]
    used = 0
    for index, char in enumerate(text):
        used += cells_of(char)
        if used > width:
            return text[:index]
    return text


def _name_char(char: str) -> str:
    return "_" if char in _UNSAFE_IN_NAMES or "\u2400" <= char <= "\u2421" else char


def _shorten(name: str, limit: int) -> str:
    """Cut between code points, keeping a short extension."""
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension if stem and len(extension.encode()) <= limit // 8 else ""
    kept = (stem if tail else name).encode()[: limit - len(tail.encode())].decode("utf-8", "ignore")
    return kept.rstrip(" .") + tail


def _flat(text: str) -> str:
    flat = " ".join(clean(text, newline=True).split())
    # a mark may have lost the blank it stood on
    return clean(flat) if flat and kind(flat[0]) == MARK else flat


def _untouched(text: str) -> bool:
    return text.isprintable() and all(kind(char) <= WIDE for char in text)


def _pass(text: str) -> str:
    out: list[str] = []
    base = ""
    marks = _NO_BASE
    for index, char in enumerate(text):
        what = kind(char)
        if what == MARK and marks != _NO_BASE:
            marks += 1
            if marks <= STACK:
                out.append(char)
            elif marks == _FLOODED:
                out.append(REPLACEMENT)
            continue
        if what in (SELECTOR, JOINER, TONE) and _may_drop(what, base, marks, text[index + 1 : index + 2]):
            continue
        base = _shown(char, what)
        out.append(base)
        marks = 0
    return "".join(out)


def _shown(char: str, what: int) -> str:
    if what <= WIDE:
        return char
    if what == BLANK:
        return " "
    if what == FLAG:
        return codepoints.flag_letter(char)
    if what == CONTROL:
        return "\u2421" if char == "\x7f" else chr(0x2400 + ord(char))
    return REPLACEMENT


def _may_drop(what: int, base: str, marks: int, following: str) -> bool:
    """Whether it is a single selector or tone on a character that takes one, or a joiner between two emoji."""
    if not base or base == REPLACEMENT:
        return False
    if what == TONE:
        return not marks and codepoints.is_joinable(base)
    if what == JOINER:
        return codepoints.is_joinable(base) and codepoints.is_joinable(following)
    if marks or (following and codepoints.is_selector(following)):
        return False  # a run of selectors is a hidden message
    return codepoints.takes_selector(base)
