"""One's own name: shown, set, gated, and nothing but a name for the pseudonym that signs."""

import json

import pytest
from tests.store.profiles import declare, note, open_station

from ircockpit.core.errors import BadInput
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.people.actions import set_name
from ircockpit.features.people.naming import MAX_NAME, is_named
from ircockpit.features.people.queries import name_of, names
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation


def test_without_words_the_present_name_is_shown(station: Workstation) -> None:
    before = station.log.count()
    shown = set_name(station)
    assert shown.data == {"id": station.me, "name": "mira"}
    assert station.log.count() == before


def test_a_new_name_is_shown_beside_earlier_entries_too(station: Workstation) -> None:
    ident, stream = declare(station)
    note(station, stream, ident, "seen")
    set_name(station, name=["Mira", "Okafor"])
    assert {row["name"] for row in timeline(station, incident=ident).data} == {"Mira Okafor"}
    before = station.log.count()
    set_name(station, name="Mira Okafor")
    assert station.log.count() == before
    with open_station(station.profile.folder) as again:
        assert again.identity.name == "Mira Okafor"


def test_a_hostile_name_is_inert_and_a_long_one_refused(station: Workstation) -> None:
    set_name(station, name="Mi\x1b[2Jra\u202e\n")
    assert "\x1b" not in names(station.view)[station.me]
    assert "\u202e" not in station.identity.name
    before = station.log.count()
    with pytest.raises(BadInput, match="40 characters"):
        set_name(station, name="x" * (MAX_NAME + 1))
    assert station.log.count() == before


def test_no_envelope_holds_the_name(station: Workstation) -> None:
    set_name(station, name="Zebulon")
    ident, stream = declare(station)
    note(station, stream, ident, "seen")
    envelopes = [stored.event.raw for stored in station.log.since(0)]
    assert not any(b"Zebulon" in raw for raw in envelopes)
    bodies = [part.data or b"" for stored in station.log.since(0) for part in stored.event.parts]
    assert sum(b"Zebulon" in data for data in bodies) == 1, "one part of one entry, which can be erased"


def test_whoever_has_no_name_is_still_told_from_others() -> None:
    assert name_of({"a" * 36: "jo"}, "a" * 36) == "jo"
    assert name_of({}, "abcd1234") == "someone abcd"
    assert name_of({}, None) == name_of({}, "") == "-"


def test_the_first_start_makes_a_profile_of_one_person(station: Workstation) -> None:
    assert names(station.view) == {station.me: "mira"}
    kept = json.loads((station.profile.folder / "profile.json").read_text("utf-8"))
    assert kept["user"] == station.me
    assert Profile(station.profile.folder).identity() == station.identity


def test_the_name_of_the_login_is_none_that_anybody_has_said(station: Workstation) -> None:
    assert not is_named(station)
    set_name(station, name="Mira Okafor")
    assert is_named(station)
