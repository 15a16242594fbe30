"""Evidence beside a change: begun as the plan opens, read only, bounded, in custody, never in the way, and honest about gaps."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import CONNECTOR, QUICK, Stage
from tests.features.containment.stage import stop as stop_it
from tests.support.scripted import Line, Received, answer

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import BadInput, ExitCode
from ircockpit.features.catalogue import events
from ircockpit.features.containment import actions, preserving, showing
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.connector import examine
from ircockpit.features.evidence import queries as evidence
from ircockpit.features.evidence.queries import copy_gate, exhibits
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import TRUST_FILE, system
from ircockpit.features.systems.rules import stated_fields
from ircockpit.net.giveup import GiveUp
from ircockpit.render.span import plain
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

PATIENCE_S = 20
LOG = b"""
preserve:
  - id: log
    title: conversations of the bot
    method: GET
    path: /log
    query: {after: "${var.next}"}
    select: body.turns
    first: "0"
    next: body.next
    pages: 5
    most_kb: 2
    within_s: 3
    timeout_s: 1
  - id: asked
    title: what was asked
    method: POST
    path: /search
    json: {like: "*"}
    reads_only: true
    parse: text
"""
SOURCE = QUICK.replace(b"actions:\n", LOG[1:] + b"actions:\n", 1)


class Logged:
    """A gateway with a log in pages of two turns; it can be made to hang, to fail and to be endless."""

    def __init__(self, stage: Stage, turns: int = 5) -> None:
        self.stage = stage
        self.turns = [{"n": n, "user": f"question {n}", "bot": f"answer {n}"} for n in range(turns)]
        self.asked: list[Received] = []
        self.held = threading.Event()
        self.reached = threading.Event()
        stage.gateway.lies["GET", "/log"] = self.page
        stage.gateway.lies["POST", "/search"] = self.found

    def page(self, received: Received, line: Line) -> None:
        self.asked.append(received)
        after = int(received.target.rpartition("=")[2])
        page = {"turns": self.turns[after : after + 2], "next": str(after + 2)}
        if after + 2 >= len(self.turns):
            del page["next"]
        line.send(answer(200, page))

    def found(self, received: Received, line: Line) -> None:
        self.asked.append(received)
        line.send(answer(200, b"one\ntwo\n"))

    def hang(self, _: Received, line: Line) -> None:
        self.reached.set()
        self.held.wait(PATIENCE_S)
        line.send(answer(200, {"turns": ["late"]}))


@pytest.fixture
def logged(stage: Stage) -> Logged:
    (stage.station.profile.connectors / CONNECTOR).write_bytes(SOURCE)
    actions.trust(stage.station, connector="flags")
    add_system(stage.station, name="bot", preserve=["talk=flags/log@eu-1", "asked=flags/asked@eu-1"])
    return Logged(stage)


def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def outcomes(stage: Stage) -> dict[str, tuple[str, str]]:
    stage.station.refresh()
    return {
        each.name: (each.outcome, each.why) for each in preserving.preserved(stage.station, stage.incident)
    }


def content(stage: Stage, name: str) -> list[Any]:
    (found,) = [each for each in exhibits(stage.station.view, stage.incident) if each.name.startswith(name)]
    with FileBlobs(stage.station.profile.blobs).open(found.sha256, copy_gate(stage.station)) as file:
        return [json.loads(each) for each in file.read().splitlines()]


def test_a_stop_preserves_beside_and_the_record_names_it(logged: Logged) -> None:
    stage = logged.stage
    ident = stop_it(stage)
    assert outcomes(stage) == {"talk": ("kept", ""), "asked": ("kept", "")}
    header, *turns = content(stage, "talk of eu-1")
    assert turns == logged.turns
    assert (header["preserved"], header["pages"], header["whole"]) == ("talk", 3, True)
    assert content(stage, "asked of eu-1")[1:] == ["one", "two"]
    assert [each.path for each in logged.asked] == ["/log"] * 3 + ["/search"]
    for each in exhibits(stage.station.view, stage.incident):
        ((event,),) = stage.station.view.rows(
            "SELECT event_id FROM entry WHERE ent=? AND type='evidence.added'", (each.ident,)
        )
        stored = stage.station.log.get(event)
        assert stored is not None
        assert stored.event.envelope.scope == "restricted"
    shown = showing.show(stage.station, record=ident)
    said = shown.data["captured_before"] + shown.data["captured_beside"] + shown.data["not_captured"]
    assert any(each.startswith("E1 conversations of the bot") for each in said)
    assert len(stage.gateway.changes) == 1, "reading changes nothing"


def test_a_log_that_hangs_delays_no_change(logged: Logged) -> None:
    """The change is sent and proved while the log still has not answered; then what was not in time is named."""
    stage = logged.stage
    stage.gateway.lies["GET", "/log"] = logged.hang
    proved_first: list[bool] = []

    def told() -> None:
        logged.reached.wait(PATIENCE_S)
        with Workstation(Profile(stage.station.profile.folder), events(), beside=True) as other:
            until(lambda: other.refresh() or other.view.rows("SELECT 1 FROM action WHERE state='effective'"))
            proved_first.append(not logged.held.is_set())
        logged.held.set()

    watcher = threading.Thread(target=told, daemon=True)
    watcher.start()
    ident = stop_it(stage)
    watcher.join(PATIENCE_S)
    assert proved_first == [True]
    outcome, why = outcomes(stage)["talk"]
    assert outcome in ("not kept", "kept")
    if outcome == "not kept":
        assert why
        assert any(
            "conversations of the bot" in each
            for each in showing.show(stage.station, record=ident).data["not_captured"]
        )


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (lambda _, line: line.send(answer(500, {"turns": []})), "answered 500"),
        (lambda _, line: line.send(answer(200, b"no json")), "did not answer with JSON"),
        (lambda _, line: line.reset(), ""),
    ],
)
def test_an_error_is_named_on_the_record_page(logged: Logged, script: Any, why: str) -> None:
    stage = logged.stage
    stage.gateway.lies["GET", "/log"] = script
    ident = stop_it(stage)
    outcome, said = outcomes(stage)["talk"]
    assert outcome == "not kept"
    assert said
    assert why in said
    shown = showing.show(stage.station, record=ident)
    assert any("conversations of the bot, not kept" in each for each in shown.data["not_captured"])
    assert outcomes(stage)["asked"] == ("kept", ""), "one that fails keeps no other from being read"


def test_what_is_too_much_or_has_no_end_is_kept_in_part(logged: Logged) -> None:
    stage = logged.stage
    logged.turns = [{"n": n, "text": "x" * 200} for n in range(100)]
    came = preserving.preserve(stage.station, stage.incident, GiveUp())
    assert (came[0].outcome, came[0].why) == ("in part", "it is more than 2 kB")
    assert sum(len(json.dumps(each)) for each in content(stage, "talk of eu-1")[1:]) <= 2 * 1024
    logged.turns = [{"n": n} for n in range(100)]
    stage.clock.leap(3600)
    (talk, _) = preserving.preserve(stage.station, stage.incident, GiveUp())
    assert (talk.outcome, talk.why) == ("in part", "it has more than 5 pages")


def test_a_cursor_that_goes_in_circles_ends(logged: Logged) -> None:
    stage = logged.stage
    stage.gateway.lies["GET", "/log"] = lambda _, line: line.send(answer(200, {"turns": [1], "next": "0x"}))
    came = preserving.preserve(stage.station, stage.incident, GiveUp())
    assert (came[0].outcome, came[0].why) == ("in part", "its pages go in circles")
    assert content(stage, "talk of eu-1")[1:] == [1, 1]


def test_it_can_be_stopped_from_elsewhere_and_by_the_screen_that_is_left(logged: Logged) -> None:
    stage = logged.stage
    stage.gateway.lies["GET", "/log"] = logged.hang
    folder = stage.station.profile.folder
    running = preserving.Preserving(
        lambda: Workstation(Profile(folder), events(), beside=True), stage.incident
    )
    logged.reached.wait(PATIENCE_S)
    stopped = preserving.preserve_now(stage.station, incident=stage.incident, stop=True)
    assert stopped.data["stopped"] is True
    running.give_up.now()
    assert running.wait(PATIENCE_S)
    assert running.problem is None
    assert outcomes(stage)["asked"] == ("not kept", "it was stopped before it was whole")
    assert outcomes(stage)["talk"][0] == "not kept"
    logged.held.set()
    again = preserving.preserve_now(stage.station, incident=stage.incident, stop=True)
    assert again.data["stopped"] is False


def test_nothing_is_read_twice_within_a_short_while(logged: Logged) -> None:
    stage = logged.stage
    assert len(preserving.preserve(stage.station, stage.incident, GiveUp())) == 2
    count = len(logged.asked)
    assert preserving.preserve(stage.station, stage.incident, GiveUp()) == []
    assert len(logged.asked) == count
    stage.clock.leap(3600)
    preserving.preserve(stage.station, stage.incident, GiveUp())
    assert len(logged.asked) == 2 * count, "the control: later it is read again"


def test_where_a_duty_forbids_copies_nothing_is_read(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = logged.stage
    for module in (evidence, preserving):
        monkeypatch.setattr(
            module, "never_copy", lambda *_: "possibly illegal material: hash and locator only"
        )
    ident = stop_it(stage)
    assert logged.asked == []
    assert exhibits(stage.station.view, stage.incident) == []
    assert outcomes(stage)["talk"] == ("not kept", "possibly illegal material: hash and locator only")
    assert any(
        "possibly illegal" in each for each in showing.show(stage.station, record=ident).data["not_captured"]
    )


def test_a_target_that_is_not_accepted_here_is_not_read(logged: Logged) -> None:
    stage = logged.stage
    (stage.station.profile.folder / TRUST_FILE).write_text("[]")
    came = preserving.preserve(stage.station, stage.incident, GiveUp())
    assert {each.why for each in came} == {"its target is not accepted on this device"}
    assert logged.asked == []


def test_a_name_that_a_colleague_recorded_leads_to_no_file_elsewhere(logged: Logged) -> None:
    stage = logged.stage
    folder = stage.station.profile.folder
    theirs = folder / "mine of eu-1.jsonl"
    theirs.write_bytes(b"kept")
    known = system(stage.station.view, "bot")
    listed = stated_fields(known)["preserve"]
    listed[0]["name"] = "../mine"
    stage.station.append([stage.station.set_field(
        stage.station.identity.org_stream, "system.set", known.ident, "preserve", listed
    )])  # fmt: skip
    came = preserving.preserve(stage.station, stage.incident, GiveUp())
    assert theirs.read_bytes() == b"kept"
    assert [each.outcome for each in came] == [preserving.NOTHING, preserving.WHOLE]
    assert "its name" in came[0].why


def test_the_secret_that_a_log_repeats_is_taken_out(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = logged.stage
    monkeypatch.setenv("LOG_TOKEN", "sk-token-of-the-log")
    add_system(stage.station, name="bot", auth=["eu-1=bearer env:LOG_TOKEN"])
    logged.turns[1]["user"] = "is it sk-token-of-the-log?"
    preserving.preserve(stage.station, stage.incident, GiveUp())
    assert {each.headers["authorization"] for each in logged.asked} == {"Bearer sk-token-of-the-log"}
    kept = content(stage, "talk of eu-1")
    assert kept[2]["user"] == "is it [secret]?"
    assert "sk-token" not in json.dumps(kept)


def test_a_dry_run_reads_no_conversations(logged: Logged) -> None:
    stage = logged.stage
    actions.stop(stage.station, target=stage.incident, control="1", dry_run=True)
    assert logged.asked == []
    assert outcomes(stage) == {}


def test_the_command_keeps_it_now_and_says_what_came_of_it(logged: Logged) -> None:
    stage = logged.stage
    done = preserving.preserve_now(stage.station, incident=stage.incident)
    assert done.code == ExitCode.OK
    assert [plain(line) for line in done.lines] == [
        "kept: conversations of the bot as E1", "kept: what was asked as E2",
    ]  # fmt: skip
    add_system(stage.station, name="bare", owner="x")
    assert "short while ago" in preserving.preserve_now(stage.station, incident=stage.incident).said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"    reads_only: true\n", b"", "only read"),
        (b"    method: POST\n", b"    method: DELETE\n", "only read"),
        (b"    next: body.next\n", b"", "further pages need"),
        (b"var.next", b"var.nxt", "no var.nxt"),
        (b"select: body.turns", b"select: before.turns", "does not exist here"),
        (b"id: asked", b"id: log", "of this id stands before it"),
    ],
)
def test_what_could_change_something_or_find_nothing_is_refused(old: bytes, new: bytes, told: str) -> None:
    assert SOURCE.count(old) >= 1
    source = SOURCE.replace(old, new)
    assert any(told in finding.what for finding, _ in examine(source)), [
        each.what for each, _ in examine(source)
    ]
    with pytest.raises(BadInput):
        connector.load(source)
    assert len(connector.load(SOURCE).preserve) == 2, "the control: as it is, it loads"


@pytest.mark.parametrize(
    "said", ["talk=flags/nothing@eu-1", "talk=flags/log@nowhere", "Talk/../x=flags/log@eu-1"]
)
def test_a_record_that_names_what_is_not_there_is_refused(logged: Logged, said: str) -> None:
    with pytest.raises(BadInput):
        add_system(logged.stage.station, name="bot", preserve=[said])


def test_a_lifting_and_a_second_change_are_not_held_up_by_what_is_still_read(logged: Logged) -> None:
    stage = logged.stage
    ident = stop_it(stage)
    lifted = actions.revert(
        stage.station, action=ident, reason="over", confirm=stage.action(ident).short, yes=True
    )
    assert lifted.data["state"] == "reverted"
    assert [each.path for each in stage.gateway.changes] == [FLAG_PATH] * 2
