"""What can be asked of the queue and of a timeline, and the views that everybody has; pure."""

from typing import NamedTuple

from ircockpit.core.filters import Field, Kind
from ircockpit.features.triage.rules import CATEGORIES
from ircockpit.render.glyphs import STATES

LOUD_WORDS = ("critical", "page", "high", "error", "warning", "medium", "low", "info")
"""Words in which sources say how loud a signal is, the loudest first."""
UNKNOWN = "?"
"""Stands for a severity, system or state that is none of those known."""
NOBODY = "none"
CONTAINED, WORKING, TROUBLE = "contained", "working", "trouble"
MEANT = {
    CONTAINED: ("effective",),
    WORKING: ("approved", "sent", "accepted", "recorded", "reverting"),
    TROUBLE: ("unverified", "attested", "partial", "failed", "drifted", "unknown"),
}
"""Words for several states of containment at once."""
REVIEWED = ("new", "confirmed")
"""States of signals that wait."""
_STATES = tuple(state for state in STATES if state not in ("working", "reverted"))

FIELDS = (
    Field("sev", Kind.LEVEL, "1 to 4, or a signal's own word: high", ("1", "2", "3", "4", UNKNOWN, *LOUD_WORDS), ("severity",)),
    Field("owner", Kind.TEXT, "a name, me, or none"),
    Field("state", Kind.CHOICE, "what containment is", (*MEANT, *_STATES, *REVIEWED), ("control",)),
    Field("age", Kind.SPAN, "how long ago it was opened, or came in"),
    Field("opened", Kind.MOMENT, "when it was opened: opened>2026-11-23"),
    Field("system", Kind.TEXT, "a name, or none"),
    Field("source", Kind.TEXT, "where the signals came from"),
    Field("impact", Kind.TEXT, "who is reached, in its words"),
    Field("kind", Kind.CHOICE, "the kind of incident triage says: kind:privacy-leak, or none", (*CATEGORIES, NOBODY)),
    Field("count", Kind.COUNT, "how many signals: count>10"),
    Field("is", Kind.CHOICE, "incident, signals, or due", ("incident", "signals", "due")),
    Field("contained", Kind.FLAG, "its containment is effective"),
    Field("asks", Kind.FLAG, "a control of it waits: to be approved, sent, reviewed, read; past its time, or changed by others"),
    Field("mine", Kind.FLAG, "you own it, or have an action item of it"),
    Field("waiting", Kind.FLAG, "yours, and not triaged, disputed, not proved, or due again; or signals nobody reviewed"),
    Field("disputed", Kind.FLAG, "people disagree about it"),
    Field("provisional", Kind.FLAG, "nobody has triaged it"),
    Field("unsent", Kind.FLAG, "the hub has not confirmed all of it"),
    Field("closed", Kind.FLAG, "closed incidents in place of open ones"),
)  # fmt: skip
"""What a filter of the queue can ask. A row that has no such thing is not shown, whichever way it is asked."""

TIMELINE_FIELDS = (
    Field("who", Kind.TEXT, "a name, or me"),
    Field("what", Kind.TEXT, "note, triage, containment, clock…"),
    Field("since", Kind.MOMENT, "since:14:03 in the zone that is shown, since:2h"),
    Field("before", Kind.MOMENT, "before:14:03, before:2026-11-23"),
    Field("unsent", Kind.FLAG, "the hub has not confirmed it"),
    Field("doubted", Kind.FLAG, "kept, but not counted"),
)
"""What a filter of a timeline can ask."""


class SavedView(NamedTuple):
    """A filter with a name."""

    name: str
    filter: str
    built_in: bool = False


BUILT_IN = (
    SavedView("mine", "mine", built_in=True),
    SavedView("not stopped", "!contained", built_in=True),
    SavedView("SEV1-2", "sev:1,2", built_in=True),
    SavedView("waiting for me", "waiting", built_in=True),
    SavedView("controls waiting", "asks", built_in=True),
    SavedView("unsent", "unsent", built_in=True),
)
