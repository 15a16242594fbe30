"""The clocks of an incident, which are not there yet, and the times they would count from."""

from collections.abc import Sequence

from ircockpit.features.incidents import queries
from ircockpit.render.glyphs import age
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.screens.tabs.waiting import WaitingTab


class ClocksTab(WaitingTab):
    """Says that no deadline is counted yet, and since when the incident is known."""

    TAB = "clocks"
    MISSING = "ircockpit counts no deadlines yet: that no clock runs here does not mean that no duty runs"
    WILL = (
        "what the law and contracts ask, to whom it is owed, from when it counts, and how much time is left"
    )
    UNTIL = "ask counsel which duties this starts, and from when; {note} notes the answer in the timeline"

    def known(self) -> Sequence[Line]:
        """When it was declared, and when it was closed."""
        station, row = self.deck.station, self.row
        times = [("declared", row.opened_us)]
        if row.closed:
            times.append(("closed", queries.closed_us(station.view, row.ident)))
        now, offset = station.clock.wall_us(), station.shown_offset
        return [
            (
                Span(f" {name:12}", "dim"),
                Span(at_full(at_us, offset)),
                Span(f"  {age(max(now - at_us, 0) / 1e6)} ago", "dim"),
            )
            for name, at_us in times
        ]
