"""A few letters find an entry of the registry, the likely one first."""

import pytest

from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import Entry
from ircockpit.command.palette import found
from ircockpit.features.catalogue import actions

ENTRIES: tuple[Entry, ...] = (*actions(), *GESTURES)


def ids(text: str) -> list[str]:
    return [entry.id for entry in found(ENTRIES, text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("note", "incident.note"), ("T", "incident.take"), ("!", "containment.stop"), ("?", "help.show"),
        ("close", "incident.close"), ("triage", "triage.answer"), ("half down", "move.half_down"),
        ("contain check", "containment.check"), ("hold.release", "hold.release"), ("mbr role", "member.role"),
    ],
)  # fmt: skip
def test_what_is_meant_comes_first(text: str, first: str) -> None:
    assert ids(text)[0] == first


def test_every_word_has_to_fit() -> None:
    assert set(ids("evidence file")) < set(ids("evidence"))
    assert ids("evidence zzz") == []
    assert ids("") == [entry.id for entry in ENTRIES]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_each_is_found_by_its_id_and_title(entry: Entry) -> None:
    assert ids(entry.id)[0] == entry.id
    assert entry.id in ids(entry.title)


def test_own_keys_find_their_entry() -> None:
    assert found(ENTRIES, "K", {"incident.take": ("K",)})[0].id == "incident.take"
    assert found(ENTRIES, "T", {"incident.take": ("K",)})[0].id != "incident.take"
