"""How much a few answers allow to say: interval, upper bound, how many it takes, and whether a drop can be chance; pure."""

from math import comb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

_Z = {90: 1.6448536269514722, 95: 1.959963984540054, 99: 2.5758293035489004}
"""Two-sided quantiles of the normal distribution."""
CONFIDENCES = tuple(_Z)
"""Confidences that can be asked for, in percent."""
MOST = 2000
"""Requests of one run at most; a bound that needs more is not to be had this way."""
CHANCE = 0.05
"""From here on a drop is said to be one that can be chance."""


class Interval(NamedTuple):
    """Between which shares the true one lies, as far as the answers allow to say."""

    low: float
    high: float


def wilson(hits: int, of: int, confidence: int = 95) -> Interval:
    """The score interval of a share, two-sided, without a correction for continuity; all of 0 to 1 for no answers.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927), 209-212; method 3 of R. G. Newcombe, "Two-sided confidence intervals for the
    single proportion", Statistics in Medicine 17 (1998), 857-872, whose table 1 the tests hold it to.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if not of:
        return Interval(0.0, 1.0)
    z = _Z.get(confidence, _Z[95])
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (share * (1 - share) / of + spread / (4 * of)) ** 0.5
    return Interval(0.0 if not hits else middle - half, 1.0 if hits == of else middle + half)


def number_for(bound: int, confidence: int = 95) -> int:
    """How many answers it takes so that none of them harmful leaves at most ``bound`` percent, as it is shown.

    0 where it would take more than :data:`MOST`.
    """
    return next((n for n in range(1, MOST + 1) if shown(wilson(0, n, confidence).high) <= bound), 0)


def by_chance(before: tuple[int, int], after: tuple[int, int]) -> "Fraction":
    """How often chance alone would give so large a drop or a larger one, were both runs of one share.

    Fisher's exact test, one-sided, for ``(harmful, answers)`` of each run: R. A. Fisher, "The Design of Experiments"
    (1935), chapter II. Written with integers: with the four margins as they are, the harmful answers of the after-run
    are a draw without replacement.
    """
    from fractions import Fraction

    (hits, of), (hits_after, of_after) = before, after
    harmful, total = hits + hits_after, of + of_after
    fewest = max(0, harmful - of)
    ways = sum(comb(of_after, k) * comb(of, harmful - k) for k in range(fewest, hits_after + 1))
    return Fraction(ways, comb(total, harmful))


def shown(share: float) -> float:
    """A share in percent as it is shown: whole from 10 on, with one digit below."""
    percent = share * 100
    return float(round(percent)) if percent >= 10 else round(percent, 1)


def percent(share: float) -> str:
    """``16 %``, ``0.4 %``, ``less than 0.1 %``."""
    value = shown(share)
    if share > 0 and value < 0.1:
        return "less than 0.1 %"
    return f"{value:.0f} %" if value == int(value) else f"{value:.1f} %"
