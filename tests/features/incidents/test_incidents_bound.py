"""Nobody rewrites an incident from a stream of their own, in whatever order things arrive and wherever they are folded."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.profiles import declare, unruled

from ircockpit.core import reduce
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.reduce import STRAY, Picture, shown_value
from ircockpit.features.containment.queries import actions
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.table import events
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import triage_id
from ircockpit.ledger.envelope import encode
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.parts import body_digest, drop, make_parts
from ircockpit.store import fold as folding
from ircockpit.store.fold import happening
from ircockpit.store.log import Log, Stored
from ircockpit.store.view import View
from ircockpit.store.workstation import Draft, Workstation

FIELDS = ("title", "severity", "status")
HONEST = ("wrong dose", "SEV2", "closed")
"""As it was declared and then closed by those who work on it."""


def _record(station: Workstation) -> tuple[str, str, list[SignedEvent]]:
    ident, stream = declare(station)
    answer(station, incident=ident, harm="no")
    station.append([
        station.set_field(stream, "incident.set", ident, "status", "closed"),
        station.set_field(stream, "incident.set", ident, "severity", "SEV2"),
    ])  # fmt: skip
    return ident, stream, [stored.event for stored in station.log.of_stream(stream)]


def _attack(folder: Path, ident: str, head: str, honest: list[SignedEvent]) -> list[SignedEvent]:
    """In a fresh stream: the incident anew and born earlier, fields of it and of its triage, and another kind of thing."""
    with unruled(folder) as jo:
        with jo.log.writing() as writer:
            for event in honest:
                writer.add(event)
        streams = [jo.open_stream("incident") for _ in range(3)]
        facts = {"title": "nothing to see", "severity": "SEV4", "status": "open"}
        jo.append([Draft(streams[0][0], "incident.declared", ident, (facts,))])
        jo.append([
            Draft(streams[1][0], "incident.set", ident, ({"value": "open"},), "status", (head,)),
            Draft(streams[1][0], "triage.answered", triage_id(ident), ({"value": "yes"},), "harm"),
        ])  # fmt: skip
        jo.append([
            Draft(streams[2][0], "group.formed", ident, (facts,)),
            Draft(streams[2][0], "group.set", ident, ({"value": "nothing to see"},), "title"),
        ])  # fmt: skip
        return [stored.event for stream, _ in streams for stored in jo.log.of_stream(stream)]


@pytest.fixture
def written(station: Workstation, tmp_path: Path) -> tuple[str, str, list[SignedEvent], list[SignedEvent]]:
    """An incident, its stream, its record, and what somebody writes of it elsewhere."""
    ident, stream, honest = _record(station)
    head = station.view.heads(ident, "status")[0]
    return ident, stream, honest, _attack(tmp_path / "jo", ident, head, honest)


def _in_memory(_: Path, ident: str, arrived: list[SignedEvent]) -> tuple[object, ...]:
    picture = Picture(events())
    for event in arrived:
        picture.apply(happening(Stored(0, event, "")))
    entity = picture.entity(ident)
    assert entity is not None
    shown = (shown_value(entity, picture.register(ident, field), field) for field in FIELDS)
    return (entity.kind, entity.stream, *shown, picture.register(triage_id(ident), "harm").in_conflict)


def _on_disk(folder: Path, ident: str, arrived: list[SignedEvent]) -> tuple[object, ...]:
    log, view = Log(folder / "log.db"), View(folder / "view.db", events())
    with log.writing() as writer:
        for event in arrived:
            writer.add(event)
    view.catch_up(log)
    rows = view.rows(f"SELECT 'incident', stream, {', '.join(FIELDS)} FROM incident WHERE id=?", (ident,))  # noqa: S608
    disputed = view.rows("SELECT disputed <> '' FROM triage WHERE id=?", (triage_id(ident),))
    assert view.rows("SELECT count(*) FROM entry") == [(len(arrived),)], "the record keeps everything"
    view.close()
    log.close()
    return (*rows[0], bool(disputed[0][0])) if rows else ()


@pytest.mark.parametrize("fold", [_in_memory, _on_disk])
def test_what_is_written_elsewhere_about_an_incident_changes_nothing(
    written: tuple[str, str, list[SignedEvent], list[SignedEvent]],
    fold: Callable[[Path, str, list[SignedEvent]], tuple[object, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ident, stream, honest, attack = written
    mixed = [event for pair in zip(honest, attack, strict=False) for event in pair]
    rest = [event for event in (*honest, *attack) if event not in mixed]
    orders = [[*honest, *attack], [*attack, *honest], [*reversed(attack), *reversed(honest)], [*mixed, *rest]]
    for number, arrived in enumerate(orders):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert fold(folder, ident, arrived) == ("incident", stream, *HONEST, False)
    for module in (reduce, folding):
        monkeypatch.setattr(module, "is_stray", lambda *_: False)
    (tmp_path / "control").mkdir()
    assert fold(tmp_path / "control", ident, orders[0]) != ("incident", stream, *HONEST, False)


def test_each_of_them_would_have_done_harm(
    written: tuple[str, str, list[SignedEvent], list[SignedEvent]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ident, stream, honest, attack = written
    monkeypatch.setattr(reduce, "is_stray", lambda *_: False)
    harmful = [event for event in attack if event.envelope.type != "lane.opened"]
    assert len(harmful) == 5
    for event in harmful:
        assert _in_memory(tmp_path, ident, [*honest, event]) != ("incident", stream, *HONEST, False), (
            event.raw
        )


def test_the_stream_that_holds_it_shows_it_as_what_it_is(
    written: tuple[str, str, list[SignedEvent], list[SignedEvent]], station: Workstation
) -> None:
    _, stream, _, attack = written
    with station.log.writing() as writer:
        for event in attack:
            writer.add(event)
    station.refresh()
    rows = station.view.rows(
        "SELECT doubt FROM entry WHERE stream<>? AND ent<>stream AND type LIKE 'incident%'", (stream,)
    )
    assert rows == [(STRAY,), (STRAY,)]
    assert station.log.count() > len(attack), "nothing is thrown away"


def test_a_key_in_two_parts_is_not_written_and_the_later_part_overrides_nothing(
    station: Workstation, tmp_path: Path
) -> None:
    ident, stream = declare(station)
    twice = Draft(
        stream, "incident.set", ident, ({"value": "SEV1"}, {"value": "SEV4", "why": "x"}), "severity"
    )
    before = station.log.count()
    with pytest.raises(BadInput, match="value stands in two parts"):
        station.append([twice])
    assert station.log.count() == before
    station.append([twice._replace(parts=({"value": "SEV1"}, {"why": "x"}))])
    event = station.log.of_stream(stream)[-1].event
    body = make_parts(twice.parts, os.urandom)
    made = event._replace(raw=encode(event.envelope._replace(body=body_digest(body))), parts=body)
    for parts in (body, (body[0], drop(body[1]))):
        assert happening(Stored(0, made._replace(parts=parts), "")).body["value"] == "SEV1"


def test_this_program_does_not_write_it_at_all(station: Workstation) -> None:
    ident, _ = declare(station)
    stream, genesis = station.open_stream("incident")
    before = station.log.count()
    with pytest.raises(RefusedError, match="another stream"):
        station.append([genesis, Draft(stream, "incident.noted", ident, ({"text": "x"},))])
    with pytest.raises(RefusedError, match="another stream"):
        station.append([genesis, Draft(stream, "group.formed", ident)])
    assert station.log.count() == before


def test_what_names_an_incident_from_another_record_is_none_of_its_controls_or_exhibits(
    station: Workstation,
) -> None:
    ident, stream = declare(station)
    elsewhere, genesis = station.open_stream("incident")
    station.append([genesis])
    for place in (stream, elsewhere):
        action, exhibit = station.new_id(place), station.new_id(place)
        station.append([
            Draft(place, "containment.planned", action, ({"incident": ident, "title": "halt"},)),
            Draft(place, "evidence.added", exhibit, ({"incident": ident, "number": 1, "name": place},)),
        ])  # fmt: skip
        station.append([station.set_field(place, "containment.stepped", action, "state", "effective")])
    # The control: both stand in the view, and only one is shown.
    assert station.view.rows("SELECT count(*) FROM action WHERE incident=?", (ident,)) == [(2,)]
    assert [row.stream for row in actions(station.view, ident)] == [stream]
    assert [row.name for row in exhibits(station.view, ident)] == [stream]
