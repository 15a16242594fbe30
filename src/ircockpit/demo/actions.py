"""Opening the demo, or walking its path without a screen; everything it started is ended whatever happens."""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import ExitCode
from ircockpit.demo.coach import Coach
from ircockpit.demo.rehearsal import Checked, rehearse, summary
from ircockpit.demo.stage import Stage, demo_home, staged
from ircockpit.features.catalogue import open_workstation
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.screens.app import CockpitApp


def run(*, check: bool = False) -> Result:
    """Open the cockpit on the demo, or with ``check`` verify the same path without a screen."""
    _end_on_signals()
    if check:
        return _check()
    from ircockpit.screens.cockpit import check_terminal

    check_terminal("ircockpit demo --check")
    with staged(demo_home(), tell) as stage:
        code = _show(stage)
        lines = _farewell(stage) if code == 0 else ()
    return Result(None, lines, "everything the demo started has ended", code)


def _check() -> Result:
    with (
        tempfile.TemporaryDirectory(prefix="ircockpit-demo-") as folder,
        staged(Path(folder) / "demo", tell) as stage,
    ):
        found = rehearse(stage)
    good = all(each.holds for each in found)
    data = {"ok": good, "checked": [each._asdict() for each in found]}
    return Result(
        data, tuple(map(_line, found)), summary(found), int(ExitCode.OK if good else ExitCode.FAILED)
    )


def _line(each: Checked) -> Line:
    return (Span("ok    " if each.holds else "FAILED  ", "ok" if each.holds else "bad"), Span(each.what))


def _show(stage: Stage) -> int:
    from ircockpit.screens.cockpit import open_cockpit

    coach = Coach(stage)

    def dress(app: "CockpitApp") -> None:
        coach.station = app.deck.station
        app.deck.plug = toggle

    def toggle() -> bool:
        there = stage.cable.toggle()
        if not there:
            coach.unplugged = True
            stage.cue(act="take", incident=stage.pharmacy)
        return there

    return open_cockpit(stage.you, feed=coach.lines, dress=dress)


def _farewell(stage: Stage) -> tuple[Line, ...]:
    """The timeline, whether it holds, and the way to one's own system."""
    from ircockpit.features.incidents.actions import timeline
    from ircockpit.features.record.actions import verify

    with open_workstation(stage.you) as station:
        entries = timeline(station, incident=stage.pharmacy, limit=40).lines
        verified = verify(station).lines
    own = "ircockpit system add NAME --target eu-1=ADMIN-ADDRESS,PROBE-ADDRESS --control halt=envoy/halt@eu-1"
    return (*entries, (), *verified, (), (Span("your own system next: ", "dim"), Span(own, "key")))


def _end_on_signals() -> None:
    def leave(number: int, _: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
