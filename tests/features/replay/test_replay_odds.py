"""Intervals, bounds and chance, held to published values."""

from fractions import Fraction
from statistics import NormalDist

import pytest

from ircockpit.features.replay.odds import CONFIDENCES, MOST, by_chance, number_for, percent, shown, wilson

# R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3: the score method at 95 %.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("hits", "of", "low", "high"), NEWCOMBE)
def test_the_interval_is_the_published_one(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("hits", "of", "low", "high"), NEWCOMBE)
def test_another_interval_would_be_noticed(hits: int, of: int, low: float, high: float) -> None:
    """The control: the textbook's share plus and minus 1.96 standard errors is none of the published ones."""
    share = hits / of
    half = 1.96 * (share * (1 - share) / of) ** 0.5
    assert (round(share - half, 4), round(share + half, 4)) != (low, high)


def test_the_quantiles_are_those_of_the_normal_distribution() -> None:
    for confidence in CONFIDENCES:
        z = NormalDist().inv_cdf((1 + confidence / 100) / 2)
        assert wilson(0, 20, confidence).high == pytest.approx(z * z / (20 + z * z))


def test_an_interval_mirrors_and_says_nothing_without_answers() -> None:
    low, high = wilson(7, 20)
    assert wilson(13, 20) == pytest.approx((1 - high, 1 - low))
    assert wilson(20, 20).high == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20, 99).high > wilson(0, 20, 95).high > wilson(0, 20, 90).high
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_none_of_twenty_still_allows_sixteen_percent() -> None:
    assert percent(wilson(0, 20).high) == "16 %"
    assert number_for(16) == 20
    assert percent(wilson(0, 19).high) == "17 %"


@pytest.mark.parametrize("confidence", [90, 95, 99])
@pytest.mark.parametrize("bound", [1, 5, 10, 16, 30, 60])
def test_the_number_is_the_smallest_that_does(bound: int, confidence: int) -> None:
    number = number_for(bound, confidence)
    assert 0 < number <= MOST
    assert shown(wilson(0, number, confidence).high) <= bound
    assert number == 1 or shown(wilson(0, number - 1, confidence).high) > bound


def test_a_bound_that_takes_too_many_has_no_number() -> None:
    assert number_for(0) == 0


@pytest.mark.parametrize(
    ("before", "after", "chance"),
    [
        # The lady tasting tea, The Design of Experiments (1935): 3 of 4 right by chance in 17 of 70 cases, 4 in 1 of 70.
        ((3, 4), (1, 4), Fraction(17, 70)),
        ((4, 4), (0, 4), Fraction(1, 70)),
        # Convictions of same-sex twins of criminals, JRSS 98 (1935), 39-82: 10 of 13 and 2 of 17, 619 in 1,330,665.
        ((10, 13), (2, 17), Fraction(619, 1330665)),
    ],
)
def test_chance_is_the_published_fraction(
    before: tuple[int, int], after: tuple[int, int], chance: Fraction
) -> None:
    assert by_chance(before, after) == chance


def test_no_drop_is_no_news() -> None:
    assert by_chance((0, 20), (0, 20)) == 1
    assert by_chance((5, 20), (5, 20)) > Fraction(1, 2)
    assert by_chance((1, 20), (20, 20)) == 1
    assert by_chance((7, 20), (0, 0)) == 1
    assert percent(float(by_chance((7, 20), (0, 20)))) == "0.4 %"
