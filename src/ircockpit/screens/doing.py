"""Doing an action from a screen: what it is about comes from the cursor, the rest is asked, its result is shown."""

import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.message import Message

from ircockpit.command.action import Action, Danger, Kind, Param, Result, load
from ircockpit.command.completion import kept
from ircockpit.command.keys import keys_of
from ircockpit.core.errors import CockpitError, UsageError, defect
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.membership.door import closed
from ircockpit.inert.foreign import is_safe, words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.screens.keywords import put_cursor
from ircockpit.store import typed
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck

FOREIGN = ("signal.reveal", "record.lens", "incident.settle", "replay.judge")
"""Actions that have no meaning without the words of others."""
_MEANT = {
    "incident": ("incident",), "target": ("incident", "group"), "signal": ("group", "signal"), "action": ("action",),
    "proposal": ("action",), "broken": ("action",), "record": ("action",),
}  # fmt: skip
"""Kinds of things that the parameter of an action names."""
REST_S = 1.5
"""Seconds without a key, after which nobody is in the middle of typing."""
LOOK_S = 0.25


class Doing(CalmScreen):
    """What every screen can do with an action of the registry, whichever key or words ask for it."""

    PLACE: ClassVar[str] = "*"
    TAIL: ClassVar[tuple[tuple[str, str], ...]] = (("screen.leave", "back"), ("help.show", "help"))
    """Ids and words of the keys that stand behind a sentence, where it leaves room for them."""

    class Finished(Message):
        """A slow action has ended in its thread."""

        def __init__(self, action: Action, outcome: Result | CockpitError, since_s: float) -> None:
            super().__init__()
            self.action = action
            self.outcome = outcome
            self.since_s = since_s

    def __init__(self, deck: "Deck") -> None:
        super().__init__()
        self.deck = deck
        self.status = StatusLine()
        self.bar = PromptBar()
        self._asking: tuple[Action, dict[str, Any], Param] | None = None

    def where(self) -> str:
        """Where am I, for the first line."""
        return self.PLACE

    def subject(self, name: str) -> str | None:
        """Id of what an action's parameter of this name means here."""
        del name
        return None

    def wanted(self, action: Action) -> dict[str, Any]:
        """What the thing under the cursor wants of an action, besides being what it is about."""
        del action
        return {}

    def refresh_data(self) -> None:
        """Show what has changed in the view; called after every action and whenever others wrote."""

    def duties_known(self) -> None:
        """The rule book of the legal clocks is read: what shows them shows them from now on."""

    def hint(self, ident: str, word: str = "") -> list[tuple[str, str]]:
        """An entry's key as the person has it, with the word for it here; nothing where it has no key."""
        entry = self.deck.entry(ident)
        return [(self.deck.key(ident), word or entry.hint)] if keys_of(entry, self.deck.keys) else []

    def say(self, text: str, role: str = "text") -> None:
        """One sentence in place of the hints, until the next key."""
        tail = [pair for ident, word in self.TAIL for pair in self.hint(ident, word)]
        self.bar.say((Span(" " + clean(text), role),), hint_spans(tail))

    def tell(self, error: CockpitError) -> None:
        """An expected failure in one line: what happened, and the fix or what is safe."""
        self.say("; ".join(part for part in (error.what, error.fix or error.safe) if part), "bad")

    def do(self, action: Action) -> None:
        """An action by its key: what it is about comes from the cursor, the rest is asked."""
        if not self._open(action) or not self._possible(action):
            return
        if action.screen and hasattr(self, f"act_{action.screen}"):
            getattr(self, f"act_{action.screen}")(action)
            return
        given = self.wanted(action)
        for param in action.params:
            if param.kind is Kind.ID:
                subject = self.subject(param.name) or self._latest(action)
                if subject is not None:
                    given[param.name] = subject
                elif param.required:
                    self.say(f"{put_cursor(param.name)}; nothing is done", "warn")
                    return
        self._gather(action, given)

    def _open(self, action: Action) -> bool:
        """Whether the person's role allows an action; where it does not, why and who may is said."""
        if is_safe() and action.id in FOREIGN:
            self.say(
                f"not beside safe summaries: {self.deck.key('view.safe')} shows the words of others again",
                "warn",
            )
            return False
        reason = closed(self.deck.station, action)
        if reason:
            self.say(f"not for you: {reason}", "warn")
        return not reason

    def about(self, action: Action) -> str | None:
        """Id of what an action is about here, where it needs something to be about."""
        needed = next((param for param in action.params if param.kind is Kind.ID and param.required), None)
        return (self.subject(needed.name) or self._latest(action)) if needed is not None else None

    def why_not(self, action: Action) -> str:
        """Why an action is not possible here now: by role, by its own rule, or for want of something; else empty."""
        return closed(self.deck.station, action) or self._rule(action) or self.lacks(action)

    def lacks(self, action: Action) -> str:
        """What has to be under the cursor first; empty where it is, or nothing needs to be."""
        needed = next((param for param in action.params if param.kind is Kind.ID and param.required), None)
        return put_cursor(needed.name) if needed is not None and self.about(action) is None else ""

    def _rule(self, action: Action) -> str:
        if not action.why_not:
            return ""
        return str(load(action.why_not)(self.deck.station, self.about(action)))

    def _possible(self, action: Action) -> bool:
        """Whether an action's own rule allows it now; where it does not, why not is said."""
        reason = self._rule(action)
        if reason:
            self.say(f"not now: {reason}", "warn")
        return not reason

    def _gather(self, action: Action, given: dict[str, Any]) -> CockpitError | None:
        for param in action.params:
            if param.ask and param.name not in given:
                self._ask_param(action, given, param)
                return None
        return self.run(action, given)

    def _ask_param(
        self, action: Action, given: dict[str, Any], param: Param, text: str = "", about: Sequence[Line] = ()
    ) -> None:
        self._asking = (action, given, param)
        mark = "" if param.ask.endswith("?") else ":"
        label = (Span(f" {self.asked_about(action, given)}{param.ask}{mark}", "key"),)
        limit = 8000 if param.name == "text" else 1000
        self.bar.ask("param", label, text=text, limit=limit, about=about)

    def asked_about(self, action: Action, given: dict[str, Any]) -> str:
        """What a question is about, before the question itself: the incident, wherever the cursor stands."""
        del action
        ident = given.get("incident")
        found = incidents(self.deck.station.view, [str(ident)]) if ident else []
        return f"{found[0].short} " if found else ""

    def _latest(self, action: Action) -> str | None:
        """The incident looked at last, for a quick note from anywhere: its prompt says which one that is."""
        latest = self.deck.last_incident
        if action.id == "incident.note" and latest and incidents(self.deck.station.view, [latest]):
            return latest
        return None

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """An answer at the prompt."""
        if event.purpose == "command":
            error = self._command(event.text)
            if error is not None and not isinstance(error, UsageError):
                self._ask_command(event.text, not_done(error))
        elif event.purpose == "param" and self._asking is not None:
            action, given, param = self._asking
            self._asking = None
            if param.required and not event.text.strip():
                self.say("nothing was typed, nothing is done")
                return
            error = self._gather(action, {**given, param.name: [event.text] if param.many else event.text})
            if error is not None:
                # What was typed is not lost with the failure: it stands there again, to be sent or changed.
                self._ask_param(action, given, param, event.text, not_done(error))

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """The question was left; leaving a filter shows everything again."""
        if event.purpose == "filter":
            self.look_for("")
            self.say("filter taken away")
            return
        self._asking = None
        self.say("left; nothing is done")

    def on_prompt_bar_changed(self, event: PromptBar.Changed) -> None:
        """A filter works while it is typed."""
        if event.purpose == "filter":
            self.look_for(event.text)

    def look_for(self, text: str) -> None:
        """Show only what a filter asks for, on a screen that has one; everything for an empty one."""

    def run(self, action: Action, given: dict[str, Any]) -> CockpitError | None:
        """Run an action's handler and show what it gives back; returns the failure that was told instead."""
        if action.slow:
            self.say(f"{action.title}…")
            since_s = time.monotonic()
            threading.Thread(target=self._run_beside, args=(action, given, since_s), daemon=True).start()
            return None
        try:
            outcome: Result = load(action.handler)(self.deck.station, **given)
        except CockpitError as error:
            self.tell(error)
            return error
        self.finished(action, outcome)
        return None

    def _run_beside(self, action: Action, given: dict[str, Any], since_s: float) -> None:
        from ircockpit.features.catalogue import open_workstation

        outcome: Result | CockpitError
        try:
            with open_workstation(self.deck.station.profile.folder, beside=True) as station:
                station.local = self.deck.station.local
                outcome = load(action.handler)(station, **given)
        except CockpitError as error:
            outcome = error
        except Exception as error:  # the thread must report, whatever happened
            outcome = defect(error)
        self.post_message(self.Finished(action, outcome, since_s))

    def on_doing_finished(self, event: Finished) -> None:
        """A slow action came back; what it opens would take the keys of somebody who has gone on typing."""
        if self._is_typed(event.since_s):
            again = self.Finished(event.action, event.outcome, event.since_s)
            self.set_timer(LOOK_S, partial(self.post_message, again))
            return
        self.deck.station.refresh()
        if isinstance(event.outcome, CockpitError):
            self.tell(event.outcome)
        else:
            self.finished(event.action, event.outcome)

    def _is_typed(self, since_s: float) -> bool:
        """Whether something is asked on the screen, or hands were at the keyboard since then and do not rest yet."""
        stack, app = self.app.screen_stack, self.app
        if stack and isinstance(stack[-1], Doing) and stack[-1].bar.asking:
            return True
        return isinstance(app, CalmApp) and app.keyed_s > since_s and time.monotonic() < app.keyed_s + REST_S

    def finished(self, action: Action, result: Result) -> None:
        """Show a result: its sentence in the bar, its lines on a page of their own."""
        self.deck.heed(action, result)
        self.refresh_data()
        self.status.show(self.deck.status(self.where()))
        where = ""
        if result.clip:
            from ircockpit.screens.looking import give

            where = give(self, action.hint, result.clip)
        if result.lines and not (result.said and action.danger.value == "record"):
            from ircockpit.screens.page import Page
            from ircockpit.screens.revealed import page_of

            page = page_of(self.deck, action, result, said=result.said or where)
            if type(page) is Page:  # raw words that are kept apart are looked at in their own way
                page.data = result.data
            self.app.push_screen(page)
        elif result.said:
            trouble = self.deck.station.trouble
            said = words(result.said, f"done: {action.title}")
            note = "saved, but the view lags behind: ircockpit rebuild" if trouble else said
            self.say(note, "warn" if trouble else "ok")

    def _ask_command(self, text: str = "", about: Sequence[Line] = ()) -> None:
        from ircockpit.screens.command_line import CommandAid

        before, aid = typed.lines(self._typed), CommandAid(self.deck)
        label = (Span(" :", "key"),)
        self.bar.ask("command", label, text=text, limit=2000, history=before, about=about, assist=aid)

    @property
    def _typed(self) -> Path:
        return self.deck.station.profile.folder / "typed"

    def _remember(self, words: str) -> None:
        """Keep for Up what may be kept of a line that was understood."""
        typed.add(self._typed, kept(self.deck.actions, words, self._is_named))

    def _is_named(self, word: str) -> bool:
        from ircockpit.store.names import PREFIX, resolve

        try:
            resolve(self.deck.station.view, word, "incident", *PREFIX)
        except CockpitError:
            return False
        return True

    def _command(self, text: str) -> CockpitError | None:
        """What a typed line asks for; returns the failure that kept its words from being recorded."""
        from ircockpit.screens.command_line import parse_line

        words = text.strip()
        if words in ("q", "quit", "q!", "qa"):
            self.app.exit(0)
            return None
        try:
            call = parse_line(self.deck.actions, words, self.subject)
        except CockpitError as error:
            self.tell(error)
            return error
        action = call.action if call is not None else None
        if call is None or action is None:
            return None
        self._remember(words)
        if not self._open(action):
            return None
        if action.screen and hasattr(self, f"act_{action.screen}") and not _answered(action, call.params):
            if self._aimed(action, call.params) and self._possible(action):
                getattr(self, f"act_{action.screen}")(action)
        elif action.danger.value in ("outside", "wide"):
            how = (
                "with its key, where its confirmation is shown" if action.keys else "as a command at a shell"
            )
            self.say(f"that reaches the outside: do it {how}", "warn")
        else:
            failure = self.run(action, call.params)
            # Words that were to be recorded are kept to be sent again; a question can simply be asked anew.
            return failure if action.danger is Danger.RECORD else None
        return None

    def aim(self, name: str, ident: str) -> bool:
        """Make the thing named in words the subject of this screen; whether that can be done here."""
        return self.subject(name) == ident

    def _aimed(self, action: Action, params: dict[str, Any]) -> bool:
        """Whether the screen is now about what was typed: the cursor must not answer for another thing."""
        from ircockpit.store.names import resolve

        param = next((param for param in action.params if param.kind is Kind.ID and param.positional), None)
        typed = params.get(param.name) if param is not None else None
        if param is None or not typed:
            return True
        try:
            _, ident = resolve(self.deck.station.view, str(typed), *_MEANT[param.name])
        except CockpitError as error:
            self.tell(error)
            return False
        if self.aim(param.name, ident):
            return True
        self.say(
            f"{typed} is not shown here; nothing is done. {self.deck.key('incident.queue')} lists what there is",
            "warn",
        )
        return False


def hint_spans(pairs: Sequence[tuple[str, str]]) -> Line:
    """Keys and their words as the hint bar shows them."""
    spans = [span for key, word in pairs for span in (Span(key, "key"), Span(f" {word}"), Span("  "))]
    return (Span(" "), *spans[:-1])


def not_done(error: CockpitError) -> list[Line]:
    """A failure above the words it kept from being recorded: what happened, what is safe, what to do."""
    what, *rest = error.sentences()
    return [
        (Span(f" NOT saved: {clean(what)}", "bad"),),
        *((Span(f" {clean(sentence)}"),) for sentence in rest),
        (Span(" your words are kept here: Enter tries again, Esc leaves them", "dim"),),
    ]


def _answered(action: Action, params: dict[str, Any]) -> bool:
    """Whether more is said than what it is about, so that no screen has to ask for it."""
    about = any(param.kind is Kind.ID and param.positional for param in action.params)
    return sum(1 for value in params.values() if value) > about
