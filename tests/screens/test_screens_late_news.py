"""News that come while no screen is there any more, or none yet: nobody reads them, and nothing breaks."""

import pytest
from tests.screens.stage import Cockpit
from tests.support.idle import drive
from textual.app import ScreenStackError

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
