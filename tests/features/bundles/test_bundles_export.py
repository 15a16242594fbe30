"""Bundles out: whole, checkable with stock tools, told what they lack, and never over something that is there."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import declare, note

from ircockpit.bundle import layout
from ircockpit.bundle import statement as statements
from ircockpit.bundle.writing import BagWriter
from ircockpit.core.errors import (
    BadInput,
    ConflictError,
    NotFound,
    RefusedError,
    StoreError,
    TrustError,
    UsageError,
)
from ircockpit.features.bundles.actions import export
from ircockpit.features.erasure.actions import erase
from ircockpit.features.erasure.scopes import narrow
from ircockpit.features.evidence.actions import add
from ircockpit.ledger import receipt
from ircockpit.ledger.checkpoint import parse_and_verify
from ircockpit.ledger.event import from_wire
from ircockpit.ledger.merkle import Frontier, root_from_inclusion
from ircockpit.ledger.parts import check_parts
from ircockpit.store.workstation import Draft, Workstation


@pytest.fixture
def incident(station: Workstation, tmp_path: Path) -> str:
    """An incident with a note and an exhibit."""
    ident, stream = declare(station)
    note(station, stream, ident, "told the ward")
    (tmp_path / "log.txt").write_bytes(b"what the bot said\n")
    add(station, file=str(tmp_path / "log.txt"), incident=ident)
    return ident


def stream_of(station: Workstation, incident: str) -> str:
    return str(station.view.rows("SELECT stream FROM incident WHERE id=?", (incident,))[0][0])


def rows(folder: Path, stream: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / layout.events_of(stream)).read_text().splitlines()]


def said(folder: Path) -> bytes:
    """Every word of every part in a bundle."""
    events = [
        from_wire({key: row[key] for key in "esp"})
        for path in folder.rglob("events.ndjson")
        for row in map(json.loads, path.read_text().splitlines())
    ]
    return b"".join(part.data or b"" for event in events for part in event.parts)


def test_a_bundle_holds_the_record_as_it_is_held(station: Workstation, incident: str, tmp_path: Path) -> None:
    stream = stream_of(station, incident)
    held = [stored.event for stored in station.log.of_stream(stream)]
    done = export(station, to=str(tmp_path / "out"), incidents=[incident])
    folder = tmp_path / "out"
    told = statements.read((folder / layout.STATEMENT).read_bytes())
    assert {each.stream for each in told.streams} == {stream, station.identity.org_stream}
    written = rows(folder, stream)
    assert [from_wire({k: row[k] for k in "esp"}) for row in written] == held
    key = station.key().public
    stated = parse_and_verify((folder / layout.checkpoints_of(stream)).read_text(), key)
    tree = Frontier()
    for row in written:
        tree.append(receipt.leaf(str(row["r"]).encode()))
    assert (stated.size, stated.root) == (len(held), tree.root().hex())
    files = list((folder / "data/blobs").iterdir())
    assert [each.read_bytes() for each in files] == [b"what the bot said\n"]
    assert done.data["files"] == 1
    assert done.data["bundles"] == [{"place": str(folder), "files": 1}]


def test_a_later_tree_of_the_same_device_extends_the_earlier_one(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    stream = stream_of(station, incident)
    export(station, to=str(tmp_path / "one"), incidents=[incident])
    export(station, to=str(tmp_path / "two"), incidents=[incident])
    one, two = rows(tmp_path / "one", stream), rows(tmp_path / "two", stream)
    assert len(two) == len(one) + 1  # the export itself stands in the record
    assert two[: len(one)] == one
    export(station, to=str(tmp_path / "then"), incidents=[incident], as_of=str(len(one)))
    assert rows(tmp_path / "then", stream) == one
    earlier = tmp_path / "one" / layout.checkpoints_of(stream)
    assert (tmp_path / "then" / layout.checkpoints_of(stream)).read_bytes() == earlier.read_bytes()


def test_everything_is_for_the_owner_alone(station: Workstation, incident: str, tmp_path: Path) -> None:
    export(station, to=str(tmp_path / "out"), incidents=[incident])
    modes = (
        {path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*") if path.is_file()},
        {path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*") if path.is_dir()},
    )
    assert modes == ({0o600}, {0o700})


def test_stock_tools_check_it_as_verify_txt_says(
    station: Workstation, incident: str, tmp_path: Path, need_program: Callable[[str, str], str]
) -> None:
    for name, how in (("ssh-keygen", "openssh-client"), ("openssl", "openssl"), ("sha256sum", "coreutils")):
        need_program(name, f"apt install {how}")
    folder = tmp_path / "out"
    export(station, to=str(folder), incidents=[incident])
    text = (folder / layout.INSTRUCTIONS).read_text().replace("/tmp/", f"{tmp_path}/")
    steps = text.partition("With stock tools")[2]
    commands = re.findall(r"^    (\S.*)$", steps, re.MULTILINE)
    assert len(commands) == 4 + 2 * 4
    script = "set -e\n" + "\n".join(commands)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)

    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Verified Successfully") == 2
    assert "Good" in done.stdout
    counts = [line for line in done.stdout.splitlines() if line.strip().isdigit()]
    assert len(set(counts)) == 1
    for changed in ("data/blobs", "data/streams"):
        path = next(each for each in (folder / changed).rglob("*") if each.is_file())
        before = path.read_bytes()
        path.write_bytes(before[:-1] + b"?")
        assert run().returncode != 0
        path.write_bytes(before)
    assert run().returncode == 0


def test_an_extract_proves_each_entry_and_shows_no_other(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    stream = stream_of(station, incident)
    note(station, stream, incident, "nobody else is to read this")
    chosen = note(station, stream, incident, "for the auditor")
    done = export(station, to=str(tmp_path / "out"), incidents=[incident], extract=True, entry=[chosen[:12]])
    folder = tmp_path / "out"
    (row,) = rows(folder, stream)
    event = from_wire({key: row[key] for key in "esp"})
    assert event.id == chosen
    stated = parse_and_verify((folder / layout.checkpoints_of(stream)).read_text(), station.key().public)
    raw = str(row["r"]).encode()
    proof = [base64.b64decode(each) for each in row["i"]]  # type: ignore[attr-defined]
    index = receipt.decode(raw).seq - 1
    assert root_from_inclusion(index, stated.size, receipt.leaf(raw), proof).hex() == stated.root
    assert b"nobody else" not in said(folder)
    assert b"wrong dose" not in said(folder)
    assert b"for the auditor" in said(folder)
    export(station, to=str(tmp_path / "whole"), incidents=[incident])
    assert b"nobody else" in said(tmp_path / "whole")
    assert done.data["says"][0].startswith("This is an extract")
    assert "extract" in (folder / layout.INSTRUCTIONS).read_text()


def test_restricted_words_and_files_stay_here_unless_asked_for(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    stream = stream_of(station, incident)
    (tmp_path / "raw.txt").write_bytes(b"raw and harmful")
    from ircockpit.blobs.files import FileBlobs

    blob = FileBlobs(station.profile.blobs).put_path(tmp_path / "raw.txt")
    body = {"incident": incident, "number": 9, "sha256": blob.sha256, "name": "raw words"}
    station.append([Draft(stream, "evidence.added", station.new_id(stream), (body,), scope="restricted")])
    done = export(station, to=str(tmp_path / "out"), incidents=[incident], extract=True)
    assert b"raw words" not in said(tmp_path / "out")
    assert not (tmp_path / "out" / layout.blob_of(blob.sha256)).exists()
    assert done.data["left_out"] | {"restricted_parts": 1, "restricted_files": 1} == done.data["left_out"]
    for row in rows(tmp_path / "out", stream):
        event = from_wire({key: row[key] for key in "esp"})
        check_parts(event.parts, event.envelope.body)
    complete = export(station, to=str(tmp_path / "whole"), incidents=[incident])
    assert complete.data["left_out"]["restricted_files"] == 1
    assert b"raw words" not in said(tmp_path / "whole")
    assert not (tmp_path / "whole" / layout.blob_of(blob.sha256)).exists()
    export(station, to=str(tmp_path / "asked"), incidents=[incident], extract=True, restricted=True)
    assert b"raw words" in said(tmp_path / "asked")
    assert (tmp_path / "asked" / layout.blob_of(blob.sha256)).read_bytes() == b"raw and harmful"


def test_what_was_narrowed_since_or_erased_is_not_carried_out(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    stream = stream_of(station, incident)
    texts = ("for leads only", "narrowed since", "taken away since")
    events = [
        station.append(
            [
                Draft(
                    stream,
                    "incident.noted",
                    incident,
                    ({"text": text},),
                    scope="privileged" if n == 0 else "team",
                )
            ]
        )[0]
        for n, text in enumerate(texts)
    ]
    export(station, to=str(tmp_path / "before"), incidents=[incident], extract=True)
    assert [text.encode() in said(tmp_path / "before") for text in texts] == [False, True, True]
    narrow(station, entry=[events[1]], reason="sensitive")
    erase(station, entry=[events[2]], reason="asked for", yes=True, confirm=events[2][:12])
    export(station, to=str(tmp_path / "after"), incidents=[incident], extract=True)
    export(station, to=str(tmp_path / "whole"), incidents=[incident])
    assert [text.encode() in said(tmp_path / "after") for text in texts] == [False, False, False]
    assert [text.encode() in said(tmp_path / "whole") for text in texts] == [False, False, False]
    export(station, to=str(tmp_path / "asked"), incidents=[incident], restricted=True)
    assert [text.encode() in said(tmp_path / "asked") for text in texts] == [True, True, False]
    for row in (*rows(tmp_path / "after", stream), *rows(tmp_path / "whole", stream)):
        event = from_wire({key: row[key] for key in "esp"})
        check_parts(event.parts, event.envelope.body)


def test_several_folders_each_whole_in_itself(station: Workstation, incident: str, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode() * 800_000)
        add(station, file=str(tmp_path / name), incident=incident)
    done = export(station, to=str(tmp_path / "out"), incidents=[incident], max_size="1400K")
    places = [Path(each["place"]) for each in done.data["bundles"]]
    assert [each.name for each in places] == ["out-1", "out-2", "out-3"]
    stream = stream_of(station, incident)
    carried: list[str] = []
    for place in places:
        assert len(rows(place, stream)) == len(rows(places[0], stream))
        size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        assert size <= 1_400_000
        carried += [path.name for path in (place / "data/blobs").iterdir()]
        told = statements.read((place / layout.STATEMENT).read_bytes())
        assert (told.of, told.files + told.left_out.files_elsewhere) == (3, 4)
    assert len(carried) == len(set(carried)) == 4
    with pytest.raises(RefusedError, match="800,000 bytes; beside the entries, --max-size leaves") as caught:
        export(station, to=str(tmp_path / "small"), incidents=[incident], max_size="1000K")
    assert not list(tmp_path.glob("small*"))
    least = caught.value.fix.split()[1]
    export(
        station, to=str(tmp_path / "small"), incidents=[incident], max_size=least
    )  # what it says is enough


def test_nothing_that_is_there_is_written_over(station: Workstation, incident: str, tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    with pytest.raises(ConflictError, match="there already"):
        export(station, to=str(place), incidents=[incident], again=True)
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(ConflictError, match="there already"):
        export(station, to=str(place), incidents=[incident], again=True)
    with pytest.raises(BadInput, match="there is no folder"):
        export(station, to=str(tmp_path / "no" / "where"), incidents=[incident])


def test_a_half_written_bundle_is_known_and_thrown_away_only_when_told(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    half = tmp_path / "out.part"
    half.mkdir()
    (half / "data").mkdir()
    (half / "data" / "statement.json").write_text("cut")
    with pytest.raises(ConflictError, match="cut off"):
        export(station, to=str(tmp_path / "out"), incidents=[incident])
    assert (half / "data" / "statement.json").read_text() == "cut"
    export(station, to=str(tmp_path / "out"), incidents=[incident], again=True)
    assert not half.exists()


@pytest.mark.parametrize("alien", ["notes.txt", "data/mine/thesis.txt", "data/blobs/of-mine", "link"])
def test_a_folder_of_that_name_with_anything_else_in_it_is_not_thrown_away(
    station: Workstation, incident: str, tmp_path: Path, alien: str
) -> None:
    place = tmp_path / "out.part" / alien
    place.parent.mkdir(parents=True)
    (tmp_path / "kept").write_text("kept")
    if alien == "link":
        place.symlink_to(tmp_path / "kept")
    else:
        place.write_text("mine")
    with pytest.raises(ConflictError, match="part of no bundle"):
        export(station, to=str(tmp_path / "out"), incidents=[incident], again=True)
    assert place.read_text() in ("mine", "kept")
    place.unlink()


def test_a_damaged_evidence_file_stops_the_export_and_leaves_nothing(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    (path,) = [each for each in station.profile.blobs.rglob("*") if each.is_file()]
    path.write_bytes(b"what the bot sait\n")
    before = station.log.count()
    with pytest.raises(StoreError, match="is damaged here"):
        export(station, to=str(tmp_path / "out"), incidents=[incident])
    assert not list(tmp_path.glob("out*"))
    assert station.log.count() == before
    done = export(station, to=str(tmp_path / "out"), incidents=[incident], without_files=True)
    assert done.data["left_out"]["files_unwanted"] == 1


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("elsewhere: a disk that is always full")

    real = os.open

    def full(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if str(path).endswith("statement.json"):
            return real("/dev/full", os.O_WRONLY)
        return real(path, flags, *rest, **more)

    def write() -> None:
        with BagWriter(tmp_path / "out") as bag:
            monkeypatch.setattr("ircockpit.bundle.writing.os.open", full)
            bag.add(layout.STATEMENT, (b"x",))

    with pytest.raises(StoreError, match="no room left"):
        write()
    assert not list(tmp_path.glob("out*"))


def test_words_that_make_no_sense_are_refused(station: Workstation, incident: str, tmp_path: Path) -> None:
    place = str(tmp_path / "out")
    wrongs: tuple[dict[str, Any], ...] = (
        {"all": True, "incidents": [incident]}, {"incidents": []}, {"incidents": [incident], "entry": ["0" * 12]},
        {"all": True, "max_size": "4X"}, {"all": True, "max_size": "10"}, {"all": True, "as_of": "2"},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(UsageError):
            export(station, to=place, **wrong)
    with pytest.raises(NotFound):
        export(station, to=place, incidents=[incident], extract=True, entry=["0" * 12])
    with pytest.raises(NotFound):
        export(station, to=place, incidents=[incident], as_of="99")
    with pytest.raises(BadInput):
        export(station, to=place, incidents=[incident], as_of=str(tmp_path / "nothing"))
    assert not list(tmp_path.glob("out*"))


def test_the_export_stands_in_each_incident_named(
    station: Workstation, incident: str, tmp_path: Path
) -> None:
    done = export(station, to=str(tmp_path / "out"), incidents=[incident])
    words = station.view.rows("SELECT body FROM entry WHERE type='incident.noted'")
    assert any(done.data["id"] in str(row[0]) for row in words)
    before = station.log.count()
    export(station, to=str(tmp_path / "all"), all=True)
    assert station.log.count() == before


def test_only_what_was_written_since(station: Workstation, incident: str, tmp_path: Path) -> None:
    from ircockpit.core.occurred import from_wall

    stream = stream_of(station, incident)
    other, _ = declare(station, "older")
    moment = from_wall(station.clock.wall_us() + 2_000_000, 0)
    station.clock._now += 5_000_000  # type: ignore[attr-defined]
    chosen = note(station, stream, incident, "after the break")
    export(station, to=str(tmp_path / "ex"), incidents=[incident], extract=True, since=moment)
    events = [from_wire({key: row[key] for key in "esp"}) for row in rows(tmp_path / "ex", stream)]
    assert [event.id for event in events if event.envelope.type != "stream.opened"] == [chosen]
    done = export(station, to=str(tmp_path / "all"), all=True, since=moment)
    assert stream in [each["stream"] for each in done.data["streams"]]
    assert stream_of(station, other) not in [each["stream"] for each in done.data["streams"]]
    with pytest.raises(NotFound):
        export(station, to=str(tmp_path / "none"), all=True, since="2031-01-01T00:00Z")


def test_an_earlier_state_by_its_checkpoint(station: Workstation, incident: str, tmp_path: Path) -> None:
    stream = stream_of(station, incident)
    export(station, to=str(tmp_path / "one"), incidents=[incident])
    point = tmp_path / "one" / layout.checkpoints_of(stream)
    note(station, stream, incident, "later")
    (tmp_path / "note").write_text("no checkpoint")
    with pytest.raises(BadInput):
        export(station, to=str(tmp_path / "two"), incidents=[incident], as_of=str(tmp_path / "note"))
    with pytest.raises(TrustError, match="not signed by a hub"):
        # A device's own checkpoint is nobody's word but its own; its number of entries says the same.
        export(station, to=str(tmp_path / "two"), incidents=[incident], as_of=str(point))


@pytest.mark.parametrize("kind", ["privileged", "of_a_later_version"])
def test_privileged_records_stay_here_unless_asked_for(
    station: Workstation, tmp_path: Path, kind: str
) -> None:
    secret, genesis = station.open_stream(kind)
    station.append([genesis])
    done = export(station, to=str(tmp_path / "out"), all=True)
    assert done.data["left_out"]["streams"] == 1
    assert not (tmp_path / "out" / layout.events_of(secret)).exists()
    assert any("privileged record" in each for each in done.data["says"])
    export(station, to=str(tmp_path / "asked"), all=True, restricted=True)
    assert (tmp_path / "asked" / layout.events_of(secret)).exists()
