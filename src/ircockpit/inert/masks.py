"""The redacted safe summary: words stay, what identifies a person or opens a door is masked."""

import re
from collections.abc import Callable
from typing import NamedTuple
from unicodedata import category, normalize

from ircockpit.inert import codepoints, gate


class Rule(NamedTuple):
    """One thing that is masked: what it is, how it is found, what stands in its place."""

    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def _url(match: re.Match[str]) -> str:
    """Scheme, host and path stay; who logs in, what is asked and which part is shown go."""
    scheme, rest = match["scheme"], match["rest"]
    place, mark, _ = re.split(r"([?#]|$)", rest, maxsplit=1)
    authority, slash, path = place.partition("/")
    host = authority.rpartition("@")[2]
    return f"{scheme}://{host}{slash}{path}" + ("?[query]" if mark else "")


def _token(match: re.Match[str]) -> str:
    """A long run is a key when one unbroken piece mixes letters and digits as no word does."""
    for piece in re.split(r"[^A-Za-z0-9]+", match[0]):
        digits = sum(char.isdigit() for char in piece)
        if len(piece) >= 20 and 2 <= digits < len(piece):
            return "[token]"
    return match[0]


def _digits(match: re.Match[str]) -> str:
    """Dates, addresses of machines and UUIDs stay; what is as long as a telephone number does not."""
    if match["keep"]:
        return match[0]
    digits = sum(char.isdigit() for char in match[0])
    if digits == len(match[0]):
        return match[0] if digits < 9 else "[number]"
    if digits < 7:
        return match[0]
    return "[phone]" if match[0][0] in "+(" or digits < 13 else "[number]"


def _rule(name: str, pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> Rule:
    return Rule(name, re.compile(pattern, re.VERBOSE), replacement)


RULES = (
    _rule(
        "PEM block",
        r"-----BEGIN\ [A-Z0-9 ]{1,40}----- (?s:.*?) (?:-----END\ [A-Z0-9 ]{1,40}-----|\Z)",
        "[key]",
    ),
    _rule("JSON web token", r"(?<![\w-]) eyJ[\w-]{8,}+ (?:\.[\w-]*+){1,4}", "[token]"),
    _rule(
        "URL",
        r"(?<![A-Za-z0-9]) (?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}) :// (?P<rest>[^\s<>\"'`]++)",
        _url,
    ),
    _rule("data URL", r"(?i:\bdata:) [\w/+.;=-]{0,100} , [^\s<>\"'`]++", "data:[content]"),
    _rule(
        "key of a known issuer",
        r"""(?<![A-Za-z0-9]) (?:
            (?:sk|pk|rk)[-_][\w-]{12,}+ | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}+ | AIza[\w-]{20,}+
          | gh[opusr]_\w{16,}+ | github_pat_\w{16,}+ | gl[a-z]{2,4}-[\w-]{16,}+ | xox[a-z]-[\w-]{8,}+
          | hf_\w{16,}+ | (?:npm|dop_v1|shpat|shpss)_\w{16,}+ | pypi-[\w-]{16,}+ | ya29\.[\w-]{16,}+
          | SG\.[\w-]{16,}+(?:\.[\w-]++)?
        )""",
        "[key]",
    ),
    _rule(
        "authorisation or cookie header",
        r"""(?i: \b ((?:proxy-)?authorization|(?:set-)?cookie) ) (["']?\s{0,3}[:=]\s{0,3})
            (?: (?i:bearer|basic|digest|negotiate|token) \s{1,3} )? [^\s,]++""",
        r"\1\2[secret]",
    ),
    _rule(
        "credential after its scheme",
        r"(?i: \b (bearer|basic|negotiate) ) \s{1,3} (?= [A-Za-z_.~+/-]*+ [\d=] ) [\w.~+/=-]{8,}+",
        r"\1 [secret]",
    ),
    _rule(
        "named secret",
        r"""(?i: (passw(?:or)?d|passphrase|secret|token|(?:api|access)[ _-]?key
                 |(?<![a-z])(?:pwd|cvv|cvc|pin)) )
            (["']?\s{0,3}[:=]\s{0,3}) (?: "[^"]*+" | '[^']*+' | [^\s,;&]++ )""",
        r"\1\2[secret]",
    ),
    _rule("e-mail address", r"(?<![\w.+%'-]) [\w.+%'-]++ @ [\w-]++ (?:\.[\w-]++)++", "[email]"),
    _rule(
        "bank account (ISO 13616)",
        r"(?<![A-Za-z0-9]) [A-Za-z]{2}\d{2} (?=(?:[ -]?[A-Za-z]){0,6}[ -]?\d) (?:[ -]?[A-Za-z0-9]{4}){2,7}"
        r"(?:[ -]?[A-Za-z0-9]{1,3})? (?![A-Za-z0-9])",
        "[account]",
    ),
    _rule("key by its look", r"(?<![A-Za-z0-9+_=-]) [A-Za-z0-9+_=-]{20,}+", _token),
    _rule(
        "number that identifies",
        r"""(?P<keep>
            (?<![0-9A-Fa-f]) [0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12} (?![0-9A-Fa-f])
          | (?<![\d-]) \d{4}-\d{2}-\d{2}
            (?:[T\ ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}(?!\d))?)? (?![\d-])
          | (?<![\d.]) \d{1,3}(?:\.\d{1,3}){3} (?![\d.]*\d)
        ) | \+? \(? \d (?: [ ()./-]{0,3} \d )++""",
        _digits,
    ),
)
"""What is masked, in this order; docs and tests read the table."""

_CSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]")
_READ_PER_CHARACTER = 8
_READ_AT_LEAST = 4096
_LONGEST_HALF = 64


def summary(text: str, limit: int) -> str:
    """One inert line of at most ``limit`` characters in which every rule of the table is applied.

    Invisible characters are taken out first and compatibility forms folded (NFKC), so that neither
    hides a number or a word. Work is bounded by ``limit``, not by the length of the text.
    """
    part = _beginning(text, limit)
    shown = gate.line(mask(_readable(part)))
    if len(shown) <= limit and len(part) == len(text):
        return shown
    return (shown[: max(limit - 1, 0)].rstrip() + gate.ELLIPSIS)[: max(limit, 0)]


def mask(text: str) -> str:
    """The text with every rule of the table applied."""
    for rule in RULES:
        text = rule.pattern.sub(rule.replacement, text)
    return text


def _beginning(text: str, limit: int) -> str:
    """As much of the text as the summary can need, never ending within a secret that no rule would see."""
    room = max(limit * _READ_PER_CHARACTER, _READ_AT_LEAST)
    if len(text) <= room:
        return text
    part = text[: room - _LONGEST_HALF]
    return part.rpartition(" ")[0] or part


def _readable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return normalize("NFKC", "".join(map(_readable_char, _CSI.sub("", text))))


def _readable_char(char: str) -> str:
    what = codepoints.kind(char)
    if what <= codepoints.MARK:
        return char
    if what == codepoints.FLAG:
        return codepoints.flag_letter(char)
    if (
        what in (codepoints.SELECTOR, codepoints.JOINER, codepoints.TONE)
        or category(char) == "Cf"
        or char in codepoints.FILLERS
    ):
        return ""
    return gate.REPLACEMENT if category(char) in ("Cn", "Co", "Cs") else " "
