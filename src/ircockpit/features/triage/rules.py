"""The triage questions, and how their answers decide a severity; pure, and able to say why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.triage.events import TITLES

if TYPE_CHECKING:
    from ircockpit.features.triage.criteria import Criteria


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

CATEGORIES = tuple(TITLES)
"""Kinds of incidents, as the library of playbooks has them."""
FLAGS = ("children", "crisis", "acted", "money", "data_left", "spreading", "notifiable")
"""Facts that answers of a category's form can state with yes or no; they only ever raise a severity."""


class Decision(NamedTuple):
    """A severity with the reasons for it."""

    severity: str
    reasons: tuple[str, ...]
    missing: int
    """Questions not answered yet; the severity is provisional until there are none."""
    assumed: tuple[str, ...]
    """Questions answered by nobody or with unknown, which counted as the criteria say."""

    @property
    def why(self) -> str:
        """The reasons as one phrase; what several of them share is said once."""
        return ", ".join(dict.fromkeys(piece for reason in self.reasons for piece in reason.split(", ")))


def decide(answers: Mapping[str, str], criteria: "Criteria | None" = None) -> Decision:
    """The severity the answers given so far call for; by the criteria that come with the program unless others are given."""
    if criteria is None:
        from ircockpit.features.triage.criteria import shipped  # a file is read once somebody decides

        criteria = shipped()
    return criteria.decide(answers)


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
