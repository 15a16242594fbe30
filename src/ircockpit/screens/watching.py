"""The monitor beside the screens: begun while something is in force, its news said when nobody is being asked anything."""

from collections import deque
from collections.abc import Callable

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.monitoring import Monitor, News
from ircockpit.features.containment.queries import watched
from ircockpit.screens.deck import Deck


class Watching:
    """One cockpit's monitor, and what it has to say."""

    def __init__(self, deck: Deck, heard: Callable[[News], object]) -> None:
        """``heard`` is called from the monitor's thread."""
        self._deck, self._heard = deck, heard
        self._monitor: Monitor | None = None
        self._every_s = 0
        self._unsaid: deque[str] = deque(maxlen=20)

    def tick(self) -> None:
        """Begin where something is in force and nothing watches it; as the settings say now, and not at all with 0."""
        every_s = self._deck.settings.care.watch_seconds
        if self._monitor is not None and (every_s != self._every_s or not self._monitor.running):
            self.stop()
        if self._monitor is not None or not every_s or not watched(self._deck.station.view):
            return
        home, self._every_s = self._deck.station.profile.folder, every_s
        self._monitor = Monitor(lambda: open_workstation(home, beside=True), every_s, self._heard)
        self._monitor.start()

    def stop(self) -> None:
        """Look no more."""
        if self._monitor is not None:
            self._monitor.stop()
            self._monitor = None

    def take(self, news: News) -> None:
        """Something to be said when there is room for it."""
        self._unsaid.append(news.said)

    def next(self) -> str:
        """What is to be said now; empty where there is nothing."""
        return self._unsaid.popleft() if self._unsaid else ""
