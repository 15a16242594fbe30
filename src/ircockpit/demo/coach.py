"""The two lines the demo keeps above the prompt: what the lab's users read now, and what to try next."""

from typing import TYPE_CHECKING

from ircockpit.demo import story
from ircockpit.demo.stage import Stage
from ircockpit.features.containment.queries import standings
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.triage.queries import triage_of
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation


class Coach:
    """Reads the record and says the next step; any order of steps is as good."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.station: Workstation | None = None
        """The cockpit's own workstation, once there is one."""
        self.unplugged = False
        """Whether the cable was out at least once."""

    def lines(self) -> list[Line]:
        """The lab's newest exchange, and the next step."""
        seen = self._stage.seen
        lab = (
            f" lab {seen.at}  user: {clean(seen.user)}  bot: {clean(seen.bot)}"
            if seen
            else " lab: nobody asks yet"
        )
        return [(Span(lab, "dim"),), (Span(" next      ", "dim"), Span(self._next(), "accent"))]

    def _next(self) -> str:
        station, ident = self.station, self._stage.pharmacy
        if station is None:
            return "the red line at the top: ! stop it"
        state = standings(station.view, [ident]).get(ident)
        if state is None:
            return "the red line at the top: ! stop it, then read the plan and press f"
        if state.state not in ("effective", "unverified"):
            return "watch it take effect: the lab's answers turn to the fixed one"
        if len(triage_of(station.view, ident).answers) < 2:
            return "t triages it with digits; the severity moves while you answer"
        noted = station.view.rows(
            "SELECT count(*) FROM entry WHERE ent=? AND type='incident.noted' AND actor=?",
            (ident, station.me),
        )
        if not noted[0][0]:
            return f"n writes a note; {story.COLLEAGUE} answers from her own workstation"
        if not self.unplugged:
            return "o pulls the hub's cable; then take the incident with T"
        if not self._stage.cable.is_in:
            return f"T takes it while {story.COLLEAGUE} does too; o plugs the hub in again"
        if incidents(station.view, [ident])[0].disputed:
            return "both versions are kept: open it with Enter, X settles it"
        return "q leaves; the timeline and its verification are printed"
