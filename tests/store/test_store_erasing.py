"""What is to go is the same in whatever order entries, orders, holds, releases and adoptions come, here and at a hub."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.support.lanes import Writer, incoming, new_stream

from ircockpit.core.adoption import ADOPTED
from ircockpit.features.table import events
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.signing import SigningKey
from ircockpit.store import erasing
from ircockpit.store.log import Log
from ircockpit.store.view import View

ROOT = SigningKey.generate()
STREAM, ELSEWHERE = new_stream(ROOT), new_stream(ROOT)


class Arriving(NamedTuple):
    """An event, and why it does not count by itself."""

    event: SignedEvent
    doubt: str = ""


class Story(NamedTuple):
    """What arrives, and which notes lose their words in the end."""

    arriving: tuple[Arriving, ...]
    gone: dict[str, bool]


def write(
    type_: str, body: dict[str, object], doubt: str = "", where: str = STREAM, **over: object
) -> Arriving:
    """By a device of its own each, so that any may come before any other."""
    return Arriving(Writer(ROOT).write(where, type_, body, **over), doubt)


def ordered(note: Arriving, doubt: str = "") -> Arriving:
    return write("erasure.ordered", {"events": [[note.event.id, None]]}, doubt)


def held(note: Arriving, doubt: str = "") -> Arriving:
    return write("hold.placed", {"events": [[note.event.id, None]]}, doubt)


def released(hold: Arriving, doubt: str = "") -> Arriving:
    return write("hold.released", {"value": "released"}, doubt, ent=hold.event.envelope.ent, field="state")


def adopted(what: Arriving, doubt: str = "") -> Arriving:
    return write(ADOPTED, {"event": what.event.id}, doubt, ent=STREAM)


def story(*, with_holds: bool) -> Story:
    notes = [write("incident.noted", {"text": f"words {number}"}) for number in range(9)]
    every = list(notes)
    gone = dict.fromkeys((each.event.id for each in notes), False)

    def goes(number: int, *more: Arriving) -> None:
        gone[notes[number].event.id] = True
        every.extend(more)

    goes(0, ordered(notes[0]))
    lacking = ordered(notes[1], "quarantined:role")
    goes(1, lacking, adopted(lacking), adopted(lacking))
    never = ordered(notes[2], "quarantined:role")
    every += [never, adopted(never, "quarantined:role")]
    broken = ordered(notes[3], "quarantined:entity")
    every += [broken, adopted(broken)]
    elsewhere = ordered(notes[4], "quarantined:role")
    every += [elsewhere, write(ADOPTED, {"event": elsewhere.event.id}, where=ELSEWHERE, ent=ELSEWHERE)]
    if with_holds:
        hold = held(notes[5])
        release = released(hold, "quarantined:removed")
        goes(5, ordered(notes[5]), hold, release, adopted(release))
        kept = held(notes[6])
        every += [ordered(notes[6]), kept, released(kept, "quarantined:role")]
        late = held(notes[7], "quarantined:removed")
        last = ordered(notes[7], "quarantined:revoked")
        every += [late, adopted(late), last, adopted(last)]
    return Story(tuple(every), gone)


def drop(log: Log) -> None:
    """What a sweep does to the log."""
    erasing.settle_alone(log, lambda _: True)
    with log.writing() as writer:
        for each in list(erasing.going(log, "")):
            for index in each.parts:
                writer.take_away(each.stored.arrival, index)
            if each.parts:
                writer.fold_again(each.stored.arrival)
        erasing.note_swept(log, writer)


def at_device(told: Story, order: Sequence[int], *, each_time: bool) -> tuple[dict[str, bool], bytes]:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "log.db")
        view = View(Path(folder) / "view.db", events())
        for number in order:
            with log.writing() as writer:
                writer.add(told.arriving[number].event, doubt=told.arriving[number].doubt)
            if each_time:
                drop(log)
                view.catch_up(log)
        drop(log)
        view.catch_up(log)
        grown, gone = view.dump(), {}
        for ident in told.gone:
            stored = log.get(ident)
            assert stored is not None
            gone[ident] = stored.event.parts[0].data is None
            assert bool(stored.erased) == gone[ident], "shown as erased, and nothing else is"
        view.reset()
        view.catch_up(log)
        assert view.dump() == grown
        view.close()
        log.close()
        return gone, grown


def at_hub(told: Story, order: Sequence[int]) -> dict[str, bool]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "hub.db")
        for number in order:
            event, doubt = told.arriving[number]
            store.append(event.envelope.stream, [incoming(event, doubt.removeprefix("quarantined:"))], 1)
        rows = {ident: store.parts_of(STREAM, ident) for ident in told.gone}
        store.close()
        return {
            ident: row is not None and "data" not in json.loads(row.parts)[0] for ident, row in rows.items()
        }


HELD, FREE = story(with_holds=True), story(with_holds=False)
_STILL = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate]
)


@_STILL
@given(st.permutations(range(len(HELD.arriving))))
def test_with_holds_the_same_goes_once_all_has_come(order: list[int]) -> None:
    gone, dump = at_device(HELD, order, each_time=False)
    assert gone == HELD.gone
    assert dump == at_device(HELD, range(len(HELD.arriving)), each_time=False)[1]


@_STILL
@given(st.permutations(range(len(FREE.arriving))))
def test_without_lasting_holds_also_where_it_goes_at_every_arrival(order: list[int]) -> None:
    gone, dump = at_device(FREE, order, each_time=True)
    assert gone == FREE.gone == at_hub(FREE, order)
    assert dump == at_device(FREE, order, each_time=False)[1]


def test_a_hold_that_comes_in_the_same_step_keeps_what_comes_after_it(tmp_path: Path) -> None:
    notes = [write("incident.noted", {"text": f"words {number}"}) for number in range(2)]
    log = Log(tmp_path / "log.db")
    with log.writing() as writer:
        for each in notes:
            writer.add(ordered(each).event)
    erasing.settle_alone(log, lambda _: True)
    with log.writing() as writer:
        writer.add(notes[0].event)
        writer.add(held(notes[1]).event)
        writer.add(notes[1].event)
    gone = [stored.event.parts[0].data is None for each in notes if (stored := log.get(each.event.id))]
    assert gone == [True, False]
    log.close()


def test_what_is_to_go_is_read_once_for_all_that_arrives_in_a_step(tmp_path: Path) -> None:
    notes = [write("incident.noted", {"text": f"words {number}"}) for number in range(20)]
    log = Log(tmp_path / "log.db")
    with log.writing() as writer:
        for each in notes[:10]:
            writer.add(ordered(each).event)
    erasing.settle_alone(log, lambda _: True)
    run: list[str] = []
    log.db.set_trace_callback(run.append)
    with log.writing() as writer:
        for each in notes:
            writer.add(each.event)
    log.db.set_trace_callback(None)
    assert sum("FROM directive d" in statement for statement in run) == 1
    gone = [stored.event.parts[0].data is None for each in notes if (stored := log.get(each.event.id))]
    assert gone == [True] * 10 + [False] * 10
    log.close()


def test_the_control_an_adoption_that_is_left_out_is_seen() -> None:
    without = tuple(each for each in FREE.arriving if each.event.envelope.type != ADOPTED)
    order = range(len(without))
    less = Story(without, FREE.gone)
    assert at_device(less, order, each_time=True)[0] == at_hub(less, order) != FREE.gone


@pytest.mark.parametrize("hub", [True, False])
def test_an_adoption_that_the_hub_has_not_accepted_takes_nothing_away(tmp_path: Path, hub: bool) -> None:
    note = write("incident.noted", {"text": "words"})
    order = ordered(note, "quarantined:role")
    log = Log(tmp_path / "log.db")
    with log.writing() as writer:
        for event, doubt in (note, order, adopted(order)):
            writer.add(event, doubt=doubt)
    if not hub:
        erasing.settle_alone(log, lambda _: True)
    assert [bool(each.parts) for each in erasing.going(log, "")] == ([] if hub else [True])
    log.close()
