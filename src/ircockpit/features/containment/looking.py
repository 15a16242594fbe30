"""Looking at a control again: what it reads as now, and the end of a run that was cut off."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.afar import measure_afar
from ircockpit.features.containment.inhand import in_hand, kept_file
from ircockpit.features.containment.journalling import Journal, Silent, Tell, read_kept, sample_of
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.reaching import engine_on, restored
from ircockpit.inert.gate import clean, line
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.net.giveup import GiveUp

SHOWN = 60
"""Cells of a state that a sentence shows."""
WATCHED = ("effective", "unverified")
"""States that another device may find drifted; those on the way are its own who sends."""
FOLLOWED, WAITING = "followed", "waiting"
"""What a look at something that is still to be seen says: it has taken effect, or has not yet."""
LATE = ("unknown", "partial", "unverified")
"""States that what was sent may still lead out of."""


class Looked(NamedTuple):
    """What looking at a control again showed."""

    word: str
    """``engaged``, ``drifted`` or ``unknown``; the state a run came to that was finished."""
    said: str
    failure: CockpitError | None = None
    """Why it could not be read, where it could not."""


def look_again(station: Workstation, row: ActionRow, tell: Tell) -> str:
    """What :func:`look` shows, as a sentence."""
    return look(station, row, tell).said


def look(station: Workstation, row: ActionRow, tell: Tell) -> Looked:
    """Read a control back and probe it once; a run of this device that was cut off is picked up and finished."""
    if row.state in ("planned", "approved"):
        raise RefusedError(
            f"{row.short} was never sent", safe="nothing was sent", fix="stop again with a new plan"
        )
    if not kept_file(station, row.ident, "before").exists():
        return _watch(station, row, measure_afar(station, row), settled=WATCHED)
    with in_hand(station, row.ident):
        return _look(station, row, tell)


def _look(station: Workstation, row: ActionRow, tell: Tell) -> Looked:
    from ircockpit.features.containment.queries import ENGAGED

    waits = awaited(station, row)
    if waits is None:
        return _watch(station, row, restored(station, row).measure, settled=ENGAGED)
    return finish(station, row, waits, tell)


class Awaited(NamedTuple):
    """What was sent from here and is still to be seen."""

    plan: "Plan"
    """The change, or its way back."""
    seen: bool
    """Whether the control was read so already, and only users' answers are to be seen."""
    approved: str
    """The hash under which it was approved, where that is known."""


def awaited(station: Workstation, row: ActionRow) -> Awaited | None:
    """What is still to be seen of an action that this device sent; ``None`` where nothing is.

    Raises as :func:`restored` does.
    """
    from ircockpit.features.containment.engine.plan import lifting_again
    from ircockpit.features.containment.queries import RUNNING, lifting

    left = read_kept(station, row.ident, "left")
    stated = left.get("awaits") or {}
    if row.state not in (*RUNNING, "unknown", *(LATE if stated else ())):
        return None
    plan = restored(station, row)
    if (
        row.state == "reverting"
        or stated.get("way") == "revert"
        or (not stated and lifting(station.view, row.ident))
    ):
        plan = lifting_again(plan, left.get("state"))
    return Awaited(plan, bool(stated.get("seen")), str(stated.get("plan") or ""))


def finish(station: Workstation, row: ActionRow, waits: Awaited, tell: Tell) -> Looked:
    """Read back and probe what is still to be seen, every step on record; nothing is sent."""
    from ircockpit.features.containment.engine.probe import Proof

    plan = waits.plan
    journal = Journal(station, row.stream, row.ident, row.title, tell, plan, waits.approved)
    with engine_on(station, plan.measure, journal) as (runner, _):
        kept = read_kept(station, row.ident, "proof")
        proof = Proof(
            bool(kept.get("could_fail")), str(kept.get("reason", "no proof was kept")), (), plan.probe, 0
        )
        outcome = runner.resume(plan, proof, seen=waits.seen)
        journal.conclude(outcome)
    state = outcome.state.value
    return Looked(state, f"{state}: {outcome.reason}" if outcome.reason else state)


def _watch(station: Workstation, row: ActionRow, measure: "Measure", *, settled: tuple[str, ...]) -> Looked:
    """One look, recorded; ``settled`` are the states it may turn to drifted."""
    seen = _looker(station, row, measure, None)()
    keep(station, row, seen, settled=settled)
    return Looked(seen.word, f"{seen.word}: {seen.said}", seen.failure)


class Glance(NamedTuple):
    """What one look showed, not yet on record."""

    word: str
    """``engaged``, ``drifted`` or ``unknown``; where something is still to be seen, also ``followed`` or ``waiting``."""
    said: str
    sample: dict[str, Any] | None
    read: bool
    """Whether the control itself could be read."""
    failure: CockpitError | None


def glance(station: Workstation, row: ActionRow, give_up: "GiveUp") -> Callable[[], Glance]:
    """A look at a control of this device, to be taken in another thread: it reads the target and nothing else.

    Raises a :class:`CockpitError` where it cannot be looked at from here any more.
    """
    waits = awaited(station, row)
    if waits is None:
        return _looker(station, row, restored(station, row).measure, give_up)

    def still() -> Glance:
        try:
            with engine_on(station, waits.plan.measure, Silent(), give_up=give_up) as (runner, _):
                word, said = runner.follows(waits.plan, seen=waits.seen)
        except CockpitError as error:
            return Glance("unknown", f"it cannot be read: {error.what}", None, read=False, failure=error)
        return Glance(word, clean(said), None, read=True, failure=None)

    return still


def _looker(
    station: Workstation, row: ActionRow, measure: "Measure", give_up: "GiveUp | None"
) -> Callable[[], Glance]:
    left = read_kept(station, row.ident, "left")

    def look() -> Glance:
        try:
            with engine_on(station, measure, Silent(), give_up=give_up) as (runner, _):
                truth = runner.watch_once(measure)
        except CockpitError as error:  # a certificate or secret that is gone
            return Glance("unknown", f"it cannot be read: {error.what}", None, read=False, failure=error)
        said = truth.said
        if truth.word == "drifted" and truth.observed is not None and "state" in left:
            said += _difference(left["state"], truth.observed.state)
        sample = sample_of(truth.sample) if truth.sample else None
        return Glance(truth.word, clean(said), sample, truth.observed is not None, truth.failure)

    return look


def _difference(left: object, now: object) -> str:
    if left == now:
        return ""
    was, reads = (line(canonical(each).decode(), SHOWN) for each in (left, now))
    return f"; it was left as {was} and reads {reads}"


def keep(station: Workstation, row: ActionRow, seen: Glance, *, settled: tuple[str, ...]) -> None:
    """Put a look on record; ``settled`` are the states it may turn to drifted."""
    samples = [seen.sample] if seen.sample else []
    drafts = [
        Draft(
            row.stream,
            "containment.observed",
            row.ident,
            ({"what": seen.said, "samples": samples, "read": int(seen.read)},),
        )
    ]
    if seen.word == "drifted" and row.state in settled and row.state != "drifted":
        body: dict[str, Any] = {"detail": seen.said, "title": row.title}
        drafts.append(
            station.set_field(row.stream, "containment.stepped", row.ident, "state", "drifted", **body)
        )
    station.append(drafts)
