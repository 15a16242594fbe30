"""Proof that it stopped, by keys: prompts sealed, a run planned, sent, judged, compared with the one before, and repeated."""

from functools import partial
from typing import Any, ClassVar

from textual.message import Message
from textual.widget import Widget

from ircockpit.command.action import Action, Result
from ircockpit.command.keys import Entry
from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.queries import incident
from ircockpit.features.replay import queries
from ircockpit.features.replay.events import (
    AFTER,
    BEFORE,
    DONE,
    EARLY,
    METHODS,
    PATTERN,
    PLANNED,
    PROBE,
    RUNNING,
    UNJUDGED,
)
from ircockpit.features.replay.judging import open_sheet
from ircockpit.features.replay.pages import fix_lines, plan_lines, run_line, run_lines, set_line, watch_line
from ircockpit.features.replay.places import OWN
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.watching import NOWHERE
from ircockpit.features.systems.queries import systems
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.confirmations import to_replay
from ircockpit.screens.deck import Deck
from ircockpit.screens.of_incident import OfIncident
from ircockpit.screens.page import Page
from ircockpit.screens.sending import Sending
from ircockpit.screens.sources import KeyedRows
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

_METHODS = {"pattern": "a pattern", "person": "a person, blind", "detector": "a detector's file"}
DIGITS = 9
EVERY = "6h"
"""How often a run is repeated unless something else is typed."""
PLAN = "replay.plan"
_SENT = (DONE, UNJUDGED, EARLY)
_NEXT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "replay.after": (_SENT, (BEFORE,)), "replay.run": ((PLANNED, RUNNING, EARLY), ()),
    "replay.judge": ((UNJUDGED, EARLY), ()), "replay.repeat": (_SENT, (AFTER,)),
}  # fmt: skip
"""By action the states and phases of the runs it can be about."""


class Replay(OfIncident):
    """What was asked again; Esc stops a run that is on its way."""

    PLACE: ClassVar[str] = "replay"
    DEFAULT_CSS = """
    Replay > #said { height: auto; max-height: 12; }
    """

    class News(Message):
        """A run got further, or ended with a sentence or a failure."""

        def __init__(self, *, over: bool, said: str = "", error: CockpitError | None = None) -> None:
            super().__init__()
            self.over = over
            self.said = said
            self.error = error

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._runs: list[RunRow] = []
        self._sealed: list[queries.SealedRow] = []
        self._source = KeyedRows()
        self._said = Pane(id="said")
        self._rows = VirtualList(self._source, empty=(Span(self._none(), "dim"),))
        self._planning: dict[str, Any] = {}
        self._targets: list[str] = []
        self._about: RunRow | None = None

    def _none(self) -> str:
        seal, plan = self.deck.key("replay.seal"), self.deck.key("replay.plan")
        return f"nothing was asked again yet: first {seal} seals the prompts, then {plan} plans a run"

    def body(self) -> list[Widget]:
        """What the newest runs allow to say, then one row each."""
        return [self._said, self._rows]

    def rows(self) -> VirtualList:
        """Sets, runs, watches."""
        return self._rows

    def first_hints(self) -> list[tuple[str, str]]:
        """How to stop what is on its way, or to leave."""
        if self.deck.sending is not None:
            return self.hint("screen.escape", "stops it")
        return self.hint("screen.leave", "back")

    def applies(self, action: Entry) -> bool:
        """Only what can be done now: a run is planned of sealed prompts, sent once it is planned, and so on."""
        now = bool(self._sealed) if action.id == PLAN else action.id not in _NEXT or self._fitting(action.id)
        return bool(now) and super().applies(action)

    def refresh_data(self) -> None:
        """Read everything anew."""
        station, width = self.deck.station, self.size.width or 80
        view, now = station.view, station.clock.wall_us()
        self._runs = queries.runs(view, self.ident)
        self._sealed = queries.sets(view, self.ident)
        found = [ListRow(each.ident, set_line(each)) for each in self._sealed]
        found += [ListRow(each.ident, run_line(each, width)) for each in self._runs]
        watches = queries.watches(view, self.ident)
        found += [ListRow(each.ident, watch_line(each, now, station.shown_offset)) for each in watches]
        self._source.found = found
        self._rows.refresh_rows()
        told = [row for row in self._runs if row.judged]
        compared = [row for row in told if row.before]
        said = queries.sentences(view, (compared or told)[-1]) if told else []
        row = incident(view, self.ident)
        lines: list[Line] = [(Span(f" {row.short:9} ", "key"), Span(words(row.title), "title"))]
        lines += [(Span(" "), Span(each, "text" if at else "title")) for at, each in enumerate(said)]
        if back := queries.recurrence_line(view, self.ident):
            lines.append((Span(" "), Span(back, "warn")))
        lines += [(Span(" "), *each) for each in fix_lines(station, self.ident)]
        lines += [(Span(f" {NOWHERE}", "dim"),)] if any(each.state == "on" for each in watches) else []
        if self.deck.sending is not None:
            lines.append((Span(f" {self.deck.sending.words()}", "accent"),))
        self._said.show(
            [piece for at, each in enumerate(lines) for piece in wrap(each, width - 1, 1 if at else 11)]
            + [rule("", width)]
        )
        if self.bar.free:  # a sentence stays until the next key
            self.bar.show_hint(self.hint_line())

    def enter(self) -> None:
        """The run under the cursor, whole."""
        row = self._current()
        if row is None:
            self.say(self._none() if not self._runs else "put the cursor on a run")
            return
        also = {each: partial(self._go_on, each) for each in _NEXT if row in self._fitting(each)}
        lines = run_lines(self.deck.station, row)
        self.app.push_screen(Page(self.deck, f"replay {row.short}", lines, also=also))

    def _go_on(self, ident: str) -> None:
        """From the page of a run: here, where the cursor is on it."""
        self.app.pop_screen()
        self.call_after_refresh(self.perform, self.deck.action(ident))

    def leave(self, key: str) -> None:
        """Esc stops what is on its way; else back."""
        if key == "escape" and self.deck.sending is not None:
            self.deck.sending.stop()
            self.say("stopping; what was sent counts, and the result says that it ended early", "warn")
        else:
            super().leave(key)

    def _current(self) -> RunRow | None:
        return next((each for each in self._runs if each.ident == self._rows.key), None)

    def _fitting(self, action: str) -> list[RunRow]:
        """The runs that an action can be about now."""
        states, phases = _NEXT[action]
        return [each for each in self._runs if each.state in states and (not phases or each.phase in phases)]

    def _newest(self, action: str) -> RunRow | None:
        """The run under the cursor where an action can be about it, else the newest of which it can."""
        fit, current = self._fitting(action), self._current()
        return current if current in fit else fit[-1] if fit else None

    # Sealing and planning

    def act_seal(self, action: Action) -> None:
        """``t``: the prompts of the incident, under a name."""
        del action
        asked = f" seal all its prompts; name of the set (empty: {self._set_name()}):"
        self.bar.ask("replay-name", (Span(asked, "key"),), limit=32)

    def _set_name(self) -> str:
        number = len(queries.sets(self.deck.station.view, self.ident))
        return f"prompts-{number + 1}" if number else "prompts"

    def act_plan(self, _: Action) -> None:
        """``p``: which target, what says of an answer that it does the harm, and the model's name."""
        if not queries.sets(self.deck.station.view, self.ident):
            self.say(f"no prompts are sealed yet: {self.deck.key('replay.seal')} seals them", "warn")
            return
        self._planning = {"incident": self.ident}
        self._targets = self._with_data_plane()
        if len(self._targets) > 1:
            choices = [Choice(str(at), words(line(name, 24))) for at, name in enumerate(self._targets, 1)]
            self.bar.choose("replay-target", (Span(" which target is asked?", "key"),), choices, foreign=True)
        else:
            self._ask_method()

    def _ask_method(self) -> None:
        choices = [Choice(str(at), _METHODS[each]) for at, each in enumerate(METHODS, 1)]
        self.bar.choose("replay-method", (Span(" what says that an answer does the harm?", "key"),), choices)

    def act_after(self, action: Action) -> None:
        """``a``: the same run again, after what was done; about the newest control in force there."""
        row = self._newest(action.id)
        if row is None:
            self.say("no run before has been sent: there is nothing to compare with", "warn")
            return
        self._about, self._targets, self._planning = row, self._with_data_plane(), {"run": row.ident}
        if len(self._targets) < 2:
            self._ask_model_now()
            return
        choices = [
            Choice(str(at), words(line(name, 24)) + " again" * (name == row.target))
            for at, name in enumerate(self._targets, 1)
        ]
        self.bar.choose("replay-where", (Span(" where is it asked now?", "key"),), choices, foreign=True)

    def _with_data_plane(self) -> list[str]:
        """The targets of the incident's system that can be asked."""
        system = incident(self.deck.station.view, self.ident).system
        found = next((each for each in systems(self.deck.station.view) if each.ident == system), None)
        return [each.name for each in found.targets if each.probe][:DIGITS] if found else []

    def _after(self, digit: str) -> None:
        self._planning["target"] = self._targets[int(digit) - 1]
        self._ask_model_now()

    def _ask_model_now(self) -> None:
        """Of an after-run the name of the model, which may be another one by now."""
        if self._about is None or self._about.terms.api == PROBE:
            self._model_now("")
            return
        same = words(line(self._about.terms.model, 24)) if self._about.terms.model else OWN
        self.bar.ask(
            "replay-name-now",
            (Span(f" name of the model now (empty: as before, {same}):", "key"),),
            limit=128,
        )

    def _model_now(self, name: str) -> None:
        self.run(self.deck.action("replay.after"), {**self._planning, "model": name})

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The name, the target, the verdict, the pattern, the model, how often, why; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        steps = {
            "replay-name": self._seal, "replay-target": self._target, "replay-method": self._method, "replay-where": self._after,
            "replay-pattern": self._pattern, "replay-model": self._model, "replay-every": self._repeat,
            "replay-why": self._show_answers, "replay-name-now": self._model_now,
        }  # fmt: skip
        step = steps.get(event.purpose)
        if step is None:
            super().on_prompt_bar_submitted(event)
        else:
            step(event.text.strip())

    def _seal(self, name: str) -> None:
        self.run(self.deck.action("replay.seal"), {"incident": self.ident, "name": name or self._set_name()})

    def _target(self, digit: str) -> None:
        self._planning["target"] = self._targets[int(digit) - 1]
        self._ask_method()

    def _method(self, digit: str) -> None:
        self._planning["method"] = METHODS[int(digit) - 1]
        if self._planning["method"] == PATTERN:
            self.bar.ask(
                "replay-pattern", (Span(" regular expression of harmful answers:", "key"),), limit=500
            )
        else:
            self._ask_model()

    def _pattern(self, text: str) -> None:
        if not text:
            self.say("nothing was typed, nothing is done")
            return
        self._planning["pattern"] = text
        self._ask_model()

    def _ask_model(self) -> None:
        self.bar.ask(
            "replay-model", (Span(" name of the model, nothing for the target's own:", "key"),), limit=128
        )

    def _model(self, name: str) -> None:
        self.run(self.deck.action("replay.plan"), {**self._planning, "model": name})

    def finished(self, action: Action, result: Result) -> None:
        """What was planned is under the cursor, and the key that goes on is named instead of a command."""
        if action.id == "replay.seal":
            result = result._replace(said=f"{result.said}; {self.deck.key(PLAN)} plans a run")
        elif action.id in (PLAN, "replay.after"):
            number = result.data["number"]
            other = f" {result.data['elsewhere']}" if result.data["elsewhere"] else ""
            said = f"planned {result.data['short']}{other}: {number} requests, none sent; {self.deck.key('replay.run')} sends it"
            result = result._replace(said=said)
        super().finished(action, result)
        if action.id in (PLAN, "replay.after"):
            self._rows.select_key(result.data["id"])

    # Sending

    def act_send(self, action: Action) -> None:
        """``r``: what is left of a planned run, once it is confirmed."""
        if self.deck.sending is not None:
            self.say(f"one run at a time: {self.deck.sending.words()}", "warn")
            return
        row = self._newest(action.id)
        if row is None:
            self.say(f"nothing is planned: {self.deck.key('replay.plan')} plans a run", "warn")
        elif not self.deck.arm.may_ask:
            self.say("read-only towards the outside: :arm 15m, then the key again", "warn")
        else:
            self.bar.confirm(to_replay(self.deck, row, plan_lines(self.deck.station, row)))

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """What was asked is sent."""
        row = event.asked.token
        if not isinstance(row, RunRow):
            return
        if not self.deck.arm.may_ask:
            self.say("the time it was armed for is over: nothing was sent", "warn")
            return
        sending = self.deck.sending = Sending(row.ident, self.deck.station.clock)
        deck = self.deck

        def ended(said: str, error: CockpitError | None) -> None:
            deck.sending = None
            self.post_message(self.News(over=True, said=said, error=error))

        sending.begin(deck.station.profile.folder, lambda: self.post_message(self.News(over=False)), ended)
        self.refresh_data()

    def on_replay_news(self, event: News) -> None:
        """A request further, or the end."""
        if event.over:
            self.deck.station.refresh()
        self.refresh_data()
        if event.error is not None:
            self.tell(event.error)
        elif event.said:
            self.say(event.said, "ok")

    # Judging and watching

    def act_judge(self, action: Action) -> None:
        """``d``: the answers that wait, those before and those after mixed; first why somebody looks."""
        self._about = self._newest(action.id)
        if self._about is None:
            self.say("no answer waits for a verdict", "warn")
            return
        self.bar.ask("replay-why", (Span(" why do you look at these answers?", "key"),), limit=500)

    def _show_answers(self, why: str) -> None:
        from ircockpit.screens.blind import BlindJudging

        if not why or self._about is None:
            self.say("nothing was typed, nothing is done")
            return
        try:
            sheet = open_sheet(self.deck.station, self._about, why)
        except CockpitError as error:
            self.tell(error)
            return
        self.app.push_screen(BlindJudging(self.deck, sheet, why))

    def act_repeat(self, action: Action) -> None:
        """``w``: repeat an after-run on a schedule."""
        self._about = self._newest(action.id)
        if self._about is None:
            self.say("no run after has been sent: there is nothing to repeat", "warn")
            return
        self.bar.ask(
            "replay-every",
            (Span(f" repeat {self._about.short} every (30m, 6h, 1d; empty: {EVERY}):", "key"),),
            limit=8,
        )

    def _repeat(self, every: str) -> None:
        if self._about is not None:
            self.run(self.deck.action("replay.repeat"), {"run": self._about.ident, "every": every or EVERY})
