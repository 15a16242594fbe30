"""Looking at a control again: what it reads as now, and the end of a run that was cut off."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.features.containment.afar import measure_afar
from ircockpit.features.containment.inhand import in_hand, kept_file
from ircockpit.features.containment.journalling import Journal, Silent, Tell, read_kept, sample_of
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.reaching import engine_on, restored
from ircockpit.inert.gate import clean
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure

WATCHED = ("effective", "unverified")
"""States that another device may find drifted; those on the way are its own who sends."""


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
    from ircockpit.features.containment.queries import lifting

    if row.state in ("planned", "approved"):
        raise RefusedError(
            f"{row.short} was never sent", safe="nothing was sent", fix="stop again with a new plan"
        )
    if not kept_file(station, row.ident, "before").exists():
        return _watch(station, row, measure_afar(station, row), settled=WATCHED)
    if row.state == "reverting" or (row.state == "unknown" and lifting(station.view, row.ident)):
        raise RefusedError(
            f"lifting {row.short} was cut off or got no answer", safe="nothing was sent now",
            fix="lift it again: where it is back already, nothing is sent and only the proof is made",
        )  # fmt: skip
    with in_hand(station, row.ident):
        return _look(station, row, tell)


def _look(station: Workstation, row: ActionRow, tell: Tell) -> Looked:
    from ircockpit.features.containment.engine.probe import Proof
    from ircockpit.features.containment.queries import ENGAGED, RUNNING

    plan = restored(station, row)
    if row.state not in RUNNING and row.state != "unknown":
        return _watch(station, row, plan.measure, settled=ENGAGED)
    journal = Journal(station, row.stream, row.ident, row.title, tell, plan)
    with engine_on(station, plan.measure, journal) as (runner, _):
        kept = read_kept(station, row.ident, "proof")
        proof = Proof(
            bool(kept.get("could_fail")), str(kept.get("reason", "no proof was kept")), (), plan.probe, 0
        )
        outcome = runner.resume(plan, proof)
        journal.conclude(outcome)
    state = outcome.state.value
    return Looked(state, f"{state}: {outcome.reason}" if outcome.reason else state)


def _watch(station: Workstation, row: ActionRow, measure: "Measure", *, settled: tuple[str, ...]) -> Looked:
    """One look, recorded; ``settled`` are the states it may turn to drifted."""
    with engine_on(station, measure, Silent()) as (runner, _):
        truth = runner.watch_once(measure)
    sample = [sample_of(truth.sample)] if truth.sample else []
    drafts = [
        Draft(
            row.stream,
            "containment.observed",
            row.ident,
            ({"what": clean(truth.said), "samples": sample, "read": int(truth.observed is not None)},),
        )
    ]
    if truth.word == "drifted" and row.state in settled and row.state != "drifted":
        body: dict[str, Any] = {"detail": clean(truth.said), "title": row.title}
        drafts.append(
            station.set_field(row.stream, "containment.stepped", row.ident, "state", "drifted", **body)
        )
    station.append(drafts)
    return Looked(truth.word, f"{truth.word}: {truth.said}", truth.failure)
