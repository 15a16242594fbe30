"""Containment from the command line and the screen: stop, list, check, revert."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, ExitCode, NotFound, RefusedError, UsageError
from ircockpit.features.containment import queries, shelf
from ircockpit.features.containment.approvals import TWO, refuse_under_later
from ircockpit.features.containment.journalling import Progress
from ircockpit.features.containment.lifting import next_steps, plan_back, propose_back
from ircockpit.features.containment.lifting import revert as send_back
from ircockpit.features.containment.looking import look
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.pages import (
    action_lines,
    lift_lines,
    offer_lines,
    plan_data,
    plan_lines,
    queue_lines,
    unread_line,
)
from ircockpit.features.containment.preserving import beside
from ircockpit.features.containment.rules import Badge
from ircockpit.features.containment.stopping import Prepared, approve, execute, people_for, prepare
from ircockpit.features.containment.trying import badges
from ircockpit.features.containment.verdicts import ground, verdict_lines
from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.features.intake.drafts import promotion
from ircockpit.features.intake.queries import group
from ircockpit.features.summary import blanked
from ircockpit.features.systems.rules import NAME
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import duration
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.store.names import resolve
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector


def stop(
    station: Workstation,
    *,
    target: str,
    control: str | None = None,
    dry_run: bool = False,
    reason: str | None = None,
    confirm: str | None = None,
    break_glass: bool = False,
    yes: bool = False,
) -> Result:
    """Stop harm: signals become an incident, the chosen control is planned, and with ``yes`` sent and proved.

    What reaches everybody is sent only with the incident's short id in ``confirm``, as on the screen. What needs two
    people is proposed to them; with ``break_glass``, a reason and the id, one goes on alone and is reviewed later.
    """
    kind, ident = resolve(station.view, target, "incident", "group")
    row = _incident(station, kind, ident, declare=control is not None and yes)
    if row is None:
        waiting = group(station.view, ident)
        found = offers(station, "", waiting.system)
        lead = f"{waiting.short} becomes an incident when a control is sent; {waiting.reason}"
    else:
        found = offers(station, row.ident, row.system)
        lead = f"{row.short} {row.title}"
    if not found:
        raise NotFound(
            "no system with controls is known for it",
            safe="nothing was sent",
            fix="record the system with ircockpit system add, or say which one: ircockpit assign",
        )
    usable = [offer for offer in found if not offer.why_not]
    if control is None and not (dry_run and usable):
        said, code = _which(row.short if row else waiting.short, usable, yes=yes, dry_run=dry_run)
        offered = offer_lines(station, found, incident=row.ident if row else "")
        lines = ((Span(clean(lead), "title"),), *offered)
        return Result([_offer_data(offer) for offer in found], lines, said, int(code))
    chosen = usable[0] if control is None else _choose(found, control)
    if dry_run or not yes or row is None:
        return _shown(station, chosen, found, dry_run=dry_run)
    with beside(station, row):
        return _sent(station, row, chosen, reason, confirm, break_glass=break_glass)


def _shown(station: Workstation, chosen: Offer, found: Sequence[Offer], *, dry_run: bool) -> Result:
    """The plan of a control, with nothing sent."""
    prepared = prepare(station, chosen)
    lines = plan_lines(station.clock.wall_us(), prepared, station.shown_offset)
    data = plan_data(prepared)
    said = "nothing was sent: confirm with --yes"
    if dry_run:
        others = ", ".join(_named(offer) for offer in found if offer is not chosen)
        said = "dry run: nothing was sent" + (f"; other controls: {others}" if others else "")
    return Result({**data, "sent": False}, lines, said, 0 if dry_run else int(ExitCode.REFUSED))


def _sent(
    station: Workstation, row: IncidentRow, chosen: Offer, reason: str | None, confirm: str | None, *, break_glass: bool
) -> Result:  # fmt: skip
    """Plan a control, and send it once what it asks for was given."""
    prepared = prepare(station, chosen)
    lines = plan_lines(station.clock.wall_us(), prepared, station.shown_offset)
    data = plan_data(prepared)
    if prepared.plan.nothing_to_do:
        # An action that sent nothing has no way back, and would keep the one that did from being lifted.
        said = "it is on already: nothing was sent; look at it with: ircockpit contain check"
        return Result({**data, "sent": False}, lines, said, int(ExitCode.REFUSED))
    if prepared.wide and confirm != row.short:
        said = f"nothing was sent: it reaches everybody; confirm with --yes --confirm {row.short}"
        return Result({**data, "sent": False}, lines, said, int(ExitCode.REFUSED))
    if prepared.people >= TWO and not break_glass:
        action = approve(station, row, prepared, reason or "stop first")
        return _proposed(station, action, {**data, "sent": False}, lines)
    if break_glass:
        _check_glass(prepared, row, reason, confirm)
        prepared = prepared._replace(glass=str(reason))
    action = approve(station, row, prepared, reason or "stop first")
    for shown in lines:
        tell("".join(span.text for span in shown))
    execute(station, row, prepared, action, narrate)
    return outcome(station, action, {**data, "sent": True})


def list_actions(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """What was switched on in an incident, and where each stands."""
    row = _incident(station, *resolve(station.view, incident, "incident"), declare=False)
    rows = queries.actions(station.view, row.ident) if row else []
    said = "" if rows else "nothing was contained in this incident yet"
    with safely(safe):
        lines = (*(shown for each in rows for shown in action_lines(each)), *queue_lines(rows))
        return Result(blanked([queries.data_of(each) for each in rows]), lines, said)


def check(station: Workstation, *, action: str) -> Result:
    """Read a control back and probe it once; finish a run that was cut off."""
    row = queries.action(station.view, action)
    seen = look(station, row, narrate)
    if seen.word != "unknown" or seen.word == queries.action(station.view, row.ident).state:
        return outcome(station, row.ident, {"now": seen.word}, said=clean(seen.said))
    # What was read before is no answer to whether it is in force now.
    last_us = queries.last_read_us(station.view, row.ident)
    unreached = seen.failure is not None and seen.failure.code in (ExitCode.OFFLINE, ExitCode.TIMEOUT)
    code = seen.failure.code if seen.failure is not None and unreached else ExitCode.FAILED
    data = {**queries.data_of(row), "now": "unknown", "last_read_us": last_us}
    return Result(data, (unread_line(row, last_us, station.shown_offset),), clean(seen.said), int(code))


def revert(
    station: Workstation, *, action: str, reason: str = "", verdict: str = "", despite: str = "", route: str = "",
    confirm: str | None = None, yes: bool = False,
) -> Result:  # fmt: skip
    """Lift a control: plan the way back from what was observed, and with the id typed again send it.

    It rests on the newest fix verdict or on a reason; against a verdict that fails it needs ``despite``, and one about
    another model or address than users were asked at needs ``route``.
    """
    row = queries.action(station.view, action)
    check_revert(station, row)
    found = ground(station, row, reason, verdict=verdict, despite=despite, route=route)
    plan = plan_back(station, row)
    lines = lift_lines(row, plan, queries.on_same_target(station.view, row), found.verdict)
    data = {"plan": plan.hash, "sent": False, "rests_on": found.body()}
    if not yes or confirm != row.short:
        said = f"nothing was sent: confirm with --yes --confirm {row.short}"
        return Result(data, lines, said, int(ExitCode.REFUSED))
    # Named, so that what is signed is what was shown; one that fails meanwhile is found out once more.
    if people_for(plan, row) >= TWO:
        propose_back(station, row, plan, reason, verdict=found.cites, despite=despite, route=route)
        return _proposed(station, row.ident, data, lines)
    for shown in verdict_lines(found.verdict, "fix "):
        tell("".join(span.text for span in shown))
    send_back(station, row, plan, reason, narrate, verdict=found.cites, despite=despite, route=route)
    done = outcome(station, row.ident, {**data, "sent": True})
    return (
        done._replace(said=f"{done.said}. {next_steps(station, row)}".rstrip(". "))
        if done.code == 0
        else done
    )


def connectors(station: Workstation) -> Result:
    """Every connector with its actions and where it comes from."""
    held, proved = shelf.connectors(station.profile), badges(station)
    rows = [
        (
            each.connector.id,
            action.id,
            action.family,
            each.origin,
            _proved(each.connector, proved.get(each.connector.sha256), action.id),
        )
        for each in held
        for action in each.connector.actions
    ]
    data = [
        {
            "id": each.connector.id,
            "sha256": each.connector.sha256,
            "origin": each.origin,
            "tested_with": list(each.connector.tested_with),
            "contract_with": list(each.connector.contract_with),
            "actions": [a.id for a in each.connector.actions],
        }
        for each in held
    ]
    wrong = [f"not read: {clean(error.what)}" for error in shelf.broken(station.profile)]
    columns = [Column(name) for name in ("connector", "action", "family", "origin", "verified against")]
    return Result(data, (*table(columns, rows), *((Span(text, "warn"),) for text in wrong)))


def _proved(connector: "Connector", badge: Badge | None, action: str) -> str:
    """Against what an action was proved: on this device, or by whoever wrote the file."""
    if badge is not None and action in badge.actions:
        return f"verified here against {clean(badge.server)}"
    return connector.badge


def trust(station: Workstation, *, connector: str) -> Result:
    """Trust a local connector file as it is now."""
    for each in shelf.connectors(station.profile):
        if each.connector.id == connector:
            shelf.trust(station.profile, each.connector.sha256)
            return Result(
                {"id": connector, "sha256": each.connector.sha256},
                (),
                f"{connector} is trusted on this device, sha256 {each.connector.sha256[:12]}",
            )
    raise NotFound(
        f"there is no connector {connector!r}", fix=f"put the file into {station.profile.connectors}"
    )


def check_revert(station: Workstation, row: queries.ActionRow) -> None:
    """Raise :class:`RefusedError` where an action must not be lifted now."""
    if row.state not in queries.ENGAGED:
        raise RefusedError(f"{row.short} is {row.state}: there is nothing to lift", safe="nothing was sent")
    if row.state == "attested":
        raise RefusedError(
            f"{row.short} was switched on by hand, and nobody here knows what was before it", safe="nothing was sent",
            fix="lift it by hand, and record that: ircockpit contain by-hand … --lifted",
        )  # fmt: skip
    refuse_under_later(station, row, safe="nothing was sent")


def _proposed(station: Workstation, action: str, data: dict[str, Any], lines: tuple[Line, ...]) -> Result:
    """That a plan waits for a second person now. The code says that nothing was contained, or lifted, by it."""
    row = queries.action(station.view, action)
    said = (
        f"proposed as {row.short}: nothing was sent. A colleague, on a device of their own: ircockpit contain approve"
        f" {row.short}; then here: ircockpit contain send {row.short}"
    )
    return Result({**data, **queries.data_of(row), "proposed": True}, lines, said, int(ExitCode.REFUSED))


def _check_glass(prepared: Prepared, row: IncidentRow, reason: str | None, confirm: str | None) -> None:
    """Break-glass is only for what needs two people, with a reason and the incident's id typed."""
    safe = "nothing was sent"
    if prepared.people < TWO:
        raise UsageError(f"{prepared.offer.title} needs one person: no glass has to be broken", safe=safe)
    if not (reason or "").strip():
        raise BadInput("break-glass needs a reason", safe=safe, fix="say why it cannot wait: --reason")
    if confirm != row.short:
        raise RefusedError(
            f"break-glass goes without the second person: confirm with --yes --confirm {row.short}", safe=safe
        )


def _incident(station: Workstation, kind: str, ident: str, *, declare: bool) -> IncidentRow | None:
    if kind == "incident":
        return incidents(station.view, [ident])[0]
    found = group(station.view, ident)
    if found.incident:
        return incidents(station.view, [found.incident])[0]
    if not declare:
        return None
    made = promotion(station, found)
    station.append(made.drafts)
    row = incidents(station.view, [made.incident])[0]
    tell(f"declared {row.short} from {found.signals} signals: {found.reason}")
    return row


def _choose(found: Sequence[Offer], text: str) -> Offer:
    for offer in found:
        if text in (str(offer.digit), offer.control.name):
            return offer
    known = ", ".join(map(_named, found))
    raise NotFound(f"there is no control {text!r}", safe="nothing was sent", fix=f"the controls are: {known}")


def _named(offer: Offer) -> str:
    return f"{offer.digit} {line(offer.control.name, queries.TITLE_CELLS)}"


def _which(short: str, usable: Sequence[Offer], *, yes: bool, dry_run: bool) -> tuple[str, ExitCode]:
    """What is said where no control was named: that nothing was sent, and the words that go on."""
    if not usable:
        code = ExitCode.REFUSED if yes or dry_run else ExitCode.OK
        return "nothing was sent: no control can be used now, each says why", code
    name = usable[0].control.name
    # A colleague's word goes into a command to copy only where it is a plain one.
    again = f"ircockpit stop {short} {name if NAME.fullmatch(name) else usable[0].digit}"
    if yes:
        return f"nothing was sent: which control? {again} --yes", ExitCode.USAGE
    return f"nothing was sent; a control's plan: {again}", ExitCode.OK


def outcome(station: Workstation, ident: str, data: dict[str, Any], *, said: str = "") -> Result:
    """What became of an action, with the code that says whether it is as it was meant to be."""
    row = queries.action(station.view, ident)
    good = row.state in ("effective", "reverted")
    code = int(ExitCode.OK if good else ExitCode.TIMEOUT if row.state == "unknown" else ExitCode.FAILED)
    words = said or f"{clean(row.title)} {row.state}" + (
        f" after {duration(row.elapsed_ms)}" if row.elapsed_ms is not None else ""
    )
    beside = queries.actions(station.view, row.incident)
    lines = (*action_lines(row), *(queue_lines(beside) if row.state in queries.ENGAGED else ()))
    return Result({**data, **queries.data_of(row)}, lines, words, code)


def _offer_data(offer: Offer) -> dict[str, Any]:
    return {
        "digit": offer.digit,
        "control": offer.control.name,
        "title": offer.title,
        "target": offer.control.target,
        "blast": offer.blast,
        "why_not": offer.why_not,
        "state": offer.action.state if offer.action else "",
    }


def narrate(progress: Progress) -> None:
    """A step of a run, told as narration."""
    took = f" {duration(progress.ms)}" if progress.ms is not None else ""
    probing = (
        f" probing {progress.passes} of {progress.wanted}" if progress.wanted else f": {progress.detail}"
    )
    tell(f"{progress.state}{took}{probing}")
