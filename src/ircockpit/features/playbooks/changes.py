"""What a repair did, as a list that a person reads before they accept it, and what it could not decide."""

import uuid
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found

PLACEHOLDER: Final = "TO BE DECIDED"
"""How a text begins that a repair put where only people can say what belongs there; the linter finds every one."""
NAMESPACE: Final = uuid.UUID("6f0f9d0a-31c2-5c9a-9d1c-0a4b5f6c7d8e")
"""The name space of ids made from what stood in their place (UUID version 5): the same file gives the same ids."""
EPOCH: Final = "1970-01-01T00:00:00.000Z"


class Nothing(Enum):
    """The value of a place where nothing stood, or nothing stands now."""

    NOTHING = "nothing"

    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = Nothing.NOTHING

UNDECIDED = Rule(
    "undecided",
    Severity.WARNING,
    "A repair could not decide what belongs here",
    "It was not guessed: what stood there is in the list of changes.",
    "Decide it, and write it into the file.",
)


class Change(NamedTuple):
    """One change: the place in the file as it was read, what stood there, what stands there now, and why.

    ``before`` and ``after`` are JSON values or :data:`NOTHING`. All of it is untrusted text.
    """

    place: str
    before: Any
    after: Any
    why: str


@dataclass
class Log:
    """The changes and open questions of one repair, in the order they came up."""

    changes: list[Change] = field(default_factory=list)
    undecided: list[Finding] = field(default_factory=list)

    def change(self, place: str, before: Any, after: Any, why: str) -> None:
        """Note a change."""
        self.changes.append(Change(place, before, after, why))

    def leave_open(self, place: str, sentence: str) -> None:
        """Note what somebody has to decide."""
        self.undecided.append(found(UNDECIDED, place, sentence))


def made_id(kind: str, old: str) -> str:
    """The id made from what stood in its place."""
    return f"{kind}--{uuid.uuid5(NAMESPACE, old)}"
