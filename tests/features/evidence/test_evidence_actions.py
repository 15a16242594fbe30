"""Evidence: the bytes first, one exhibit for the same bytes, copies checked on the way out, labels that never move."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.profiles import declare, open_station

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import BadInput, CockpitError, NotFound
from ircockpit.core.ids import belongs, entity_id, random_uuid
from ircockpit.features.evidence import actions, queries
from ircockpit.features.evidence.rules import Numbered, exhibit_id, is_label, labels, next_number
from ircockpit.features.incidents.actions import timeline
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


@pytest.fixture
def ident(station: Workstation) -> str:
    return declare(station)[0]


def wrote(tmp_path: Path, raw: bytes = b"proof", name: str = "proof.txt") -> str:
    path = tmp_path / name
    path.write_bytes(raw)
    return str(path)


def test_a_file_is_kept_hashed_and_cited(station: Workstation, ident: str, tmp_path: Path) -> None:
    result = actions.add(station, file=wrote(tmp_path), incident=ident, origin="from jo, by mail")
    digest = hashlib.sha256(b"proof").hexdigest()
    assert (result.data["label"], result.data["sha256"], result.data["size"]) == ("E1", digest, 5)
    assert (result.data["origin"], result.data["by"], result.data["added"]) == (
        "from jo, by mail",
        "mira",
        True,
    )
    with FileBlobs(station.profile.blobs).open(digest, open_to_all, verify=True) as kept:
        assert kept.read() == b"proof"
    assert timeline(station, incident=ident).data[-1]["text"] == f"E1 proof.txt, sha256 {digest[:12]}"
    listed = actions.list_all(station, incident=ident)
    assert [(row["label"], row["here"]) for row in listed.data] == [("E1", True)]


def test_of_which_kind_it_is_is_recorded_and_shown(station: Workstation, ident: str, tmp_path: Path) -> None:
    file = wrote(tmp_path)
    digest = hashlib.sha256(b"proof").hexdigest()[:12]
    made = actions.add(station, file=file, incident=ident, kind="tool-calls")
    assert (made.data["kind"], made.data["clear"]) == ("tool-calls", False)
    told = timeline(station, incident=ident).data
    assert told[-1]["text"] == f"E1 proof.txt, tool-calls, sha256 {digest}"
    with pytest.raises(BadInput) as caught:
        actions.add(station, file=wrote(tmp_path, b"other", "o"), incident=ident, kind="phone call")
    assert "access-log" in caught.value.fix
    assert len(queries.exhibits(station.view, ident)) == 1
    again = actions.add(station, file=file, incident=ident, kind="conv")
    assert (again.data["added"], again.data["kind"]) == (False, "conversation")
    assert timeline(station, incident=ident).data[-1]["text"] == "E1 is of the kind conversation"
    shown = "\n".join(plain(line) for line in again.lines)
    assert "kind     conversation" in shown
    assert "conversation" in "\n".join(map(plain, actions.list_all(station, incident=ident).lines))
    count = station.log.count()
    assert "already" in actions.set_kind(station, exhibit=made.data["short"], kind="conversation").said
    assert station.log.count() == count


def test_the_same_bytes_are_one_exhibit_in_one_incident(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    actions.add(station, file=wrote(tmp_path), incident=ident)
    count = station.log.count()
    again = actions.add(station, file=wrote(tmp_path, name="other.txt"), incident=ident)
    assert (again.data["label"], again.data["added"]) == ("E1", False)
    assert station.log.count() == count
    assert actions.add(station, file=wrote(tmp_path, b"more", "b"), incident=ident).data["label"] == "E2"
    elsewhere = actions.add(station, file=wrote(tmp_path), incident=declare(station, "another")[0])
    assert (elsewhere.data["label"], elsewhere.data["added"]) == ("E1", True)


def test_what_cannot_be_taken_in_leaves_nothing(station: Workstation, ident: str, tmp_path: Path) -> None:
    count = station.log.count()
    for file, incident, origin in (
        (str(tmp_path / "absent"), ident, None), (str(tmp_path), ident, None), (wrote(tmp_path), "zuzu", None),
        (wrote(tmp_path), ident, "x" * 2001),
    ):  # fmt: skip
        with pytest.raises(CockpitError):
            actions.add(station, file=file, incident=incident, origin=origin)
    assert station.log.count() == count


def test_a_hostile_file_name_is_kept_for_the_court_and_inert_on_the_screen(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    name = "invoice\u202efdp.exe\x1b[2J"
    result = actions.add(station, file=wrote(tmp_path, name=name), incident=ident)
    shown = "\n".join(
        plain(line) for line in (*result.lines, *actions.list_all(station, incident=ident).lines)
    )
    assert "\u202e" not in shown + result.said
    assert "\x1b" not in shown + result.said
    parts = [part.data or b"" for stored in station.log.since(0) for part in stored.event.parts]
    assert any(b'"file_name"' in data for data in parts)


def test_a_copy_is_checked_noted_and_never_overwrites(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    made = actions.add(station, file=wrote(tmp_path), incident=ident).data
    out = tmp_path / "out.txt"
    actions.export(station, exhibit=made["short"], to=str(out))
    assert out.read_bytes() == b"proof"
    assert out.stat().st_mode & 0o077 == 0
    assert "gave out a copy of E1" in timeline(station, incident=ident).data[-1]["text"]
    out.write_bytes(b"mine")
    count = station.log.count()
    with pytest.raises(BadInput, match="is there already"):
        actions.export(station, exhibit=made["short"], to=str(out))
    assert out.read_bytes() == b"mine"
    assert station.log.count() == count
    folder = tmp_path / "folder"
    folder.mkdir()
    actions.export(station, exhibit=made["short"], to=str(folder))
    assert [path.name for path in folder.iterdir()] == ["E1 proof.txt"]


def test_a_copy_that_changed_on_the_disk_is_not_given_out(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    made = actions.add(station, file=wrote(tmp_path), incident=ident).data
    kept = FileBlobs(station.profile.blobs).path(made["sha256"])
    kept.chmod(0o600)
    kept.write_bytes(b"prooF")
    count = station.log.count()
    with pytest.raises(CockpitError):
        actions.export(station, exhibit=made["short"], to=str(tmp_path / "out.txt"))
    assert not (tmp_path / "out.txt").exists()
    assert station.log.count() == count, "nothing was given out, so nothing says so"
    os.unlink(kept)
    with pytest.raises(NotFound):
        actions.export(station, exhibit=made["short"], to=str(tmp_path / "out.txt"))
    assert [row["here"] for row in actions.list_all(station, incident=ident).data] == [False]


def test_an_exhibit_is_named_with_its_incident(station: Workstation, ident: str, tmp_path: Path) -> None:
    made = actions.add(station, file=wrote(tmp_path), incident=ident).data
    from ircockpit.store.names import short_id

    place = short_id(station.view, "incident", ident)
    for text in (made["short"], made["ident"], f"{place}/E1", f"{place}/ e1 "):
        assert queries.exhibit(station.view, text).ident == made["ident"]
    with pytest.raises(NotFound, match="any incident"):
        queries.exhibit(station.view, "E1")
    with pytest.raises(NotFound, match="no exhibit"):
        queries.exhibit(station.view, f"{place}/E9")


def test_two_who_took_in_apart_keep_their_labels(station: Workstation, ident: str, tmp_path: Path) -> None:
    stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    with open_station(tmp_path / "jo") as other:
        with other.log.writing() as writer:
            for stored in station.log.of_stream(stream):
                writer.add(stored.event)
        other.refresh()
        mine = actions.add(station, file=wrote(tmp_path, b"a", "a"), incident=ident).data
        theirs = actions.add(other, file=wrote(tmp_path, b"b", "b"), incident=ident).data
        assert mine["label"] == theirs["label"] == "E1"
        for source, target in ((station, other), (other, station)):
            with target.log.writing() as writer:
                for stored in source.log.of_stream(stream):
                    writer.add(stored.event)
            target.refresh()
        here, there = (
            {each.ident: each.label for each in queries.exhibits(who.view, ident)} for who in (station, other)
        )
    assert here == there
    assert sorted(here.values()) == ["E1", "E1b"]


@given(
    st.lists(st.tuples(st.uuids(), st.integers(0, 3), st.integers(1, 3)), max_size=40, unique_by=lambda row: row[0]),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_labels_are_unique_and_the_same_everywhere(
    rows: list[tuple[object, int, int]], random: object
) -> None:
    known = [Numbered(str(ident), number, (lam, str(ident))) for ident, number, lam in rows]
    found = labels(known)
    assert len(set(found.values())) == len(known)
    assert labels(reversed(known)) == found
    assert all(is_label(label) for label in found.values() if not label.startswith("E0"))
    first = min(known, key=lambda each: (each.number, each.born), default=None)
    assert first is None or found[first.ident] == f"E{first.number}"
    assert next_number(known) > max((each.number for each in known), default=0)


def test_the_id_of_an_exhibit_is_its_bytes_in_its_incident() -> None:
    stream = random_uuid()
    one, two = entity_id(stream), entity_id(stream)
    assert exhibit_id(one, "00") == exhibit_id(one, "00") != exhibit_id(two, "00")
    assert belongs(exhibit_id(one, "00"), stream)
