"""Adopted events count everywhere, in whatever order event, adoption and verdict arrive; nothing else is let in by it."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.support.lanes import Writer, new_stream

from ircockpit.core.adoption import ADOPTED
from ircockpit.core.reduce import Picture
from ircockpit.features.table import events
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.fold import happening
from ircockpit.store.log import Log, Stored
from ircockpit.store.view import View


class Judged(NamedTuple):
    """An event, why it does not count by itself, and whether it does in the end."""

    event: SignedEvent
    doubt: str
    counts: bool


def _history() -> list[Judged]:
    root = SigningKey.generate()
    lead, guest = Writer(root), Writer(root)
    stream, elsewhere = new_stream(root), new_stream(root)

    def thing(writer: Writer, doubt: str, counts: bool) -> Judged:
        return Judged(writer.write(stream, "incident.declared", {"title": doubt or "x"}), doubt, counts)

    def adoption(writer: Writer, of: Judged, doubt: str = "", where: str = stream) -> Judged:
        return Judged(writer.write(where, ADOPTED, {"event": of.event.id}, ent=where), doubt, False)

    lacks, gone = thing(guest, "quarantined:role", True), thing(guest, "quarantined:removed", True)
    never, stray = thing(guest, "quarantined:role", False), thing(guest, "quarantined:entity", False)
    unsigned = thing(guest, "it is not signed by its device", False)
    without_right = adoption(guest, never, "quarantined:role")
    change = guest.write(
        stream, "incident.set", {"value": "SEV1"}, ent=lacks.event.envelope.ent, field="severity"
    )
    changed = Judged(change, "quarantined:revoked", True)
    return [
        thing(lead, "", True), lacks, gone, never, stray, unsigned, without_right, changed,
        adoption(lead, lacks), adoption(lead, lacks), adoption(lead, gone), adoption(lead, changed),
        adoption(lead, stray), adoption(lead, unsigned),
        adoption(lead, without_right),  # of an adoption by one without the right: nothing
        adoption(lead, never, where=elsewhere),  # in another record: nothing
        Judged(lead.write(stream, ADOPTED, {"event": "../etc"}, ent=stream), "", False),
        Judged(lead.write(stream, ADOPTED, {"event": 7}, ent=stream), "", False),
    ]  # fmt: skip


HISTORY = _history()


def wanted(history: list[Judged]) -> bytes:
    picture = Picture(events())
    for each in history:
        if each.counts:
            picture.apply(happening(Stored(0, each.event, "")))
    return picture.dump()


def shown(view: View) -> list[object]:
    # All but its number, which counts what this view met first; those of equal rank are in one order all the same.
    names = view.rows("SELECT group_concat(name) FROM pragma_table_info('incident') WHERE name<>'num'")[0][0]
    return [
        *view.rows(f"SELECT {names} FROM incident ORDER BY closed, place, born DESC, id"),  # noqa: S608 - names of columns
        *view.rows("SELECT event_id, doubt FROM entry ORDER BY event_id"),
        *view.rows("SELECT * FROM adopted ORDER BY event, stream, by"),
    ]


def any_order(expected: bytes) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
    @given(
        st.permutations(range(len(HISTORY))),
        st.lists(st.integers(1, 6), min_size=20, max_size=20),
        st.sets(st.integers(0, len(HISTORY) - 1)),
    )
    def check(order: list[int], sizes: list[int], judged_later: set[int]) -> None:
        """Some verdicts are known when the event comes, some only later, as for an author's own events."""
        with tempfile.TemporaryDirectory() as folder:
            log = Log(Path(folder) / "log.db")
            view = View(Path(folder) / "view.db", events())
            verdicts = [number for number in order if number in judged_later and HISTORY[number].doubt]
            while order or verdicts:
                group, order = order[: sizes[0]], order[sizes[0] :]
                sizes = [*sizes[1:], sizes[0]]
                with log.writing() as writer:
                    for number in group:
                        event, doubt, _ = HISTORY[number]
                        writer.add(event, doubt="" if number in judged_later else doubt)
                    for number in verdicts[:2] if not order else ():
                        writer.put_in_doubt(HISTORY[number].event.id, HISTORY[number].doubt)
                verdicts = verdicts if order else verdicts[2:]
                view.catch_up(log)
            grown, rows = view.dump(), shown(view)
            view.reset()
            view.catch_up(log)
            again = view.dump(), shown(view)
            view.close()
            log.close()
        assert again == (grown, rows)
        assert grown == expected

    check()


def test_adoption_is_the_same_in_any_order() -> None:
    any_order(wanted(HISTORY))


def test_one_that_is_left_out_is_seen() -> None:
    with pytest.raises(AssertionError):
        any_order(wanted([each._replace(counts=each.counts and not each.doubt) for each in HISTORY]))
