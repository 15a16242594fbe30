"""The commands about the hub, called as screen and command line call them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hub import LocalHub, declare, set_field, station

from ircockpit.blobs.files import FileBlobs
from ircockpit.command.progress import telling
from ircockpit.core.errors import BadInput, ExitCode, NotFound, OfflineError, UsageError
from ircockpit.features.evidence.actions import export
from ircockpit.features.sharing import actions
from ircockpit.features.sharing.commands import ACTIONS
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Workstation]:
    with station(tmp_path / "b") as who:
        yield who


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[LocalHub, Workstation]]:
    with station(tmp_path / "a") as founder:
        hub = LocalHub(tmp_path / "hub", founder)
        hub.start(founder)
        yield hub, founder
        hub.close()


Served = tuple[LocalHub, Workstation]


def test_every_handler_exists() -> None:
    for action in ACTIONS:
        module, _, name = action.handler.partition(":")
        assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_sync_alone_says_how_to_join(alone: Workstation) -> None:
    result = actions.sync_now(alone)
    assert result.code == ExitCode.OK
    assert result.data["state"] == "not joined"
    assert "ircockpit enroll URL CODE" in result.said
    with pytest.raises(NotFound):
        actions.hub_status(alone)


def test_join_sync_and_status(served: Served, alone: Workstation) -> None:
    hub, founder = served
    ident = declare(founder, "wrong dose")
    assert actions.sync_now(founder).said == "6 entries sent, 3 taken over", "who belongs comes from the hub"
    joined = actions.join(alone, url=hub.url.removeprefix("http://"), code=hub.code("Bo"))
    assert joined.data == {"org": founder.identity.org, "hub": hub.url, "role": "responder", "name": "Bo"}
    assert alone.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]
    text = "\n".join(plain(line) for line in actions.hub_status(alone).lines)
    assert "Bo (responder)" in text
    assert f"{founder.identity.name} (lead)" in text


def test_conflicts_and_alarms_are_counted_and_put_away(
    served: Served, alone: Workstation, tmp_path: Path
) -> None:
    hub, founder = served
    actions.join(alone, url=hub.url, code=hub.code("Bo"))
    ident = declare(founder, "wrong dose")
    hub.back_up(tmp_path / "old")
    actions.sync_now(founder)
    actions.sync_now(alone)
    hub.restore(tmp_path / "old")
    set_field(founder, ident, "severity", "SEV1")
    set_field(alone, ident, "severity", "SEV3")
    actions.sync_now(founder)
    result = actions.sync_now(alone)
    assert result.data["conflicts"] == 1
    assert {alarm["kind"] for alarm in result.data["alarms"]} >= {"restored"}
    assert any(plain(line).startswith("ALARM") for line in result.lines)
    again = actions.sync_now(alone, seen=True)
    assert again.data["alarms"] == []
    assert "put away" in again.said


def test_offline_is_an_exit_code_and_says_what_is_kept(served: Served) -> None:
    hub, founder = served
    actions.sync_now(founder)
    hub.stop()
    declare(founder, "cut off")
    result = actions.sync_now(founder)
    assert result.code == ExitCode.OFFLINE
    assert result.data["unsent"] == 3
    assert "everything is kept here" in result.said
    with pytest.raises(OfflineError):
        actions.hub_status(founder)


def test_evidence_goes_with_a_sync_and_is_fetched_to_be_given_out(
    served: Served, alone: Workstation, tmp_path: Path
) -> None:
    hub, founder = served
    actions.join(alone, url=hub.url, code=hub.code("Bo"))
    data = b"the transcript"
    sha256 = FileBlobs(founder.profile.blobs).put_bytes(data).sha256
    ident = declare(founder, "wrong dose")
    stream = founder.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": len(data)}
    lost = {**body, "number": 2, "name": "lost.txt", "sha256": "ab" * 32}
    exhibit, never_sent = founder.new_id(stream), founder.new_id(stream)
    founder.append([Draft(stream, "evidence.added", exhibit, (body,))])
    founder.append([Draft(stream, "evidence.added", never_sent, (lost,))])
    assert "1 evidence file sent" in actions.sync_now(founder).said
    actions.sync_now(alone)
    assert not FileBlobs(alone.profile.blobs).has(sha256)
    export(alone, exhibit=exhibit, to=str(tmp_path / "copy.txt"))
    assert (tmp_path / "copy.txt").read_bytes() == data
    with pytest.raises(NotFound):
        export(alone, exhibit=never_sent, to=str(tmp_path / "none.txt"))
    hub.stop()
    export(alone, exhibit=exhibit, to=str(tmp_path / "again.txt"))
    with pytest.raises(OfflineError):
        export(alone, exhibit=never_sent, to=str(tmp_path / "none.txt"))
    assert not (tmp_path / "none.txt").exists()


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("ftp://x", UsageError, "neither http nor https"),
        ("http://user@x", UsageError, "user name"),
        ("http://127.0.0.1:9", OfflineError, "cannot be reached"),
    ],
)
def test_a_wrong_address_is_a_sentence_with_a_fix(
    served: Served, alone: Workstation, url: str, error: type[UsageError | OfflineError], words: str
) -> None:
    before = alone.profile.identity()
    with pytest.raises(error, match=words) as told:
        actions.join(alone, url=url, code=served[0].code())
    assert told.value.fix
    assert alone.profile.identity() == before


def test_a_mistyped_code_is_seen_before_anything_is_sent(alone: Workstation) -> None:
    with pytest.raises(BadInput, match="not a whole code"):
        actions.join(alone, url="http://127.0.0.1:9", code="ABCDE-FGHJK")


def test_long_work_tells_how_far_it_is(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ircockpit.sync.engine.PUSH_EVENTS", 3)
    _, founder = served
    ident = declare(founder, "wrong dose")
    for number in range(9):
        set_field(founder, ident, "impact", f"{number} people")
    heard: list[str] = []
    with telling(heard.append):
        actions.sync_now(founder)
    assert any("entries of one record sent" in line for line in heard)
