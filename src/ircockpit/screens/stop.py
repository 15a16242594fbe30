"""Stop first: the system's controls on digits, the exact plan, one confirmation that also arms, and the proof as it comes."""

from typing import ClassVar

from textual.message import Message
from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.actions import check_revert
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.pages import (
    action_lines,
    cut_off_line,
    offer_lines,
    plan_lines,
    progress_line,
)
from ircockpit.features.containment.stopping import Prepared, Progress, cut_off
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.gate import clean
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.screens.beside import Beside
from ircockpit.screens.deck import Deck, Running
from ircockpit.screens.frame import Frame, hint_spans
from ircockpit.widgets.confirm import Choice, Confirmation
from ircockpit.widgets.paint import wrap
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

ACCEPT = "f"


class Stop(Frame):
    """Everything between ``!`` and *effective*."""

    PLACE: ClassVar[str] = "stop"
    DEFAULT_CSS = """
    Stop > #offers { height: auto; max-height: 9; }
    Stop > #course { height: 1fr; }
    """

    class Ready(Message):
        """A plan was made, or could not be."""

        def __init__(self, digit: int, outcome: Prepared | CockpitError) -> None:
            super().__init__()
            self.digit = digit
            self.outcome = outcome

    class Step(Message):
        """The containment that runs says something."""

        def __init__(self, progress: Progress) -> None:
            super().__init__()
            self.progress = progress

    class Done(Message):
        """The containment that ran has ended, or could not begin."""

        def __init__(self, said: str, error: CockpitError | None = None) -> None:
            super().__init__()
            self.said = said
            self.error = error

    def __init__(self, deck: Deck, ident: str, *, trigger: str) -> None:
        super().__init__(deck)
        self.ident = ident
        self._trigger = trigger
        self._digit = 0
        self._offers: list[Offer] = []
        self._prepared: Prepared | None = None
        self._problem: CockpitError | None = None
        self._course: list[Line] = []
        self._latest: Progress | None = None
        self._reached: dict[str, int] = {}
        self._answers: list[str] = []
        self._busy = False
        self._beside = Beside(deck.station.profile.folder)
        self._head = Pane(id="offers")
        self._body = Pane(id="course")

    def body(self) -> list[Widget]:
        """The controls, then the plan or the course of what was sent."""
        return [self._head, self._body]

    def where(self) -> str:
        """What is being stopped."""
        row = self._row()
        return f"stop {row.short} {clean(row.title)}"

    def subject(self, name: str) -> str | None:
        """The incident, or its newest action in force."""
        if name == "action":
            rows = [
                row
                for row in containment.actions(self.deck.station.view, self.ident)
                if row.state in (*containment.UNPROVED, *containment.ENGAGED)
            ]
            return rows[-1].ident if rows else None
        return self.ident if name in ("incident", "target") else None

    def on_mount(self) -> None:
        """Offer the controls and plan the first one that can be used, at once."""
        super().on_mount()
        usable = [offer for offer in self._offers if not offer.why_not and not offer.in_force]
        if usable:
            self._plan(usable[0].digit)

    def refresh_data(self) -> None:
        """Controls with their states as the record has them now."""
        row = self._row()
        self._offers = offers(self.deck.station, self.ident, row.system)
        lines = offer_lines(self.deck.station, self._offers) if self._offers else _nothing(row)
        head: Line = (
            Span(" system    ", "dim"),
            Span(f"{clean(row.system_name) or 'not known'}, {clean(row.impact) or 'impact not stated'}"),
        )
        self._head.show([head, *lines, rule("", self.size.width or 80)])
        self._show_body()

    def first_hints(self) -> list[tuple[str, str]]:
        """Digits choose, the rest is for afterwards."""
        return [("1-9", "choose"), ("t", "triage"), ("U", "lift"), ("R", "check"), ("q", "back")]

    def hint_line(self) -> Line:
        """Only what belongs here."""
        return hint_spans([*self.first_hints(), ("n", "note"), ("?", "help")])

    def own_keys(self) -> dict[str, object]:
        """Digits plan a control; t, U and R act on this incident."""
        keys: dict[str, object] = {
            str(offer.digit): (lambda digit=offer.digit: self._plan(digit)) for offer in self._offers
        }
        by_id = {action.id: action for action in self.deck.actions}
        keys["t"] = lambda: self.act_triage(by_id["triage.answer"])
        keys["U"] = lambda: self.act_revert(by_id["containment.revert"])
        keys["R"] = lambda: self.act_check(by_id["containment.check"])
        return keys

    # Planning

    def _plan(self, digit: int) -> None:
        if self._busy:
            self.say("one control at a time: wait for the proof", "warn")
            return
        offer = next(each for each in self._offers if each.digit == digit)
        self._digit, self._prepared, self._problem = digit, None, None
        self._latest, self._course, self._answers, self._reached = None, [], [], {}
        if offer.why_not:
            self.say(f"not now: {offer.why_not}", "warn")
            return
        self._show_body()
        self._beside.prepare(offer, lambda outcome: self.post_message(self.Ready(digit, outcome)))

    def on_stop_ready(self, event: Ready) -> None:
        """The plan is there: show it and ask, once."""
        if event.digit != self._digit or self._busy or not self.is_current:
            return
        if isinstance(event.outcome, CockpitError):
            self._problem = event.outcome
            self._show_body()
            return
        self._prepared = event.outcome
        if event.outcome.plan.contained_now:
            self.say("it is on already: nothing has to be sent. R checks it", "warn")
        else:
            self._ask(event.outcome)
        self._show_body()

    def _ask(self, prepared: Prepared) -> None:
        others = [
            str(offer.digit) for offer in self._offers if offer.digit != self._digit and not offer.why_not
        ]
        also = [Choice(digit, "choose", "") for digit in others]
        self.bar.confirm(
            Confirmation(
                purpose="send",
                lines=plan_lines(self.deck.station, prepared),
                accept=ACCEPT,
                words="send",
                trigger=self._trigger,
                typed=self._row().short if prepared.wide else "",
                also=tuple(also),
                token=prepared,
            )
        )

    def on_prompt_bar_picked(self, event: PromptBar.Picked) -> None:
        """Another control instead."""
        self.bar.cancel()
        self._plan(int(event.key))

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """Nothing is sent; the incident stays declared."""
        event.prevent_default()  # the frame\'s handler runs by the call below, not a second time by itself
        if event.purpose == "send":
            self.say(
                f"nothing was sent; {self._row().short} stays declared. A digit plans again, q goes back"
            )
            self._show_body()
        else:
            super().on_prompt_bar_cancelled(event)

    # Sending

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """Exactly what stood on the screen goes out."""
        if event.asked.purpose == "revert":
            self._send_back(event.asked.token)
            return
        prepared = event.asked.token
        if not isinstance(prepared, Prepared):
            return
        self._busy = True
        self._course, self._answers = (
            [
                (
                    Span(
                        f" approved by {clean(self.deck.station.identity.name)}, plan {prepared.plan.hash[:8]}",
                        "dim",
                    ),
                )
            ],
            [],
        )
        self._run_news(Progress("", prepared.offer.title, "approved", None, ""))
        self._beside.execute(self.ident, prepared, self._tell, self._ended)
        self._show_body()

    def _tell(self, progress: Progress) -> None:
        self.post_message(self.Step(progress))

    def _ended(self, said: str, error: CockpitError | None) -> None:
        self.post_message(self.Done(said, error))

    def on_stop_step(self, event: Step) -> None:
        """A step or a probe: show it in place."""
        progress = event.progress
        before = self._latest
        self._latest = progress
        if progress.ms is not None and progress.state in ("accepted", "recorded", "effective", "reverted"):
            self._reached.setdefault(progress.state, progress.ms)
        if progress.answer and (not self._answers or self._answers[-1] != progress.answer):
            self._answers = [*self._answers, progress.answer][-3:]
        if before is None or before.state != progress.state or before.detail != progress.detail:
            self._course.append((Span("   ", "dim"), Span(progress.detail)))
        self._run_news(progress)
        self._show_body()

    def on_stop_done(self, event: Done) -> None:
        """It ended: effective, or not and why."""
        self._busy = False
        self.deck.running = None
        self.deck.station.refresh()
        if event.error is not None:
            self._problem = event.error
        self.refresh_data()
        self.update_frame()
        if event.said:
            good = self._latest is not None and self._latest.state in ("effective", "reverted")
            self.say(f"{event.said}. t triages it now", "ok" if good else "warn")

    def _run_news(self, progress: Progress) -> None:
        running = Running(progress.title)
        running.state, running.elapsed_ms = progress.state, progress.ms
        self.deck.running = running
        self.status.show(self.deck.status(self.where()))

    def _show_body(self) -> None:
        lines: list[Line] = []
        if self._problem is not None:
            lines += [(Span(f" {clean(sentence)}", "bad"),) for sentence in self._problem.sentences()]
        elif self._latest is not None:
            lines.append(progress_line(self._latest, self._digit, list(self._reached.items())))
            lines += self._course[-5:]
            lines += [(Span("   users get  ", "dim"), Span(f"“{answer[:60]}”")) for answer in self._answers]
        elif self._prepared is None and self._digit:
            lines.append((Span(f" reading control {self._digit} and probing what users get…", "dim"),))
        elif self._prepared is not None and not self.bar.asking:
            lines += plan_lines(self.deck.station, self._prepared)
        if not self._busy:
            cut = [row for row in cut_off(self.deck.station) if row.incident == self.ident]
            lines = [*((Span(" "), *cut_off_line(row)) for row in cut), *lines]
        if not lines or (self._latest is not None and not self._busy):
            for row in containment.actions(self.deck.station.view, self.ident):
                lines += [(Span(" "), *line) for line in action_lines(row)[:1]]
        # Wrapped, never cut: what is shown here must be all of what is sent.
        width = self.size.width or 80
        self._body.show([piece for line in lines for piece in wrap(line, width, 11)])

    # Afterwards

    def act_triage(self, _: Action) -> None:
        """Triage follows while the control takes effect."""
        from ircockpit.screens.triage import TriageForm

        self.app.push_screen(TriageForm(self.deck, self.ident))

    def act_check(self, _: Action) -> None:
        """Read the newest control back and probe it once."""
        ident = self.subject("action")
        if ident is None or self._busy:
            self.say("nothing is in force here", "warn")
            return
        self._busy = True
        self._latest = None
        self._beside.check(ident, self._tell, self._ended)

    def act_revert(self, _: Action) -> None:
        """Lift the newest control: reason first, then the plan, then the id typed again."""
        ident = self.subject("action")
        if ident is None or self._busy:
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
        event.prevent_default()  # the frame\'s handler runs by the call below, not a second time by itself
        if event.purpose != "lift":
            super().on_prompt_bar_submitted(event)
        elif not event.text.strip():
            self.say("a reason is needed; nothing is done", "warn")
        else:
            self._reason = event.text.strip()
            self.say("reading the control…")
            self._beside.plan_back(
                self._lifting, lambda found: self.app.call_from_thread(self._ask_back, found)
            )

    def _ask_back(self, found: object) -> None:
        if isinstance(found, CockpitError):
            self.tell(found)
            return
        from ircockpit.features.containment.engine.plan import Plan

        assert isinstance(found, Plan)  # noqa: S101 - the other outcome of planning
        row = containment.action(self.deck.station.view, self._lifting)
        lines: tuple[Line, ...] = (
            (
                Span(
                    f" lift {clean(row.title)}: {found.shift.what} from {found.shift.now} back to {found.shift.after}",
                    "title",
                ),
            ),
            *((Span(f"   {request.method} {clean(request.url)}", "accent"),) for request in found.requests),
            (Span("   users are served by the model again", "warn"),),
        )
        self.bar.confirm(
            Confirmation(
                purpose="revert",
                lines=lines,
                accept=ACCEPT,
                words="lift it",
                trigger="U",
                typed=row.short,
                token=found,
            )
        )

    def _send_back(self, plan: object) -> None:
        from ircockpit.features.containment.engine.plan import Plan

        if not isinstance(plan, Plan):
            return
        self._busy = True
        self._course, self._answers, self._latest, self._reached = [], [], None, {}
        self._beside.revert(self._lifting, plan, self._reason, self._tell, self._ended)

    def _row(self) -> IncidentRow:
        return queries.incidents(self.deck.station.view, [self.ident])[0]


def _nothing(row: IncidentRow) -> list[Line]:
    if not row.system:
        return [
            (Span(" no system is known for it: :assign on its signals, or :system add records one", "warn"),)
        ]
    return [(Span(" this system has no controls: :system add records some", "warn"),)]
