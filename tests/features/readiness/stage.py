"""A system whose two controls may be proved on a schedule: one that takes effect, one that users never notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.features.containment.stage import QUICK, Stage, staged

from ircockpit.command.action import Result
from ircockpit.features.containment.proofs import left_on
from ircockpit.features.readiness import actions
from ircockpit.features.readiness.queries import ControlStands, SystemStands, readiness
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

SCHEDULED = QUICK.replace(b"    approval: none", b"    proof: scheduled\n    approval: none")
"""The connector of the stage, whose author allows that it is proved with nobody there."""
DAY_S = 86_400


@contextmanager
def ready(folder: Path, *, connector: bytes = SCHEDULED) -> Iterator[Stage]:
    """The stage of containment with that connector."""
    with staged(folder, connector=connector) as stage:
        yield stage


def stands(station: Workstation, system: str = "bot") -> SystemStands:
    """How ready the system is now."""
    [found] = readiness(station, [system])
    return found


def control(station: Workstation, name: str = "halt") -> ControlStands:
    """How ready one of its controls is."""
    return next(each for each in stands(station).controls if each.control.name == name)


def prove(station: Workstation, name: str = "halt") -> Result:
    """Prove a control by the command, confirmed."""
    return actions.prove(station, system="bot", control=name, yes=True, confirm=f"bot/{name}")


def schedule(station: Workstation, name: str = "halt", every: str = "30d", **given: Any) -> Result:
    """Approve that it is proved every so often, confirmed."""
    return actions.schedule(
        station, system="bot", control=name, every=every, yes=True, confirm=f"bot/{name}", **given
    )


def due(station: Workstation) -> Result:
    """What cron would do."""
    return actions.prove(station, due=True, yes=True)


def kinds(station: Workstation, system: str = "bot") -> list[str]:
    """What of the system waits, the loudest first as it stands there."""
    return [each.kind for each in stands(station, system).waits]


def left(station: Workstation) -> list[str]:
    """The controls whose way back is kept on this device."""
    return [each.control for each in left_on(station)]


def text(result: Result) -> str:
    """The lines of a result as a person reads them."""
    return "\n".join(plain(line) for line in result.lines)
