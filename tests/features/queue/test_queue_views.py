"""Saved views: kept in the profile and not in the record, chosen by name, and never a filter that asks nothing."""

import pytest

from ircockpit.core.errors import BadInput, NotFound, UsageError
from ircockpit.features.incidents.actions import declare, queue
from ircockpit.features.queue.actions import list_views, remove_view, save_view
from ircockpit.features.queue.queries import filtered
from ircockpit.features.queue.rules import BUILT_IN
from ircockpit.features.queue.views import MAX_VIEWS, place, save, saved
from ircockpit.store.workstation import Workstation


def test_a_view_is_saved_used_and_removed_and_the_record_knows_nothing_of_it(station: Workstation) -> None:
    declare(station, title="loud", severity="SEV1")
    declare(station, title="quiet", severity="SEV4")
    count = station.log.count()
    assert save_view(station, name="my night", filter=["sev:1", "!contained"]).data == {
        "name": "my night", "filter": "sev:1 !contained", "built_in": False,
    }  # fmt: skip
    assert [row["title"] for row in queue(station, view="my").data["incidents"]] == ["loud"]
    assert queue(station, view="my night", filter="quiet").data["incidents"] == []
    save_view(station, name="My Night", filter="sev:4")
    assert [row["title"] for row in queue(station, view="my night").data["incidents"]] == ["quiet"]
    assert [row["name"] for row in list_views(station).data][-1] == "My Night"
    assert remove_view(station, name="my night").said == "My Night is removed"
    assert saved(station) == ()
    assert station.log.count() == count


def test_every_view_that_is_built_in_asks_something(station: Workstation) -> None:
    for view in BUILT_IN:
        filtered(station, view.filter)
        queue(station, view=view.name)


@pytest.mark.parametrize(
    ("name", "asked", "error"),
    [
        ("x", "foo:1", UsageError), ("", "sev:1", BadInput), ("x", " ", BadInput), ("Mine", "sev:1", BadInput),
        ("x" * 41, "a", BadInput),
    ],
)  # fmt: skip
def test_what_cannot_be_a_view_is_not_saved(
    station: Workstation, name: str, asked: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        save(station, name, asked)
    assert not place(station).exists()


def test_an_unknown_name_names_those_there_are(station: Workstation) -> None:
    with pytest.raises(NotFound, match="no view is called 'zz'") as caught:
        queue(station, view="zz")
    assert "mine, not stopped" in caught.value.fix
    with pytest.raises(BadInput):
        remove_view(station, name="mine")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[1, {}]",
        b'{"name": 1}',
        b"\xff\xfe",
        b'[{"name": "\\u001b[31mred", "filter": "a\\u202eb"}]',
    ],
)
def test_a_damaged_file_of_views_keeps_nobody_out_and_shows_nothing_hostile(
    station: Workstation, raw: bytes
) -> None:
    place(station).write_bytes(raw)
    lines = [span.text for line in list_views(station).lines for span in line]
    assert all(text.isprintable() for text in lines)
    save(station, "ok", "sev:1")
    assert "ok" in [view.name for view in saved(station)]


def test_so_many_are_kept_and_no_more(station: Workstation) -> None:
    for number in range(MAX_VIEWS):
        save(station, f"v{number}", "sev:1")
    with pytest.raises(BadInput, match="at most"):
        save(station, "one more", "sev:1")
    assert len(saved(station)) == MAX_VIEWS
