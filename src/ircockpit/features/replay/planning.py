"""A run before it is sent: its number follows from what is to be known, and all of it is on record first."""

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.replay.events import AFTER, AGAIN, BEFORE, PLANNED, PROBE
from ircockpit.features.replay.queries import RunRow, SealedRow, WatchRow, run, sealed_set
from ircockpit.features.replay.rules import Terms, check, number_of
from ircockpit.features.replay.target import place_of
from ircockpit.store.workstation import Draft, Workstation


def plan_before(
    station: Workstation, row: IncidentRow, terms: Terms, *, sealed: str = "", target: str = "", control: str = "",
    requests: int = 200,
) -> RunRow:  # fmt: skip
    """Plan the run that shows that it happens. The number of ``terms`` is chosen here, from its confidence and bound.

    Raises :class:`BadInput` or :class:`RefusedError` with nothing recorded.
    """
    chosen: SealedRow | None = None if terms.api == PROBE else sealed_set(station.view, row.ident, sealed)
    number = number_of(terms.confidence, terms.bound, len(chosen.prompts) if chosen else 0)
    terms = terms._replace(number=number)
    check(terms, requests)
    place = place_of(station, row.system, target, terms, control)
    facts = {
        "incident": row.ident, "sealed": chosen.ident if chosen else "", "phase": BEFORE, "before": "", "action": "",
        "system": row.system, "target": place.target.name, "url": place.url, "control": control, "watch": "",
    }  # fmt: skip
    return _record(station, row.stream, terms, facts)


def plan_after(
    station: Workstation, before: RunRow, action: str = "", target: str = "", model: str = ""
) -> RunRow:
    """Plan the same run again, to be compared with one before it; about a containment action where there is one.

    ``target``: another target of the system, where the control does not answer: the mended version, before it is released.
    ``model``: the name that the mended version has there. Everything else stays as it was, and what differs is said with
    whatever the run comes to.

    Raises :class:`RefusedError` with nothing recorded where the two could not be compared.
    """
    if before.phase != BEFORE:
        raise RefusedError(
            f"{before.short} is itself compared with a run before it", safe="nothing was recorded",
            fix="name the run before the containment",
        )  # fmt: skip
    if not before.counts.sent:
        raise RefusedError(
            f"{before.short} has not been sent: there is nothing to compare with", safe="nothing was recorded",
            fix=f"ircockpit replay run {before.short}, before anything is contained",
        )  # fmt: skip
    about = containment.action(station.view, action) if action else _newest(station, before)
    if about is not None and (sent := _sent_us(station, about)) and sent < before.begun_us:
        raise RefusedError(
            f"{about.short} was switched on before {before.short} was sent, which is no run before it",
            safe="nothing was recorded", fix="name a run that was sent before it: --before, or plan one once it is lifted",
        )  # fmt: skip
    if model and before.terms.api == PROBE:
        raise RefusedError(
            "a probe asks what its connector says, whatever a model is called", safe="nothing was recorded",
            fix="leave --model out, or plan the run before without --api probe",
        )  # fmt: skip
    of = before._replace(terms=before.terms._replace(model=model or before.terms.model))
    return _again(station, of, AFTER, about.ident if about is not None else "", "", target)


def plan_again(station: Workstation, of: RunRow, watch: WatchRow) -> RunRow:
    """Plan the next run of a watch: the same as the one it repeats."""
    return _again(station, of, AGAIN, of.action, watch.ident)


def _again(station: Workstation, of: RunRow, phase: str, action: str, watch: str, target: str = "") -> RunRow:
    check(of.terms, of.terms.number)
    place = place_of(station, of.system, target or of.target, of.terms, of.control)
    facts = {
        "incident": of.incident, "sealed": of.sealed, "phase": phase, "before": of.before or of.ident, "action": action,
        "system": of.system, "target": place.target.name, "url": place.url, "control": of.control, "watch": watch,
    }  # fmt: skip
    return _record(station, of.stream, of.terms, facts)


def _record(station: Workstation, stream: str, terms: Terms, facts: dict[str, str]) -> RunRow:
    ident = station.new_id(stream)
    stated = {**facts, **terms._asdict(), "state": PLANNED, "outcome": {}, "exhibit": ""}
    # The pattern quotes what is looked for: a part of its own, to be taken away alone.
    pattern = stated.pop("pattern")
    station.append([Draft(stream, "replay.planned", ident, (stated, {"pattern": pattern}))])
    return run(station.view, ident)


def _newest(station: Workstation, before: RunRow) -> ActionRow | None:
    """The newest control at the same target that may be in force."""
    rows = containment.actions(station.view, before.incident)
    here = [row for row in rows if row.target == before.target and row.state in containment.ENGAGED]
    return here[-1] if here else None


def _sent_us(station: Workstation, action: ActionRow) -> int:
    rows = station.view.rows(
        "SELECT min(wall) FROM entry WHERE ent=? AND type='containment.stepped' AND doubt=''"
        " AND json_extract(body, '$.value')='sent'",
        (action.ident,),
    )
    return int(rows[0][0] or 0)
