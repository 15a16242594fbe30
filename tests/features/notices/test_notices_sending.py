"""Notices that really leave: what arrives, what stands on record before and after, and that nothing is said twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.features.notices.stage import (
    SECRET,
    address,
    channels,
    declared,
    everything_in,
    receiver,
    words_of,
)
from tests.store.profiles import StandingClock, open_station
from tests.support.scripted import Line, Received, answer

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, ConflictError, NotFound, RefusedError, SecretError
from ircockpit.core.ids import is_bound
from ircockpit.features.incidents.queries import incident
from ircockpit.features.notices import actions
from ircockpit.features.notices.queries import NoticeRow, notices
from ircockpit.features.notices.reading import shipped
from ircockpit.features.notices.sending import LOCK, settle_now
from ircockpit.features.response import actions as response
from ircockpit.features.response.rules import MINUTE_US
from ircockpit.notify import delivery
from ircockpit.render.span import plain
from ircockpit.store.locks import held_now
from ircockpit.store.workstation import Workstation


def entries(station: Workstation, ident: str) -> list[tuple[str, dict[str, Any]]]:
    stream = incident(station.view, ident).stream
    rows = station.view.rows(
        "SELECT type, body FROM entry WHERE stream=? AND type LIKE 'notice.%' ORDER BY lam", (stream,)
    )
    return [(str(type_), json.loads(body)) for type_, body in rows]


def only(station: Workstation, ident: str) -> NoticeRow:
    (row,) = notices(station.view, ident)
    return row


def tell(station: Workstation, ident: str, template: str = "declared", **said: Any) -> Result:
    return actions.notify(station, incident=ident, template=template, yes=True, **said)


def test_what_arrives_is_what_is_on_record_and_what_was_shown(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        shown = actions.notify(station, incident=ident, template="declared", dry_run=True)
        assert not server.received
        done = tell(station, ident)
    row = only(station, ident)
    assert words_of(server) == [f"{row.subject}\n{row.text}"]
    assert (shown.data[0]["subject"], shown.code) == (row.subject, 0)
    assert (row.outcome, row.why, row.channel, row.recipients, row.number) == (
        "delivered",
        "",
        "pager",
        ("severity:2",),
        1,
    )
    assert row.sha256 == shipped()["declared"].sha256
    assert done.code == 0
    (begun, intent), (ended, outcome) = entries(station, ident)
    assert (begun, ended, outcome["value"]) == ("notice.begun", "notice.set", "delivered")
    assert outcome["ms"] > 0
    assert len(intent["text_sha256"]) == 64
    assert is_bound(row.ident)


def test_without_yes_nothing_is_sent_or_recorded(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        done = actions.notify(station, incident=ident, template="declared")
        tried = actions.try_one(station, channel="pager")
        assert (done.code, tried.code) == (7, 7)
        assert not server.received
    assert not entries(station, ident)
    said = "\n".join(plain(line) for line in done.lines)
    assert "127.0.0.1" in said
    assert "NOT ENCRYPTED" in said
    assert SECRET not in said


def test_the_intent_is_durable_before_anything_leaves(station: Workstation) -> None:
    ident = declared(station)
    seen: list[list[str]] = []

    def look(_: Received, line: Line) -> None:
        with open_station(station.profile.folder) as other:
            seen.append([each.outcome for each in notices(other.view, ident)])
        line.send(answer(200, b"ok"))

    with receiver(look) as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        tell(station, ident)
    assert seen == [["sending"]]


@pytest.mark.parametrize(
    ("status", "outcome", "why"), [(500, "failed", "it answered 500"), (504, "unknown", "may have arrived")]
)
def test_a_failure_is_on_record_and_told(station: Workstation, status: int, outcome: str, why: str) -> None:
    ident = declared(station)
    with receiver(lambda _, line: line.send(answer(status, SECRET.encode()))) as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        done = tell(station, ident)
    row = only(station, ident)
    assert row.outcome == outcome
    assert why in row.why
    assert done.code == 1
    assert outcome in "\n".join(plain(line) for line in done.lines)


def test_one_that_may_have_arrived_is_not_sent_again_unless_somebody_says_so(station: Workstation) -> None:
    ident = declared(station)
    with receiver(lambda _, line: line.reset()) as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        tell(station, ident)
        assert only(station, ident).outcome == "unknown"
        with pytest.raises(RefusedError, match="may have arrived"):
            tell(station, ident)
        assert len(server.received) == 1
        tell(station, ident, again=True)
        assert len(server.received) == 2
        assert isinstance(station.clock, StandingClock)
        station.clock._now += 61 * MINUTE_US
        tell(station, ident)
        assert len(server.received) == 3


def test_a_process_that_is_killed_while_sending_leaves_unknown_and_repeats_nothing(home: Path) -> None:
    with open_station(home) as station:
        ident = declared(station)
        with receiver(lambda _, line: line.hang()) as server:
            channels(station, pager={"url": address(server), "for": ["severity:2"]})
            code = (
                "import sys\nfrom pathlib import Path\nfrom ircockpit.features.catalogue import open_workstation\n"
                "from ircockpit.features.notices.actions import notify\n"
                "with open_workstation(Path(sys.argv[1])) as station:\n"
                "    notify(station, incident=sys.argv[2], template='declared', yes=True)\n"
            )
            sender = subprocess.Popen([sys.executable, "-P", "-c", code, str(home), ident])
            try:
                while not server.received:
                    assert sender.poll() is None, "it ended before it sent anything"
            finally:
                sender.send_signal(signal.SIGKILL)
                sender.wait()
            station.refresh()
            assert only(station, ident).outcome == "sending"
            assert settle_now(station) == 1
            row = only(station, ident)
            assert row.outcome == "unknown"
            assert "cut off" in row.why
            assert settle_now(station) == 0
            with pytest.raises(RefusedError, match="may have arrived"):
                tell(station, ident)
            assert len(server.received) == 1


def test_what_another_process_is_sending_is_not_called_cut_off(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        with held_now(station.profile.folder / LOCK) as free:
            assert free
            with pytest.raises(ConflictError, match="another window"):
                tell(station, ident)
        assert not server.received
    assert not entries(station, ident)


@pytest.mark.parametrize("url", ["syslog://x", f"jsons://h/{SECRET}?verify=no", f"slack://{SECRET}", SECRET])
def test_an_address_that_cannot_be_used_leaves_nothing_on_record(station: Workstation, url: str) -> None:
    ident = declared(station)
    channels(station, pager={"url": url, "for": ["severity:2"]})
    with pytest.raises(BadInput) as caught:
        tell(station, ident)
    assert SECRET not in " ".join(caught.value.sentences())
    assert not entries(station, ident)


def test_a_secret_that_is_missing_leaves_nothing_on_record(station: Workstation) -> None:
    ident = declared(station)
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:2"]})
    (station.profile.folder / "pager.address").unlink()
    with pytest.raises(SecretError):
        tell(station, ident)
    assert not entries(station, ident)


def test_without_the_extra_it_says_how_to_install_it(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = declared(station)
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:2"]})
    monkeypatch.setattr(delivery, "find_spec", lambda _: None)
    with pytest.raises(RefusedError) as caught:
        tell(station, ident)
    assert "ircockpit[notify]" in caught.value.fix
    assert not entries(station, ident)


def test_who_is_not_named_is_asked_for(station: Workstation) -> None:
    ident = declared(station)
    with pytest.raises(BadInput, match="no channel is for this"):
        tell(station, ident)
    channels(station, pager={"url": "json://127.0.0.1/x"})
    with pytest.raises(BadInput, match="no channel is for this"):
        tell(station, ident)
    with pytest.raises(NotFound, match="no channel 'other'"):
        tell(station, ident, to=["other"])
    with pytest.raises(BadInput) as caught:
        actions.notify(station, incident=ident, yes=True)
    assert "escalation" in caught.value.fix
    with pytest.raises(BadInput, match="about no incident"):
        tell(station, ident, template="test", to=["pager"])


def test_a_step_that_arrived_is_a_call_and_one_that_did_not_offers_the_next(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as good, receiver(lambda _, line: line.send(answer(500))) as bad:
        channels(
            station, ann={"url": address(bad), "for": ["escalation:ann lee"]},
            head={"url": address(good), "for": ["escalation:head of pharmacy"]},
        )  # fmt: skip
        first = tell(station, ident, "escalation")
        assert [each["level"] for each in first.data] == [1]
        assert "Next on the path: level 2, head of pharmacy" in first.said
        path = response.escalation(station, incident=ident).data
        assert (path["next"], len(bad.received), len(good.received)) == (1, 1, 0)
        second = tell(station, ident, "escalation")
        assert [(each["level"], each["outcome"]) for each in second.data] == [(2, "delivered")]
        assert "head of pharmacy: nobody has this incident yet" in words_of(good)[0]
        after = response.escalation(station, incident=ident).data
        assert after["next"] == 0
        assert [each["level"] for each in after["levels"] if each["called_us"]] == [2]
        with pytest.raises(RefusedError, match="nobody is to be called"):
            tell(station, ident, "escalation", to=["head"])


def test_a_channel_is_tried_with_a_real_message_that_names_no_incident(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server)})
        done = actions.try_one(station, channel="pager", yes=True)
    assert done.data["outcome"] == "delivered"
    (words,) = words_of(server)
    assert words.startswith("Test of ircockpit\nThis is a test")
    assert incident(station.view, ident).short not in words
    (said,) = station.view.rows("SELECT body FROM entry WHERE type='notice.tested'")
    assert json.loads(said[0])["channel"] == "pager"


def test_the_address_is_in_no_byte_of_the_profile(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        tell(station, ident)
        actions.try_one(station, channel="pager", yes=True)
        listed = actions.channels(station, look=True)
    held = everything_in(station.profile.folder)
    assert SECRET.encode() not in held
    assert SECRET not in str(listed)
    assert b"pager" in held, "control: what is on record is found in this way"
    assert SECRET in server.received[0].target, "control: the secret was in play"


def test_the_timeline_tells_it(station: Workstation) -> None:
    from ircockpit.features.incidents.actions import timeline

    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        tell(station, ident)
    said = "\n".join(plain(line) for line in timeline(station, incident=ident).lines)
    assert "sends declared to pager for severity:2: Incident declared" in said
    assert "declared to pager is delivered after" in said


def test_safe_summaries_leave_the_names_out(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"]})
        tell(station, ident)
    said = actions.sent(station, incident=ident, safe=True)
    shown = str(said.data) + "\n".join(plain(line) for line in said.lines)
    assert "pharmacy-bot" not in shown
    assert "delivered" in shown
    assert "pharmacy-bot" in str(actions.sent(station, incident=ident).data), "control"
