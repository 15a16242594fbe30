"""The triage questions, and how their answers decide a severity; pure, and able to say why."""

from collections.abc import Mapping
from typing import NamedTuple

from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.triage.events import QUESTIONS


class Question(NamedTuple):
    """One question answered by a digit."""

    field: str
    ask: str
    choices: tuple[str, ...]
    help: str = ""


FORM = (
    Question("harm", "Has harm happened?", ("yes", "likely", "no", "unknown")),
    Question("reach", "Who is reached?", ("few", "hundreds", "thousands", "unknown")),
    Question("reversible", "Can it be undone?", ("yes", "partly", "no", "unknown")),
    Question("ongoing", "Still going on?", ("yes", "stopped", "unknown")),
    Question("personal", "Personal data?", ("none", "some", "sensitive", "unknown")),
    Question("regulated", "Regulated domain?", ("no", "health", "money", "law or work", "unknown")),
)
"""The form in the order it is asked. Sensitive: special categories, GDPR article 9(1)."""

ASSUMED = {
    "harm": "likely",
    "reach": "hundreds",
    "reversible": "partly",
    "ongoing": "yes",
    "personal": "some",
    "regulated": "no",
}
"""What an answer that is unknown or not given yet counts as: what must be expected, not the worst that can be. A form
nobody has touched is thereby as severe as an incident nobody triaged. ``regulated`` counts as no: nobody should be
held to a law before somebody has said so."""


class Decision(NamedTuple):
    """A severity with the reasons for it."""

    severity: str
    reasons: tuple[str, ...]
    missing: int
    """Questions not answered yet; the severity is provisional until there are none."""
    assumed: tuple[str, ...]
    """Questions answered by nobody or with unknown, which counted as in :data:`ASSUMED`."""

    @property
    def why(self) -> str:
        """The reasons as one phrase; what several of them share is said once."""
        return ", ".join(dict.fromkeys(piece for reason in self.reasons for piece in reason.split(", ")))


class _Rule(NamedTuple):
    severity: str
    reason: str
    when: Mapping[str, tuple[str, ...]]


_REACHED = ("hundreds", "thousands")
_RULES = (
    _Rule("SEV1", "harm realised, thousands reached", {"harm": ("yes",), "reach": ("thousands",)}),
    _Rule("SEV1", "harm realised, cannot be undone", {"harm": ("yes",), "reversible": ("no",)}),
    _Rule("SEV1", "sensitive personal data of many", {"personal": ("sensitive",), "reach": _REACHED}),
    _Rule("SEV1", "harm realised in health, still going on", {"harm": ("yes",), "regulated": ("health",), "ongoing": ("yes",)}),
    _Rule("SEV2", "harm realised", {"harm": ("yes",)}),
    _Rule("SEV2", "harm likely, many reached", {"harm": ("likely",), "reach": _REACHED, "ongoing": ("yes",)}),
    _Rule("SEV2", "harm likely, cannot be undone", {"harm": ("likely",), "reversible": ("no",)}),
    _Rule("SEV2", "sensitive personal data", {"personal": ("sensitive",)}),
    _Rule("SEV2", "harm likely in a regulated domain", {"harm": ("likely",), "regulated": ("health", "money", "law or work")}),
    _Rule("SEV2", "personal data of many, still going on", {"personal": ("some",), "reach": ("thousands",), "ongoing": ("yes",)}),
    _Rule("SEV3", "harm likely", {"harm": ("likely",)}),
    _Rule("SEV3", "personal data", {"personal": ("some",)}),
    _Rule("SEV3", "regulated domain", {"regulated": ("health", "money", "law or work")}),
    _Rule("SEV3", "still going on, many reached", {"ongoing": ("yes",), "reach": _REACHED}),
)  # fmt: skip


def decide(answers: Mapping[str, str]) -> Decision:
    """The severity the answers given so far call for, with every reason that called for it."""
    counted: dict[str, str] = {}
    assumed: list[str] = []
    for field in QUESTIONS:
        said = answers.get(field, "")
        if said in ("", "unknown"):
            assumed.append(field)
            counted[field] = ASSUMED[field]
        else:
            counted[field] = said
    missing = sum(1 for field in QUESTIONS if not answers.get(field))
    met = [rule for rule in _RULES if all(counted[field] in words for field, words in rule.when.items())]
    if not met:
        return Decision("SEV4", ("no harm, nothing going on that reaches many",), missing, tuple(assumed))
    top = met[0].severity
    reasons = tuple(rule.reason for rule in met if rule.severity == top)
    return Decision(top, reasons, missing, tuple(assumed))


def standing(declared: str, decision: Decision) -> str:
    """The severity an incident has after a decision, where it was ``declared`` at another.

    Answers raise it at once. Below what was declared it falls only when no question is open: an incident must
    not sink in the queue because somebody began to ask.
    """
    if decision.missing and declared in SEVERITIES:
        return min(declared, decision.severity)
    return decision.severity


def choice_of(field: str, text: str) -> str:
    """The choice a digit or word means for a question, empty when it means none of them."""
    question = next((each for each in FORM if each.field == field), None)
    if question is None:
        return ""
    word = text.strip().lower()
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(question.choices):
        return question.choices[int(word) - 1]
    return word if word in question.choices else ""
