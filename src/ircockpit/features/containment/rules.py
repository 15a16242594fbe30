"""What a trial of a control is called and made of, and when two are of the same control; pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.jsontext import canonical
from ircockpit.render.span import Line

VERIFIED, FAILED, NOT_TRIED, STUCK = "verified", "failed", "not tried", "still on"
LOOSE = ("requests", "way_back")
"""What may differ from one proof to the next without being another control: a way back goes to what was found."""


class Tried(NamedTuple):
    """What came of one action."""

    action: str
    word: str
    """``verified``, ``failed``, ``not tried``, or ``still on``: it could not be taken back."""
    said: str
    course: tuple[str, ...] = ()
    unready: bool = False
    """Whether the target is not as it has to be for a trial, which whoever runs it can change."""


class Badge(NamedTuple):
    """What a trial on this device proved of a connector file as it is."""

    server: str
    """The version of the server it was tried on."""
    target: str
    at_us: int
    actions: tuple[str, ...]
    marks: tuple[str, ...] = ()
    """What each proof was of: action, parameters and addresses, as :func:`mark` makes them."""


class Left(NamedTuple):
    """A proof that was cut off, or could not be taken back: its control may still be on."""

    name: str
    system: str
    """UUID."""
    control: str
    target: str
    at_us: int
    running: bool
    """Whether another window or command is at work on it now."""


class ProofPlan(NamedTuple):
    """What a proof would send now, as it is shown and approved."""

    cut_off: bool
    """Whether an earlier one was cut off, and this only takes it back."""
    lines: tuple[Line, ...]
    """The change, the requests there and back, and whom they reach; gated."""
    probe: str
    bound: dict[str, Any]
    """All that decides what a proof of it does, and where."""
    tier: str
    may_be_scheduled: bool
    """Whether the connector says so of the action."""


def mark(action: str, params: Mapping[str, Any], admin: str, probe: str) -> str:
    """Stands for one control: its action, its parameters as text, and where it was asked."""
    stated = [action, sorted([name, str(value)] for name, value in params.items()), admin, probe]
    return sha256(b"ircockpit/proof/1\0" + canonical(stated)).hexdigest()


def changed(approved: Mapping[str, Any], now: Mapping[str, Any], *, exact: bool = False) -> list[str]:
    """What is not as it was approved, by name; ``exact`` also looks at the requests themselves."""
    named = [each for each in sorted(now) if exact or each not in LOOSE]
    return [each for each in named if canonical(approved.get(each)) != canonical(now[each])]
