"""What may stand for a person, where somebody lives, what a sum is, and how many were reached; pure."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.features.impact.countries import CODES, MINOR_DIGITS, NEAR
from ircockpit.features.impact.events import MISTAKEN, OPEN, STATES, TOLD

ESTIMATED, CONFIRMED = "estimated", "confirmed"
MAX_WORDS = 120
MAX_ID = 512
MAX_AMOUNT = 2**53 - 1
HASHED = "h-"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#=+-]{0,63}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PHONE = re.compile(r"(?:\+|00|0)?[\d ()./-]{6,}")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|(?=(?:[^:]*:){2})[0-9A-Fa-f:.]+")
_NAME = re.compile(r"[^\W\d_]+(?:[ ,.'_-]+[^\W\d_]+)*[._-]?\d{0,4}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_AMOUNT = re.compile(r"-?(\d{1,15})(?:\.(\d{1,4}))?")


def looks_like(text: str) -> str:
    """What of a person a word shows, in words; empty for a plain id, which alone is kept as it is."""
    if _UUID.fullmatch(text):
        return ""
    if _MAIL.search(text):
        return "e-mail address"
    if _ADDRESS.fullmatch(text):
        return "network address"
    digits = sum(char.isdigit() for char in text)
    if _PHONE.fullmatch(text) and digits >= 7 and (digits < len(text) or text[0] == "0" or digits >= 9):
        return "phone number"
    if _NAME.fullmatch(text) and not _is_numbered(text):
        return "name"
    return "" if _PLAIN.fullmatch(text) and digits else "other words"


def _is_numbered(text: str) -> bool:
    """Whether it is letters with a number, as ids are, and no name with a year behind it: ``u4711``, ``cust-12``."""
    letters = re.split(r"[\W\d_]+", text)
    return text[-1:].isdigit() and len([each for each in letters if len(each) > 2]) < 2


def pseudonym(text: str, key: bytes) -> str:
    """A keyed hash in place of a word that shows a person: the same for the same word under the same key."""
    looks, plain = looks_like(text), " ".join(text.casefold().split())
    if looks == "phone number":
        plain = re.sub(r"\D", "", plain.replace("+", "", 1)).lstrip("0")
    return HASHED + hmac.new(key, b"ircockpit/affected/1\0" + plain.encode(), hashlib.sha256).hexdigest()[:24]


def read_place(text: str) -> tuple[str, str]:
    """Country and region from ``DE`` or ``DE-BY``; both empty for nothing. Raises :class:`BadInput`."""
    word = text.strip().upper()
    country, dash, rest = word.partition("-")
    if not word:
        return "", ""
    if country not in CODES or (dash and not re.fullmatch(r"[A-Z0-9]{1,3}", rest)):
        near = NEAR.get(country, "")
        raise BadInput(
            "a jurisdiction is a code of ISO 3166: two letters, with a region behind a dash",
            safe="nothing was recorded", fix=f"for this one write {near}" if near else "for example: DE, US-CA",
        )  # fmt: skip
    return country, word if dash else ""


def read_words(text: str, what: str) -> str:
    """Words of a source or a label, on one line. Raises :class:`BadInput` for what names or reaches a person."""
    from ircockpit.inert.gate import line
    from ircockpit.inert.masks import mask

    words = line(text).strip()
    if len(words) > MAX_WORDS:
        raise BadInput(f"{what} is longer than {MAX_WORDS} characters", safe="nothing was recorded")
    if mask(words) != words:
        raise BadInput(
            f"{what} holds an address, a number or a key that leads to somebody", safe="nothing was recorded",
            fix="say it without: 'access log of the gateway'",
        )  # fmt: skip
    return words


def read_amount(text: str, currency: str, *, minor: bool) -> tuple[int, str]:
    """A sum in minor units with its currency; 0 and nothing for no sum. Raises :class:`BadInput`."""
    word, code = text.strip().replace(",", "") if not minor else text.strip(), currency.strip().upper()
    if not word:
        return 0, ""
    found = _AMOUNT.fullmatch(word)
    if found is None or not re.fullmatch(r"[A-Z]{3}", code):
        raise BadInput(
            "a sum is a number with a currency of ISO 4217", safe="nothing was recorded", fix="for example: 12.50 EUR"
        )  # fmt: skip
    digits = 0 if minor else MINOR_DIGITS.get(code, 2)
    whole, fraction = found[1], found[2] or ""
    if len(fraction.rstrip("0")) > digits:
        raise BadInput(
            f"{code} has {digits} digits behind the point" if not minor else "minor units are whole numbers",
            safe="nothing was recorded", fix="check the column; --minor says that sums are in minor units already",
        )  # fmt: skip
    value = int(whole + fraction.ljust(digits, "0")[:digits])
    if value > MAX_AMOUNT:
        raise BadInput("a sum is too large to be kept exactly", safe="nothing was recorded")
    return (-value if word.startswith("-") else value), code


def money(amount: int, currency: str) -> str:
    """``12.50 EUR``, from minor units."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**digits)
    point = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{point} {currency}"


class Count(NamedTuple):
    """People: those listed, each once, and those known by number alone, who may be the same."""

    listed: int = 0
    grouped: int = 0

    @property
    def low(self) -> int:
        """So many at least, if the groups are right: the listed may all be in the groups."""
        return max(self.listed, self.grouped)

    @property
    def high(self) -> int:
        """So many at most: nobody listed is in a group."""
        return self.listed + self.grouped

    def words(self) -> str:
        """``3,120 people``, or from how many to how many."""
        if self.listed and self.grouped:
            return f"{self.low:,} to {self.high:,} people"
        return "1 person" if self.high == 1 else f"{self.high:,} people"


class Summary(NamedTuple):
    """What an incident has done, in numbers; what was recorded by mistake is left out of all of them."""

    people: Count = Count()
    confirmed: Count = Count()
    by_state: Mapping[str, Count] = {}
    by_jurisdiction: Mapping[str, Count] = {}
    """By country; under an empty word those of whom it is not known."""
    acts: int = 0
    acts_by_state: Mapping[str, int] = {}
    sums: tuple[tuple[str, int, int], ...] = ()
    """Currency, all of it, and what of it is neither reversed nor given up; in minor units."""
    disputed: int = 0
    """Rows about which people disagree."""

    @property
    def empty(self) -> bool:
        """Whether nothing was recorded."""
        return not (self.people.high or self.acts)


class Tally(NamedTuple):
    """So many rows that are alike in what is counted."""

    kind: str
    state: str
    jurisdiction: str
    certainty: str
    currency: str
    rows: int
    number: int
    """People, for a group as many as it has; for acts what they sum up to."""
    disputed: int


def summed(tallies: Iterable[Tally]) -> Summary:
    """The summary of these rows."""
    people, confirmed, disputed, acts = Count(), Count(), 0, 0
    states: dict[str, Count] = {}
    places: dict[str, Count] = {}
    done: dict[str, int] = {}
    sums: dict[str, tuple[int, int]] = {}
    for each in tallies:
        disputed += each.disputed
        if each.state == MISTAKEN:
            continue
        if each.kind == "act":
            acts += each.rows
            done[each.state] = done.get(each.state, 0) + each.rows
            if each.currency:
                total, left = sums.get(each.currency, (0, 0))
                here = each.number if each.state in (OPEN, TOLD) else 0
                sums[each.currency] = (total + each.number, left + here)
            continue
        more = Count(each.number, 0) if each.kind == "affected" else Count(0, each.number)
        people = _plus(people, more)
        confirmed = _plus(confirmed, more) if each.certainty == CONFIRMED else confirmed
        states[each.state] = _plus(states.get(each.state, Count()), more)
        places[each.jurisdiction] = _plus(places.get(each.jurisdiction, Count()), more)
    ordered = {state: states[state] for state in STATES if state in states}
    by_place = dict(sorted(places.items(), key=lambda item: (-item[1].high, item[0])))
    return Summary(
        people, confirmed, ordered, by_place, acts, {state: done[state] for state in STATES if state in done},
        tuple((code, *pair) for code, pair in sorted(sums.items())), disputed,
    )  # fmt: skip


def _plus(one: Count, other: Count) -> Count:
    return Count(one.listed + other.listed, one.grouped + other.grouped)
