"""The triage form: digits, every answer saved at once, the severity moving above them."""

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.triage.actions import STATES, answer
from ircockpit.features.triage.queries import Triage, formality, kind_titles, triage_of
from ircockpit.features.triage.rules import FORM
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span, cells, plain
from ircockpit.render.timeline import at_full
from ircockpit.screens.deck import Deck
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.judging import Judging
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.form import Form, FreeText, Question
from ircockpit.widgets.prompt_bar import PromptBar


class TriageForm(Judging):
    """Questions by digit; nothing has to be finished, everything answered is kept."""

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
        self._close_action: Action | None = None
        self._reason = ""

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
        below: list[Line] = [(), (saved, Span(f"   {running}", "dim")), *self._judged(found)]
        self._form.show(above=head, below=below)

    def _judged(self, found: Triage) -> list[Line]:
        """Whether it is formal and by what, which kind it is, and what stands in the way of an own file."""
        formal = formality(self.deck.station.view, self.ident, found)
        holding = [each.says for each in formal.verdict.outcomes if each.truth is True]
        open_ = [each.says for each in formal.verdict.outcomes if not isinstance(each.truth, bool)]
        because = f": {clean(holding[0])}" if holding else f": open is {clean(open_[0])}" if open_ else ""
        role = {"formal": "bad", "routine": "ok"}.get(formal.verdict.state, "warn")
        key = self.deck.key
        title = kind_titles(found.profile).get(found.category, found.category)
        kind = clean(title) or f"not said, {key('triage.form')} chooses it"
        way = (
            f"; {key('incident.close')} closes it with a reason" if formal.verdict.state == "routine" else ""
        )
        lines: list[Line] = [
            (Span(" formal   ", "dim"), Span(STATES[formal.verdict.state], role), Span(because + way, "dim")),
            (Span(" kind     ", "dim"), Span(kind)),
        ]
        if formal.listed:
            lines[0] = (*lines[0], Span(f"   {formal.listed}", "dim"))
        if formal.loudness:
            lines[-1] = (*lines[-1], Span(f"   the source says {clean(', '.join(formal.loudness))}", "dim"))
        if found.criteria.refused:
            lines.append((Span(f" not used: {clean(found.criteria.refused.what)}", "bad"),))
        return lines

    def may_set(self) -> bool:
        """Once every answer is recorded."""
        return self._save()

    def act_kind(self, _: Action) -> None:
        """The kind and its questions, above this form."""
        from ircockpit.screens.kind import KindForm

        if self._save():
            self.app.push_screen(KindForm(self.deck, self.ident))

    def do(self, action: Action) -> None:
        """An action by its key; a routine incident is closed by the digit of a reason and one more key."""
        if (
            action.id != "incident.close"
            or not self._save()
            or not self._open(action)
            or not self._possible(action)
        ):
            super().do(action)
            return
        found = triage_of(self.deck.station.view, self.ident)
        if formality(self.deck.station.view, self.ident, found).verdict.state != "routine":
            super().do(action)
            return
        self._close_action = action
        reasons = found.criteria.criteria.file.routine
        choices = [Choice(str(n), clean(reason)) for n, reason in enumerate(reasons, 1)]
        self.bar.choose("routine", (Span(" close as ", "key"),), choices)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The digit of a reason, then that it is meant."""
        event.prevent_default()  # the handler below this one runs by the call, not a second time by itself
        found = triage_of(self.deck.station.view, self.ident)
        reasons = found.criteria.criteria.file.routine
        if event.purpose == "routine":
            self._reason = reasons[int(event.text) - 1]
            label = (Span(f" close {self.read_row().short}: {clean(self._reason)}? ", "key"),)
            self.bar.choose("routine.sure", label, [Choice("y", "close it")])
        elif event.purpose == "routine.sure" and self._close_action is not None:
            self.run(self._close_action, {"incident": self.ident, "why": f"routine: {self._reason}"})
        else:
            super().on_prompt_bar_submitted(event)

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
        """The form's own keys; where it is narrow, those of a second thought give way."""
        first = (("1-5", "answer"), ("0", "take back"), *self.hint("triage.form"))
        last = (("↑↓", "move"), ("Enter", "done"), ("Tab", "next"), ("Esc", "back, kept"))
        begun = triage_of(self.deck.station.view, self.ident).begun
        more = [*self.hint("triage.override"), *(self.hint("triage.again") if begun else [])]
        while more and cells(plain(hint_spans((*first, *more, *last)))) > (self.size.width or 80):
            more.pop()
        return hint_spans((*first, *more, *last))


def _verdict(row: IncidentRow, found: Triage) -> Line:
    """What the answers say now, and why; before the first one, what was declared."""
    if not found.answers:
        return (
            Span(row.severity, row.severity.lower()),
            Span(" as declared: nothing is answered yet", "title"),
        )
    decision = found.decision
    if found.overridden:
        return (
            Span(row.severity, row.severity.lower()),
            Span(f" by override; the answers say {decision.severity}: {decision.why}", "title"),
        )
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
