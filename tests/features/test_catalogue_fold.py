"""Whatever features write on several devices, and in whatever order it arrives, everybody sees the same."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.profiles import open_station

from ircockpit.core.reduce import Entity, Happening, Picture
from ircockpit.features.catalogue import events
from ircockpit.features.evidence.actions import add as take_in
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import intake, promote, review
from ircockpit.features.people.actions import set_name
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.triage.actions import answer
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.parts import drop
from ircockpit.store.fold import happening
from ircockpit.store.log import Log, Stored
from ircockpit.store.view import View
from ircockpit.store.workstation import Workstation

History = tuple[SignedEvent, ...]
"""Real events of three devices, some of which have seen what others wrote."""


def share(*stations: Workstation) -> None:
    """Everybody takes over what everybody else wrote."""
    for target in stations:
        with target.log.writing() as writer:
            for source in stations:
                for stored in source.log.since(0):
                    writer.add(stored.event)
        target.refresh()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    folder = tmp_path_factory.mktemp("history")
    signals = folder / "signals.jsonl"
    signals.write_text('{"title": "refund given", "source": "monitor", "prompt": "a"}\n', "utf-8")
    with open_station(folder / "a") as a, open_station(folder / "b") as b, open_station(folder / "c") as c:
        set_name(b, name="jo")
        add_system(a, name="bot", match=["source=monitor"])
        group = intake(a, file=str(signals)).data["groups"][0]["id"]
        intake(b, file=str(signals))
        ident = str(incidents.declare(a, title="wrong dose").data["id"])
        share(a, b, c)
        for number, who in enumerate((a, b, c)):
            answer(who, incident=ident, harm=("yes", "likely", "no")[number], reach="few")
            incidents.take(who, incident=ident)
            incidents.note(who, incident=ident, text=f"note {number}")
            take_in(who, file=str(signals), incident=ident)
        add_system(b, name="bot", owner="night shift")
        promote(a, signal=group)
        review(b, signal=group, verdict="dismiss", why="test traffic")
        share(a, b)
        incidents.settle(a, incident=ident, field="owner", value=incident(a.view, ident).owner)
        incidents.close(c, incident=ident, why="over")
        share(a, b, c)
        assert incident(a.view, ident).disputed
        return tuple(stored.event for stored in c.log.since(0, 10_000))


class FirstComerHolds(Picture):
    """The mistake: of two creations the one that came first is kept, whoever was born first."""

    def put_entity(self, entity: Entity) -> None:
        if self.entity(entity.ident) is None:
            super().put_entity(entity)


class Overwriting(Picture):
    """The mistake: a write replaces what is there, whether or not its author had seen it."""

    def apply(self, event: Happening) -> None:
        if event.field is not None:
            shown = self.register(event.ent, event.field).heads
            event = event._replace(base=tuple({*event.base, *(head.event_id for head in shown)}))
        super().apply(event)


def folded(make: Callable[[], Picture], arrived: list[SignedEvent]) -> bytes:
    picture = make()
    for event in arrived:
        picture.apply(happening(Stored(0, event, "")))
    return picture.dump()


def any_order_is_the_same(make: Callable[[], Picture], history: History) -> None:
    @settings(
        max_examples=25, phases=[Phase.generate], suppress_health_check=[HealthCheck.large_base_example]
    )
    @given(st.randoms(use_true_random=False), st.integers(0, 20), st.sets(st.integers(0, 200), max_size=15))
    def check(random: Random, twice: int, withheld: set[int]) -> None:
        held = [
            event._replace(parts=tuple(drop(part) for part in event.parts)) if number in withheld else event
            for number, event in enumerate(history)
        ]
        arrived = [*held, *held[:twice]]
        random.shuffle(arrived)
        assert folded(make, arrived) == folded(make, held)

    check()


def test_the_picture_of_real_events_does_not_depend_on_their_order(history: History) -> None:
    any_order_is_the_same(lambda: Picture(events()), history)


@pytest.mark.parametrize("mistake", [FirstComerHolds, Overwriting])
def test_a_picture_that_does_is_caught(history: History, mistake: type[Picture]) -> None:
    with pytest.raises(AssertionError):
        any_order_is_the_same(lambda: mistake(events()), history)


def test_the_view_on_disk_is_that_picture_also_when_it_is_closed_in_between(history: History) -> None:
    @settings(max_examples=6, phases=[Phase.generate])
    @given(st.randoms(use_true_random=False), st.lists(st.integers(1, 40), min_size=3, max_size=3))
    def check(random: Random, sizes: list[int]) -> None:
        arrived = list(history)
        random.shuffle(arrived)
        with tempfile.TemporaryDirectory() as folder:
            log = Log(Path(folder) / "log.db")
            at = 0
            for size in (*sizes, len(arrived)):
                with log.writing() as writer:
                    for event in arrived[at : at + size]:
                        writer.add(event)
                at += size
                view = View(Path(folder) / "view.db", events())
                view.catch_up(log)
                dump = view.dump()
                view.close()
            log.close()
        assert dump == folded(lambda: Picture(events()), list(history))

    check()
