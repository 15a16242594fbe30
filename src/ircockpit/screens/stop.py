"""Stop first: the system's controls on digits, the exact plan, one confirmation that also arms, and the proof as it comes."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.clocks.queries import banners
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.actions import check_revert
from ircockpit.features.containment.attending import attend
from ircockpit.features.containment.inhand import cut_off
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.pages import (
    action_lines,
    cut_off_line,
    offer_lines,
    plan_lines,
    which_system_lines,
)
from ircockpit.features.containment.stopping import Prepared, Progress, Tell
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import System
from ircockpit.features.triage.queries import triage_of
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.net.giveup import GiveUp
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.beside import Beside, Ended
from ircockpit.screens.confirmations import to_lift, to_send
from ircockpit.screens.course import Course, Waiting, problem_lines, waiting
from ircockpit.screens.deck import Deck, Running
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.places import Place
from ircockpit.screens.stop_news import Done, Ready, Step
from ircockpit.screens.tabs.tabbed import Tabbed
from ircockpit.screens.travelling import screen_of
from ircockpit.widgets.confirm import Confirmation
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

DIGITS = 9


class Stop(Tabbed):
    """Everything between ``!`` and *effective*."""

    PLACE: ClassVar[str] = "stop"
    TAB: ClassVar[str] = "containment"
    DEFAULT_CSS = """
    Stop > #offers { height: auto; max-height: 14; }
    Stop > #course { height: 1fr; }
    """

    def __init__(self, deck: Deck, ident: str, *, trigger: str = "", begin: str = "") -> None:
        """``begin``: ``stop`` plans the first control that can be used, ``check`` and ``revert`` act on the newest.

        Without it one only looks: nobody who passes by is asked to send anything.
        """
        super().__init__(deck, ident)
        self._errand = begin
        self._trigger = trigger
        self._digit = 0
        self._offers: list[Offer] = []
        self._candidates: list[System] = []
        """Systems to choose from, where nobody knows yet which one this is about."""
        self._prepared: Prepared | None = None
        self._unasked: Confirmation | None = None
        """What is to be confirmed once this screen is in front and no other question stands open."""
        self._problem: CockpitError | None = None
        self._attended = ""
        """Name of the control whose plan colleagues were told stands open here."""
        self._courses: dict[int, Course] = {}
        self._waiting: Waiting | None = None
        self._beside = Beside(deck.station.profile.folder)
        self._head = Pane(id="offers")
        self._body = Pane(id="course")

    def body(self) -> list[Widget]:
        """The controls, then the plan or the course of what was sent."""
        return [self._head, self._body]

    def on_mount(self) -> None:
        """Offer the controls, and begin at once with what one came for."""
        super().on_mount()
        self.set_interval(1.0, self._show_wait)
        begin = {"check": self.act_check, "revert": self.act_revert}.get(self._errand)
        if begin is not None:
            begin(self.deck.action(f"containment.{self._errand}"))
        elif self._errand:
            self._plan_first()

    def on_unmount(self) -> None:
        """Nobody waits any more for a target that is only being read; what was sent goes on."""
        self._stop_waiting()
        self._attend("", "")

    def on_screen_resume(self) -> None:
        """A plan that became ready meanwhile is asked about now."""
        super().on_screen_resume()
        self._ask_when_free()

    def refresh_data(self) -> None:
        """Controls with their states as the record has them now."""
        row = self.read_row()
        self._offers = offers(self.deck.station, self.ident, row.system)
        self._candidates = [] if row.system else systems(self.deck.station.view)
        width = self.size.width or 80
        offered = offer_lines(self.deck.station, self._offers, width, incident=self.ident)
        lines = offered or _nothing(row, self._candidates)
        system = f"{words(row.system_name) or 'not known'}, {words(row.impact) or 'impact not stated'}"
        self._head.show(
            [
                (Span(f" {row.short:9} ", "key"), Span(words(row.title), "title")),
                (Span(" system    ", "dim"), Span(system)),
                *banners(self.deck.station, row, width),
                *lines,
                rule("", width),
            ]
        )
        self._show_body()

    def first_hints(self) -> list[tuple[str, str]]:
        """What can be done here now; triage never has to wait."""
        choose = [("1-9", "choose")] if self._offers or self._candidates else []
        lift = [*self.hint("containment.revert", "lift"), *self.hint("containment.check", "check")]
        triage, back = self.hint("triage.answer"), self.hint("screen.leave", "back")
        return [
            *choose,
            *triage,
            *(lift if self.subject("action") else []),
            *self.hint("tab.next", "next tab"),
            *back,
        ]

    def hint_line(self) -> Line:
        """Only what belongs here."""
        return hint_spans([*self.first_hints(), *self.hint("incident.note"), *self.hint("help.show")])

    def own_keys(self) -> dict[str, Any]:
        """Digits plan a control."""
        keys: dict[str, Any] = {
            str(offer.digit): (lambda digit=offer.digit: self._plan(digit)) for offer in self._offers
        }
        for digit, system in enumerate(self._candidates[:DIGITS], 1):
            keys[str(digit)] = lambda name=system.ident: self._concern(name)
        return keys

    def _concern(self, system: str) -> None:
        """Say which system this is about; its controls are offered at once."""
        self.run(self.deck.action("signal.assign"), {"target": self.ident, "system": system})
        self._plan_first()

    # Planning

    def _plan_first(self) -> None:
        usable = [offer for offer in self._offers if not offer.why_not and not offer.in_force]
        if usable:
            self._plan(usable[0].digit)

    def _plan(self, digit: int) -> None:
        self._stop_waiting()
        offer = next(each for each in self._offers if each.digit == digit)
        self._digit, self._prepared, self._problem, self._unasked = digit, None, None, None
        if self._runs(digit):
            self.say("this one is taking effect: its proof is shown here; another digit plans another")
            self._show_body()
            return
        self._courses.pop(digit, None)
        if offer.why_not:
            self.say(f"not now: {offer.why_not}", "warn")
            self._show_body()
            return
        self._waiting = waiting(offer, GiveUp())
        self._show_body()
        self._beside.prepare(
            offer, self._waiting.give_up, lambda outcome: self.post_message(Ready(digit, outcome))
        )

    def _runs(self, digit: int) -> bool:
        return digit in self._courses and self._courses[digit].running

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.give_up.now()
            self._waiting = None

    def _show_wait(self) -> None:
        if self._waiting is not None and self.is_current:
            self._show_body()

    def on_stop_ready(self, event: Ready) -> None:
        """The plan is there: show it and ask, once."""
        if self._waiting is None or event.digit != self._waiting.digit:
            return
        self._waiting = None
        if isinstance(event.outcome, CockpitError):
            self._problem = event.outcome
            self._show_body()
        else:
            self._show_plan(event.outcome)

    def _show_plan(self, prepared: Prepared) -> None:
        self._prepared = prepared
        if prepared.plan.contained_now:
            self.say(
                f"it is on already: nothing has to be sent. {self.deck.key('containment.check')} checks it",
                "warn",
            )
        else:
            self._ask(prepared)
        self._show_body()

    def _confirm(self, asked: Confirmation) -> None:
        self._unasked = asked
        self._ask_when_free()

    def _ask_when_free(self) -> None:
        """Confirm what waits, but never over a question that is being answered: its letters must not confirm."""
        if self._unasked is not None and not self.bar.asking and self.is_current:
            asked, self._unasked = self._unasked, None
            if self.deck.arm.may_ask:
                self.bar.confirm(asked)
            else:
                self.say("read-only towards the outside: :arm 15m, then its digit or key again", "warn")

    def _ask(self, prepared: Prepared) -> None:
        others = [each.digit for each in self._offers if each.digit != self._digit and not each.why_not]
        short = self.read_row().short
        self._confirm(to_send(self.deck, prepared, trigger=self._trigger, short=short, others=others))
        self._attend(prepared.offer.control.name, "stop")

    def _attend(self, control: str, doing: str) -> None:
        """Tell colleagues which plan stands open here; one at a time, and none once it was answered or left."""
        before, self._attended = self._attended, control
        if before and before != control:
            attend(self.deck.station, self.read_row(), before, "left")
        if control:
            attend(self.deck.station, self.read_row(), control, doing)

    def _plan_lines(self, prepared: Prepared) -> tuple[Line, ...]:
        return plan_lines(self.deck.station.clock.wall_us(), prepared, self.deck.station.shown_offset)

    def on_prompt_bar_picked(self, event: PromptBar.Picked) -> None:
        """Another control instead."""
        self.bar.cancel()
        self._plan(int(event.key))

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """Nothing is sent; the incident stays declared."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        self._attend("", "")
        if event.purpose == "send":
            self.say(
                f"nothing was sent; {self.read_row().short} stays declared. A digit plans again,"
                f" {self.deck.key('screen.leave')} goes back"
            )
            self._show_body()
        else:
            super().on_prompt_bar_cancelled(event)
            self.call_after_refresh(self._ask_when_free)

    # Sending

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """Exactly what stood on the screen goes out."""
        self._attend("", "")
        if not self.deck.arm.may_ask:
            self.say("the time it was armed for is over: nothing was sent", "warn")
            return
        if event.asked.purpose == "revert":
            self._send_back(event.asked.token)
            return
        prepared = event.asked.token
        if not isinstance(prepared, Prepared):
            return
        who = clean(self.deck.station.identity.name)
        course = self._begin(prepared.offer.digit, f"approved by {who}, plan {prepared.plan.hash[:8]}")
        tell = self._tells(course)
        tell(Progress("", prepared.offer.title, "approved", None, ""))
        self._beside.execute(self.ident, prepared, tell, self._ends(course))
        self._show_body()

    def _begin(self, digit: int, approval: str = "") -> Course:
        self._digit, self._prepared, self._problem = digit, None, None
        course = self._courses[digit] = Course(digit, approval, blur=self.deck.settings.care.blur)
        return course

    def _tells(self, course: Course) -> Tell:
        from ircockpit.screens.app import CockpitApp

        app = self.app

        def tell(progress: Progress) -> None:
            self.post_message(Step(course, progress))
            app.post_message(CockpitApp.StepNews(Running(progress.title, progress.state, progress.ms)))

        return tell

    def _ends(self, course: Course) -> Ended:
        from ircockpit.screens.app import CockpitApp

        app = self.app

        def ended(said: str, error: CockpitError | None) -> None:
            self.post_message(Done(course, said, error))
            app.post_message(CockpitApp.StepNews(None))  # also when this screen was left meanwhile

        return ended

    def on_stop_step(self, event: Step) -> None:
        """A step or a probe: show it in place."""
        event.course.take(event.progress)
        self._show_body()

    def on_stop_done(self, event: Done) -> None:
        """It ended: effective, or not and why."""
        course = event.course
        course.running, course.problem = False, event.error
        self.deck.station.refresh()
        self.refresh_data()
        self.update_frame()
        if event.said:
            done = not triage_of(self.deck.station.view, self.ident).decision.missing
            more = "" if done else f". {self.deck.key('triage.answer')} triages it now"
            self.say(f"{words(event.said, 'it has ended')}{more}", "ok" if course.good else "warn")

    def _show_body(self) -> None:
        lines: list[Line] = []
        course = self._courses.get(self._digit)
        if self._problem is not None:
            lines += problem_lines(self._problem)
        elif self._waiting is not None:
            lines += self._waiting.lines()
        elif course is not None:
            lines += course.lines()
        elif self._prepared is not None and not self.bar.asking:
            lines += self._plan_lines(self._prepared)
        cut = [row for row in cut_off(self.deck.station) if row.incident == self.ident]
        lines = [*((Span(" "), *cut_off_line(row)) for row in cut), *lines]
        if not lines or (course is not None and not course.running):
            for row in containment.actions(self.deck.station.view, self.ident):
                lines += [(Span(" "), *line) for line in action_lines(row)[:1]]
        # Wrapped, never cut: what is shown here must be all of what is sent.
        width = self.size.width or 80
        self._body.show([piece for line in lines for piece in wrap(line, width, 11)])

    def _digit_of(self, action: str) -> int:
        """The digit of the control that an action switched on, 0 where it is offered no more."""
        return next((each.digit for each in self._offers if each.action and each.action.ident == action), 0)

    # Afterwards

    def act_triage(self, _: Action) -> None:
        """Triage follows while the control takes effect."""
        self.app.push_screen(screen_of(self.deck, Place("triage", self.ident)))

    def act_check(self, _: Action) -> None:
        """Read the newest control back and probe it once."""
        ident = self.subject("action")
        if ident is None or self._runs(self._digit_of(ident)):
            self.say("nothing is in force here", "warn")
            return
        self._stop_waiting()
        course = self._begin(self._digit_of(ident))
        self._show_body()
        self._beside.check(ident, self._tells(course), self._ends(course))

    def act_revert(self, _: Action) -> None:
        """Lift the newest control: reason first, then the plan, then the id typed again."""
        ident = self.subject("action")
        if ident is None or self._runs(self._digit_of(ident)):
            self.say("nothing is in force here", "warn")
            return
        try:
            check_revert(self.deck.station, containment.action(self.deck.station.view, ident))
        except CockpitError as error:
            self.tell(error)
            return
        self._lifting = ident
        self.bar.ask("lift", (Span(" why is it safe to lift?", "key"),))

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The reason for lifting; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose != "lift":
            super().on_prompt_bar_submitted(event)
            self.call_after_refresh(self._ask_when_free)
        elif not event.text.strip():
            self.say("a reason is needed; nothing is done", "warn")
        else:
            self._reason = event.text.strip()
            self._stop_waiting()
            self._plan_back(self._digit_of(self._lifting))

    def _plan_back(self, digit: int) -> None:
        offer = next((each for each in self._offers if each.digit == digit), None)
        give_up = GiveUp()
        self._digit, self._prepared, self._problem = digit, None, None
        self._waiting = waiting(offer, give_up) if offer else None
        self._show_body()
        self._beside.plan_back(
            self._lifting,
            give_up,
            lambda found: self.app.call_from_thread(self._ask_back, found, give_up),
        )

    def _ask_back(self, found: object, give_up: GiveUp) -> None:
        if give_up.asked or not self.is_attached:
            return
        self._waiting = None
        self._show_body()
        if isinstance(found, CockpitError):
            self.tell(found)
            return
        from ircockpit.features.containment.engine.plan import Plan

        assert isinstance(found, Plan)  # noqa: S101 - the other outcome of planning
        row = containment.action(self.deck.station.view, self._lifting)
        self._confirm(to_lift(self.deck, row, found))
        self._attend(row.control, "lift")

    def _send_back(self, plan: object) -> None:
        from ircockpit.features.containment.engine.plan import Plan

        if not isinstance(plan, Plan):
            return
        course = self._begin(self._digit_of(self._lifting))
        self._beside.revert(self._lifting, plan, self._reason, self._tells(course), self._ends(course))


def _nothing(row: IncidentRow, candidates: Sequence[System]) -> list[Line]:
    if candidates:
        return which_system_lines(candidates, DIGITS)
    if not row.system:
        return [(Span(" no system is recorded yet: :system add records one, with its controls", "warn"),)]
    return [(Span(" this system has no controls: :system add records some", "warn"),)]
