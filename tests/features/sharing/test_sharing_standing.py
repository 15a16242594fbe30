"""What is between a device and its hub, told from the device's own databases: nothing, then something of everything."""

from pathlib import Path

import pytest
from tests.support.hub import LocalHub, declare, join, set_field, station, sync

from ircockpit.blobs.files import FileBlobs
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import merged
from ircockpit.features.sharing.rows import rows, show
from ircockpit.features.sharing.standing import standing
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.alarms import Alarm, raise_alarm
from ircockpit.sync.state import Link, Sending, SyncState

NOW = 1_800_000_000_000_000


def text(who: Workstation, state: SyncState | None = None, width: int = 79) -> str:
    return "\n".join(plain(row.line) for row in rows(standing(who), state, NOW, width))


def test_alone_it_says_how_to_join_and_names_nothing_else(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        declare(who, "wrong dose")
        said = text(who)
        assert "works alone; ircockpit enroll" in said
        assert said.startswith("all is well: ")
        assert "nobody disagrees" in said
        assert "not confirmed yet" not in said
        assert show(who).data["waiting"] == 0


@pytest.fixture
def two(tmp_path: Path) -> tuple[LocalHub, Workstation, Workstation]:
    a, b = station(tmp_path / "a"), station(tmp_path / "b")
    hub = LocalHub(tmp_path / "hub", a)
    hub.start(a)
    sync(a)
    join(hub, b, "Bo")
    return hub, a, b


def close(two: tuple[LocalHub, Workstation, Workstation]) -> None:
    for each in two:
        each.close()


def test_unsent_entries_files_and_alarms_are_named(two: tuple[LocalHub, Workstation, Workstation]) -> None:
    _, a, _ = two
    sync(a)
    assert text(a).startswith("all is well: the hub confirmed all")
    ident = declare(a, "wrong dose \x1b[31m")
    stream = a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    sha256 = FileBlobs(a.profile.blobs).put_bytes(b"chat").sha256
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": 4}
    a.append([Draft(stream, "evidence.added", a.new_id(stream), (body,))])
    raise_alarm(a.log, Alarm("restored", stream, "the hub went back", NOW))
    found = standing(a)
    assert [each.stream for each in found.records] == [stream]
    assert found.waiting == found.records[0].waiting == 4
    assert found.files == [sha256]
    state = SyncState(
        Link.OFFLINE, found.hub, unsent=4, last_ok_us=NOW - 3 * 3_600_000_000, trouble="no route",
        sending=Sending(sha256, 2_000_000, 4_000_000, 1_000_000.0),
    )  # fmt: skip
    said = text(a, state)
    for words in (
        "offline 3 h, 4 unsent", "no route", "unsent            4", "unconfirmed       4", "the hub went back", "wrong dose",
        "files             1  to send", f"sending     {sha256[:12]}: 50 % of 4.0 MB, 1.0 MB a second, 2 s left",
    ):  # fmt: skip
        assert words in said, said
    assert "\x1b" not in said
    assert "all is well" not in said
    about = {row.key: (row.about, row.ident) for row in rows(found, state, NOW, 79)}
    assert about[f"record {stream}"] == ("incident", ident)
    assert about["sending"] == about["files"] == ("file", sha256)
    assert about["alarm 0"] == ("alarm", "the hub went back")
    assert max(map(len, text(a, state, 40).splitlines()[-1:])) <= 40
    close(two)


def test_a_disagreement_is_named_with_both_sides_and_settled_with_both_changes(
    two: tuple[LocalHub, Workstation, Workstation],
) -> None:
    _, a, b = two
    ident = declare(a, "wrong dose")
    set_field(a, ident, "impact", "about 400 users of the pharmacy bot")
    sync(a)
    sync(b)
    set_field(a, ident, "impact", "about 400 users of the pharmacy bot, two called in")
    set_field(b, ident, "impact", "about 4,000 users of the pharmacy bot")
    sync(a)
    sync(b)
    sync(a)
    [found] = standing(a).disputes
    assert (found.incident, found.field, len(found.sides)) == (ident, "impact", 2)
    shown = incidents.show(a, incident=ident)
    both = "about 4,000 users of the pharmacy bot, two called in"
    assert shown.data["merged"] == {"impact": both}
    assert all(side["at_us"] > 0 for side in shown.data["disputes"]["impact"])
    incidents.settle(
        b, incident=ident, field="impact", value=merged(b, ident, "impact"), why="both are right"
    )
    sync(b)
    sync(a)
    for who in (a, b):
        assert standing(who).disputes == []
        assert who.view.rows("SELECT impact FROM incident WHERE id=?", (ident,)) == [(both,)]
    close(two)


def test_changes_of_the_same_words_are_left_to_people(two: tuple[LocalHub, Workstation, Workstation]) -> None:
    _, a, b = two
    ident = declare(a, "wrong dose")
    sync(a)
    sync(b)
    set_field(a, ident, "title", "wrong dose of insulin")
    set_field(b, ident, "title", "wrong dose of warfarin")
    sync(a)
    sync(b)
    assert merged(b, ident, "title") is None
    set_field(a, ident, "severity", "SEV1")
    assert incidents.show(b, incident=ident).data["merged"] == {}
    close(two)
