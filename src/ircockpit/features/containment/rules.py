"""What a trial of a control is called and made of, and when two are of the same control; pure."""

from collections.abc import Mapping
from shlex import quote
from typing import Any, NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.jsontext import canonical
from ircockpit.inert.gate import line
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


ADDRESS_CELLS, NAME_CELLS = 120, 40


class Left(NamedTuple):
    """A proof or trial that was cut off, or could not be taken back: its control may still be on."""

    name: str
    system: str
    """UUID; empty where no system has a target there."""
    control: str
    """Its name in the record; ``connector/action`` where the record has none at that target."""
    target: str
    at_us: int
    running: bool
    """Whether another window or command is at work on it now."""
    connector: str = ""
    action: str = ""
    params: tuple[tuple[str, str], ...] = ()
    address: str = ""
    """Of the control, as it was when it was switched on."""

    @property
    def begun_as(self) -> str:
        """What it was."""
        return "a trial of it" if self.name.startswith("try-") else "its proof"

    def said(self, system: str) -> str:
        """What may still be on, and where; ``system`` is its name, empty where none is recorded."""
        of = f" of {line(system, NAME_CELLS)}" if system else ""
        where = line(self.target, NAME_CELLS) or line(self.address, ADDRESS_CELLS)
        return f"{line(self.control, NAME_CELLS)}{of} may still be on at {where}: {self.begun_as} was not taken back"

    def how_back(self, system: str) -> str:
        """The command that shows how it is taken back and takes it back, whichever began it; ``system`` is its name."""
        if not system:
            there = line(self.address, ADDRESS_CELLS)
            return f"record a target at {there} again (ircockpit system add); then this names the command"
        return f"ircockpit readiness prove {quote(line(system))} {quote(line(self.control))}"


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
