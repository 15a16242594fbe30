"""Notices about an incident, by keys: a digit chooses what is told, space whom besides the rules, and one key sends it."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.message import Message
from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError, RefusedError, defect
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents.queries import incident, incidents
from ircockpit.features.notices import pages
from ircockpit.features.notices.channels import FILE, Channel, Channels
from ircockpit.features.notices.claims import unmet
from ircockpit.features.notices.queries import NoticeRow, notices
from ircockpit.features.notices.reading import ORDER, TEST, Ready, of_profile
from ircockpit.features.notices.rules import ESCALATION, fitting
from ircockpit.features.notices.sending import (
    Outgoing,
    address_of,
    channels_of,
    deliver,
    prepare,
    settle_now,
    situation,
    try_channel,
    words_of_test,
)
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.notify.delivery import DELIVERED, Address
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.wrap import wrap
from ircockpit.screens.confirmations import NOTICE, to_notify, to_try
from ircockpit.screens.deck import Deck
from ircockpit.screens.of_incident import OfIncident
from ircockpit.screens.sources import KeyedRows
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

DIGITS = 9
SHOWN = 3
"""Notices that were sent, the newest, which stand above the channels."""


class Notices(OfIncident):
    """What can be told to whom; addresses are fetched, and notices sent, beside the keys."""

    PLACE: ClassVar[str] = "notices"
    DEFAULT_CSS = """
    Notices > #said { height: auto; max-height: 17; }
    """

    class Fetched(Message):
        """The addresses of what was chosen are there, or one of them is not."""

        def __init__(self, number: int, ask: Callable[[], None], error: CockpitError | None) -> None:
            super().__init__()
            self.number = number
            self.ask = ask
            self.error = error

    class Sent(Message):
        """What was confirmed has been sent, or was not."""

        def __init__(self, said: str, role: str) -> None:
            super().__init__()
            self.said = said
            self.role = role

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._channels = Channels()
        self._templates: list[Ready] = []
        self._marked: set[str] = set()
        self._number = 0
        """Of the last thing that was asked for: what comes back for an earlier one is not shown."""
        self._busy = ""
        self._source = KeyedRows()
        self._said = Pane(id="said")
        self._rows = VirtualList(self._source)

    def body(self) -> list[Widget]:
        """What can be told and what was, then the channels."""
        return [self._said, self._rows]

    def rows(self) -> VirtualList:
        """The channels."""
        return self._rows

    def first_hints(self) -> list[tuple[str, str]]:
        """Digits first."""
        return [("1-9", "tell"), *self.hint("row.mark", "mark"), *self.hint("screen.leave", "back")]

    def own_keys(self) -> dict[str, Any]:
        """Digits choose a template."""
        return {
            str(at): (lambda ready=each: self._choose(ready)) for at, each in enumerate(self._templates, 1)
        }

    def on_mount(self) -> None:
        """What was cut off here before is told as that."""
        settle_now(self.deck.station)
        super().on_mount()

    def refresh_data(self) -> None:
        """Read channels, templates and what was sent anew."""
        station, width = self.deck.station, self.size.width or 80
        row = incident(station.view, self.ident)
        book, self._channels = of_profile(station.profile.folder), channels_of(station)
        own = [name for name in book.ready if name not in (*ORDER, TEST)]
        self._templates = [book.ready[name] for name in (*ORDER, *own)][:DIGITS]
        now = situation(station, row)
        lines: list[Line] = [
            (Span(" tell what, by its digit; ids, numbers, states, times and names alone leave", "dim"),)
        ]
        for at, each in enumerate(self._templates, 1):
            names = sorted(self._marked) or list(fitting(self._channels.found, each.id, now))
            fits = ", ".join(names) or ("whoever is marked" if self._channels.found else "nobody: no channel")
            whom = f"to {fits}"
            if each.id == ESCALATION:
                whom += f": level {now.level}, {words(now.called)}" if now.level else ""
                whom = whom if now.level else "nobody is to be called"
            reason = unmet(station, row, each.id)
            whom = f"not now: {reason}" if reason else whom
            title = fit(clean(each.template.title), 38)
            lines.append(
                (Span(f" {at} ", "key"), Span(title), Span(fit(f" {whom}", max(width - 42, 8)), "dim"))
            )
        sent = notices(station.view, self.ident)[-SHOWN:]
        lines += (
            [rule("sent", width), *(pages.notice_line(each, station.shown_offset) for each in sent)]
            if sent
            else []
        )
        lines += [
            (Span(f" {fit(clean(each), width - 2)}", "warn"),) for each in self._channels.complaints[:1]
        ]
        lines += [(Span(f" {clean(error.what)}", "warn"),) for error in book.refused[:1]]
        lines.append(rule("channels", width))
        self._said.show(lines)
        rows = [ListRow(each.name, self._channel_line(each, width)) for each in self._channels.found]
        self._source.found = rows or [ListRow("", each, False) for each in self._none_lines(width)]
        self._rows.refresh_rows()
        if self.bar.free:
            self.bar.show_hint(self.hint_line())

    def _channel_line(self, each: Channel, width: int) -> Line:
        mark = "[x] " if each.name in self._marked else "[ ] "
        behind = " ".join(part for part in (each.about, f"({each.behind})" if each.behind else "") if part)
        rules = ", ".join(rule.said for rule in each.rules) or "no rule"
        alone = f"; by itself: {', '.join(each.automatic)}" if each.automatic else ""
        return (
            Span(mark, "key"), Span(fit(each.name, 16), "title"), Span(fit(clean(behind), 24)),
            Span(fit(f" {clean(rules + alone)}", max(width - 46, 8)), "dim"),
        )  # fmt: skip

    def _none(self) -> str:
        return _UNUSED if self._channels.complaints else _NONE

    def _none_lines(self, width: int) -> list[Line]:
        """That there is no channel, and every step to one, however narrow the screen."""
        folder = clean(str(self.deck.station.profile.folder))
        said = [self._none()] if self._channels.complaints else [
            "no channel is set up on this device: nothing can be told from here yet",
            f"write {FILE} in {folder}: docs/notifications.md shows how",
        ]  # fmt: skip
        return [piece for each in said for piece in wrap((Span(each, "warn"),), max(width - 4, 20))]

    def gesture_mark(self) -> None:
        """Space: this channel, whatever its rules say; with none marked the rules choose."""
        if (name := self._rows.key) is None:
            self.say(self._none(), "warn")
            return
        self._marked ^= {name}
        self.refresh_data()

    def enter(self) -> None:
        """Enter is pressed too easily to choose or send anything."""
        self.say("a digit chooses what is told, space marks a channel")

    # Choosing

    def _choose(self, ready: Ready) -> None:
        station, row = self.deck.station, incident(self.deck.station.view, self.ident)
        if not self._open(self.deck.action(NOTICE)) or not self._may_ask():
            return
        names = self._marked or set(fitting(self._channels.found, ready.id, situation(station, row)))
        wanted = [each for each in self._channels.found if each.name in names]
        if not self._channels.found:
            self.say(self._none(), "warn")
            return
        if not wanted:
            self.say("no channel's rules say so: space marks one, then the digit again", "warn")
            return
        try:
            prepared = [prepare(station, row, ready, each) for each in wanted]
        except CockpitError as error:
            self.tell(error)
            return
        digit = str(self._templates.index(ready) + 1)
        self._fetch(wanted, lambda found: to_notify(self.deck, prepared, found, trigger=digit))

    def act_try(self, action: Action) -> None:
        """``t``: a real test message to the channel under the cursor."""
        found = [each for each in self._channels.found if each.name == self._rows.key]
        if not found:
            self.say(self._none(), "warn")
        elif self._may_ask():
            notice = words_of_test(self.deck.station)
            trigger = self.deck.trigger(action)
            self._fetch(
                found, lambda told: to_try(self.deck, found[0], notice, told[found[0].name], trigger=trigger)
            )

    def act_notices(self, _: Action) -> None:
        """``@`` is pressed where its page is open."""
        self.say("a digit chooses what is told")

    def _may_ask(self) -> bool:
        if self._busy:
            self.say(f"one at a time: {self._busy}", "warn")
        elif not self.deck.arm.may_ask:
            self.say("read-only towards the outside: :arm 15m, then the key again", "warn")
        else:
            return True
        return False

    def _fetch(self, wanted: Sequence[Channel], asked: Callable[[dict[str, Address]], Any]) -> None:
        """Fetch addresses beside the keys, then ask; a key pressed meanwhile makes it another question."""
        self._number += 1
        number = self._number
        self.say(
            f"reading {'the address' if len(wanted) == 1 else 'addresses'} of {', '.join(each.name for each in wanted)}…"
        )

        def work() -> None:
            found: dict[str, Address] = {}
            error: CockpitError | None = None
            try:
                for each in wanted:
                    found[each.name] = address_of(each)
            except CockpitError as failure:
                name = next(each.name for each in wanted if each.name not in found)
                error = RefusedError(f"{name}: {failure.what}", safe=failure.safe, fix=failure.fix)
            except Exception as failure:  # the thread must report, whatever happened
                error = defect(failure)
            self.post_message(self.Fetched(number, lambda: self.bar.confirm(asked(found)), error))

        threading.Thread(target=work, name="addresses", daemon=True).start()

    def on_notices_fetched(self, event: Fetched) -> None:
        """Ask, where this is still what was asked for and nothing else is being asked."""
        if event.number != self._number or self.bar.asking:
            return
        if event.error is not None:
            self.tell(event.error)
        else:
            event.ask()

    # Sending

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """What was asked is sent, beside the keys."""
        if not self.deck.arm.may_ask:
            self.say("the time it was armed for is over: nothing was sent", "warn")
            return
        token = event.asked.token
        station, home = self.deck.station, self.deck.station.profile.folder
        self._busy = "a notice is on its way"
        self.say("sending…")

        def work() -> None:
            try:
                with open_workstation(home, clock=station.clock, beside=True) as beside:
                    said, role = _try(beside, token) if isinstance(token, Channel) else _send(beside, token)
            except CockpitError as error:
                said, role = f"{error.what}; {error.fix or error.safe}", "bad"
            except Exception as error:  # the thread must report, whatever happened
                said, role = defect(error).what, "bad"
            self.post_message(self.Sent(said, role))

        threading.Thread(target=work, name="notices", daemon=True).start()

    def on_notices_sent(self, event: Sent) -> None:
        """Show what became of it."""
        self._busy = ""
        self.deck.station.refresh()
        if incidents(self.deck.station.view, [self.ident]):
            self.refresh_data()
        self.say(event.said, event.role)


_NONE = "no channel is set up: write channels.toml, see docs/notifications.md"
"""Short enough for one line of 80 cells: what to do must not be what is cut."""
_UNUSED = "no channel can be used: channels.toml has to be mended as said above"


def _try(station: Any, channel: Channel) -> tuple[str, str]:
    _, came = try_channel(station, channel)
    return (
        f"the test to {channel.name}: {came.outcome}{f': {came.reason}' if came.reason else ''}",
        pages.ROLES.get(came.outcome, "warn"),
    )


def _send(station: Any, prepared: Any) -> tuple[str, str]:
    """Send each of what was confirmed; what may have arrived before was named in the question."""
    done: list[NoticeRow] = []
    said: list[str] = []
    each: Outgoing
    for each in prepared:
        try:
            row = deliver(station, each, again=each.doubt is not None)
        except CockpitError as error:
            said.append(f"{each.channel.name}: {error.what}")
        else:
            done.append(row)
            said.append(f"{each.channel.name}: {pages.stands(row)}")
    good = all(row.outcome == DELIVERED for row in done) and len(done) == len(prepared)
    if not good and prepared[0].ready.id == ESCALATION:
        after = situation(station, prepared[0].row)
        said += (
            [f"next is level {after.level}, {words(after.called)}: its digit again"] if after.level else []
        )
    return "; ".join(said), "ok" if good else "bad"
