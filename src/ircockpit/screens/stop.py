"""Stop first: the system's controls on digits, the exact plan, one confirmation that also arms, and the proof as it comes."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError
from ircockpit.features.clocks.queries import banners
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.actions import check_revert
from ircockpit.features.containment.approvals import Proposal, waiting_proposal
from ircockpit.features.containment.journalling import Progress
from ircockpit.features.containment.lifting import lift_to_send, next_steps
from ircockpit.features.containment.offers import offers
from ircockpit.features.containment.pages import (
    offer_lines,
    which_system_lines,
)
from ircockpit.features.containment.stopping import Prepared
from ircockpit.features.containment.together import give_approval, to_approve
from ircockpit.features.containment.verdicts import FAILS, HOLDS, NOTHING, OLD, Ground, newest, verdict_lines
from ircockpit.features.containment.waiting import APPROVE, ask_lines, asks
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import System
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.net.giveup import GiveUp
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.chains import Chains
from ircockpit.screens.confirmations import GLASS, approval_of, to_lift, to_send
from ircockpit.screens.course import waiting
from ircockpit.screens.deck import Deck
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.places import Place
from ircockpit.screens.stop_news import Ready
from ircockpit.screens.travelling import screen_of
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

DIGITS = 9
_WHY_LIFT = {
    HOLDS: " it was asked elsewhere: how do users come to what it holds for?",
    FAILS: " it STILL happens: why lift it all the same?",
    OLD: " why is it safe to lift?", NOTHING: " why is it safe to lift?",
}  # fmt: skip


class Stop(Chains):
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
        self._anew = 0
        """Digit of the control whose waiting plan is made anew when it is pressed once more."""
        self._candidates: list[System] = []
        """Systems to choose from, where nobody knows yet which one this is about."""
        self._head = Pane(id="offers")

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
                *(
                    piece
                    for line in ask_lines(self.deck.station, self.ident)
                    for piece in wrap(line, width, 11)
                ),
                rule("", width),
            ]
        )
        self._show_body()

    def first_hints(self) -> list[tuple[str, str]]:
        """What can be done here now; triage never has to wait."""
        choose = [("1-9", "choose")] if self._offers or self._candidates else []
        lift = [*self.hint("containment.revert", "lift"), *self.hint("containment.check", "check")]
        asked = self.hint("containment.approve", "approve") if self._may_approve() else []
        triage, back = self.hint("triage.answer"), self.hint("screen.leave", "back")
        return [
            *asked,
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
        again, self._anew = digit == self._anew, 0
        self._courses.pop(digit, None)
        if offer.why_not:
            self.say(f"not now: {offer.why_not}", "warn")
            self._show_body()
            return
        self._waiting = waiting(offer, GiveUp())
        self._show_body()
        self._beside.prepare(
            offer,
            self._waiting.give_up,
            lambda outcome: self.post_message(Ready(digit, outcome)),
            anew=again,
        )
        self._preserve()

    def on_stop_ready(self, event: Ready) -> None:
        """The plan is there: show it and ask, once."""
        if self._waiting is None or event.digit != self._waiting.digit:
            return
        self._waiting = None
        if isinstance(event.outcome, CockpitError):
            self._problem = event.outcome
            if self._is_proposed(event.digit):
                self._anew = event.digit
                self.say(f"{event.digit} again plans it anew, to be approved anew", "warn")
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

    def _ask(self, prepared: Prepared) -> None:
        others = [each.digit for each in self._offers if each.digit != self._digit and not each.why_not]
        short = self.read_row().short
        self._confirm(to_send(self.deck, prepared, trigger=self._trigger, short=short, others=others))
        self._attend(prepared.offer.control.name, "stop")

    def _may_approve(self) -> bool:
        return any(each.kind == APPROVE for each in asks(self.deck.station, self.ident))

    def _is_proposed(self, digit: int) -> bool:
        offer = next((each for each in self._offers if each.digit == digit), None)
        found = offer and offer.action and waiting_proposal(self.deck.station, offer.action)
        return bool(found) and found is not None and found.device == self.deck.station.identity.device

    def on_prompt_bar_picked(self, event: PromptBar.Picked) -> None:
        """Another control instead, or the same one without the second person."""
        prepared = self._prepared
        self.bar.cancel()
        if event.key == GLASS and prepared is not None:
            self._breaking = prepared
            self.bar.ask("glass", (Span(" break-glass: why can it not wait for a second person?", "key"),))
        elif event.key != GLASS:
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
        if event.asked.purpose == "approve":
            self._approved(event.asked.token)
            return
        if not self.deck.arm.may_ask:
            self.say("the time it was armed for is over: nothing was sent", "warn")
            return
        if event.asked.purpose == "chain":
            self._send_chain(event.asked.token)
            return
        if event.asked.purpose == "revert":
            self._send_back(event.asked.token)
            return
        prepared = event.asked.token
        if not isinstance(prepared, Prepared):
            return
        who = clean(self.deck.station.identity.name)
        behind = prepared.behind or f"approved by {who}"
        if prepared.glass:
            behind = f"break-glass by {who}, to be reviewed"
        course = self._begin(prepared.offer.digit, f"{behind}, plan {prepared.plan.hash[:8]}")
        tell = self._tells(course)
        tell(Progress("", prepared.offer.title, "planned" if prepared.waits else "approved", None, ""))
        self._beside.execute(self.ident, prepared, tell, self._ends(course))
        self._show_body()

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
        row = containment.action(self.deck.station.view, ident)
        verdict = newest(self.deck.station, row)
        if (found := lift_to_send(self.deck.station, ident)) is not None:
            self._rests_on = Ground(verdict, found.reason, found.despite, found.route)
            self._stop_waiting()
            self._plan_back(self._digit_of(ident))
            return
        self._rests_on = Ground(verdict, "")
        width = self.size.width or 80
        about = [piece for each in verdict_lines(verdict) for piece in wrap(each, width - 1, 11)]
        self.bar.ask("lift", (Span(_WHY_LIFT[verdict.says], "key"),), about=about)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The reason for lifting; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "recipe":
            self._plan_chain(int(event.text))
        elif event.purpose == "glass":
            self._break_glass(event.text.strip())
        elif event.purpose != "lift":
            super().on_prompt_bar_submitted(event)
            self.call_after_refresh(self._ask_when_free)
        else:
            self._lift(event.text.strip())

    def _lift(self, words: str) -> None:
        """Plan the way back once it rests on words: of a verdict that holds how users come to what it is about."""
        verdict = self._rests_on.verdict
        if not words:
            self.say("a reason is needed; nothing is done", "warn")
            return
        reason, route = ("", words) if verdict.says == HOLDS else (words, "")
        self._rests_on = Ground(verdict, reason, words if verdict.says == FAILS else "", route)
        self._stop_waiting()
        self._plan_back(self._digit_of(self._lifting))

    def _break_glass(self, reason: str) -> None:
        if not reason:
            self.say("a reason is needed; nothing is done", "warn")
            return
        self._prepared = self._breaking._replace(glass=reason)
        self._ask(self._prepared)
        self._show_body()

    # Approving

    def act_approve(self, _: Action) -> None:
        """The plan of a colleague: what it sends, computed from what its hash is over; then the id typed."""
        if (ident := self.subject("proposal")) is None:
            self.say("no plan here waits for a second person", "warn")
            return
        row = containment.action(self.deck.station.view, ident)
        try:
            proposal = to_approve(self.deck.station, row)
        except CockpitError as error:
            self.tell(error)
            return
        self.bar.confirm(approval_of(self.deck, row, proposal))

    def _approved(self, token: object) -> None:
        row, proposal = token if isinstance(token, tuple) else (None, None)
        if not isinstance(row, containment.ActionRow) or not isinstance(proposal, Proposal):
            return
        try:
            # Asked anew: it may have been sent, or have expired, while the question stood open.
            if to_approve(self.deck.station, row).plan == proposal.plan:
                self.say(give_approval(self.deck.station, row, proposal, ""), "ok")
        except CockpitError as error:
            self.tell(error)
        self.refresh_data()

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
        if not self._came(found, give_up):
            return
        from ircockpit.features.containment.engine.plan import Plan

        assert isinstance(found, Plan)  # noqa: S101 - the other outcome of planning
        row = containment.action(self.deck.station.view, self._lifting)
        others = containment.on_same_target(self.deck.station.view, row)
        self._confirm(to_lift(self.deck, row, found, self._rests_on.verdict, others))
        self._attend(row.control, "lift")

    def _send_back(self, plan: object) -> None:
        from ircockpit.features.containment.engine.plan import Plan

        if not isinstance(plan, Plan):
            return
        course = self._begin(self._digit_of(self._lifting))
        asks = next_steps(self.deck.station, containment.action(self.deck.station.view, self._lifting))
        then = f"; {self.deck.key('replay.list')} asks again, then watches it" if asks else ""
        self._beside.revert(
            self._lifting, plan, self._rests_on, then, self._tells(course), self._ends(course)
        )


def _nothing(row: IncidentRow, candidates: Sequence[System]) -> list[Line]:
    if candidates:
        return which_system_lines(candidates, DIGITS)
    if not row.system:
        return [
            (
                Span(
                    " no system is recorded yet: `ircockpit init` leads to a first control",
                    "warn",
                ),
            )
        ]
    return [(Span(" this system has no controls: :system add records some", "warn"),)]
