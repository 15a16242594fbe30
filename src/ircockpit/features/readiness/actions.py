"""What can be done about readiness: show it, look anew, prove a control, approve a schedule, say that a contact was reached."""

from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, ExitCode, UsageError
from ircockpit.core.stated import given
from ircockpit.features.containment.queries import proofs_left
from ircockpit.features.containment.rules import FAILED, NOT_TRIED, STUCK, VERIFIED
from ircockpit.features.readiness import proving
from ircockpit.features.readiness.events import REACHED
from ircockpit.features.readiness.looking import look
from ircockpit.features.readiness.pages import (
    control_line,
    data_of,
    head_line,
    owner_line,
    plan_lines,
    schedule_words,
    titles_line,
)
from ircockpit.features.readiness.queries import SystemStands, readiness
from ircockpit.features.readiness.rules import every, hours_of
from ircockpit.features.summary import blanked
from ircockpit.features.systems.queries import system as find_system
from ircockpit.features.systems.rules import System
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean, line
from ircockpit.net.giveup import GiveUp
from ircockpit.render.glyphs import counted
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

MAX_HOW = 200


def show(
    station: Workstation, *, system: str | None = None, check: bool = False, safe: bool = False
) -> Result:
    """How ready each system is, or one; with ``check`` secrets are tried and controls asked first, read-only."""
    if check:
        chosen = [each.system for each in readiness(station, [system] if system else ())]
        look(station, chosen, GiveUp(), tell)
    found = readiness(station, [system] if system else ())
    with safely(safe):
        lines = _lines(station, found)
        waits = sum(len(each.waits) for each in found)
        said = f"{counted(len(found), 'system')}, {counted(waits, 'thing')} due" if found else _NONE
        stuck = [each for each in proofs_left(station) if not each.running]
        if stuck:
            named = ", ".join(clean(line(each.control, 40)) for each in stuck)
            said = f"may still be on: {named}; ircockpit readiness prove --due --yes takes it back"
        return Result(
            blanked([data_of(each) for each in found]),
            tuple(lines),
            said,
            int(ExitCode.FAILED) if stuck else 0,
        )


_NONE = "no system is recorded yet; ircockpit system add --help shows how"


def reached(station: Workstation, *, system: str, by: Any) -> Result:
    """Put on record that the contact of a system was reached, and how."""
    found = find_system(station.view, system)
    how = given(by, MAX_HOW, "how they were reached")
    contact = found.on_call or found.owner
    if not contact:
        raise BadInput(
            f"{found.name} states nobody who could be reached", safe="nothing was recorded",
            fix=f"ircockpit system add {found.name} --on-call WHO",
        )  # fmt: skip
    body = {"contact": contact, "how": how}
    station.append([Draft(station.identity.org_stream, REACHED, found.ident, (body,))])
    return Result(
        {"system": found.name, "contact": contact, "how": how}, (), f"recorded: {contact} was reached, {how}"
    )


def prove(
    station: Workstation, *, system: str | None = None, control: str | None = None, due: bool = False,
    confirm: str | None = None, yes: bool = False,
) -> Result:  # fmt: skip
    """Prove one control now, or those that are due by a schedule approved on this device."""
    if due:
        if system or control:
            raise UsageError(
                "--due proves all that is due: name no system beside it", safe="nothing was sent"
            )
        return _due(station, yes=yes)
    found, name = _named(station, system, control)
    planned = proving.plan(station, found, name)
    lines = plan_lines(planned)
    wanted = f"{found.name}/{name}"
    if not (yes and confirm == wanted):
        said = f"nothing was sent: confirm with --yes --confirm {wanted}"
        return Result(
            {"system": found.name, "control": name, "sent": False}, tuple(lines), said, int(ExitCode.REFUSED)
        )
    done = proving.prove(station, found, name, planned.plan.bound, tell, exact=True, how="by hand")
    return _result([done], lines)


def schedule(
    station: Workstation, *, system: str, control: str, every: str | None = None, end: bool = False,
    confirm: str | None = None, yes: bool = False,
) -> Result:  # fmt: skip
    """Approve that a control is proved on a schedule from this device, or end that."""
    found, name = _named(station, system, control)
    if end:
        proving.end(station, found, name)
        return Result(
            {"system": found.name, "control": name, "every_hours": 0},
            (),
            f"{clean(name)} is proved by hand alone",
        )
    if not every:
        raise UsageError("how often is not said", safe="nothing was approved", fix="for example: --every 30d")
    hours = hours_of(every)
    planned = proving.plan(station, found, name)
    proving.refuse_unscheduled(planned)
    lines = plan_lines(planned, _every(hours))
    wanted = f"{found.name}/{name}"
    data = {"system": found.name, "control": name, "every_hours": hours, "approved": False}
    if not (yes and confirm == wanted):
        said = f"nothing was approved: confirm with --yes --confirm {wanted}"
        return Result(data, tuple(lines), said, int(ExitCode.REFUSED))
    made = proving.approve(station, planned, hours)
    return Result(data | {"approved": True}, tuple(lines), schedule_words(made, station.clock.wall_us()))


_every = every


def _due(station: Workstation, *, yes: bool) -> Result:
    waiting = [each for each in proofs_left(station) if not each.running]
    rows = proving.due(station)
    if not yes:
        named = [f"take back {each.control}" for each in waiting] + [each.control for each in rows]
        said = f"nothing was sent: confirm with --yes. It would prove: {', '.join(named) or 'nothing, none is due'}"
        return Result({"due": [each._asdict() for each in rows]}, (), clean(said), int(ExitCode.REFUSED))
    return _result(proving.run_due(station, tell), [])


def _result(done: Sequence[proving.Done], lines: Sequence[Line]) -> Result:
    rows = [
        (Span(f" {clean(line(each.system, 24))} {clean(line(each.control, 24))} ", "title"),
         Span(each.word, {VERIFIED: "ok", NOT_TRIED: "warn", proving.TAKEN_BACK: "warn"}.get(each.word, "error")),
         Span(f": {clean(each.said)}"))
        for each in done
    ]  # fmt: skip
    words = [each.word for each in done]
    code = ExitCode.OK
    if STUCK in words:
        named = next(each.control for each in done if each.word == STUCK)
        said, code = (
            f"{clean(line(named, 40))} may still be on: take it back now, or by hand",
            ExitCode.FAILED,
        )
    elif FAILED in words:
        said, code = "not all of it could be proved", ExitCode.FAILED
    elif any(word in (NOT_TRIED, proving.TAKEN_BACK) for word in words):
        said, code = "not all of it was proved: what was refused stays due", ExitCode.REFUSED
    else:
        said = f"proved {counted(len(done), 'control')}, effective and back" if done else "nothing is due"
    data = {"proofs": [{**each._asdict(), "course": list(each.course)} for each in done]}
    return Result(data, (*lines, *rows), said, int(code))


def _named(station: Workstation, system: str | None, control: str | None) -> tuple[System, str]:
    if not system or not control:
        raise UsageError(
            "a proof is of one control", safe="nothing was sent",
            fix="ircockpit readiness prove SYSTEM CONTROL, or --due for those approved on a schedule",
        )  # fmt: skip
    return find_system(station.view, system), control


def _lines(station: Workstation, found: Sequence[SystemStands]) -> list[Line]:
    width, now = terminal_size((100, 24))[0], station.clock.wall_us()
    lines: list[Line] = []
    for each in found:
        lines += [head_line(each, width), titles_line()] if each.controls else [head_line(each, width)]
        lines += [control_line(control, now, width) for control in each.controls]
        if not each.controls:
            lines.append((Span("no controls: nothing can be stopped from here", "warn"),))
        lines += [owner_line(each.owner, now, width), ()]
    return lines[:-1]
