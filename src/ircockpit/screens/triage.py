"""The triage form: digits, every answer saved at once, the severity moving above them."""

from typing import ClassVar

from textual.widget import Widget

from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import Triage, triage_of
from ircockpit.features.triage.rules import FORM
from ircockpit.inert.foreign import words
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.screens.deck import Deck
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.tabs.tabbed import Tabbed
from ircockpit.widgets.form import Form, FreeText, Question


class TriageForm(Tabbed):
    """Questions by digit; nothing has to be finished, everything answered is kept."""

    PLACE: ClassVar[str] = "triage"
    TAB: ClassVar[str] = "triage"

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        found = triage_of(deck.station.view, ident)
        given: dict[str, int | str | None] = {}
        for question in FORM:
            word = found.answers.get(question.field)
            if word in question.choices:
                given[question.field] = question.choices.index(word) + 1
        given["rationale"] = found.answers.get("rationale", "")
        self._form = Form(
            [Question(q.field, q.ask, q.choices) for q in FORM],
            FreeText("rationale", "why", "your words, kept with the decision", limit=4000),
            answers=given,
        )
        self._saved = f"{len(found.answers)} answers kept from before" if found.answers else ""
        self._unsaved: dict[str, str] = {}
        """Answers given that the record could not take; tried again with the next one, and before leaving."""
        self._warned = False

    def body(self) -> list[Widget]:
        """The form."""
        return [self._form]

    def on_mount(self) -> None:
        """The form has the keys at once."""
        super().on_mount()
        self._form.focus(scroll_visible=False)

    def may_leave(self) -> bool:
        """Whether every answer is kept and no words are half typed; where not, it is said, and a second time is through."""
        if self._form.unsaid and not self._warned:
            self.say("Enter keeps the words typed; go on once more to leave them", "warn")
        elif self._save() or self._warned:
            return True
        self._warned = True
        return False

    def refresh_data(self) -> None:
        """The severity above the questions, and what was assumed below."""
        station = self.deck.station
        row = self.read_row()
        found = triage_of(station.view, self.ident)
        head: list[Line] = [
            (Span(" "), *_verdict(row, found)),
            (Span(f" {words(row.title)}", "dim"), Span(_sure(row, found), "warn")),
            (),
        ]
        state = row.standing
        running = (
            f"containment {state.state}: {words(state.title)}"
            if state.title
            else "nothing contained yet: ! stops it"
        )
        saved = (
            Span(f" {self._saved}", "ok")
            if self._saved
            else Span(" begun" if found.begun else " not begun", "dim")
        )
        if self._unsaved:
            count = len(self._unsaved)
            saved = Span(f" NOT saved: {count} answer{'' if count == 1 else 's'}, kept on this screen", "bad")
        self._form.show(above=head, below=[(), (saved, Span(f"   {running}", "dim"))])

    def on_form_answered(self, event: Form.Answered) -> None:
        """An answer is recorded before the next one is asked."""
        self._unsaved[event.field] = "" if event.value is None else str(event.value)
        self._warned = False
        if self._save() and self._form.complete and event.field != "rationale":
            self.say("all answered: Enter done, down for why", "ok")

    def _save(self) -> bool:
        """Record every answer that is not recorded yet; whether none is left."""
        if not self._unsaved:
            return True
        try:
            answer(self.deck.station, incident=self.ident, **self._unsaved)
        except CockpitError as error:
            self.refresh_data()
            self.tell(error)
            return False
        self._unsaved.clear()
        online = "" if self.deck.live else ", offline"
        self._saved = f"saved {self._now()}{online if self.deck.station.identity.hub else ''}"
        self.status.show(self.deck.status(self.where()))
        self.refresh_data()
        return True

    def _now(self) -> str:
        station = self.deck.station
        return at_full(station.clock.wall_us(), station.shown_offset)[11:]

    def on_form_finished(self, _: Form.Finished) -> None:
        """Enter: back to where one came from, once every answer is kept."""
        if self._save():
            self.app.pop_screen()

    def on_form_left(self, event: Form.Left) -> None:
        """Esc or q: back; every answer is kept. What could not be is given up only by a second Esc."""
        if self._save() or self._warned:
            if event.dropped:
                self.deck.parting = "every answer is kept; the words typed were not: Enter keeps them"
            self.app.pop_screen()
        else:
            self._warned = True

    def hint_line(self) -> Line:
        """The form's own keys."""
        pairs = (
            ("1-5", "answer"),
            ("0", "take back"),
            ("↑↓", "move"),
            ("Enter", "done"),
            ("Tab", "next tab"),
            ("Esc", "back, kept"),
        )
        return hint_spans(pairs)


def _verdict(row: IncidentRow, found: Triage) -> Line:
    """What the answers say now, and why; before the first one, what was declared."""
    if not found.answers:
        return (
            Span(row.severity, row.severity.lower()),
            Span(" as declared: nothing is answered yet", "title"),
        )
    decision = found.decision
    link = "because" if decision.severity == row.severity else "so far"
    return (Span(decision.severity, decision.severity.lower()), Span(f" {link}: {decision.why}", "title"))


def _sure(row: IncidentRow, found: Triage) -> str:
    """How far the form is filled in, and which severity holds until it is."""
    if not found.decision.missing:
        return ""
    held = (
        f"; {row.severity} until they are"
        if found.answers and found.decision.severity != row.severity
        else ""
    )
    return f"  ({found.decision.missing} not answered{held})"
