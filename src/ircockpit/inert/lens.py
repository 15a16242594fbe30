"""The lens: which tricks a text holds, counted and shown by name, itself inert."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import name, normalize

from ircockpit.inert import codepoints, gate


class LensReport(NamedTuple):
    """How often each class of trick occurs; line feeds, tabs and ordinary emoji sequences are none."""

    escape: int = 0
    """Terminal control sequences: ESC or CSI with what belongs to it."""
    c0: int = 0
    """Other control characters below U+0020, and DEL."""
    c1: int = 0
    """Control characters U+0080 to U+009F."""
    bidi: int = 0
    """Marks, embeddings, overrides and isolates that reorder what is read."""
    zero_width: int = 0
    """Characters that show nothing: spaces of no width, joiners, fillers, soft hyphens."""
    tags: int = 0
    """Tag characters, U+E0000 to U+E007F: a second, invisible alphabet."""
    selectors: int = 0
    """Variation selectors in runs or where none belongs; a run can carry bytes."""
    stacks: int = 0
    """Piles of combining marks higher than the gate keeps."""
    mixed: int = 0
    """Words that mix letters of look-alike scripts."""
    styled: int = 0
    """Words in mathematical, full-width or enclosed letters that fold to plain ones."""
    markup: int = 0
    """Things a renderer might act on: tags in brackets, HTML, Markdown images, template braces."""
    other: int = 0
    """Surrogates, private use, unassigned."""

    @property
    def total(self) -> int:
        """All tricks together."""
        return sum(self)

    def words(self) -> tuple[str, ...]:
        """One phrase for each class found: ``escape sequences: 3``."""
        return tuple(
            f"{_PHRASES[field]}: {count:,}"
            for field, count in zip(self._fields, self, strict=True)
            if count
        )  # fmt: skip


_PHRASES = {
    "escape": "escape sequences",
    "c0": "control characters",
    "c1": "C1 control characters",
    "bidi": "direction marks",
    "zero_width": "zero-width characters",
    "tags": "tag characters",
    "selectors": "hidden variation selectors",
    "stacks": "piled-up marks",
    "mixed": "words of mixed scripts",
    "styled": "words in styled letters",
    "markup": "things like markup",
    "other": "undefined characters",
}

_WOULD = {
    "escape": "steered the terminal",
    "c0": "worked the terminal's controls",
    "c1": "begun control sequences on some terminals",
    "bidi": "put words in another order than they are stored in",
    "zero_width": "hidden characters between the letters",
    "tags": "carried words that only a machine reads",
    "selectors": "carried bytes that nobody sees",
    "stacks": "covered the lines above and below",
    "mixed": "passed one word off as another",
    "styled": "slipped words past a filter",
    "markup": "been acted upon where markup is rendered",
    "other": "looked different on every machine",
}
"""What each class does to whoever shows the text raw, after "it would have"."""

_C0_NAMES = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
)  # fmt: skip
_C1_NAMES = (
    "PAD", "HOP", "BPH", "NBH", "IND", "NEL", "SSA", "ESA", "HTS", "HTJ", "VTS", "PLD", "PLU", "RI", "SS2",
    "SS3", "DCS", "PU1", "PU2", "STS", "CCH", "MW", "SPA", "EPA", "SOS", "SGCI", "SCI", "CSI", "ST", "OSC",
    "PM", "APC",
)  # fmt: skip
_BIDI_NAMES = {
    0x061C: "ALM", 0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO",
    0x202E: "RLO", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
}  # fmt: skip
_ZERO_WIDTH_NAMES = {
    0x00AD: "SHY", 0x034F: "CGJ", 0x180E: "MVS", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ",
    0x2028: "LINE SEP", 0x2029: "PARA SEP", 0x2060: "WJ", 0xFEFF: "BOM",
}  # fmt: skip
_LOOK_ALIKE_SCRIPTS = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"))
_STYLES = frozenset(
    ("MATHEMATICAL", "FULLWIDTH", "CIRCLED", "NEGATIVE", "PARENTHESIZED", "SQUARED", "DOUBLE-STRUCK")
)

_SCAN = re.compile(
    r"""
      (?P<escape> (?:\x1b\[|\x9b) [0-?]*+ [ -/]*+ [@-~]?
                | (?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]) [^\x07\x1b\x9c\n]{0,4096}+ (?:\x07|\x1b\\|\x9c)?
                | \x1b [ -/]*+ [0-~]? )
    | (?P<tags> [\U000e0000-\U000e007f]++ )
    | (?P<selectors> [\ufe00-\ufe0f\U000e0100-\U000e01ef]++ )
    | (?P<markup> \[/?[@\#$A-Za-z][^\[\]\n]{0,80}+\] | \[/\] | </?[A-Za-z!][^<>\n]{0,200}+>
                | !\[[^\]\n]{0,80}+\]\([^)\n]{1,200}+\) | \{\{ | \}\} | \{% | %\} )
    | (?P<word> [^\W_]++ )
    | (?P<char> . )
    """,
    re.VERBOSE | re.DOTALL,
)

# What a control sequence asks a terminal for, said as "it ..." and as "it would have ..."; the first that matches names it.
_ASKS = tuple(
    (re.compile(pattern), does, done)
    for pattern, does, done in (
        (r"\]52;", "sets the clipboard", "set the clipboard"),
        (r"\][012];", "sets the window title", "set the window title"),
        (r"\]8;", "makes a link", "made a link"),
        (r"\](?:9|99|777);", "sends a notification", "sent a notification"),
        (
            r"\]50;|\]1337;",
            "reads or writes through the terminal",
            "read or written files through the terminal",
        ),
        (r"\](?:4|1\d|10\d);", "changes the colours", "changed the colours"),
        (r"\[\?(?:47|1047|1049)[hl]", "switches the screen", "switched the screen"),
        (r"\[\?25[hl]", "shows or hides the cursor", "shown or hidden the cursor"),
        (r"\[\?(?:9|100\d|1015|1016)[hl]", "takes the mouse", "taken the mouse"),
        (r"\[\?2004[hl]|\[20[01]~", "pretends a paste", "pretended a paste"),
        (r"\[[\d;:]*m", "colour", "coloured words"),
        (r"\[\d*[JK]|\[\d*[PXLM]", "erases text", "erased text"),
        (r"\[[\d;]*[A-HfdG`]|\[[su]|[78]", "moves the cursor", "moved the cursor"),
        (
            r"\[[\d;>=?]*[cnRtxy]|Z",
            "makes the terminal answer as if typed",
            "made the terminal answer as if typed",
        ),
        (r"c", "resets the terminal", "reset the terminal"),
    )
)
_CLIPBOARD = re.compile(r"\]52;[^;]*;([A-Za-z0-9+/=]+)")


class _Piece(NamedTuple):
    text: str
    role: str
    trick: str = ""
    times: int = 1
    would: str = ""
    """What it would have done, where that is known more closely than for its class."""


class Look(NamedTuple):
    """A text under the lens."""

    report: LensReport
    spans: list[tuple[str, str]]
    """The text as (text, role), each trick by name between ``‹`` and ``›``."""
    would: tuple[str, ...]
    """What its tricks would have done, each once, as :func:`sentence` says it."""


def look(text: str) -> Look:
    """A text with its tricks counted, shown by name and explained; total on any text.

    Roles are those of :mod:`ircockpit.render.span`: ``text`` for words, ``bad`` for what steers a
    terminal or hides, ``warn`` for what misleads a reader or a renderer, ``dim`` for the harmless.
    """
    counts = dict.fromkeys(LensReport._fields, 0)
    would: dict[str, None] = {}
    runs: list[tuple[list[str], str]] = []
    for piece in _pieces(text):
        if piece.trick:
            counts[piece.trick] += piece.times
            would[piece.would or _WOULD[piece.trick]] = None
        if runs and piece.role == "text" and runs[-1][1] == "text":
            runs[-1][0].append(piece.text)
        else:
            runs.append(([piece.text], piece.role))
    # the gate sees each run whole, so that marks keep their base
    spans = [(gate.clean("".join(parts)), role) for parts, role in runs]
    return Look(LensReport(**counts), spans, tuple(would))


def inspect(text: str) -> LensReport:
    """Counts of each class of trick in a text; total on any text."""
    return look(text).report


def reveal(text: str) -> list[tuple[str, str]]:
    """The text as (text, role) spans in which each trick stands by name between ``‹`` and ``›``."""
    return look(text).spans


def sentence(would: Iterable[str]) -> str:
    """One sentence on what tricks would have done; that there are none, where there are none."""
    *first, last = dict.fromkeys(would) or ("",)
    if not last:
        return "Nothing in it steers, hides or misleads."
    return f"Shown raw, it would have {', '.join(first)}{' and ' if first else ''}{last}."


def _pieces(text: str) -> Iterator[_Piece]:
    base = ""
    marks = 0
    for match in _SCAN.finditer(text):
        group, raw = match.lastgroup or "char", match[0]
        if group == "char" and codepoints.kind(raw) == codepoints.MARK:
            marks += 1
            if marks <= gate.STACK:
                yield _Piece(raw, "text")
            continue
        if marks > gate.STACK:
            yield _pile(marks)
        marks = 0
        if group == "char":
            yield _char(raw, base, text[match.end() : match.end() + 1])
        elif group == "word":
            yield from _word(raw)
        elif group == "selectors":
            yield _selectors(raw, base)
        else:
            yield _BY_GROUP[group](raw)
        if raw != "\u200d" and group != "selectors":
            base = raw[-1]
    if marks > gate.STACK:
        yield _pile(marks)


def _pile(marks: int) -> _Piece:
    return _Piece(f"‹{marks - gate.STACK:,} more marks piled up›", "bad", "stacks")


@lru_cache(maxsize=256)
def _escape(raw: str) -> _Piece:
    body = raw[1:] if raw[0] == "\x1b" else chr(ord(raw[0]) - 0x40) + raw[1:]
    body = body.rstrip("\x07\x1b\\\x9c")
    asks, would = next(((does, done) for pattern, does, done in _ASKS if pattern.match(body)), ("", ""))
    return _Piece(f"‹ESC {body}{': ' if asks else ''}{asks}{_copied(body)}›", "bad", "escape", would=would)


def _copied(body: str) -> str:
    """What a sequence puts into the clipboard, so that nobody has to decode it by hand."""
    found = _CLIPBOARD.match(body)
    if found is None:
        return ""
    try:
        return f" to {b64decode(found[1]).decode('utf-8', 'replace')!r}"
    except ValueError:
        return ""


def _tags(raw: str) -> _Piece:
    message = "".join(chr(cp - 0xE0000) for cp in map(ord, raw) if 0xE0020 <= cp <= 0xE007E)
    return _Piece(f"‹tags: {message}›" if message else "‹tags›", "bad", "tags", len(raw))


def _selectors(raw: str, base: str) -> _Piece:
    numbers = [cp - 0xFE00 if cp < 0xE0100 else cp - 0xE0100 + 16 for cp in map(ord, raw)]
    if len(raw) == 1:
        shown = f"‹VS{numbers[0] + 1}›"
        if base and codepoints.takes_selector(base):
            return _Piece(shown, "dim")
        return _Piece(shown, "bad", "selectors")
    message = bytes(numbers).decode("utf-8", "replace")
    return _Piece(f"‹{len(raw)} selectors: {message}›", "bad", "selectors", len(raw))


def _markup(raw: str) -> _Piece:
    return _Piece(f"‹markup {raw}›", "warn", "markup")


_BY_GROUP: dict[str, Callable[[str], _Piece]] = {"escape": _escape, "tags": _tags, "markup": _markup}


def _word(raw: str) -> Iterator[_Piece]:
    if raw.isascii():
        yield _Piece(raw, "text")
        return
    if any(codepoints.kind(char) > codepoints.MARK for char in raw):  # letters by category that show nothing
        for char in raw:
            yield _char(char, "", "")
        return
    kinds = {name(char, "").partition(" ")[0] for char in raw if char.isalpha()}
    scripts = sorted(kinds & _LOOK_ALIKE_SCRIPTS)
    if len(scripts) > 1:
        yield _Piece(f"{raw}‹{_mixed(raw, scripts)}›", "warn", "mixed")
    elif kinds & _STYLES and normalize("NFKC", raw) != raw:
        yield _Piece(f"{raw}‹{normalize('NFKC', raw)}›", "warn", "styled")
    else:
        yield _Piece(raw, "text")


def _mixed(word: str, scripts: list[str]) -> str:
    """Which scripts a word mixes, the commonest first, with the letters of each that is a guest: ``Latin, Cyrillic а``."""
    letters: dict[str, list[str]] = {script: [] for script in scripts}
    for char in word:
        letters.get(name(char, "").partition(" ")[0], []).append(char)
    host, *guests = sorted(scripts, key=lambda script: (-len(letters[script]), script))
    named = [f"{script.title()} {' '.join(dict.fromkeys(letters[script]))}" for script in guests]
    return ", ".join((host.title(), *named))


def _char(char: str, base: str, following: str) -> _Piece:
    cp = ord(char)
    what = codepoints.kind(char)
    if char in "‹›":
        # Else a text could hold what looks like a name given by the lens.
        return _Piece(f"‹U+{cp:04X}›", "dim")
    if what <= codepoints.BLANK and char != "\t":
        return _Piece(char, "text")
    if what == codepoints.TONE:
        return _Piece("‹skin tone›", "dim")
    if what == codepoints.FLAG:
        return _Piece(codepoints.flag_letter(char), "text")
    if char in "\t\n":
        return _Piece(f"‹{_C0_NAMES[cp]}›", "dim")
    if what == codepoints.CONTROL:
        return _Piece("‹DEL›" if cp == 0x7F else f"‹{_C0_NAMES[cp]}›", "bad", "c0")
    if what == codepoints.JOINER and codepoints.is_joinable(base) and codepoints.is_joinable(following):
        return _Piece("‹ZWJ›", "dim")
    return _hidden(char, cp)


def _hidden(char: str, cp: int) -> _Piece:
    if 0x80 <= cp <= 0x9F:
        return _Piece(f"‹{_C1_NAMES[cp - 0x80]}›", "bad", "c1")
    if cp in _BIDI_NAMES:
        return _Piece(f"‹{_BIDI_NAMES[cp]}›", "bad", "bidi")
    if cp in _ZERO_WIDTH_NAMES:
        return _Piece(f"‹{_ZERO_WIDTH_NAMES[cp]}›", "bad", "zero_width")
    from unicodedata import category

    silent = char in codepoints.FILLERS or category(char) == "Cf"
    return _Piece(f"‹U+{cp:04X}›", "bad", "zero_width" if silent else "other")
