"""Readiness by keys: each control's proof, secret and probe, each system's contact; look, prove, schedule, reach."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.message import Message
from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.rules import STUCK, VERIFIED
from ircockpit.features.readiness import proving
from ircockpit.features.readiness.pages import (
    control_detail,
    control_line,
    head_line,
    owner_detail,
    owner_line,
    titles_line,
)
from ircockpit.features.readiness.proving import Done, Planned
from ircockpit.features.readiness.queries import SystemStands, key_of_row, orphans, readiness
from ircockpit.features.readiness.rules import hours_of
from ircockpit.features.systems.rules import NAME
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.confirmations import to_prove
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.screens.proving import Asking
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

DETAIL_LINES = 8
EVERY = "30d"


class _Rows:
    """A row for each system, control and contact."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.found: list[SystemStands] = []

    def _keys(self) -> list[tuple[str, SystemStands, int]]:
        """The key of each row, empty where the cursor cannot rest; what it is of; which control, -1 for the contact."""
        rows: list[tuple[str, SystemStands, int]] = []
        for each in self.found:
            rows.append(("", each, -2))
            rows += [
                (key_of_row(each.system, one.control.name), each, at) for at, one in enumerate(each.controls)
            ]
            rows.append((key_of_row(each.system, ""), each, -1))
        return rows

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return sum(len(each.controls) + 2 for each in self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, (each, _, _) in enumerate(self._keys()) if each == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        now = self._deck.station.clock.wall_us()
        rows = []
        for key, stands, at in self._keys()[start:stop]:
            if at >= 0:
                rows.append(ListRow(key, control_line(stands.controls[at], now, width)))
            elif key:
                rows.append(ListRow(key, owner_line(stands.owner, now, width)))
            else:
                rows.append(ListRow(key, (Span(" "), *head_line(stands, width)), False))
        return rows

    def at(self, key: str | None) -> tuple[SystemStands, int] | None:
        """What the row of a key is about."""
        return next(((stands, at) for each, stands, at in self._keys() if key and each == key), None)


class Readiness(Frame):
    """Whether each system could be stopped now; Esc stops a look that is under way."""

    PLACE: ClassVar[str] = "readiness"
    LOOK_S = 30.0
    """How often ages are looked at again."""
    DEFAULT_CSS = """
    Readiness > #head { height: 2; }
    Readiness > #whole { height: 8; }
    """

    class News(Message):
        """What is under way got further, or has ended."""

        def __init__(self, said: str = "", *, over: bool = False, outcome: Any = None) -> None:
            super().__init__()
            self.said, self.over, self.outcome = said, over, outcome

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._source = _Rows(deck)
        self._head, self._whole = Pane(id="head"), Pane(id="whole")
        none = f"no system is recorded: {deck.key('command.line')}system add NAME … records one"
        self._rows = VirtualList(self._source, gutter=2, empty=(Span(none, "dim"),))
        self._asking_out: Asking | None = None
        self._far = ""
        self._about: tuple[str, str] = ("", "")
        """System and control that a question is about."""

    @property
    def place(self) -> Place:
        """Of all systems."""
        return Place("readiness")

    def crumb(self) -> str:
        """The word."""
        return "readiness"

    def body(self) -> list[Widget]:
        """How many things wait, a row each, and the row under the cursor whole."""
        return [self._head, self._rows, self._whole]

    def rows(self) -> VirtualList:
        """Controls and contacts."""
        return self._rows

    def on_mount(self) -> None:
        """Ages go on while one looks."""
        self.set_interval(self.LOOK_S, self._again)

    def on_unmount(self) -> None:
        """Nobody waits any more for what is only read; what was sent is taken back beside whatever is shown."""
        if self._asking_out is not None:
            self._asking_out.stop()

    def _again(self) -> None:
        if self.is_current and self._source.found and not self.bar.asking:
            self.refresh_data()

    def refresh_data(self) -> None:
        """Read everything anew; nothing is asked outside."""
        self._source.found = readiness(self.deck.station)
        self._rows.refresh_rows()
        found = self._source.found
        waits = sum(len(each.waits) for each in found)
        ready = sum(not each.waits for each in found)
        said = (
            f"{counted(len(found), 'system')}, {ready} ready, {counted(waits, 'thing')} due"
            if found
            else "no system"
        )
        role, stuck = "title", self._stuck()
        if stuck:
            said, role = (
                f"{clean(line(stuck, 40))} may still be on after a proof: p on it takes it back",
                "bad",
            )
        if self._far:
            said, role = self._far, "accent"
        self._head.show([(Span(f" {said}", role),), (Span("  "), *titles_line()) if found else ()])
        self._show_whole()
        if self.bar.free:
            self.bar.show_hint(self.hint_line())

    def _stuck(self) -> str:
        named = [one.control.name for each in self._source.found for one in each.controls if one.stuck]
        return ", ".join([*named, *(each.control for each in orphans(self.deck.station))])

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """The row under the cursor, whole."""
        super().on_virtual_list_moved(event)
        self._show_whole()

    def _show_whole(self) -> None:
        width, found = self.size.width or 80, self._source.at(self._rows.key)
        lines = self._detail(found) if found else []
        pieces = [piece for each in lines for piece in wrap(each, width - 1, 11)]
        self._whole.show([rule("", width), *pieces[: DETAIL_LINES - 1]])

    def _detail(self, found: tuple[SystemStands, int]) -> list[Line]:
        stands, at = found
        if at < 0:
            return owner_detail(stands, self.deck.station)
        return control_detail(self.deck.station, stands.controls[at])

    def enter(self) -> None:
        """The row whole, on a page of its own."""
        from ircockpit.screens.page import Page

        found = self._source.at(self._rows.key)
        if found is not None:
            self.app.push_screen(Page(self.deck, "readiness", self._detail(found)))

    def first_hints(self) -> list[tuple[str, str]]:
        """Looking anew; how to stop it."""
        if self._asking_out is not None:
            return self.hint("screen.escape", "stops it")
        return [*self.hint("readiness.look", "look"), *self.hint("screen.leave", "back")]

    def leave(self, key: str) -> None:
        """Esc stops what only reads; else back."""
        if key == "escape" and self._asking_out is not None:
            self._asking_out.stop()
            sends = self._asking_out.sends
            self.say(
                "it is taken back first: a proof runs to its end"
                if sends
                else "stopping; nothing was changed",
                "warn",
            )
        else:
            super().leave(key)

    # What reaches the outside

    def gesture_look_anew(self) -> None:
        """``R``: secrets and probes, read-only, beside the keys."""
        if self._free():
            self._begin("looking").look()

    def act_prove(self, action: Action) -> None:
        """``p``: the control under the cursor, there and back."""
        del action
        if self._may_send() and (about := self._control()):
            self._begin("planning, nothing is sent").plan(*about, 0)

    def act_schedule(self, _: Action) -> None:
        """``e``: how often the control under the cursor is to be proved; 0 ends it."""
        if self._free() and (about := self._control()):
            self._about = about
            name = words(line(about[1], 30))
            self.bar.ask(
                "readiness-every",
                (Span(f" prove {name} every (12h, 30d, 2w; 0 ends it):", "key"),),
                text=EVERY,
                limit=8,
            )

    def act_reached(self, action: Action) -> None:
        """``t``: the contact of the system under the cursor was reached."""
        found = self._source.at(self._rows.key)
        if found is None:
            self.say("put the cursor on a system's row first; nothing is done", "warn")
        elif not found[0].owner.contact:
            self.say("nobody is stated who could be reached: :system add NAME --on-call WHO", "warn")
        else:
            self._gather(action, {"system": found[0].system.ident})

    def _control(self) -> tuple[str, str] | None:
        found = self._source.at(self._rows.key)
        if found is None or found[1] < 0:
            self.say("put the cursor on a control first; nothing is done", "warn")
            return None
        stands, at = found
        name = stands.controls[at].control.name
        if not NAME.fullmatch(name):
            # What has to be typed must be plain; a colleague's record may name it with anything.
            self.say(
                "the control's name is no plain one: record it with small letters, digits, dots, dashes",
                "warn",
            )
            return None
        return stands.system.name, name

    def _free(self) -> bool:
        if self._asking_out is not None:
            self.say(f"one at a time: {self._far}", "warn")
        return self._asking_out is None

    def _may_send(self) -> bool:
        if not self.deck.arm.may_ask:
            self.say("read-only towards the outside: :arm 15m, then the key again", "warn")
            return False
        return self._free()

    def _begin(self, what: str) -> Asking:
        self._far = what
        station = self.deck.station

        def told(said: str) -> None:
            self.post_message(self.News(said))

        def ended(outcome: Any) -> None:
            self.post_message(self.News(over=True, outcome=outcome))

        self._asking_out = Asking(station.profile.folder, station.clock, told, ended)
        self.refresh_data()
        return self._asking_out

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """How often; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose != "readiness-every":
            super().on_prompt_bar_submitted(event)
            return
        try:
            if event.text.strip() == "0":
                self._end()
            else:
                hours = hours_of(event.text)
                self._begin("planning, nothing is sent").plan(*self._about, hours)
        except CockpitError as error:
            self.tell(error)

    def _end(self) -> None:
        system, control = self._about
        [stands] = readiness(self.deck.station, [system])
        proving.end(self.deck.station, stands.system, control)
        self.refresh_data()
        self.say(f"{control} is proved by hand alone", "ok")

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """What was shown is sent, or approved to be."""
        planned, hours = event.asked.token if isinstance(event.asked.token, tuple) else (None, 0)
        if not isinstance(planned, Planned):
            return
        if hours:
            made = proving.approve(self.deck.station, planned, hours)
            self.refresh_data()
            self.say(
                f"approved: {made.control} is due every {made.hours // 24 or 1}d; prove --due does it", "ok"
            )
        elif not self.deck.arm.may_ask:
            self.say("the time it was armed for is over: nothing was sent", "warn")
        else:
            self._begin("proving: it is on until it is taken back").prove(planned)

    def on_readiness_news(self, event: News) -> None:
        """How far it is, or what came of it."""
        if not event.over:
            self._far = clean(event.said)
            self._head_only()
            return
        self._asking_out, self._far = None, ""
        self.deck.station.refresh()
        self.refresh_data()
        outcome = event.outcome
        if isinstance(outcome, CockpitError):
            self.tell(outcome)
        elif isinstance(outcome, tuple) and isinstance(outcome[0], Planned):
            self._ask(*outcome)
        elif isinstance(outcome, Done):
            self._say_done(outcome)
        elif outcome:
            self.say(str(outcome), "ok")

    def _ask(self, planned: Planned, hours: int) -> None:
        if self.bar.asking or not self.is_current:
            self.say("the plan is ready and was not asked: the key again", "warn")
        else:
            self.bar.confirm(to_prove(self.deck, planned, hours))

    def _say_done(self, done: Done) -> None:
        role = {VERIFIED: "ok", STUCK: "bad"}.get(done.word, "warn")
        said = "effective and back: proved" if done.word == VERIFIED else f"{done.word}: {done.said}"
        self.say(f"{words(line(done.control, 24), 'a control')} {said}", role)

    def _head_only(self) -> None:
        self._head.show([(Span(f" {self._far}", "accent"),), (Span("  "), *titles_line())])
