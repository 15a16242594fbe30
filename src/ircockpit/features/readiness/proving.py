"""Proofs outside of incidents: one now, those approved for a schedule when they are due, and what is put on record of each."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError, NotFound, RefusedError
from ircockpit.features.care.queries import settings_of
from ircockpit.features.containment.queries import TITLE_CELLS, proofs_left, proving, with_left
from ircockpit.features.containment.rules import FAILED as TRIAL_FAILED
from ircockpit.features.containment.rules import NOT_TRIED, STUCK, VERIFIED, Left, ProofPlan, Tried, changed
from ircockpit.features.readiness.events import FAILED, PROVED, RETURNED, SCHEDULED
from ircockpit.features.readiness.local import (
    Schedule,
    drop_schedule,
    forget_page,
    put_schedule,
    schedules,
    tried_now,
)
from ircockpit.features.readiness.queries import proof_mark
from ircockpit.features.readiness.rules import SMALL
from ircockpit.features.systems.queries import control_of, systems
from ircockpit.inert.gate import clean, line
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.systems.rules import Control, System, Target

Tell = Callable[[str], None]
TAKEN_BACK = "taken back"
"""In place of a trial's word: what was cut off before is back, and nothing else was done."""
_WORDS = {
    "connector_sha256": "the connector file", "params": "its parameters", "admin": "the control's address",
    "users": "the users' address", "trust": "the certificates", "auth": "its credentials", "program": "its program",
    "read": "the request that reads it", "probe": "the probe", "requests": "the requests", "way_back": "the way back",
}  # fmt: skip


class Planned(NamedTuple):
    """A proof that could be run now."""

    system: "System"
    control: str
    plan: ProofPlan
    canary: str
    """Whom its target serves instead of users; empty where that is nobody else."""


class Done(NamedTuple):
    """What came of one proof."""

    system: str
    control: str
    word: str
    """As of a trial; or ``taken back``."""
    said: str
    course: tuple[str, ...] = ()


def plan(station: Workstation, system: "System", control: str, give_up: Any = None) -> Planned:
    """What a proof would send now. Raises a :class:`CockpitError` saying why it cannot be proved; sends nothing."""
    with proving(station, system, control, lambda _: None, give_up) as door:
        ready = door.prepare()
        if isinstance(ready, Tried):
            raise RefusedError(f"{line(control, TITLE_CELLS)}: {ready.said}", safe="nothing was sent")
        return Planned(
            system, control, door.plan(ready), control_of(with_left(station, system), control)[1].canary
        )


def prove(
    station: Workstation, system: "System", control: str, approved: dict[str, Any], tell: Tell, *, exact: bool, how: str,
    armed: bool = False,
) -> Done:  # fmt: skip
    """Prove one control by what was approved; what was cut off before is taken back first, and nothing else then.

    ``exact``: the requests too must be those that were shown. Raises a :class:`CockpitError` with nothing sent.
    """
    refuse_read_only(station, armed=armed)
    forget_page(station)  # where this is cut off, the next start says so at once
    with proving(station, system, control, tell) as door:
        known = control_of(with_left(station, system), control)
        ready = door.prepare()
        if isinstance(ready, Tried):
            return _recorded(station, system, known, ready, "", how)
        if ready.proof is None:
            done = door.run(ready)
            back = Tried(done.action, TAKEN_BACK, "what was cut off before is taken back", done.course)
            return _recorded(station, system, known, done if done.word == STUCK else back, "", how)
        if other := changed(approved, door.plan(ready).bound, exact=exact):
            named = ", ".join(_WORDS.get(each, f"its {each}") for each in other)
            raise RefusedError(
                f"{line(control, TITLE_CELLS)} is not as it was approved: {named} changed", safe="nothing was sent",
                fix="look at it, and approve it anew",
            )  # fmt: skip
        done = door.run(ready)
        version = door.version() if done.word == VERIFIED else ""
        return _recorded(station, system, known, done, version, how, door.plan(ready).bound)


def _recorded(
    station: Workstation, system: "System", known: "tuple[Control, Target]", done: Tried, version: str, how: str,
    bound: dict[str, Any] | None = None,
) -> Done:  # fmt: skip
    found, place = known
    body: dict[str, Any] = {
        "control": found.name,
        "target": place.name,
        "how": how,
        "course": list(done.course),
    }
    said = clean(done.said)
    if done.word == VERIFIED and bound is not None:
        body |= {
            "mark": proof_mark(found, place), "connector": bound["connector"], "sha256": bound["connector_sha256"],
            "server": version or "a version not stated",
        }  # fmt: skip
        _tell_record(station, system, PROVED, body)
    elif done.word in (STUCK, TRIAL_FAILED):
        _tell_record(
            station, system, FAILED, body | {"word": "stuck" if done.word == STUCK else "failed", "why": said}
        )
    elif done.word == TAKEN_BACK:
        _tell_record(station, system, RETURNED, body)
    return Done(system.name, found.name, done.word, said, done.course)


def _tell_record(station: Workstation, system: "System", type_: str, body: dict[str, Any]) -> None:
    station.append([Draft(station.identity.org_stream, type_, system.ident, (body,))])


def refuse_read_only(station: Workstation, *, armed: bool = False) -> None:
    """Raise :class:`RefusedError` while this device is read-only towards the outside."""
    if settings_of(station).care.read_only and not armed:
        raise RefusedError(
            "read-only towards the outside (care.read_only)", safe="nothing was sent",
            fix="in a cockpit :arm 15m, or ircockpit settings set care.read_only false",
        )  # fmt: skip


def refuse_unscheduled(planned: Planned) -> None:
    """Raise :class:`RefusedError` where an action may not be proved with nobody there."""
    named = line(planned.control, TITLE_CELLS)
    if planned.plan.cut_off:
        raise RefusedError(
            f"a proof of {named} was cut off", safe="nothing was approved", fix="take it back first"
        )
    if not planned.plan.may_be_scheduled:
        raise RefusedError(
            f"its connector does not say that {named} may be proved on a schedule", safe="nothing was approved",
            fix="prove it by hand; or, in a connector file of your own: proof: scheduled",
        )  # fmt: skip
    if planned.plan.tier not in SMALL and not planned.canary:
        raise RefusedError(
            f"{named} reaches {planned.plan.tier}: users would be cut off at each proof", safe="nothing was approved",
            fix="record a target that serves no users, with canary: WHOM IT SERVES, and a control at it",
        )  # fmt: skip


def approve(station: Workstation, planned: Planned, hours: int) -> Schedule:
    """Approve that a proof is repeated from this device, bound to all that was shown."""
    refuse_unscheduled(planned)
    now = station.clock.wall_us()
    made = Schedule(planned.system.ident, planned.control, hours, station.me, now, 0, planned.plan.bound)
    body = {
        "control": planned.control, "hours": hours, "mark": proof_mark(*control_of(planned.system, planned.control)),
        "sha256": planned.plan.bound["connector_sha256"], "blast": planned.plan.tier, "canary": planned.canary,
    }  # fmt: skip
    _tell_record(station, planned.system, SCHEDULED, body)
    put_schedule(station, made)
    return made


def end(station: Workstation, system: "System", control: str) -> Schedule:
    """End a schedule of this device. Raises :class:`NotFound` where there is none."""
    row = next(
        (e for e in schedules(station.profile) if (e.system, e.control) == (system.ident, control)), None
    )
    if row is None:
        raise NotFound(
            f"no proof of {line(control, TITLE_CELLS)} is scheduled on this device",
            safe="nothing was changed",
        )
    drop_schedule(station, row)
    _tell_record(station, system, SCHEDULED, {"control": control, "hours": 0})
    return row


def due(station: Workstation) -> list[Schedule]:
    """The proofs of this device that are to be tried now, the one that waits longest first."""
    now = station.clock.wall_us()
    return sorted(
        (each for each in schedules(station.profile) if each.is_due(now)), key=lambda each: each.due_us
    )


def run_due(station: Workstation, tell: Tell) -> list[Done]:
    """Take back what was cut off, then prove what is due; ends at the first that stays on."""
    refuse_read_only(station)
    known = {each.ident: each for each in systems(station.view)}
    done: list[Done] = []
    for left in (each for each in proofs_left(station) if not each.running):
        done.append(_taken_back(station, known.get(left.system), left, tell))
        if done[-1].word == STUCK:
            return done
    for row in due(station):
        system = known.get(row.system)
        if system is None:
            done.append(
                Done(row.system[:8], row.control, NOT_TRIED, "its system is not recorded here any more")
            )
            continue
        done.append(_attempted(station, system, row, tell))
        if done[-1].word == STUCK:
            return done
    return done


def _taken_back(station: Workstation, system: "System | None", left: Left, tell: Tell) -> Done:
    if system is None:
        return Done(left.system[:8], left.control, STUCK, "its system is not recorded here any more")
    try:
        return prove(station, system, left.control, {}, tell, exact=False, how="by schedule")
    except CockpitError as error:
        return Done(system.name, left.control, STUCK, "; ".join(filter(None, (error.what, error.fix))))


def _attempted(station: Workstation, system: "System", row: Schedule, tell: Tell) -> Done:
    """One due proof; what keeps it from being sent is told, and it stays due."""
    try:
        made = prove(station, system, row.control, row.bound, tell, exact=False, how="by schedule")
    except CockpitError as error:
        return Done(system.name, row.control, NOT_TRIED, "; ".join(filter(None, (error.what, error.fix))))
    if made.word != NOT_TRIED:
        with suppress(CockpitError):
            tried_now(station, row)
    return made
