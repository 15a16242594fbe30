"""The page of raw words: blurred until a turn is lifted for seconds, on record before it is seen, gone when it is left."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from textual.widget import Widget

from ircockpit.command.action import Action, Result
from ircockpit.core.clock import elapsed_s
from ircockpit.core.errors import StoreError
from ircockpit.features.care.exposure import sum_up, this_shift
from ircockpit.features.care.rules import advice
from ircockpit.features.intake.raw import Turn, turns
from ircockpit.inert.foreign import is_safe
from ircockpit.render.blur import blurred
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.page import Page
from ircockpit.screens.sources import FixedRows
from ircockpit.store.sightings import Journal, Lift
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

REVEAL = "signal.reveal"
SAFE_PAGES = ("care.brief", "care.exposure", "care.handover")
"""Actions whose lines are never in the words of others."""
LOOK_S = 0.1
"""How often it is looked whether the time is over, while anything is lifted."""
AHEAD_S = 2.0
"""Seconds noted ahead of a key that is held, so that not each of its repeats waits for the disk."""


class Seen(NamedTuple):
    """A turn that is lifted now."""

    lift: Lift
    since: float
    """Seconds, by the clock that only goes forward and goes on while the machine sleeps."""


class Revealed(Frame):
    """Turns of a conversation under blur; one turn at a time is lifted, and time that is measured here ends it."""

    PLACE: ClassVar[str] = "reveal"
    DEFAULT_CSS = """
    Revealed > #shift { height: 1; }
    """

    def __init__(
        self,
        deck: Deck,
        data: Mapping[str, Any],
        lines: Sequence[Line],
        *,
        now: Callable[[], float] = elapsed_s,
    ) -> None:
        super().__init__(deck)
        self._data = data
        self._turns = turns(data)
        self._head = lines[:2]
        self._now = now
        self._care = deck.settings.care
        self._seconds = self._care.reveal_seconds
        self._spoken = bool(os.environ.get("IRCOCKPIT_A11Y"))
        self._journal = Journal(deck.station.profile.folder, deck.station.clock)
        self._seen: dict[int, Seen] = {}
        self._until = 0.0
        self._shift = Pane(id="shift")
        self._source = FixedRows(())
        self._rows = VirtualList(self._source, gutter=2)

    def body(self) -> list[Widget]:
        """What this person has seen in the shift, then the turns."""
        return [self._shift, self._rows]

    def raw(self) -> dict[str, str]:
        """The words that were opened, by turn."""
        return {turn.name: str(self._data.get(turn.name, "")) for turn in self._turns}

    @property
    def blurs(self) -> bool:
        """Whether they are words that are blurred until they are lifted."""
        return bool(self._data["blurred"])

    def rows(self) -> VirtualList:
        """The turns."""
        return self._rows

    def where(self) -> str:
        """Whose words."""
        return f"reveal {self._data['short']}"

    def on_mount(self) -> None:
        """Time is looked at only while something is lifted; a cockpit that is left for the shell shows nothing."""
        self._look = self.set_interval(LOOK_S, self._look_at_time, pause=True)
        self.app.app_suspend_signal.subscribe(self, lambda _: self._blur())
        self.watch(self.app, "app_focus", self._focus_moved, init=False)

    def on_unmount(self) -> None:
        """Leaving ends what is lifted, and tells the team's sum."""
        self._end_all()
        sum_up(self.deck.station)

    def on_screen_suspend(self) -> None:
        """Another screen came to the front."""
        self._blur()

    def _focus_moved(self, focused: bool) -> None:
        if not focused:  # who looks at this window now need not be who asked
            self._blur()

    def refresh_data(self) -> None:
        """Draw the turns as they are now, lifted or not."""
        lines: list[Line] = [*self._head]
        self._of_line: list[int | None] = [None] * len(lines)
        for number, turn in enumerate(self._turns):
            clear = number in self._seen or not self._data["blurred"]
            block = [
                (),
                self._heading(turn, clear=clear),
                *(self._words(line, clear=clear) for line in turn.lines),
            ]
            lines += block
            self._of_line += [number] * len(block)
        self._source.show(lines)
        self._rows.refresh_rows()
        found = this_shift(self.deck.station)
        more = advice(found, self._care.exposure_minutes, self.deck.key("care.handover"))
        role = "warn" if more else "dim"
        self._shift.show([(Span(f" this shift: {found.words()}{': ' if more else ''}{more}", role),)])

    def _heading(self, turn: Turn, *, clear: bool) -> Line:
        state = "" if not self._data["blurred"] else ", readable" if clear else ", blurred"
        return (*turn.head, Span(state, "dim"))

    def _words(self, line: Line, *, clear: bool) -> Line:
        return (Span("  "), *(line if clear else blurred(line, spoken=self._spoken)))

    def own_keys(self) -> dict[str, Any]:
        """``n`` for no more."""
        return {"n": lambda: self.leave("n")}

    def own_help(self) -> list[tuple[str, str]]:
        """The same for help."""
        return [("n", "hide it: leave this page")]

    def first_hints(self) -> list[tuple[str, str]]:
        """How not to see it."""
        return [("n", "hide")]

    def enter(self) -> None:
        """Enter opens what the cursor is on: the turn."""
        self.gesture_lift()

    def gesture_lift(self) -> None:
        """The turn under the cursor."""
        row = self._rows.index
        number = self._of_line[row] if row < len(self._of_line) else None
        self._lift([number if number is not None else 0] if self._turns else [])

    def gesture_lift_all(self) -> None:
        """Every turn."""
        self._lift(list(range(len(self._turns))))

    def _lift(self, wanted: list[int]) -> None:
        """Make turns readable from now on; pressed again, for as long anew, never for the sum of the presses."""
        if not self._data["blurred"] or not wanted:
            self.say("nothing is blurred here")
            return
        now = self._now()
        if self._seen and now >= self._until:
            self._blur()
        for number in [number for number in self._seen if number not in wanted]:
            self._end(number, now)
        try:
            for number in wanted:
                self._seen[number] = self._noted(number, now)
        except StoreError as error:
            self._blur()
            self.tell(error)
            return
        self._until = now + self._seconds
        self.refresh_data()
        self._look.resume()

    def _noted(self, number: int, now: float) -> Seen:
        """The lift of a turn, with all the time it may now take on the disk."""
        known = self._seen.get(number)
        if known is None:
            name, category = self._turns[number].name, str(self._data["category"])
            return Seen(self._journal.begin(str(self._data["signal"]), name, category, self._seconds), now)
        needed = now - known.since + self._seconds
        if needed <= known.lift.seconds:
            return known
        return known._replace(lift=self._journal.state(known.lift, needed + AHEAD_S))

    def _look_at_time(self) -> None:
        if self._seen and self._now() >= self._until:
            self._blur()

    def _blur(self) -> None:
        """Make everything unreadable again, and note how long it was not."""
        if not self._seen:
            return
        self._end_all()
        self._look.pause()
        self.refresh_data()

    def _end_all(self) -> None:
        now = min(self._now(), self._until)
        for number in list(self._seen):
            self._end(number, now)

    def _end(self, number: int, now: float) -> None:
        seen = self._seen.pop(number)
        try:
            self._journal.state(seen.lift, max(now - seen.since, 0.0))
        except StoreError as error:
            # What was noted before is more than it was: nothing is missing from the sum.
            self.tell(error)


def page_of(deck: Deck, action: Action, result: Result, *, said: str = "") -> Frame:
    """The page for the lines an action gives back; ``said`` is a sentence to be read first."""
    if action.id == REVEAL:
        return Revealed(deck, result.data, tuple(result.lines))
    safe = action.id in SAFE_PAGES
    return Page(
        deck, " ".join(action.verb), result.lines, said=said if safe or not is_safe() else "", safe=safe
    )
