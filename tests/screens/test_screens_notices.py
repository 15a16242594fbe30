"""Notices by keys alone: what is told by a digit, to whom by rules or space, sent by one key that is never Enter."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.features.notices.stage import SECRET, TITLE, address, channels, declared, receiver, words_of
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_impact import accept
from tests.store.profiles import StandingClock
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.features.incidents.queries import incident
from ircockpit.features.notices.channels import place
from ircockpit.features.notices.queries import notices
from ircockpit.features.response.rules import MINUTE_US
from ircockpit.screens.tabs.house import NAMES
from ircockpit.store.settings import Care, Settings
from ircockpit.store.workstation import Workstation


@contextmanager
def staged(station: Workstation, **more: object) -> Iterator[tuple[str, Scripted]]:
    """An incident, and a channel that is for it."""
    ident = declared(station)
    with receiver() as server:
        channels(
            station,
            pager={
                "url": address(server),
                "about": "telephone",
                "for": ["severity:2", "escalation:*"],
                **more,
            },
        )
        yield ident, server


def test_three_keys_send_a_notice_and_every_word_of_it_was_shown(station: Workstation) -> None:
    with staged(station) as (ident, server):
        shown: list[str] = []

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            assert TITLE.split()[0] not in cockpit.text
            await cockpit.press("1")
            shown.append(await cockpit.until("press f to send"))
            assert not server.received
            await accept(cockpit)
            await cockpit.until("pager: delivered after")
            assert "sent ---" in cockpit.text

        play(station, scenario)
        (arrived,) = words_of(server)
    (row,) = notices(station.view, ident)
    assert (row.outcome, row.recipients) == ("delivered", ("severity:2",))
    seen = " ".join(shown[0].split())
    assert all(part in seen for part in arrived.split("\n"))
    assert "NOT ENCRYPTED" in seen
    assert SECRET not in shown[0]


def test_it_opens_from_every_tab_of_an_incident_and_from_an_opened_entry(station: Workstation) -> None:
    with staged(station):

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter")
            for tab in range(1, len(NAMES) + 1):
                await cockpit.press(str(tab))
                await cockpit.until(f"[{tab} ")
                before = cockpit.name
                await cockpit.press("at")
                await cockpit.until(lambda: cockpit.name == "Notices")
                await cockpit.press("q")
                await cockpit.until(lambda there=before: cockpit.name == there)  # type: ignore[misc]
                if NAMES[tab - 1] in ("triage", "containment"):
                    await cockpit.press("q")
            await cockpit.press("4", "enter")
            await cockpit.until(lambda: cockpit.name == "Page")
            await cockpit.press("at")
            await cockpit.until("an incident was declared")
            await cockpit.press("q")
            await cockpit.until(lambda: cockpit.name == "Page")

        play(station, scenario)


def test_nothing_but_the_one_key_sends(station: Workstation) -> None:
    with staged(station) as (ident, server):

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            await cockpit.press("f", "enter", "space", "space")
            await cockpit.press("1")
            await cockpit.until("press f to send")
            await cockpit.press("1", "enter", "space", "at")
            assert not server.received
            await cockpit.press("n")
            await cockpit.press("f")
            await cockpit.press("q")

        play(station, scenario)
        assert not server.received
    assert not notices(station.view, ident)


def test_read_only_asks_nothing(station: Workstation) -> None:
    with staged(station) as (_, server):

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            for key in ("1", "t"):
                await cockpit.press(key)
                assert "read-only towards the outside" in cockpit.last

        play(station, scenario, Settings(care=Care(read_only=True)))
        assert not server.received


def test_a_receiver_that_is_silent_holds_no_key(station: Workstation) -> None:
    go_on = threading.Event()

    def silent(_: Received, line: Line) -> None:
        go_on.wait(30)
        line.send(answer(200))

    ident = declared(station)
    with receiver(silent) as server:
        channels(station, pager={"url": address(server), "for": ["severity:2"], "timeout": 30})

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            await cockpit.press("1")
            await cockpit.until("press f to send")
            await accept(cockpit)
            await cockpit.until(lambda: server.received)
            await cockpit.press("2")
            assert "one at a time" in cockpit.last
            await cockpit.press("question_mark")
            await cockpit.until(lambda: cockpit.name == "Help")
            await cockpit.press("q")
            await cockpit.until(lambda: cockpit.name == "Notices")
            go_on.set()
            await cockpit.until("pager: delivered after")

        play(station, scenario)
    assert [each.outcome for each in notices(station.view, ident)] == ["delivered"]


def test_space_says_whom_and_without_anybody_it_is_asked(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, other={"url": address(server)})

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("whoever is marked")
            await cockpit.press("1")
            assert "space marks one" in cockpit.last
            await cockpit.press("space")
            await cockpit.until("[x] other")
            await cockpit.press("1")
            await cockpit.until("press f to send")
            await accept(cockpit)
            await cockpit.until("other: delivered after")

        play(station, scenario)
    assert [each.channel for each in notices(station.view, ident)] == ["other"]


def test_a_step_that_failed_offers_the_next_person(station: Workstation) -> None:
    ident = declared(station)
    assert isinstance(station.clock, StandingClock)
    station.clock._now += 16 * MINUTE_US
    with receiver(lambda _, line: line.send(answer(500))) as bad, receiver() as good:
        channels(
            station, ann={"url": address(bad), "for": ["escalation:ann lee"]},
            head={"url": address(good), "for": ["escalation:head of pharmacy"]},
        )  # fmt: skip

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter")
            await cockpit.until("@ sends it")
            assert "@ call" in cockpit.last
            await cockpit.press("at")
            await cockpit.until("level 1, Ann Lee")
            await cockpit.press("2")
            await cockpit.until("press f to send")
            await accept(cockpit)
            await cockpit.until("next is level 2, head of pharmacy")
            await cockpit.press("2")
            await cockpit.until("press f to send")
            assert "call level 2" in cockpit.text
            await accept(cockpit)
            await cockpit.until("head: delivered after")
            assert "nobody is to be called" in cockpit.text

        play(station, scenario)
    assert [(each.level, each.outcome) for each in notices(station.view, ident)] == [
        (1, "failed"),
        (2, "delivered"),
    ]


def test_a_channel_is_tried_by_its_key(station: Workstation) -> None:
    with staged(station) as (ident, server):

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            await cockpit.press("t")
            await cockpit.until("press f to send the test")
            await accept(cockpit)
            await cockpit.until("the test to pager: delivered")

        play(station, scenario)
        assert words_of(server)[0].startswith("Test of ircockpit")
    assert not notices(station.view, ident)


def test_an_empty_page_says_what_to_do_and_a_wrong_file_what_is_wrong(station: Workstation) -> None:
    declared(station)

    async def empty(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "at")
        await cockpit.until("no channel is set up on this device")
        assert "docs/notifications.md shows how" in " ".join(cockpit.text.split())
        for key in ("1", "t", "space"):
            await cockpit.press(key)
            assert "no channel is set up: write channels.toml, see docs/notifications.md" in cockpit.last

    play(station, empty)
    place(station.profile.folder).write_text(f'[channels.bad]\nurl = "slack://{SECRET}"\n')

    async def wrong(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "at")
        await cockpit.until("channels.toml, line 1: channel 'bad' is not used")
        assert SECRET not in cockpit.text
        await cockpit.press("t")
        assert "no channel can be used" in cockpit.last

    play(station, wrong)


def test_a_missing_secret_is_told_and_nothing_is_asked(station: Workstation) -> None:
    with staged(station) as (_, server):
        (station.profile.folder / "pager.address").unlink()

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "at")
            await cockpit.until("an incident was declared")
            await cockpit.press("1")
            await cockpit.until("pager: ")
            assert "press f" not in cockpit.text

        play(station, scenario)
        assert not server.received


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_switched_on_is_told_by_an_open_cockpit_unless_it_is_read_only(
    station: Workstation, read_only: bool
) -> None:
    with staged(station, automatic=["declared"]) as (ident, server):

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.until("pharmacy-bot")
            if read_only:
                await cockpit.until(lambda: cockpit.app._telling.running)
                await cockpit.command("arm 15m")
            await cockpit.until(lambda: server.received)
            await cockpit.press("down")
            await cockpit.until("by itself: delivered")

        armed_first = []

        async def unarmed(cockpit: Cockpit) -> None:
            await cockpit.until(lambda: cockpit.app._telling.running)
            for _ in range(20):
                await cockpit.pilot.pause(0.02)
            armed_first.append(len(server.received))
            await scenario(cockpit)

        play(station, unarmed if read_only else scenario, Settings(care=Care(read_only=read_only)))
        assert armed_first == ([0] if read_only else [])
        assert len(server.received) == 1
        assert json.loads(server.received[0].body)["title"].endswith("pharmacy-bot")
    assert incident(station.view, ident).short in json.loads(server.received[0].body)["title"]
