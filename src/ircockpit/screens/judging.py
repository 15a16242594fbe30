"""The pages of triage that are answered by digits; from each a severity is set against the answers."""

from typing import ClassVar

from ircockpit.command.action import Action
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.render.span import Span
from ircockpit.screens.tabs.tabbed import Tabbed
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.prompt_bar import PromptBar


class Judging(Tabbed):
    """``v``: a severity by its digit, then why the answers do not decide."""

    PLACE: ClassVar[str] = "triage"
    TAB: ClassVar[str] = "triage"

    def may_set(self) -> bool:
        """Whether every answer given here is recorded, so that the severity is set against what stands."""
        return True

    def act_severity(self, action: Action) -> None:
        """``v``: which severity holds."""
        if not self.may_set():
            return
        self._overriding = action
        choices = [Choice(str(digit), severity) for digit, severity in enumerate(SEVERITIES, 1)]
        self.bar.choose(
            "severity", (Span(f" {self.read_row().short} which severity holds? its digit", "key"),), choices
        )

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The severity, then why; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose != "severity":
            super().on_prompt_bar_submitted(event)
            return
        severity = SEVERITIES[int(event.text) - 1]
        self._gather(self._overriding, {"incident": self.ident, "severity": severity})
