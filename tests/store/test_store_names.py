"""Short ids as people type them: the right thing, or the candidates, never a guess."""

import pytest
from tests.store.profiles import declare

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import named_uuid, spoken_form
from ircockpit.store.names import resolve, short_id
from ircockpit.store.workstation import Draft, Workstation


def known(station: Workstation, kind: str, *names: str) -> list[str]:
    """Ids of things of a kind, made of these names."""
    type_ = {"incident": "incident.declared", "group": "group.formed", "signal": "signal.received"}[kind]
    _, stream = declare(station, "carrier")
    idents = [named_uuid("golden", name) for name in names]
    station.append([Draft(stream, type_, ident, ({"title": "x"},)) for ident in idents])
    return idents


def test_two_that_collide_are_both_longer_and_the_short_word_names_them(station: Workstation) -> None:
    one, two, other = known(station, "incident", "0", "240", "2")
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
    (incident,) = known(station, "incident", "0")
    (group,) = known(station, "group", "240")
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
    known(station, "group", "0")
    with pytest.raises(NotFound):
        resolve(station.view, text, "group", "signal")
