"""The periods that a quoted phrase names in words or digits, so that a number and its source cannot part."""

import re

from ircockpit.features.clocks.form import Count

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_WORD = "|".join(
    [*(f"{ten}(?:[- ](?:{'|'.join(_SMALL[1:10])}))?" for ten in _TENS), *sorted(_SMALL, reverse=True)]
)
_NUMBER = re.compile(rf"(?<![\w.,])(?:(?P<digits>\d{{1,6}})(?![\d.,]\d)|(?P<words>{_WORD})\b)", re.IGNORECASE)
_UNIT = re.compile(
    r"[\s\u00a0\])(-]{1,3}(?:(?P<kind>calendar|business|working)[\s\u00a0]+)?(?P<unit>hour|day|week|month)s?\b",
    re.IGNORECASE,
)
_UNITS = {"hour": "hours", "day": "calendar_days", "week": "weeks", "month": "months"}


def named_in(phrase: str) -> list[tuple[int, str | None]]:
    """Every number in the phrase, with the unit that follows it in English where one does."""
    found: list[tuple[int, str | None]] = []
    for match in _NUMBER.finditer(phrase):
        number = int(match["digits"]) if match["digits"] else _value(match["words"].lower())
        unit = _UNIT.match(phrase, match.end())
        if unit is None:
            found.append((number, None))
        elif unit["unit"].lower() == "day" and (unit["kind"] or "").lower() in ("business", "working"):
            found.append((number, "business_days"))
        else:
            found.append((number, _UNITS[unit["unit"].lower()]))
    return found


def disagreement(count: Count) -> str:
    """How the period differs from its own quote; empty where it does not."""
    numbers = named_in(count.quote)
    with_unit = [found for found in numbers if found[1] is not None]
    if count.period is None:
        named = ", ".join(f"{number} {unit}" for number, unit in with_unit)
        return (
            f"the quote names a period ({named.replace('_', ' ')}), the unit is {count.unit}" if named else ""
        )
    said = f"{count.period} {count.unit}".replace("_", " ")
    if with_unit:
        if (count.period, count.unit) in with_unit:
            return ""
        named = ", ".join(f"{number} {unit}" for number, unit in with_unit).replace("_", " ")
        return f"the period is {said}, its quote says {named}"
    if any(number == count.period for number, _ in numbers):
        return ""
    return f"the period is {said}, and its quote does not name {count.period}"


def _value(words: str) -> int:
    first, _, second = words.replace("-", " ").partition(" ")
    if first in _TENS:
        return _TENS[first] + (_SMALL.index(second) if second else 0)
    return _SMALL.index(first)
