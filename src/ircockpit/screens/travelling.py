"""Coming from one place to another: the way back, the way one came, and where the cursor was left."""

from importlib import import_module
from typing import TYPE_CHECKING

from textual.message import Message

from ircockpit.command.action import Action, Result
from ircockpit.features.incidents.queries import incidents
from ircockpit.render.timeline import zone
from ircockpit.screens.doing import Doing
from ircockpit.screens.places import Place
from ircockpit.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck

SET = "settings.set"
SCREENS = {
    "sync": "standing:SyncPage",
    "settings": "setting:SettingsPage",
    "tasks": "tasks:Tasks",
    "checklist": "checklist:Checklist",
    "overview": "incident:Incident",
    "triage": "triage:TriageForm",
    "containment": "stop:Stop",
    "timeline": "tabs.timeline:TimelineTab",
    "evidence": "tabs.evidence:EvidenceTab",
    "playbook": "tabs.playbook:PlaybookTab",
    "people": "tabs.people:PeopleTab",
    "clocks": "tabs.clocks:ClocksTab",
    "impact": "impact:Impact",
    "replay": "replay:Replay",
    "notices": "notices:Notices",
}
"""The class behind each place, imported when somebody goes there; the queue lies under all of them."""


def screen_of(deck: "Deck", place: Place) -> "Travelling":
    """A new screen for a place."""
    module, _, name = SCREENS[place.name].partition(":")
    kind = getattr(import_module(f"ircockpit.screens.{module}"), name)
    screen: Travelling = kind(deck, place.ident) if place.ident else kind(deck)
    return screen


class SettingsChanged(Message):
    """Something was set: the app takes it on."""


class Travelling(Doing):
    """What every screen knows of the others: how one comes to them, and what is left behind."""

    @property
    def place(self) -> Place | None:
        """What this screen is for the history; ``None`` for a page that is made of one answer and not kept."""
        return None

    def rows(self) -> VirtualList | None:
        """The list that movement keys move in."""
        return None

    def crumb(self) -> str:
        """The last word of the way here."""
        return self.PLACE

    def may_leave(self) -> bool:
        """Whether nothing would be lost; where something would, it is said."""
        return True

    def where(self) -> str:
        """The way here: what ``q`` goes back to stands before the last word."""
        words: list[str] = []
        stack = self.app.screen_stack if self.is_attached else [self]
        for screen in stack[: stack.index(self) + 1] if self in stack else [self]:
            if isinstance(screen, Travelling):
                words = [*screen.beneath(words), screen.crumb()]
        return " > ".join(words)

    def beneath(self, words: list[str]) -> list[str]:
        """The words before its own."""
        return words

    def on_mount(self) -> None:
        """Where the cursor was left here, it stands again."""
        rows, place = self.rows(), self.place
        key = self.deck.left_at.get(place) if place is not None else None
        if rows is not None and key is not None:
            rows.select_key(key)

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Where the cursor is left; on the first row of a list that follows, it is on whatever comes in next."""
        if self.place is None or event.rows is not self.rows():
            return
        if event.key is None or event.index == 0:
            self.deck.left_at.pop(self.place, None)
        else:
            self.deck.left_at[self.place] = event.key

    def on_screen_resume(self) -> None:
        """One is here now."""
        if self.place is not None and self.app.screen is self:
            self.deck.history.visit(self.place)

    def finished(self, action: Action, result: Result) -> None:
        """Show a result; what was set is in force at once wherever it can be."""
        if action.id == SET:
            self.app.post_message(SettingsChanged())
        super().finished(action, result)

    def go(self, place: Place) -> None:
        """Show a place: where it lies below this one by going back to it, else right above the queue."""
        if place.ident and not incidents(self.deck.station.view, [place.ident]):
            self.say("that incident is not on this device any more", "warn")
            return
        stack = [each for each in self.app.screen_stack if isinstance(each, Travelling)]
        there = next((at for at, each in enumerate(stack) if each.place == place), None)
        keep = 0 if there is None else there
        for screen in reversed(stack[keep + 1 :]):
            if not screen.may_leave():
                return
            if there is None and screen is stack[1]:
                self.app.switch_screen(screen_of(self.deck, place))
                return
            self.app.pop_screen()
        if there is None:
            self.app.push_screen(screen_of(self.deck, place))
        elif stack[there] is self:
            self.say("this is where you are")

    def gesture_history(self, by: int) -> None:
        """``[`` and ``]``: back to where one was, and on again."""
        history = self.deck.history
        if self.place is None and by < 0:
            self._to(history.here, "there is nothing before this")
            return
        self._to(
            history.step(by), "there is nothing before this" if by < 0 else "there is nothing after this"
        )

    def gesture_last_view(self) -> None:
        """``-``: to the last view; once more, back to this one."""
        history = self.deck.history
        self._to(history.here if self.place is None else history.last, "there is no other view yet")

    def _to(self, place: Place | None, otherwise: str) -> None:
        if place is None:
            self.say(otherwise)
        else:
            self.go(place)

    def act_settings(self, _: Action) -> None:
        """``,``: what is set, and what can be."""
        self._open_beside("settings")

    def gesture_zone(self) -> None:
        """``Z``: times in UTC, or in this machine's zone."""
        station = self.deck.station
        station.local = not station.local
        self.refresh_data()
        self.status.show(self.deck.status(self.where()))
        here = f"this machine's zone, {zone(station.shown_offset)}" if station.local else "UTC"
        self.say(f"times are in {here}; data that commands print stays in UTC")

    def act_standing(self, _: Action) -> None:
        """``s``: what is between this device and its hub, from every screen."""
        self._open_beside("sync")

    def act_tasks(self, _: Action) -> None:
        """``A``: the action items, from every screen."""
        self._open_beside("tasks")

    def act_queue(self, _: Action) -> None:
        """``Q``: the queue, from every screen."""
        self.go(Place("queue"))

    def _open_beside(self, name: str) -> None:
        """Show a place beside the record above this screen, where it is not open already."""
        place = Place(name)
        if any(isinstance(each, Travelling) and each.place == place for each in self.app.screen_stack):
            self.go(place)
        else:
            self.app.push_screen(screen_of(self.deck, place))
