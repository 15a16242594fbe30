"""The triage of an incident as far as it has come."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.ids import companion_id
from ircockpit.features.catalogue import key_of
from ircockpit.features.triage.events import QUESTIONS
from ircockpit.features.triage.rules import Decision, decide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ircockpit.features.conditions import Value
    from ircockpit.features.triage.criteria import InUse, Verdict
    from ircockpit.store.view import View

ANSWERS = (*QUESTIONS, "rationale")
"""Fields of a triage: the answers by choice, then the words."""


FIELDS = (*ANSWERS, "category", "override")
"""Every field of a triage that people can disagree about."""


class Triage(NamedTuple):
    """Answers so far and what they decide."""

    ident: str
    begun: bool
    answers: dict[str, str]
    """Answers given by field, ``rationale`` among them."""
    disputed: tuple[str, ...]
    profile: "Path"
    """Where the criteria of the organisation are looked for."""
    category: str = ""
    override: str = ""
    """A severity somebody set against the answers, with a rationale."""
    flags: tuple[tuple[str, str], ...] = ()
    """Facts that answers of the category's form state: they only raise."""

    @property
    def criteria(self) -> "InUse":
        """The criteria in use here."""
        from ircockpit.features.triage.criteria import criteria_in  # a file is read once somebody decides

        return criteria_in(self.profile)

    @property
    def decision(self) -> Decision:
        """What answers, kind and flags call for."""
        return self.decision_with({})

    def decision_with(self, other: "Mapping[str, str]") -> Decision:
        """The same with other answers in place of those given."""
        kind = {"category": self.category} if self.category else {}
        return decide({**self.answers, **kind, **dict(self.flags), **other}, self.criteria.criteria)

    @property
    def overridden(self) -> str:
        """The severity that holds against the answers; empty where there is none, or the answers agree with it by now."""
        return "" if self.override == self.decision.severity else self.override

    @property
    def said(self) -> str:
        """Where triage stands, in words."""
        if not self.begun:
            return f"not begun: press {key_of('triage.answer')}"
        decision, override = self.decision, self.overridden
        if override:
            return f"{override} by override; the answers say {decision.severity}: {decision.why}"
        if not decision.missing:
            return f"{decision.severity} because: {decision.why}"
        return f"{decision.severity} so far: {decision.why}, {decision.missing} not answered"


def verdict(standing: str, found: Triage) -> str:
    """The severity an incident has and why: ``SEV1 because: …``, or what the answers say so far and what holds."""
    decision = found.decision
    if found.overridden:
        return f"{standing} by override; the answers say {decision.severity}: {decision.why}"
    if standing == decision.severity:
        return f"{standing} because: {decision.why}"
    return f"{decision.severity} so far: {decision.why}; {standing} until all is answered"


def triage_id(incident: str) -> str:
    """Id of the triage of an incident: the same on every device, so that two people fill in one form."""
    return companion_id(incident, "triage")


def place_of(incident: str, field: str) -> str:
    """Id of the thing that holds a field: the triage for its answers, the incident itself for anything else."""
    return triage_id(incident) if field in FIELDS else incident


def disputed_answers(view: "View", incidents: list[str]) -> dict[str, tuple[str, ...]]:
    """Answers of the triage that people disagree about, for those of the incidents that have any."""
    by_triage = {triage_id(ident): ident for ident in incidents}
    rows = view.rows_of(
        "SELECT id, disputed FROM triage WHERE id IN ({marks}) AND disputed <> ''", list(by_triage)
    )
    return {by_triage[ident]: tuple(disputed.split()) for ident, disputed in rows}


def decision_with(found: Triage, field: str, value: str) -> Decision:
    """What the answers would decide with another one in place of theirs."""
    return found.decision_with({field: value})


def triage_of(view: "View", incident: str) -> Triage:
    """The triage of an incident, empty where nobody began it."""
    ident, profile = triage_id(incident), view.path.parent
    columns = ", ".join(FIELDS)
    rows = view.rows(f"SELECT {columns}, disputed FROM triage WHERE id=?", (ident,))
    if not rows:
        return Triage(ident, begun=False, answers={}, disputed=(), profile=profile)
    *given, disputed = rows[0]
    stated = {field: str(value) for field, value in zip(FIELDS, given, strict=True) if value}
    answers = {field: word for field, word in stated.items() if field in ANSWERS}
    return Triage(
        ident, True, answers, tuple((disputed or "").split()), profile,
        category=stated.get("category", ""), override=stated.get("override", ""),
    )  # fmt: skip


class Formality(NamedTuple):
    """Whether an incident is formal, what that was judged by, and what the sources themselves say."""

    verdict: "Verdict"
    confidence: int | None
    """What the surest detector said, in per cent; ``None`` where none gave a score between 0 and 1."""
    loudness: tuple[str, ...]
    """The sources' own words for how severe it is; never converted into a severity."""


_SIGNALS = (
    'FROM signal s JOIN "group" g ON g.id = s."group" WHERE (g.incident = ?1 OR g.id = '
    "(SELECT origin FROM incident WHERE id = ?1))"
)


def formality(view: "View", incident: str, found: Triage) -> Formality:
    """The criteria of the incident's context held against what is known now."""
    from ircockpit.features.triage.criteria import PEOPLE

    rows = view.rows(
        f"SELECT max(CAST(s.score AS REAL)) {_SIGNALS} AND s.score GLOB '[0-9]*' AND CAST(s.score AS REAL) <= 1",
        (incident,),
    )
    confidence = None if rows[0][0] is None else int(rows[0][0] * 100 + 1e-9)
    loud = view.rows(
        f"SELECT DISTINCT s.severity_word {_SIGNALS} AND s.severity_word <> '' ORDER BY 1", (incident,)
    )
    facts: dict[str, Value] = {**found.answers, **dict(found.flags)}
    facts.pop("rationale", None)
    if found.category:
        facts["category"] = found.category
    if confidence is not None:
        facts["confidence"] = confidence
    if found.answers.get("reach") in PEOPLE:
        facts["people"] = PEOPLE[found.answers["reach"]]
    judged = found.criteria.criteria.judge(context_of(view, incident), facts)
    return Formality(judged, confidence, tuple(str(word) for (word,) in loud))


def context_of(view: "View", incident: str) -> str:
    """The context of the system an incident is about: customer-facing where that is not known."""
    rows = view.rows(
        "SELECT s.context FROM incident i JOIN system s ON s.id = i.system WHERE i.id = ?", (incident,)
    )
    return str(rows[0][0] or "customer-facing") if rows else "customer-facing"
