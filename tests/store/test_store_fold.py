"""The picture is a function of the set of events: no order, repetition or grouping of arrival changes a byte."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.happenings import STREAM, TABLE, THINGS, histories

from ircockpit.core.merge import Register
from ircockpit.core.reduce import STRAY, Happening, Picture
from ircockpit.ledger.event import SignedEvent
from ircockpit.store.fold import happening
from ircockpit.store.log import Log, Stored
from ircockpit.store.view import View


def folded(make: Callable[[], Picture], events: list[SignedEvent]) -> bytes:
    picture = make()
    for event in events:
        picture.apply(happening(Stored(0, event, "")))
    return picture.dump()


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[SignedEvent], list[SignedEvent]]:
    """A history, and the same events in another order with some of them twice."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=4))
    return history, draw(st.permutations([*history, *again]))


class LastArrivalWins(Picture):
    """The mistake the merge must not make: whatever came last replaces what others wrote."""

    def apply(self, event: Happening) -> None:
        self._latest = event.event_id
        super().apply(event)

    def put_register(self, ent: str, field: str, register: Register) -> None:
        latest = tuple(head for head in register.heads if head.event_id == self._latest)
        super().put_register(ent, field, register._replace(heads=latest or register.heads))


def order_changes_nothing(make: Callable[[], Picture]) -> None:
    @settings(max_examples=400, phases=[Phase.generate])
    @given(arrivals())
    def check(given_: tuple[list[SignedEvent], list[SignedEvent]]) -> None:
        history, arrived = given_
        assert folded(make, arrived) == folded(make, history)

    check()


def test_any_order_and_repetition_folds_to_the_same_bytes() -> None:
    order_changes_nothing(lambda: Picture(TABLE))


def test_a_fold_that_depends_on_order_is_caught() -> None:
    with pytest.raises(AssertionError):
        order_changes_nothing(lambda: LastArrivalWins(TABLE))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
@given(arrivals(), st.lists(st.integers(1, 5), min_size=16, max_size=16))
def test_the_view_on_disk_shows_the_same_bytes_however_events_are_grouped(
    given_: tuple[list[SignedEvent], list[SignedEvent]], sizes: list[int]
) -> None:
    history, arrived = given_
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "log.db")
        view = View(Path(folder) / "view.db", TABLE)
        while arrived:
            group, arrived = arrived[: sizes[0]], arrived[sizes[0] :]
            sizes = [*sizes[1:], sizes[0]]
            with log.writing() as writer:
                for event in group:
                    writer.add(event)
            view.catch_up(log)
        grown = view.dump()
        rows = shown(view)
        view.reset()
        view.catch_up(log)
        assert view.dump() == grown
        assert shown(view) == rows
        assert log.count() == len(history)
        view.close()
        log.close()
    assert grown == folded(lambda: Picture(TABLE), history)


def shown(view: View) -> list[object]:
    """The rows people see, and what search finds."""
    return [
        *view.rows("SELECT * FROM thing ORDER BY id"),
        *view.rows("SELECT * FROM other ORDER BY id"),
        *view.rows("SELECT kind, ent, text FROM found ORDER BY ent"),
    ]


def test_a_missing_body_never_shows_the_value_before(tmp_path: Path) -> None:
    from ircockpit.core.merge import Write
    from ircockpit.core.reduce import shown_value

    register = (
        Register()
        .write(Write("a", 1, "mira", "SEV1"), ())
        .write(Write("b", 2, "jo", None, "withheld"), ("a",))
    )
    assert shown_value(None, register, "severity") == "withheld"


def test_an_erased_reason_leaves_the_decision_readable() -> None:
    picture = Picture(TABLE)
    facts = {
        "event_id": "e1",
        "stream": STREAM,
        "device": "d",
        "lam": 1,
        "actor": "mira",
        "type": "thing.set",
        "tv": 1,
    }
    event = Happening(
        **facts,  # type: ignore[arg-type]
        ent=THINGS[0],
        field="state",
        base=(),
        occurred=None,
        wall=0,
        body={"value": "red"},
        missing="erased",
    )
    picture.apply(event)
    head = picture.register(THINGS[0], "state").shown
    assert head is not None
    assert (head.value, head.missing) == ("red", "")


def test_an_event_whose_doubt_is_cleared_is_folded_in_late(tmp_path: Path) -> None:
    @settings(max_examples=20, phases=[Phase.generate])
    @given(histories())
    def check(history: list[SignedEvent]) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            log = Log(Path(folder) / "log.db")
            view = View(Path(folder) / "view.db", TABLE)
            with log.writing() as writer:
                for event in history:
                    writer.add(event, doubt="no certificate")
            view.catch_up(log)
            assert view.dump() == b""
            with log.writing() as writer:
                for stored in log.since(0):
                    writer.clear_doubt(stored.arrival)
            view.catch_up(log)
            assert view.dump() == folded(lambda: Picture(TABLE), history)
            doubts = view.rows("SELECT DISTINCT doubt FROM entry")
            assert set(doubts) <= {("",), (STRAY,)}, "what another stream says of a thing stays in doubt"
            view.close()
            log.close()

    check()
