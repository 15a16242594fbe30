"""Short ids as people type them: the right thing, or the candidates, never a guess."""

from collections.abc import Callable

import pytest
from tests.store.profiles import declare

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import random_uuid, spoken_form
from ircockpit.store.names import resolve, short_id
from ircockpit.store.workstation import Draft, Workstation

GROUP = "cb028112-6822-461c-a365-be28c63a25f6"


def put(station: Workstation, stream: str, type_: str, *idents: str) -> None:
    """Things with these ids."""
    station.append([Draft(stream, type_, ident, ({"title": "x"},)) for ident in idents])


def like(ident: str, make: Callable[[], str]) -> str:
    """An id whose spoken form begins with the same two syllables and goes on differently."""
    said = spoken_form(ident)
    found = (each for each in iter(make, "") if spoken_form(each)[:4] == said[:4])
    return next(each for each in found if spoken_form(each)[:6] != said[:6])


def test_two_that_collide_are_both_longer_and_the_short_word_names_them(station: Workstation) -> None:
    other, stream = declare(station)
    one = station.new_id(stream)
    two = like(one, lambda: station.new_id(stream))
    put(station, stream, "incident.declared", one, two)
    shorts = [short_id(station.view, "incident", ident) for ident in (one, two, other)]
    assert shorts[:2] == [spoken_form(one)[:6], spoken_form(two)[:6]]
    for ident, short in zip((one, two, other), shorts, strict=True):
        for text in (short, short.upper(), f" {short} ", spoken_form(ident), ident, ident.upper()):
            assert resolve(station.view, text, "incident") == ("incident", ident)
    with pytest.raises(NotFound) as told:
        resolve(station.view, shorts[0][:4], "incident")
    assert shorts[0] in told.value.what
    assert shorts[1] in told.value.what


def test_kinds_keep_apart(station: Workstation) -> None:
    incident, stream = declare(station)
    group = like(incident, random_uuid)
    put(station, stream, "group.formed", group)
    assert short_id(station.view, "incident", incident) == spoken_form(incident)[:4], (
        "another kind is no neighbour"
    )
    assert short_id(station.view, "group", group) == "g-" + spoken_form(group)[:4]
    bare = spoken_form(group)[:4]
    assert resolve(station.view, f"g-{bare}", "incident", "group") == ("group", group)
    assert resolve(station.view, bare, "incident", "group") == ("incident", incident)
    assert resolve(station.view, bare, "group") == ("group", group), "where only one kind can be meant"
    assert resolve(station.view, group, "incident", "group") == ("group", group)


@pytest.mark.parametrize("text", ["", " ", "g-", "zuzuzuzu", "%", "_", "' OR 1=1 --", "\x7f"])
def test_what_names_nothing_is_told(station: Workstation, text: str) -> None:
    put(station, declare(station)[1], "group.formed", GROUP)
    with pytest.raises(NotFound):
        resolve(station.view, text, "group", "signal")
