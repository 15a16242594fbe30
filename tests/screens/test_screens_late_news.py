"""News that come while no screen is there any more, or none yet: nobody reads them, and nothing breaks."""

from threading import Event
from typing import Any

import pytest
from tests.screens.stage import Cockpit, play
from tests.support.idle import drive
from textual.app import ScreenStackError

from ircockpit.command.action import Result, load
from ircockpit.render.span import Span
from ircockpit.screens import doing
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.theme import look
from ircockpit.store.workstation import Workstation
from ircockpit.sync.state import Link, SyncState

HEARD = SyncState(Link.LIVE, "http://hub.example", unconfirmed=3)


def test_news_after_the_last_screen_are_let_go(station: Workstation) -> None:
    app = CockpitApp(look({"TERM": "xterm-256color"}), Deck(station))

    async def run(pilot: object) -> None:
        await Cockpit(pilot, app).until("by urgency")  # type: ignore[arg-type]
        screens = app.screen_stack
        app._screen_stack.clear()
        try:
            with pytest.raises(ScreenStackError):
                _ = app.screen  # the control: what is asked for in the usual way is not there
            app.on_cockpit_app_hub_news(CockpitApp.HubNews(HEARD))
            app.on_cockpit_app_notice_news(CockpitApp.NoticeNews("sent"))
            app.on_cockpit_app_view_news(CockpitApp.ViewNews(None, None))
        finally:
            app._screen_stack.extend(screens)

    drive(app, run)
    assert app.defect is None


@pytest.mark.parametrize("hands", ["rest", "type"])
def test_what_comes_late_opens_no_page_under_hands_that_type(
    station: Workstation, hands: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = Event()
    answer = Result({}, ((Span("found after long"),),))

    def slowly(*_: Any, **__: Any) -> Result:
        assert go.wait(60)
        return answer

    monkeypatch.setattr(
        "ircockpit.screens.doing.load", lambda name: slowly if name.endswith(":doctor") else load(name)
    )

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        await cockpit.command("doctor")
        before = cockpit.name
        if hands == "type":
            await cockpit.press("colon")
            await cockpit.type("no")
        go.set()
        if hands == "type":
            await cockpit.pilot.pause(4 * doing.LOOK_S)
            assert cockpit.name == before
            await cockpit.type("te")
            assert cockpit.last.strip() == ": note"
            await cockpit.press("escape")
            assert cockpit.name == before, "and not under the next key either"
        await cockpit.until("found after long")
        assert cockpit.name == "Page"

    play(station, scenario)
