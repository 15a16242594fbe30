"""A record of strange form, signed by a colleague's later or broken program, keeps nobody else from working."""

from typing import Any

import pytest
from tests.support.entities import an_id

from ircockpit.command.action import Result
from ircockpit.core.reduce import Effect
from ircockpit.features.catalogue import events, said
from ircockpit.features.containment.actions import list_actions
from ircockpit.features.evidence.actions import list_all as list_exhibits
from ircockpit.features.incidents.actions import declare, note, queue, show, timeline
from ircockpit.features.intake.actions import review
from ircockpit.features.intake.queries import groups_to_review
from ircockpit.features.people.queries import names
from ircockpit.features.record.actions import doctor, rebuild
from ircockpit.features.systems.actions import list_all as list_systems
from ircockpit.features.triage.actions import answer
from ircockpit.store.workstation import Draft, Workstation

STRANGE: tuple[Any, ...] = (
    5,
    -1,
    True,
    None,
    "",
    "x",
    "{",
    "[1]",
    [1, None],
    {"a": {"b": []}},
    "\x1b[2J\u202e",
    "9" * 300,
)


@pytest.mark.parametrize("value", STRANGE, ids=[str(number) for number in range(len(STRANGE))])
def test_lists_and_pages_stand_whatever_a_field_holds(station: Workstation, value: Any) -> None:
    ident = str(declare(station, title="sound").data["id"])
    stream, genesis = station.open_stream("incident")
    drafts = [genesis]
    idents: dict[str, str] = {}
    for type_ in events().types.values():
        if type_.effect is Effect.CREATE and type_.kind != "stream":
            fields = events().kinds[type_.kind].fields
            idents[type_.kind] = an_id(type_.name, stream)
            facts = {
                **dict.fromkeys(fields, value),
                **({"incident": ident} if type_.kind in ("action", "exhibit") else {}),
            }
            drafts.append(Draft(stream, type_.name, idents[type_.kind], (facts,)))
    station.append(drafts)
    for type_ in events().types.values():
        if type_.effect is Effect.SET and type_.kind in idents:
            for field in events().kinds[type_.kind].fields:
                if field not in ("incident", "group"):
                    station.append([station.set_field(stream, type_.name, idents[type_.kind], field, value)])
    assert not station.trouble
    assert "sound" in {row["title"] for row in queue(station).data["incidents"]}
    pages: list[Result] = [
        queue(station, closed=True), show(station, incident=ident), timeline(station, incident=ident, all=True),
        show(station, incident=idents["incident"]), timeline(station, incident=idents["incident"], all=True),
        list_actions(station, incident=ident), list_exhibits(station, incident=ident), list_systems(station),
        answer(station, incident=ident, harm="yes"), note(station, incident=ident, text="goes on"), doctor(station),
        review(station, signal=idents["group"]), rebuild(station),
    ]  # fmt: skip
    assert all(isinstance(page, Result) for page in pages)
    groups_to_review(station.view)
    names(station.view)
    declare(station, title="another", system=None)


@pytest.mark.parametrize("name", sorted(events().types))
def test_every_event_has_words_whatever_it_holds(name: str) -> None:
    kind = events().kinds[events().types[name].kind]
    for field in (None, *kind.fields, "field_of_tomorrow"):
        assert isinstance(said(name, field, {}), str)
        for value in STRANGE:
            keys = (*kind.fields, "value", "why", "text", "title", "detail", "plan", "what", "drill", "kind")
            assert isinstance(said(name, field, dict.fromkeys(keys, value)), str)


def test_an_event_of_a_later_program_says_so() -> None:
    assert "newer version" in said("thing.of_tomorrow", None, {})
