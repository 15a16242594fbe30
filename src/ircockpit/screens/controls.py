"""What runs on an incident's controls, as the screens show it that plan, send, lift and approve: courses, waiting, questions."""

from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.attending import attend
from ircockpit.features.containment.inhand import cut_off
from ircockpit.features.containment.journalling import Progress, Tell
from ircockpit.features.containment.pages import action_lines, cut_off_line, plan_lines, queue_lines
from ircockpit.features.containment.preserving import preserves
from ircockpit.features.containment.stopping import Prepared
from ircockpit.features.triage.queries import triage_of
from ircockpit.inert.foreign import words
from ircockpit.net.giveup import GiveUp
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.beside import Beside, Ended
from ircockpit.screens.course import Course, Waiting, problem_lines
from ircockpit.screens.deck import Deck, Running
from ircockpit.screens.stop_news import Done, Step
from ircockpit.screens.tabs.tabbed import Tabbed
from ircockpit.widgets.confirm import Confirmation
from ircockpit.widgets.pane import Pane

if TYPE_CHECKING:
    from ircockpit.features.containment.offers import Offer


class Controls(Tabbed):
    """The half of the containment tab that hears of what runs, and asks one question at a time."""

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._digit = 0
        self._offers: list[Offer] = []
        self._prepared: Prepared | None = None
        self._unasked: Confirmation | None = None
        """What is to be confirmed once this screen is in front and no other question stands open."""
        self._problem: CockpitError | None = None
        self._attended = ""
        """Name of the control whose plan colleagues were told stands open here."""
        self._courses: dict[int, Course] = {}
        self._waiting: Waiting | None = None
        self._beside = Beside(deck.station.profile.folder)
        self._body = Pane(id="course")

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

    def _attend(self, control: str, doing: str) -> None:
        """Tell colleagues which plan stands open here; one at a time, and none once it was answered or left."""
        before, self._attended = self._attended, control
        if before and before != control:
            attend(self.deck.station, self.read_row(), before, "left")
        if control:
            attend(self.deck.station, self.read_row(), control, doing)

    def _preserve(self) -> None:
        """Evidence is kept from the moment a plan opens; nothing here waits for it."""
        row = self.read_row()
        if preserves(self.deck.station, row.system):
            self._beside.preserve(row.ident)

    def _runs(self, digit: int) -> bool:
        return digit in self._courses and self._courses[digit].running

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.give_up.now()
            self._waiting = None

    def _came(self, found: object, give_up: GiveUp) -> bool:
        """Take in what was planned beside the keys; whether there is a plan that somebody still waits for."""
        if give_up.asked or not self.is_attached:
            return False
        self._waiting = None
        self._show_body()
        if isinstance(found, CockpitError):
            self.tell(found)
            return False
        return True

    def _show_wait(self) -> None:
        if self._waiting is not None and self.is_current:
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
            if course.latest is not None and course.latest.state == "effective":
                more += f"{', ' if more else '. '}{self.deck.key('containment.revert')} lifts it"
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
            rows = containment.actions(self.deck.station.view, self.ident)
            for row in rows:
                lines += [(Span(" "), *line) for line in action_lines(row)[:1]]
            lines += [(Span("  "), *line) for line in queue_lines(rows)]  # under what is wrapped
        # Wrapped, never cut: what is shown here must be all of what is sent.
        width = self.size.width or 80
        self._body.show([piece for line in lines for piece in wrap(line, width, 11)])

    def _plan_lines(self, prepared: Prepared) -> tuple[Line, ...]:
        return plan_lines(self.deck.station.clock.wall_us(), prepared, self.deck.station.shown_offset)

    def _digit_of(self, action: str) -> int:
        """The digit of the control that an action switched on, 0 where it is offered no more."""
        return next((each.digit for each in self._offers if each.action and each.action.ident == action), 0)
