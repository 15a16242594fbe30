"""Connectors from the command line: checked with every finding, tried on a real target, recorded for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, ExitCode, NotFound, RefusedError
from ircockpit.features.containment import shelf
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.rules import NOT_TRIED, STUCK, VERIFIED, Badge, Tried, mark
from ircockpit.features.containment.trying import Trial, award, hand_of
from ircockpit.features.containment.trying_page import outcome_lines, plan_lines
from ircockpit.features.systems.queries import is_accepted, system
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.secrets.sources import resolve
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.target import Target


def lint(_station: Workstation, *, file: str) -> Result:
    """Every finding of a connector file, with line, place, reason and what to do."""
    from ircockpit.features.containment.engine.connector import examine, load

    path = Path(file)
    found = examine(path)
    data = [
        {"line": number, "place": each.place, "what": each.what, "fix": each.fix} for each, number in found
    ]
    if not found:
        held = load(path)
        said = f"{clean(held.id)}: {len(held.actions)} actions, nothing is wrong with the file; sha256 {held.sha256[:12]}"
        return Result({"findings": [], "sha256": held.sha256}, (), said)
    lines: list[Line] = []
    for each, number in found:
        lines.append(
            (Span(f"line {number:<4} ", "key"), Span(clean(f"{each.place[2:] or 'the file'}: {each.what}")))
        )
        if each.fix:
            lines.append((Span(" " * 10), Span(clean(each.fix), "dim")))
    count = f"{len(found)} findings" if len(found) > 1 else "1 finding"
    return Result({"findings": data}, tuple(lines), f"{count}: it would not load", int(ExitCode.USAGE))


def try_out(
    station: Workstation,
    *,
    connector: str,
    target: str,
    only: Sequence[str] | None = None,
    param: Sequence[str] | None = None,
    server: str | None = None,
    confirm: Sequence[str] | None = None,
    yes: bool = False,
    to: str | None = None,
) -> Result:
    """Try a connector's actions on a real target, each one that ``confirm`` names; with ``to`` record the exchanges."""
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.features.containment.recording import Recorder

    held, place = shelf.connector(station.profile, connector), _target(station, target)
    given = _params(held, param or ())
    names = [action.id for action in held.actions]
    for name in (*(only or ()), *(confirm or ())):
        held.action(name)
    wanted = [name for name in names if not only or name in only]
    rows: list[Tried] = []
    lines: list[Line] = []
    with (
        # What another one has on now must not be taken for a trial that was cut off.
        in_hand(station, hand_of(held.id)),
        TargetTransport(place, lambda uri: resolve(uri).reveal()) as transport,
    ):
        recorder = Recorder(transport)
        trial = Trial(station, held, place, recorder, tell)
        for name in wanted:
            recorder.begin(held.action(name))
            ready = trial.prepare(name, given.get(name, {}))
            if isinstance(ready, Tried):
                rows.append(ready)
                lines += outcome_lines(ready)
                continue
            if not (yes and confirm and name in confirm):
                lines += plan_lines(ready)
                rows.append(Tried(name, NOT_TRIED, "not confirmed: nothing was sent"))
                continue
            for shown in plan_lines(ready):
                tell("".join(span.text for span in shown))
            done = trial.run(ready)
            rows.append(done)
            lines += outcome_lines(done)
            if to is not None and done.word == VERIFIED:
                path = recorder.write(Path(to), f"{held.id}.{name}")
                lines.append((Span(" " * 11), Span(f"recorded in {clean(str(path))}", "dim")))
            if done.word == STUCK:
                break  # nothing else is touched while one is on
        version = server or trial.version()
    marks = tuple(
        mark(row.action, given.get(row.action, {}), place.base_url, place.probe_url or "")
        for row in rows
        if row.word == VERIFIED
    )
    return _result(station, held, place, rows, lines, version, marks)


def offered(
    station: Workstation,
    *,
    connector: str,
    action: str,
    name: str,
    target: str,
    param: Sequence[str] | None = None,
) -> Result:
    """The values that a target offers for a parameter of an action, to be written into a system's record."""
    from ircockpit.features.containment.engine.measure import partly_bound
    from ircockpit.features.containment.engine.resolving import choices
    from ircockpit.features.containment.engine.transport import TargetTransport

    held, place = shelf.connector(station.profile, connector), _target(station, target)
    found = held.action(action)
    if name not in found.params:
        raise NotFound(
            f"{action} has no parameter {name!r}", fix=f"It has: {', '.join(found.params) or 'none'}."
        )
    with TargetTransport(place, lambda uri: resolve(uri).reveal()) as transport:
        listed = choices(
            transport, partly_bound(held, action, _params(held, param or ()).get(action, {}), place), name
        )
    data = [{"value": each.value, "label": each.label} for each in listed]
    rows = [(str(each.value), each.label if each.label != str(each.value) else "") for each in listed]
    said = "" if listed else f"{place.name} offers nothing for {name}: {clean(found.params[name].help)}"
    return Result(data, tuple(table((Column("value"), Column("called")), rows)) if rows else (), said)


def _result(
    station: Workstation,
    held: "Connector",
    place: "Target",
    rows: list[Tried],
    lines: list[Line],
    version: str,
    marks: tuple[str, ...],
) -> Result:
    proved = tuple(row.action for row in rows if row.word == VERIFIED)
    badge = None
    if proved:
        badge = award(
            station,
            held.sha256,
            Badge(
                clean(version) or "a version not stated", place.name, station.clock.wall_us(), proved, marks
            ),
        )
    data: dict[str, Any] = {
        "connector": held.id,
        "sha256": held.sha256,
        "target": place.name,
        "tried": [{**row._asdict(), "course": list(row.course)} for row in rows],
        "badge": {**badge._asdict(), "actions": list(badge.actions), "marks": list(badge.marks)}
        if badge
        else None,
    }
    if any(row.word == STUCK for row in rows):
        said, code = "a control is still on: take it back now, or by hand", ExitCode.FAILED
    elif any(row.word == "failed" for row in rows):
        said, code = "not all of it works here", ExitCode.FAILED
    elif badge is not None:
        said = f"{held.id} verified against {badge.server}: {', '.join(badge.actions)}; sha256 {held.sha256[:12]}"
        code = ExitCode.OK
    else:
        said, code = "nothing was sent: name each action to try with --yes --confirm ACTION", ExitCode.REFUSED
    return Result(data, tuple(lines), said, int(code))


def _target(station: Workstation, text: str) -> "Target":
    """``SYSTEM/TARGET``, or the system's only target. Raises :class:`NotFound` or :class:`RefusedError`."""
    from ircockpit.features.containment.offers import engine_target

    name, _, which = text.partition("/")
    found = system(station.view, name)
    places = [each for each in found.targets if not which or each.name == which]
    if len(places) != 1:
        known = ", ".join(f"{found.name}/{each.name}" for each in found.targets) or "none"
        raise NotFound(f"{text!r} is not one target", safe="nothing was sent", fix=f"its targets: {known}")
    if not is_accepted(station.profile, places[0]):
        raise RefusedError(
            f"this device has not accepted {places[0].admin}", safe="nothing was sent",
            fix=f"ircockpit system trust {found.name}",
        )  # fmt: skip
    return engine_target(station.profile, places[0])


def _params(held: "Connector", given: Sequence[str]) -> dict[str, dict[str, str]]:
    """Parameters by action; ``NAME=VALUE`` goes to every action that has it, ``ACTION.NAME=VALUE`` to one."""
    found: dict[str, dict[str, str]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        action, dot, name = key.rpartition(".")
        to = [held.action(action)] if dot else [each for each in held.actions if name in each.params]
        if not equals or not to:
            raise BadInput(
                f"--param {text!r} gives nothing to any action",
                fix="for example: --param halt.key=ir.halt_pct",
            )
        for each in to:
            found.setdefault(each.id, {})[name] = value
    return found
