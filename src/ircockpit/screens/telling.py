"""What channels are told by itself, beside the screens: begun where somebody switched something on, paused while read-only."""

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError, defect
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.membership.door import closed
from ircockpit.net.giveup import GiveUp
from ircockpit.screens.deck import Deck

if TYPE_CHECKING:
    from ircockpit.features.notices.queries import NoticeRow

EVERY_S = 5.0
"""Seconds between two looks at what is due."""
RETRY_S = 60.0
"""Seconds until it is looked again where something could not be tried: a keyring is not asked all the time."""


class Telling:
    """One cockpit's thread that sends what is due by itself; with the process it ends."""

    def __init__(self, deck: Deck, heard: Callable[[str], object]) -> None:
        """``heard`` is called from the thread, with a sentence."""
        self._deck, self._heard = deck, heard
        self._give_up: GiveUp | None = None
        self._said: set[str] = set()
        self.unsaid: deque[str] = deque(maxlen=20)
        """What has been sent by itself, until somebody has said so."""

    @property
    def running(self) -> bool:
        """Whether something is looked at and sent."""
        return self._give_up is not None

    def tick(self) -> None:
        """Begin where something is switched on and nothing is being sent by itself, end where nothing is any more."""
        from ircockpit.features.notices.queries import anything_automatic

        on = anything_automatic(self._deck.station.profile)
        if on and self._give_up is None:
            self._give_up = GiveUp()
            threading.Thread(target=self._run, args=(self._give_up,), name="telling", daemon=True).start()
        elif not on:
            self.stop()

    def stop(self) -> None:
        """Send nothing more; one that is on its way counts as unknown."""
        if self._give_up is not None:
            self._give_up.now()
            self._give_up = None

    def next(self) -> str:
        """What is to be said now; empty where there is nothing."""
        return self.unsaid.popleft() if self.unsaid else ""

    def _run(self, give_up: GiveUp) -> None:
        from ircockpit.features.notices.occasions import send_due

        deck = self._deck
        try:
            with open_workstation(
                deck.station.profile.folder, clock=deck.station.clock, beside=True
            ) as station:
                while not give_up.asked:
                    wait_s = EVERY_S
                    station.refresh()
                    if deck.arm.may_ask and not closed(station, deck.action("notice.send")):
                        for each in send_due(station, give_up):
                            self._tell(each)
                            wait_s = RETRY_S if isinstance(each, CockpitError) else wait_s
                    give_up.wait(wait_s)
        except CockpitError as error:
            self._heard(error.what)
        except Exception as error:  # the thread must report, whatever happened
            self._heard(defect(error).what)

    def _tell(self, each: "NoticeRow | CockpitError") -> None:
        from ircockpit.features.notices.pages import stands

        if not isinstance(each, CockpitError):
            self._heard(f"{each.template} to {each.channel}, by itself: {stands(each)}")
        elif each.what not in self._said:
            self._said.add(each.what)  # it stays due and is tried again: said once
            self._heard(f"a notice could not be sent by itself: {each.what}")
