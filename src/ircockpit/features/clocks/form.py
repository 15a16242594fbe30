"""The form of a file of reporting duties: what each key means and which values it takes."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ircockpit.features.conditions import Condition, Name

Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,62}$")]
Event = Annotated[str, Meta(pattern="^([a-z][a-z0-9_]{0,47}|submitted:[a-z][a-z0-9-]{0,62})$")]
"""What a period is counted from: the name of a recorded event, or ``submitted:`` and the id of another clock."""
Answer = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=700)]

Unit = Literal["hours", "calendar_days", "business_days", "weeks", "months", "immediate", "none"]
"""``immediate`` is the law's "immediately", ``none`` its "without undue delay": neither has a number."""
Confidence = Literal["high", "medium", "low"]
Binding = Literal["law", "commitment", "contract", "no"]
CalendarName = Literal["weekends", "organisation", "us-federal"]

YES_NO = ("yes", "no")
SUBMITTED = "submitted:"


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """A question about the incident or the organisation whose answer decides whether duties apply."""

    id: Name
    ask: Line
    answers: Literal["yes_no", "number"] | Annotated[list[Answer], Meta(min_length=2, max_length=20)] = (
        "yes_no"
    )


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of recorded event that periods are counted from."""

    id: Name
    says: Line


class Count(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """One period; of several, the one that ends first is the clock's."""

    from_: Event | Annotated[list[Event], Meta(min_length=1, max_length=10)]
    period: Annotated[int, Meta(ge=1, le=1000)] | None = None
    unit: Unit
    quote: Words
    """The deadline's own phrase; a number it names must be the period's."""
    quoted: Literal["law", "summary"] = "law"
    """Whether the phrase is the law's wording or only its sense."""
    after: Literal["event", "end_of_calendar_year"] = "event"
    take: Literal["first", "latest"] = "first"
    """Which event counts where there are several."""


class Every(Struct, frozen=True, forbid_unknown_fields=True):
    """The duty comes again after each submission, until one of these is recorded."""

    until: Annotated[list[Event], Meta(min_length=1, max_length=10)]


class Counsel(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the duty applies is a legal question; nothing runs before counsel's answer is recorded."""

    why: Words
    when: Condition | None = None
    before: date | None = None
    """The question is settled for events from this day on."""


class Duty(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What clocks and banners have in common."""

    id: Slug
    regime: Line
    article: Line
    title: Line
    applies: Condition
    binding: Binding = "law"
    binding_why: Words | None = None
    """Whom it binds, or why it does not bind; needed unless it is law."""
    counsel: Annotated[list[Counsel], Meta(max_length=5)] = []
    effective_from: date | None = None
    effective_until: date | None = None
    """The last day on which it is in force."""
    source: Line
    retrieved_on: date
    confidence: Confidence
    note: Words | None = None


class Clock(Duty, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A duty to tell somebody something by a time."""

    due: Annotated[list[Count], Meta(min_length=1, max_length=4)]
    every: Every | None = None
    recipient: Line
    checklist: Annotated[list[Line], Meta(min_length=1, max_length=20)]
    met_by: Annotated[list[Slug], Meta(max_length=10)] = []
    """Clocks whose submission is this one's too."""
    toll: Words | None = None
    """The rule under which an authority's request stops the clock; without it nothing does."""
    counting: Literal["plain", "eu-1182-71"] = "plain"
    calendar: CalendarName = "weekends"
    zone: Line | None = None
    """Where its days begin and end; without it, where the organisation is."""
    cutoff: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    """The time of a business day after which a submission counts for the next one."""


class Banner(Duty, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A duty that has no time: it stands, and forbids, from when it applies until an event is recorded."""

    quote: Words
    says: Words
    forbids: Annotated[list[Literal["copy", "alter_system"]], Meta(max_length=2)] = []
    until: Annotated[list[Event], Meta(max_length=5)] = []


class RuleFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file: the words it adds, and the duties it states with them."""

    form: Literal[1]
    title: Line
    facts: Annotated[list[Fact], Meta(max_length=200)] = []
    anchors: Annotated[list[Anchor], Meta(max_length=100)] = []
    clocks: Annotated[list[Clock], Meta(max_length=200)] = []
    banners: Annotated[list[Banner], Meta(max_length=50)] = []
