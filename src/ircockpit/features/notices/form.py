"""The form of a template of a notice, and the facts it may name."""

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
Line = Annotated[str, Meta(min_length=1, max_length=60)]
Words = Annotated[str, Meta(min_length=1, max_length=600)]
MOST = 306
"""Characters of a whole notice at most: two text messages that a telephone joins."""
MOST_SUBJECT = 80


class Fact(NamedTuple):
    """Something a template may name."""

    most: int
    """Characters it never has more of."""
    about: str


FACTS = {
    "incident": Fact(16, "the incident's short id"),
    "severity": Fact(4, "its severity"),
    "status": Fact(6, "open or closed"),
    "system": Fact(32, "the system's name as it is recorded, in plain letters"),
    "people": Fact(24, "how many people are recorded as reached"),
    "control": Fact(14, "the state of its containment"),
    "since": Fact(20, "since when the containment is in that state, UTC"),
    "opened": Fact(20, "when it was declared, UTC"),
    "closed": Fact(20, "when it was closed, UTC"),
    "recurred": Fact(20, "when a replay last showed that it came back, UTC"),
    "now": Fact(20, "when the notice is made, UTC"),
    "acts": Fact(24, "who has it in hand"),
    "answers": Fact(24, "who answers for what is in force"),
    "clock": Fact(48, "the next legal clock that runs out, by its short name"),
    "expires": Fact(20, "when a control in force is to be looked at, UTC"),
    "level": Fact(2, "the level of the escalation path that is due"),
    "called": Fact(24, "who that level is"),
    "minutes": Fact(9, "how long they have before the next level is called"),
    "sender": Fact(24, "who sends it"),
}
"""The closed list: numbers, states, times, and names of systems and people, each cleaned and cut. Titles, summaries, prompts,
outputs, notes, signals and reasons are not among them and cannot be."""


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of notice."""

    form: Literal[1]
    id: Name
    title: Line
    """What it is for, on the page."""
    subject: Words
    text: Words
