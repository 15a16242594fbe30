"""Opening the demo, or walking its path without a screen; everything it started is ended whatever happens."""

import os
import shlex
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import ExitCode
from ircockpit.demo.stage import Stage, demo_home, staged
from ircockpit.features.catalogue import open_workstation
from ircockpit.render.span import Line, Span
from ircockpit.store.profile import HOME_VARIABLE

if TYPE_CHECKING:
    from ircockpit.demo.rehearsal import Checked
    from ircockpit.screens.app import CockpitApp


def run(*, check: bool = False) -> Result:
    """Open the cockpit on the demo, or with ``check`` verify the same path without a screen."""
    return _check() if check else _open()


def _check() -> Result:
    from ircockpit.demo.rehearsal import Rehearsal, left_running, summary

    with tempfile.TemporaryDirectory(prefix="ircockpit-demo-") as folder:
        with staged(Path(folder) / "demo", tell) as stage:
            found = Rehearsal(stage).walk()
        found.append(left_running(stage))
    good = all(each.holds for each in found)
    data = {"ok": good, "checked": [each._asdict() for each in found]}
    code = ExitCode.OK if good else ExitCode.FAILED
    return Result(data, tuple(map(_line, found)), summary(found), int(code))


def _line(each: "Checked") -> Line:
    return (Span("ok    " if each.holds else "FAILED  ", "ok" if each.holds else "bad"), Span(each.what))


def _open() -> Result:
    from ircockpit.screens.cockpit import check_terminal

    check_terminal("ircockpit demo --check")
    # The screen's modules are read while the helpers start; the first frame then comes sooner.
    threading.Thread(target=import_module, args=("ircockpit.screens.app",), name="warm", daemon=True).start()
    with staged(demo_home(), tell) as stage:
        code = _show(stage)
        lines = _farewell(stage) if code == ExitCode.OK else ()
    left = stage.left()
    said = f"still running: {', '.join(left)}" if left else "everything the demo had started has ended"
    return Result(None, lines, said, code)


def _show(stage: Stage) -> int:
    from ircockpit.demo.coach import Coach
    from ircockpit.screens.cockpit import open_cockpit

    coach = Coach(stage)

    def dress(app: "CockpitApp") -> None:
        def plug() -> bool:
            there = coach.toggle()
            app.wake_sync()
            return there

        coach.deck, app.deck.plug = app.deck, plug
        coach.place = lambda: getattr(app.screen, "PLACE", "")

    return open_cockpit(stage.you, feed=coach.lines, dress=dress)


def _farewell(stage: Stage) -> tuple[Line, ...]:
    """The timeline, whether it holds, and the way to one's own system."""
    from ircockpit.features.incidents.actions import timeline
    from ircockpit.features.incidents.queries import incidents
    from ircockpit.features.record.actions import verify

    with open_workstation(stage.you) as station:
        row = incidents(station.view, [stage.pharmacy])[0]
        entries = timeline(station, incident=row.ident, limit=60).lines
        verified = verify(station).lines
    program = _program()
    return (
        (Span(f"timeline of {row.short} {row.title}, UTC", "title"),), *entries, (),
        (Span("verification", "title"),), *verified, (),
        (Span("your own system next: its gateway, and one control that is proved", "title"),),
        (Span(f"{program} init", "key"),),
        (Span(f"this demo's record, until the next demo: {HOME_VARIABLE}={shlex.quote(str(stage.you))} {program} queue", "dim"),),
    )  # fmt: skip


def _program() -> str:
    """How to call this program from here."""
    beside = Path(sys.executable).with_name("ircockpit")
    if not beside.exists() or str(beside.parent) in os.environ.get("PATH", "").split(os.pathsep):
        return "ircockpit"
    here = Path.cwd()
    return shlex.quote(str(beside.relative_to(here) if beside.is_relative_to(here) else beside))
