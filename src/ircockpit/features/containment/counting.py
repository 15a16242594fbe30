"""The count of those reached, asked beside reading and probing, so that no plan waits for it."""

import threading
from typing import TYPE_CHECKING

from ircockpit.secrets.sources import resolve

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.reach import Reach
    from ircockpit.net.giveup import GiveUp

GRACE_S = 0.3
"""Seconds a finished plan still waits for the count."""


class Counting(threading.Thread):
    """Asks in a thread of its own, with connections of its own."""

    def __init__(self, measure: "Measure", give_up: "GiveUp | None") -> None:
        super().__init__(daemon=True, name="reach")
        self._measure, self._give_up = measure, give_up
        self._reach: Reach | None = None
        if measure.action.blast.query is not None:
            self.start()

    def run(self) -> None:
        """Ask; what goes wrong is what it says."""
        from ircockpit.core.errors import CockpitError
        from ircockpit.features.containment.engine.reach import Reach, count
        from ircockpit.features.containment.engine.transport import TargetTransport

        try:
            with TargetTransport(
                self._measure.target, lambda uri: resolve(uri).reveal(), self._give_up
            ) as transport:
                self._reach = count(transport, self._measure)
        except CockpitError as error:
            self._reach = Reach((), error.what)

    def said(self) -> str:
        """What is known by now, as a sentence; empty where the connector has no question."""
        from ircockpit.features.containment.engine.reach import UNANSWERED

        if self._measure.action.blast.query is None:
            return ""
        self.join(GRACE_S)
        return (self._reach or UNANSWERED).said
