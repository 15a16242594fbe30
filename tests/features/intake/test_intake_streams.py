"""Intake records close by age and size and name the one that goes on; what devices did apart becomes one."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.support.pair import Pair

from ircockpit.features.intake import actions, queries
from ircockpit.features.intake.queries import receiving
from ircockpit.store.workstation import Workstation

DAY_US = 86_400 * 1_000_000


class Later:
    """A clock that can be set ahead."""

    def __init__(self, station: Workstation) -> None:
        self._clock = station.clock
        self.ahead_us = 0

    def wall_us(self) -> int:
        return self._clock.wall_us() + self.ahead_us

    def mono_us(self) -> int:
        return self._clock.mono_us()

    def boot(self) -> str:
        return self._clock.boot()

    def offset_minutes(self) -> int:
        return self._clock.offset_minutes()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path / "pair")
    for who in (made.a, made.b):
        who.clock = Later(who)
    yield made
    made.close()


_numbers = count()


def take_in(who: Workstation, folder: Path, signals: int = 1) -> None:
    path = folder / f"{next(_numbers)}.jsonl"
    path.write_text("".join(json.dumps({"title": f"{path.stem} {n}"}) + "\n" for n in range(signals)))
    actions.intake(who, file=str(path))


def a_day_later(*who: Workstation) -> None:
    for each in who:
        assert isinstance(each.clock, Later)
        each.clock.ahead_us += DAY_US + 1_000_000


def streams(who: Workstation) -> dict[str, str | None]:
    """Every intake record and the one it names."""
    return dict(who.view.rows("SELECT id, successor FROM stream WHERE kind='intake'"))


def open_on(who: Workstation) -> str:
    return receiving(who.view, who.identity.org, who.clock.wall_us()).stream


def test_after_a_day_the_old_record_names_the_new_one(pair: Pair, tmp_path: Path) -> None:
    take_in(pair.a, tmp_path)
    old = open_on(pair.a)
    take_in(pair.a, tmp_path)
    assert streams(pair.a) == {old: None}
    a_day_later(pair.a, pair.b)
    assert open_on(pair.a) == ""
    take_in(pair.a, tmp_path)
    new = open_on(pair.a)
    assert streams(pair.a) == {old: new, new: None}
    pair.together()
    assert (streams(pair.b), open_on(pair.b)) == (streams(pair.a), new)
    take_in(pair.b, tmp_path)
    assert set(streams(pair.b)) == {old, new}  # the other device goes on in it, and opens none


def test_a_record_that_is_full_goes_on_in_another_within_one_file(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_STREAM_EVENTS", 100)
    monkeypatch.setattr(actions, "BATCH", 20)
    take_in(pair.a, tmp_path, signals=150)
    chain, named = open_on(pair.a), streams(pair.a)
    assert [ident for ident, successor in named.items() if successor is None] == [chain]
    assert len(named) > 2
    for ident in named:
        held = pair.a.view.rows("SELECT count(*) FROM entry WHERE stream=?", (ident,))[0][0]
        assert held < 100 + 2 * 20 + 5
    assert pair.a.view.rows("SELECT count(*) FROM signal") == [(150,)]
    assert {ends_in(named, each) for each in named} == {chain}


def ends_in(named: dict[str, str | None], start: str) -> str:
    """Where a record goes on in the end; a circle would never end."""
    for _ in range(len(named) + 1):
        successor = named[start]
        if successor is None:
            return start
        start = successor
    raise AssertionError("the successors lead in a circle")


def test_two_successors_made_apart_become_one_whoever_comes_first(pair: Pair, tmp_path: Path) -> None:
    take_in(pair.a, tmp_path)
    old = open_on(pair.a)
    pair.together()
    a_day_later(pair.a, pair.b)
    take_in(pair.a, tmp_path)
    take_in(pair.b, tmp_path)
    of_a, of_b = open_on(pair.a), open_on(pair.b)
    assert of_a != of_b
    pair.together()
    rows = pair.b.view.rows("SELECT disputed FROM stream WHERE id=?", (old,))
    assert rows == [("successor",)]  # the control: there is something to become one
    assert open_on(pair.a) == open_on(pair.b) == min(of_a, of_b)
    take_in(pair.b, tmp_path)
    take_in(pair.a, tmp_path)  # both at once, not knowing of each other
    pair.together()
    for who in (pair.a, pair.b):
        named = streams(who)
        assert {ends_in(named, each) for each in named} == {min(of_a, of_b)}
        assert who.view.rows("SELECT id FROM stream WHERE disputed <> ''") == []
    count_before = len(streams(pair.a))
    take_in(pair.a, tmp_path)
    take_in(pair.b, tmp_path)
    pair.together()
    assert len(streams(pair.a)) == len(streams(pair.b)) == count_before == 3
    assert pair.a.view.dump() == pair.b.view.dump()
    assert pair.a.view.rows("SELECT count(*) FROM signal") == [(7,)]


def test_a_circle_is_left_for_a_new_record(pair: Pair, tmp_path: Path) -> None:
    a = pair.a
    take_in(a, tmp_path)
    first = open_on(a)
    second, genesis = a.open_stream("intake")
    a.append([genesis])
    named = [(first, second), (second, first)]
    a.append([a.set_field(x, "stream.succeeded", x, "successor", y) for x, y in named])
    assert open_on(a) == ""
    take_in(a, tmp_path)
    after = streams(a)
    assert {ends_in(after, each) for each in after} == {open_on(a)}
    assert open_on(a) not in (first, second)
