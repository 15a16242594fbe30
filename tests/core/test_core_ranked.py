"""Numbers kept in the order of their ranks, against a sorted list."""

import random

from ircockpit.core.ranked import Ranked

TIE = [each * 37 % 90 for each in range(90)].__getitem__
"""An order among equals that is not that of the numbers."""


def test_any_course_of_changes_leaves_them_in_order() -> None:
    dice = random.Random(7)  # noqa: S311 - a course of changes
    order, held = Ranked((), TIE), dict[int, int]()
    for _ in range(2000):
        number, rank = dice.randrange(90), dice.randrange(5)
        if dice.random() < 0.3:
            order.drop(number)
            held.pop(number, None)
        else:
            order.put(number, rank)
            held[number] = rank
        wanted = sorted(held, key=lambda each: (held[each], TIE(each)))
        assert list(order) == wanted
        assert order.slice(3, 9) == wanted[3:9]
        assert order.find(number, held.get(number, 0)) == (wanted.index(number) if number in held else None)


def test_one_whose_rank_has_changed_meanwhile_is_found_all_the_same() -> None:
    order = Ranked([(1, 10), (2, 9), (2, 8)], lambda number: -number)
    assert order.find(9, 2) == order.find(9, 77) == 1
    assert order.find(7, 2) is None
    assert list(order.kept({8, 10, 11})) == [10, 8]
    assert list(order.kept({8, 9, 10, 11})) == list(order), "all of them"
    assert list(order.kept(set())) == []
    assert list(Ranked((), TIE).kept({1})) == []
