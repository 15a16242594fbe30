"""What can be done to the incident whichever of its tabs is open: stop, check, lift, triage, settle, take evidence in."""

from typing import Any, ClassVar

from ircockpit.command.action import Action
from ircockpit.command.keys import Entry
from ircockpit.features.incidents import queries
from ircockpit.features.notices.queries import call_due
from ircockpit.features.response.queries import book_of
from ircockpit.features.triage.queries import field_words
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.places import Place
from ircockpit.screens.tabs.tabbed import Tabbed
from ircockpit.screens.travelling import screen_of
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.prompt_bar import PromptBar

_DIGITS = "1234567890"
"""Of roles to choose from; further ones have their words after ``:``."""


class IncidentTab(Tabbed):
    """A tab that is read: digits lead to the others, and every key of an incident works."""

    PLACE: ClassVar[str] = "incident"
    SEARCHED: ClassVar[bool] = False
    """Whether ``/`` searches here."""

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self.row = self.read_row()
        self._calling = False
        """Whether the next level of the escalation path is due, and this device has a channel to send it by."""
        self._settling: tuple[Action, str, list[tuple[Any, str]]]
        self._picking: tuple[Action, list[str]]

    def refresh_data(self) -> None:
        """Read the incident anew; a disagreement that came or went changes the hints."""
        before = self.row.disputed, self._calling
        self.row = self.read_row()
        self._calling = call_due(self.deck.station, self.row)
        if (self.row.disputed, self._calling) != before and not self.bar.asking:
            self.bar.show_hint(self.hint_line())

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave and how to go on come first, then what only a disagreement needs."""
        settle = self.hint("incident.settle", "settle") if self.row.disputed else []
        call = self.hint("notice.send", "call") if self._calling else []
        tabs = [(f"{self.deck.key('tab.overview')}-{self.deck.key('tab.clocks')}", "tabs")]
        return [*self.hint("screen.leave", "back"), *call, *tabs, *settle]

    def applies(self, action: Entry) -> bool:
        """Searching belongs to the timeline alone."""
        return super().applies(action) and (action.id != "list.filter" or self.SEARCHED)

    def gesture_filter(self) -> None:
        """``/``: what is looked for is looked for in the timeline."""
        self.say(
            f"{self.deck.key('list.filter')} searches the timeline: {self.deck.key('tab.timeline')} shows it"
        )

    def act_stop(self, action: Action) -> None:
        """``!`` and ``c``: this incident's controls, the first that can be used planned at once."""
        self._show_control(action, "stop")

    act_containment = act_stop

    def act_check(self, action: Action) -> None:
        """``R``: the newest control read back and probed once, where its course is shown."""
        self._show_control(action, "check")

    def act_revert(self, action: Action) -> None:
        """``U``: the newest control lifted, where its plan is shown."""
        self._show_control(action, "revert")

    def _show_control(self, action: Action, begin: str) -> None:
        from ircockpit.screens.stop import Stop

        self.app.push_screen(Stop(self.deck, self.ident, trigger=self.deck.trigger(action), begin=begin))

    def act_triage(self, _: Action) -> None:
        """``t``: the triage form."""
        self.app.push_screen(screen_of(self.deck, Place("triage", self.ident)))

    def act_impact(self, _: Action) -> None:
        """``I``: everybody it has reached and everything it has done."""
        self.app.push_screen(screen_of(self.deck, Place("impact", self.ident)))

    def act_fetch(self, _: Action) -> None:
        """Brings the file of an exhibit here, where the cursor can be on one."""
        shown = self.deck.key("evidence.fetch")
        self.say(f"{shown} brings the file of an exhibit here: {self.deck.key('tab.evidence')} lists them")

    def act_about(self, _: Action) -> None:
        """Where a step of the playbook leads to, where the cursor can be on one."""
        shown = self.deck.key("step.about")
        self.say(f"{shown} goes to what a step is about: {self.deck.key('tab.playbook')} lists them")

    def act_settle(self, action: Action) -> None:
        """``X``: the versions of the first field people disagree about, each on a digit."""
        if not self.row.disputed:
            self.say("nobody disagrees about anything here")
            return
        field = self.row.disputed[0]
        versions = [
            (side.value, f"{side.author}'s version", f"{side.author}: {side.shown}")
            for side in queries.heads(self.deck.station.view, self.ident, field)[:8]
        ]
        both = queries.merged(self.deck.station, self.ident, field)
        if both is not None:
            versions.append((both, "both changes", f"both changes: {both}"))
        self._settling = (action, field, [(value, whose) for value, whose, _ in versions])
        choices = [Choice(str(digit), clean(version)) for digit, (_, _, version) in enumerate(versions, 1)]
        said = words(field_words(self.deck.station.view, self.ident, field), field)
        self.bar.choose("settle", (Span(f" which {said} holds? its digit", "key"),), choices, foreign=True)

    def act_role_take(self, action: Action) -> None:
        """``b``: which role one takes, each on a digit."""
        self._pick_role(action, "which role do you take? its digit")

    def act_role_give(self, action: Action) -> None:
        """``d``: which role is handed over, each on a digit; then to whom."""
        self._pick_role(action, "which role is handed over? its digit")

    def _pick_role(self, action: Action, question: str) -> None:
        roles = list(book_of(self.deck.station).roles.values())[: len(_DIGITS)]
        self._picking = (action, [each.id for each in roles])
        choices = [Choice(digit, clean(each.title)) for digit, each in zip(_DIGITS, roles, strict=False)]
        self.bar.choose("role", (Span(f" {self.row.short} {question}", "key"),), choices, foreign=True)

    def act_checklist(self, _: Action) -> None:
        """``J``: the checklists of one's roles."""
        self.app.push_screen(screen_of(self.deck, Place("checklist", self.ident)))

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The version that holds; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "role":
            action, roles = self._picking
            self._gather(action, {"incident": self.ident, "role": roles[_DIGITS.index(event.text)]})
            return
        if event.purpose != "settle":
            super().on_prompt_bar_submitted(event)
            return
        action, field, sides = self._settling
        value, whose = sides[int(event.text) - 1]
        self.run(
            action, {"incident": self.ident, "field": field, "value": value, "why": f"settled for {whose}"}
        )
