"""What one code point is to a terminal: what kind of thing it is and how many cells it takes."""

PLAIN, WIDE, MARK, BLANK, CONTROL, SELECTOR, JOINER, TONE, FLAG, HIDDEN = range(10)
"""Kinds. Kept as they are: PLAIN (one cell), WIDE (two), MARK (none, stacks on the base before it).
BLANK looks like a space; CONTROL is C0 or DEL and has a Unicode picture; SELECTOR picks a glyph
variant; JOINER is U+200D; TONE is a skin tone for the emoji before it and FLAG one of the letters that
make a flag in pairs, about whose cells terminals disagree; HIDDEN is all else that shows nothing or steers: C1, bidi, zero-width,
tags, format, surrogates, private use, unassigned."""

FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Printable by category, yet showing nothing (Default_Ignorable_Code_Point in DerivedCoreProperties)."""

_BLANKS = frozenset("\t \u00a0\u1680\u202f\u205f\u2800\u3000") | {chr(cp) for cp in range(0x2000, 0x200B)}
_SURELY_PLAIN = ((0xA1, 0x2FF), (0x370, 0x482), (0x2010, 0x2027), (0x2500, 0x25FC))
_ALSO_PLAIN = frozenset("\u2032\u2033\u2039\u203a\u2190\u2192\u2212\u2713\u2715\ufffd") | {
    chr(cp) for cp in range(0x2400, 0x2427)
}
"""Signs of ours beside the ranges: pictures of controls, states, arrows."""
_ALSO_SETTLED = (
    (0x300, 0x36F), (0x48A, 0x52F), (0x1E00, 0x1EFF), (0x20A0, 0x20BF), (0x2190, 0x21FF), (0x3001, 0x3029), (0x30FB, 0x30FF),
    (0xFF01, 0xFF5E),
)  # fmt: skip
"""Further ranges in whose cells the terminals that were asked agree with us."""
_SURELY_WIDE = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
# No character of its own category: Hangul vowels and finals join the syllable before them.
_STACKING = ((0x1160, 0x11FF), (0xD7B0, 0xD7FB))
_TONES = (0x1F3FB, 0x1F3FF)
_FLAGS = (0x1F1E6, 0x1F1FF)
# Made wide by Unicode 16; older databases of the interpreter still say narrow.
_WIDENED = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D356), (0x1D360, 0x1D376))
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_KEYCAPS_AND_LETTERS = frozenset("0123456789#*\u203c\u2049\u2139\u3030")

_MEMO_LIMIT = 4096
_memo: dict[str, int] = {chr(cp): PLAIN for cp in range(0x20, 0x7F)}


def kind(char: str) -> int:
    """The kind of one character; any ``str`` of length one, lone surrogates included."""
    known = _memo.get(char)
    if known is None:
        known = _kind(char)
        if len(_memo) < _MEMO_LIMIT:  # hostile text may hold every code point; memory stays bounded
            _memo[char] = known
    return known


def cells_of(char: str) -> int:
    """Terminal cells of one character that passed the gate: 0, 1 or 2."""
    known = kind(char)
    if known == WIDE:
        return 2
    return 0 if known in (MARK, SELECTOR, JOINER) else 1


def is_settled(char: str) -> bool:
    """Whether all terminals give the character the same cells: those of common scripts and our own signs.

    tmux 3.3a and GNU screen 4.9 were asked about each code point and differ from the newest tables in 577 and 1,721 of
    them, above all in spacing vowel signs of Indian scripts, which take a cell in most terminals and none in some.
    """
    cp = ord(char)
    sure = (_SURELY_PLAIN, _SURELY_WIDE, _ALSO_SETTLED)
    return 0x20 <= cp < 0x7F or char in _ALSO_PLAIN or any(_within(cp, ranges) for ranges in sure)


def most_cells_of(char: str) -> int:
    """The cells of a character that passed the gate in the terminal that gives it most."""
    return max(cells_of(char), 0 if is_settled(char) or kind(char) != MARK or _category(char) != "Mc" else 1)


def takes_selector(char: str) -> bool:
    """Whether one variation selector after the character is ordinary: emoji, keycaps, Han ideographs."""
    return char in _KEYCAPS_AND_LETTERS or _within(ord(char), _IDEOGRAPHS) or _category(char) in ("So", "Sm")


def is_joinable(char: str) -> bool:
    """Whether U+200D before or after the character is ordinary: emoji and the signs joined to them."""
    return len(char) == 1 and _category(char) == "So"


def is_selector(char: str) -> bool:
    """Whether the character is a variation selector (VS1 to VS256)."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def flag_letter(char: str) -> str:
    """The capital letter that a regional indicator stands for."""
    return chr(ord(char) - _FLAGS[0] + ord("A"))


def _category(char: str) -> str:
    from unicodedata import category  # only text beyond the common scripts pays for it

    return category(char)


def _within(cp: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= cp <= high for low, high in ranges)


def _kind(char: str) -> int:
    cp = ord(char)
    if char in _BLANKS:
        return BLANK
    if is_selector(char):
        return SELECTOR
    if not char.isprintable() or char in FILLERS:
        if cp < 0x20 or cp == 0x7F:
            return CONTROL
        return JOINER if cp == 0x200D else HIDDEN
    return _visible_kind(char, cp)


def _visible_kind(char: str, cp: int) -> int:
    if _within(cp, _SURELY_PLAIN):
        return PLAIN
    if _within(cp, _SURELY_WIDE):
        return WIDE
    if _within(cp, _STACKING):
        return MARK
    if _within(cp, (_TONES, _FLAGS)):
        return TONE if cp >= _TONES[0] else FLAG
    if _category(char)[0] == "M":
        return MARK
    from unicodedata import east_asian_width

    return WIDE if east_asian_width(char) in "WF" or _within(cp, _WIDENED) else PLAIN
