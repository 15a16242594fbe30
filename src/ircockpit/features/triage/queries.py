"""The triage of an incident as far as it has come."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.ids import companion_id
from ircockpit.features.catalogue import key_of
from ircockpit.features.triage.events import QUESTIONS
from ircockpit.features.triage.rules import Decision, decide

if TYPE_CHECKING:
    from ircockpit.store.view import View

ANSWERS = (*QUESTIONS, "rationale")
"""Fields of a triage: the answers by choice, then the words."""


class Triage(NamedTuple):
    """Answers so far and what they decide."""

    ident: str
    begun: bool
    answers: dict[str, str]
    """Answers given by field, ``rationale`` among them."""
    disputed: tuple[str, ...]
    decision: Decision

    @property
    def said(self) -> str:
        """Where triage stands, in words."""
        if not self.begun:
            return f"not begun: press {key_of('triage.answer')}"
        if not self.decision.missing:
            return f"{self.decision.severity} because: {self.decision.why}"
        return f"{self.decision.severity} so far: {self.decision.why}, {self.decision.missing} not answered"


def verdict(standing: str, decision: Decision) -> str:
    """The severity an incident has and why: ``SEV1 because: …``, or what the answers say so far and what holds."""
    if standing == decision.severity:
        return f"{standing} because: {decision.why}"
    return f"{decision.severity} so far: {decision.why}; {standing} until all is answered"


def triage_id(incident: str) -> str:
    """Id of the triage of an incident: the same on every device, so that two people fill in one form."""
    return companion_id(incident, "triage")


def place_of(incident: str, field: str) -> str:
    """Id of the thing that holds a field: the triage for its answers, the incident itself for anything else."""
    return triage_id(incident) if field in ANSWERS else incident


def disputed_answers(view: "View", incidents: list[str]) -> dict[str, tuple[str, ...]]:
    """Answers of the triage that people disagree about, for those of the incidents that have any."""
    by_triage = {triage_id(ident): ident for ident in incidents}
    rows = view.rows_of(
        "SELECT id, disputed FROM triage WHERE id IN ({marks}) AND disputed <> ''", list(by_triage)
    )
    return {by_triage[ident]: tuple(disputed.split()) for ident, disputed in rows}


def decision_with(found: Triage, field: str, value: str) -> Decision:
    """What the answers would decide with another one in place of theirs."""
    return decide({**found.answers, field: value})


def triage_of(view: "View", incident: str) -> Triage:
    """The triage of an incident, empty where nobody began it."""
    ident = triage_id(incident)
    columns = ", ".join(ANSWERS)
    rows = view.rows(f"SELECT {columns}, disputed FROM triage WHERE id=?", (ident,))
    if not rows:
        return Triage(ident, begun=False, answers={}, disputed=(), decision=decide({}))
    *given, disputed = rows[0]
    answers = {field: str(value) for field, value in zip(ANSWERS, given, strict=True) if value}
    return Triage(ident, True, answers, tuple((disputed or "").split()), decide(answers))
