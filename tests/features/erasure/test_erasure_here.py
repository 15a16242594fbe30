"""Holding and erasing on one device: what goes, what stays, what stands in the way, and that no byte is left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.profiles import declare, open_station
from tests.support.traces import files_with, trigrams_of

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import BadInput, ExitCode, NotFound, RefusedError
from ircockpit.features.erasure import actions
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident as incident_row
from ircockpit.features.people.actions import set_name
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.features.record.backups import backup, restore
from ircockpit.render.span import plain
from ircockpit.store import erasing
from ircockpit.store.workstation import Draft, Workstation

SECRET = "Zoraida Quixotebury-Wexford called twice"
WHY = "the person asked for it"


def note(station: Workstation, ident: str, text: str = SECRET) -> str:
    return str(incidents.note(station, incident=ident, text=text).data["event"])


def erase(station: Workstation, *events: str, **more: object) -> dict[str, object]:
    result = actions.erase(station, entry=events, reason=WHY, yes=True, confirm=events[0][:12], **more)  # type: ignore[arg-type]
    assert result.code == ExitCode.OK, result
    return dict(result.data)


def row_of(station: Workstation, event: str) -> tuple[str, str]:
    rows = station.view.rows("SELECT body, missing FROM entry WHERE event_id=?", (event,))
    return str(rows[0][0]), str(rows[0][1])


def test_the_plan_is_shown_and_nothing_goes_without_the_id(station: Workstation) -> None:
    ident, _ = declare(station)
    event = note(station, ident)
    for confirm, yes in ((None, False), (None, True), ("c0ffee", True), (event[:12], False)):
        shown = actions.erase(station, entry=[event[:12]], reason=WHY, confirm=confirm, yes=yes)
        assert (shown.code, shown.data["ordered"]) == (ExitCode.REFUSED, False)
        text = "\n".join(plain(line) for line in shown.lines)
        assert SECRET in text
        assert "1 part of 1" in text
        assert "stolen" in text
        assert "printed" in text
    assert SECRET in row_of(station, event)[0]


def test_the_plan_names_other_entries_with_the_same_words(station: Workstation) -> None:
    """A merged or a repeated text is an entry of its own: whoever orders is told that it stays."""
    ident, _ = declare(station)
    first = note(station, ident, f'{SECRET}, "quoted" and päinted')
    other = note(station, ident, f'as I said: {SECRET}, "quoted" and päinted.')
    note(station, ident, "nothing of the kind")
    shown = actions.erase(station, entry=[first], reason=WHY)
    assert shown.data["entries"][0]["same_words"] == [other]
    assert f"1 other entry with the same words: {other[:12]}" in "\n".join(map(plain, shown.lines))
    both = actions.erase(station, entry=[first, other], reason=WHY)
    assert [each["same_words"] for each in both.data["entries"]] == [[], []]


def test_no_byte_is_left_and_every_proof_holds(station: Workstation) -> None:
    ident, _ = declare(station, title=SECRET)
    event = note(station, ident)
    born = str(station.view.rows("SELECT event FROM entity WHERE id=?", (ident,))[0][0])
    folder = station.profile.folder
    assert any(name.startswith("log.db") for name in files_with(folder, SECRET)), (
        "the control: it is there before"
    )
    assert any(name.startswith("view.db") for name in files_with(folder, SECRET))
    assert trigrams_of(station.profile.view_db, "Quixotebury")
    assert SECRET.encode() in station.view.dump()
    erase(station, event, born)
    assert SECRET.encode() not in station.view.dump()
    assert files_with(folder, SECRET) == []
    assert not trigrams_of(station.profile.view_db, "Quixotebury-Wexford")
    assert row_of(station, event) == ("{}", "erased")
    assert incident_row(station.view, ident).title == "erased"
    assert verify(station).data["erased"] == 2
    assert verify(station).code == ExitCode.OK
    assert "2 erased" in "".join(map(plain, verify(station).lines))
    before = station.view.dump()
    assert rebuild(station).data["same"] is True
    assert station.view.dump() == before
    assert "[erased]" in plain(incidents.timeline(station, incident=ident).lines[1])
    state = actions.status(station)
    assert [each["confirmed"] for each in state.data["erasures"][0]["devices"]] == [True]
    assert state.data["here"] == "done"


def test_only_the_parts_named_go(station: Workstation, tmp_path: Path) -> None:
    ident, _ = declare(station)
    path = tmp_path / "chat.txt"
    path.write_text("words")
    evidence.add(station, file=str(path), incident=ident, origin=SECRET)
    event = str(station.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
    erase(station, event, parts="2")
    found = exhibits(station.view, ident)[0]
    assert (found.origin, found.name) == ("erased", "chat.txt")
    assert FileBlobs(station.profile.blobs).has(found.sha256)
    assert files_with(station.profile.folder, SECRET) == []


def test_a_file_goes_with_the_last_entry_that_names_it(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(SECRET)
    idents = [declare(station, title)[0] for title in ("one", "two")]
    for ident in idents:
        evidence.add(station, file=str(path), incident=ident)
    events = [
        str(row[0])
        for row in station.view.rows(
            "SELECT event_id FROM entry WHERE type='evidence.added' ORDER BY arrival"
        )
    ]
    assert files_with(station.profile.blobs, SECRET)
    erase(station, events[0])
    assert files_with(station.profile.blobs, SECRET), "another incident still names it"
    erase(station, events[1])
    assert not files_with(station.profile.folder, SECRET)


def test_a_hold_stands_in_the_way_until_all_are_released(station: Workstation) -> None:
    ident, _ = declare(station)
    event = note(station, ident)
    one = actions.place(station, target=event[:12], reason="court").data
    two = actions.place(station, target=ident, reason="auditor").data
    refused = actions.erase(station, entry=[event], reason=WHY, yes=True, confirm=event[:12])
    assert refused.code == ExitCode.REFUSED
    assert {plain(line).split()[1] for line in refused.lines if plain(line).startswith("held")} == {
        one["short"],
        two["short"],
    }
    actions.release(station, hold=one["short"], reason="over")
    assert (
        actions.erase(station, entry=[event], reason=WHY, yes=True, confirm=event[:12]).code
        == ExitCode.REFUSED
    )
    assert SECRET in row_of(station, event)[0]
    listed = actions.list_holds(station).data
    assert [row["in_force"] for row in listed] == [True, False]
    actions.release(station, hold=two["short"], reason="over")
    erase(station, event)
    assert row_of(station, event) == ("{}", "erased")


def order(station: Workstation, stream: str, *events: str) -> None:
    """An order as another program may write it: nothing is checked before."""
    named = [[event, None] for event in events]
    station.append(
        [Draft(stream, "erasure.ordered", station.new_id(stream), ({"events": named}, {"why": WHY}))]
    )


def test_an_order_under_a_hold_waits_for_its_release(station: Workstation) -> None:
    ident, stream = declare(station)
    event = note(station, ident)
    held = actions.place(station, target=ident, reason="court").data["short"]
    order(station, stream, event)
    assert SECRET in row_of(station, event)[0]
    state = actions.status(station).data["erasures"][0]
    assert (state["holds"], [each["confirmed"] for each in state["devices"]]) == ([held], [False])
    actions.release(station, hold=held, reason="over")
    assert row_of(station, event) == ("{}", "erased")
    assert files_with(station.profile.folder, SECRET) == []
    assert [each["confirmed"] for each in actions.status(station).data["erasures"][0]["devices"]] == [True]


def test_an_order_reaches_no_other_record_nor_what_the_record_rests_on(station: Workstation) -> None:
    ident, stream = declare(station)
    _, other = declare(station, "another")
    event = note(station, ident)
    held = actions.place(
        station, target=note(station, ident, "kept words here"), reason="court order of May"
    ).data
    order(station, other, event)
    assert SECRET in row_of(station, event)[0]
    rests = [
        str(row[0])
        for row in station.view.rows(
            "SELECT event_id FROM entry WHERE stream=? AND type IN ('lane.opened', 'stream.opened')",
            (stream,),
        )
    ]
    assert len(rests) == 2
    assert actions.list_holds(station).data[0]["why"] == "court order of May"
    order(station, stream, *rests, held["event"])
    assert all(row_of(station, each)[1] == "" for each in rests)
    (row,) = actions.list_holds(station).data
    assert (row["in_force"], row["why"]) == (True, "erased"), "what it decides stays, the reason given can go"
    with pytest.raises(RefusedError):
        actions.erase(station, entry=[held["event"]], parts="0", reason=WHY)
    assert verify(station).code == ExitCode.OK


def test_one_side_of_a_conflict_is_shown_as_erased_never_as_the_other(station: Workstation) -> None:
    ident, stream = declare(station)
    drafts = [
        Draft(stream, "incident.set", ident, ({"value": value},), "impact") for value in ("few", SECRET)
    ]
    station.append(drafts)
    heads = station.view.heads(ident, "impact")
    assert len(heads) == 2
    shown = incident_row(station.view, ident).impact
    top = str(
        station.view.rows("SELECT event FROM head WHERE ent=? AND value=?", (ident, f'"{shown}"'))[0][0]
    )
    erase(station, top)
    row = incident_row(station.view, ident)
    assert row.impact == "erased"
    assert "impact" in row.disputed
    assert incidents.settle(station, incident=ident, field="impact", value="none at all").code == ExitCode.OK
    assert incident_row(station.view, ident).impact == "none at all"


def test_the_same_order_again_changes_nothing(station: Workstation) -> None:
    ident, stream = declare(station)
    event = note(station, ident)
    erase(station, event)
    before = station.view.dump()
    again = actions.erase(station, entry=[event], reason=WHY, yes=True, confirm=event[:12])
    assert (again.code, again.data["ordered"]) == (ExitCode.OK, False)
    assert station.view.dump() == before
    stored = station.log.get(event)
    assert stored is not None
    with station.log.writing() as writer:
        assert not writer.add(stored.event)
    order(station, stream, event)
    assert row_of(station, event) == ("{}", "erased")


def test_the_name_of_a_person_goes_everywhere(station: Workstation) -> None:
    set_name(station, name="Theophania Beforehand")
    set_name(station, name="Zoraida Quixotebury")
    ident, _ = declare(station)
    folder = station.profile.folder
    assert files_with(folder, "Quixotebury")
    first = actions.erase(station, name_of=station.me, reason=WHY)
    token = str(first.data["entries"][0]["event"])[:12]
    actions.erase(station, name_of=station.me, reason=WHY, yes=True, confirm=token)
    assert files_with(folder, "Quixotebury") == []
    assert files_with(folder, "Theophania") == [], "the name before it went too"
    assert name_of(names(station.view), station.me).startswith("someone ")
    assert incidents.show(station, incident=ident).code == ExitCode.OK


def test_copies_set_aside_in_the_profile_go_and_snapshots_are_named(station: Workstation) -> None:
    ident, _ = declare(station)
    event = note(station, ident)
    folder = station.profile.folder
    station.log.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (folder / "log.db.damaged-1").write_bytes(station.profile.log_db.read_bytes())
    (folder / "view.db.damaged-1").write_bytes(b"whatever it was")
    station.profile.copied.write_text("what was copied, with some of it masked")
    (folder / "log.db.damaged-2").write_bytes(b"of another time, without those words")
    (folder / "blobs" / "tmp").mkdir()
    (folder / "blobs" / "tmp" / "123-half").write_text(f"half of {SECRET}")
    (folder / "snapshots" / "a.before.json").write_text(f'{{"note": "{SECRET}"}}')
    assert len(files_with(folder, SECRET)) >= 5
    erase(station, event)
    assert files_with(folder, SECRET) == ["snapshots/a.before.json"]
    assert actions.status(station).data["left"] == ["snapshots/a.before.json"]
    assert (folder / "log.db.damaged-2").exists(), "what does not hold it is left alone"
    assert not (folder / "view.db.damaged-1").exists()
    assert not station.profile.copied.exists()


def test_what_is_typed_wrong_is_told(station: Workstation) -> None:
    ident, _ = declare(station)
    event = note(station, ident)
    with pytest.raises(NotFound):
        actions.erase(station, entry=["00000000"], reason=WHY)
    wrong: list[tuple[list[str], str | None, str]] = [
        ([event[:4]], None, WHY), ([], None, WHY), ([event], "7", WHY), ([event], "x", WHY), ([event], None, " "),
    ]  # fmt: skip
    for entry, parts, reason in wrong:
        with pytest.raises(BadInput):
            actions.erase(station, entry=entry, parts=parts, reason=reason)
    with pytest.raises(NotFound):
        actions.erase(station, name_of="nobody at all", reason=WHY)


KILLED = """
import os, signal, sys
from collections.abc import Iterator
from pathlib import Path
from tests.store.profiles import open_station
from ircockpit.store import erasing, sweep
from ircockpit.features.erasure import actions

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

module, name = sys.argv[3].split(":")
setattr({"erasing": erasing, "sweep": sweep}[module], name, die)
station = open_station(Path(sys.argv[1]))
actions.erase(station, entry=[sys.argv[2]], reason="killed", yes=True, confirm=sys.argv[2][:12])
"""


@pytest.mark.parametrize("at", ["sweep:_take_away", "erasing:note_swept", "sweep:rewrite", "sweep:_confirm"])
def test_killed_in_the_middle_the_next_start_goes_on(tmp_path: Path, at: str, repository: Path) -> None:
    with open_station(tmp_path / "p") as station:
        ident, _ = declare(station)
        event = note(station, ident)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "p"), event, at], env={**os.environ, "PYTHONPATH": str(repository)},
        cwd=repository, check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    if at != "sweep:_confirm":
        assert files_with(tmp_path / "p", SECRET), "the control: cut off before, it is still there"
    with open_station(tmp_path / "p") as station:
        assert files_with(tmp_path / "p", SECRET) == []
        assert row_of(station, event) == ("{}", "erased")
        assert [each["confirmed"] for each in actions.status(station).data["erasures"][0]["devices"]] == [
            True
        ]
        assert verify(station).code == ExitCode.OK


def test_somebody_reading_only_delays_the_free_pages(station: Workstation) -> None:
    ident, _ = declare(station)
    event = note(station, ident)
    with open_station(station.profile.folder) as other:
        other.log.db.execute("BEGIN")
        other.log.db.execute("SELECT count(*) FROM event").fetchone()
        erase(station, event)
        assert row_of(station, event) == ("{}", "erased"), "nobody is shown it meanwhile"
        assert actions.status(station).data["here"] == erasing.TO_REWRITE
        assert files_with(station.profile.folder, SECRET)
        other.log.db.execute("ROLLBACK")
    assert actions.status(station).data["here"] == "done"
    assert files_with(station.profile.folder, SECRET) == []


def test_a_large_database_is_written_anew_at_the_next_start(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident, stream = declare(station)
    event = note(station, ident)
    monkeypatch.setattr(station, "_withdraw", lambda: type(station)._withdraw(station, 1))
    order(station, stream, event)
    assert row_of(station, event) == ("{}", "erased")
    assert station.log.meta(erasing.TRACES) == erasing.TO_REWRITE
    with open_station(station.profile.folder) as again:
        assert actions.status(again).data["here"] == "done"
    assert files_with(station.profile.folder, SECRET) == []


def test_without_a_hub_only_a_lead_decides(station: Workstation, monkeypatch: pytest.MonkeyPatch) -> None:
    ident, stream = declare(station)
    event = note(station, ident)
    member = station.identity._replace(org_root=station.identity.own_root)
    monkeypatch.setattr(station, "identity", member)  # joined without a network, and no role is known here
    monkeypatch.setattr(station, "follow", lambda: None)
    order(station, stream, event)
    assert SECRET in row_of(station, event)[0]
    assert actions.status(station).data["erasures"][0]["counts"] == "waits for a lead"
    monkeypatch.setattr(station, "identity", member._replace(org_root=""))
    station.refresh()
    assert row_of(station, event) == ("{}", "erased"), "the control: one's own lead decides"


def test_what_is_not_of_this_profile_is_never_removed(station: Workstation, tmp_path: Path) -> None:
    """A hub's data folder lies in its founder's profile; a backup may, too: what holds the same words there stays."""
    ident, _ = declare(station)
    event = note(station, ident)
    folder = station.profile.folder
    blob = FileBlobs(folder / "hub" / "blobs").put_bytes(f"the transcript: {SECRET}".encode())
    (folder / "hub" / "hub.db").write_bytes(f"a device of {SECRET}".encode())
    backup(station, to=str(folder / "my-backup"))
    writing = FileBlobs(station.profile.blobs)

    def pieces() -> Iterator[bytes]:
        yield f"other evidence that says: {SECRET}".encode()
        erase(station, event)  # in another window, meanwhile
        yield b" and more"

    kept = writing.put_chunks(pieces())
    assert writing.has(kept.sha256)
    assert FileBlobs(folder / "hub" / "blobs").has(blob.sha256)
    assert (folder / "hub" / "hub.db").exists()
    assert actions.status(station).data["left"] == ["my-backup/log.db"]
    assert "my-backup/log.db holds some of it" in "".join(map(plain, actions.status(station).lines))
    assert restore(source=str(folder / "my-backup"), to=str(tmp_path / "back")).code == ExitCode.OK, (
        "it is whole"
    )
