"""The triage of an incident as far as it has come."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.ids import named_uuid
from ircockpit.features.triage.events import QUESTIONS
from ircockpit.features.triage.rules import Decision, decide

if TYPE_CHECKING:
    from ircockpit.store.view import View


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
            return "not begun: press t"
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
    return named_uuid("triage", incident)


def triage_of(view: "View", incident: str) -> Triage:
    """The triage of an incident, empty where nobody began it."""
    ident = triage_id(incident)
    columns = ", ".join(QUESTIONS)
    rows = view.rows(f"SELECT {columns}, rationale, disputed FROM triage WHERE id=?", (ident,))
    if not rows:
        return Triage(ident, begun=False, answers={}, disputed=(), decision=decide({}))
    *given, disputed = rows[0]
    answers = {
        field: str(value) for field, value in zip((*QUESTIONS, "rationale"), given, strict=True) if value
    }
    return Triage(ident, True, answers, tuple((disputed or "").split()), decide(answers))
