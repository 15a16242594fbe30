"""The page of what is between this device and its hub: one key from everywhere, following, costing nothing when idle."""

from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.screens.app import CockpitApp
from ircockpit.store.workstation import Workstation
from ircockpit.sync.state import Link, SyncState


def test_one_key_opens_it_from_queue_and_incident_and_it_follows(station: Workstation) -> None:
    declare(station, title="wrong dose")
    station.profile.save_identity(station.identity._replace(hub="http://hub.invalid"))
    station.identity = station.profile.identity()

    async def scenario(cockpit: Cockpit) -> None:
        for way in (("s",), ("enter", "s")):
            await cockpit.press(*way)
            await cockpit.until("not confirmed yet")
            assert cockpit.name == "SyncPage"
            assert "wrong dose" in cockpit.text
            news = SyncState(Link.OFFLINE, "http://hub.invalid", unsent=7, trouble=f"no route {way}")

            def told(news: SyncState = news) -> bool:
                # Said until it is heard: the station's own rounds say something else in between.
                cockpit.app.post_message(CockpitApp.HubNews(news))
                return "unsent            7" in cockpit.text and "because     no route" in cockpit.text

            await cockpit.until(told)
            await cockpit.press("s")
            assert cockpit.name == "SyncPage", "here it tries now"
            await cockpit.press("q")
        assert cockpit.name == "Incident"

    play(station, scenario)
