"""What needs more than one person: to approve a colleague's plan, to send one that was approved, to review a break-glass."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core import stated
from ircockpit.core.errors import BadInput, ExitCode, RefusedError
from ircockpit.features.containment import queries
from ircockpit.features.containment.actions import narrate, outcome
from ircockpit.features.containment.approvals import (
    Proposal,
    consent,
    events_of,
    has_approved,
    waiting_proposal,
)
from ircockpit.features.containment.lifting import next_steps, plan_back, revert
from ircockpit.features.containment.pages import lift_lines, plan_lines
from ircockpit.features.containment.proposals import proposal_lines
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.stopping import execute, prepare_proposed
from ircockpit.features.containment.verdicts import newest
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

WORDS = 2000
VERDICTS = ("right", "wrong")


def approve(
    station: Workstation, *, proposal: str, reason: str = "", confirm: str | None = None, yes: bool = False
) -> Result:
    """Approve exactly the plan that a colleague proposed, by its hash, signed by this device."""
    row = queries.action(station.view, proposal)
    found = to_approve(station, row)
    lines = approval_lines(station, row, found)
    data = {"action": row.short, "plan": found.plan, "bound": found.bound, "approved": False}
    if not yes or confirm != row.short:
        said = f"nothing was approved: confirm with --yes --confirm {row.short}"
        return Result(data, lines, said, int(ExitCode.REFUSED))
    said = give_approval(station, row, found, reason)
    return Result({**data, "approved": True}, lines, said)


def to_approve(station: Workstation, row: ActionRow) -> Proposal:
    """The plan of an action that waits for this person's approval. Raises :class:`RefusedError` saying why none does."""
    proposal = waiting_proposal(station, row)
    if proposal is None:
        raise RefusedError(
            f"no plan of {row.short} waits for approval: it was sent, has expired, or was never proposed",
            safe="nothing was approved", fix="have it proposed again",
        )  # fmt: skip
    if proposal.user == station.me:
        raise RefusedError(
            f"you proposed {row.short} yourself, and it needs somebody else", safe="nothing was approved",
            fix="a colleague approves it on a device of their own; further devices of yours are the same person",
        )  # fmt: skip
    if has_approved(station, row, proposal.plan):
        raise RefusedError(
            f"you have approved this plan of {row.short} already", safe="nothing was recorded anew"
        )
    return proposal


def approval_lines(station: Workstation, row: ActionRow, proposal: Proposal) -> tuple[Line, ...]:
    """What somebody is shown who is asked to approve."""
    behind = consent(station, row.stream, row.ident, proposal.plan, proposal.people).words
    verdict = newest(station, row) if proposal.direction == "revert" else None
    return proposal_lines(station, proposal, behind=behind, verdict=verdict)


def give_approval(station: Workstation, row: ActionRow, proposal: Proposal, reason: str) -> str:
    """Record the approval; what is said of it."""
    import json

    reason = stated.within(reason, WORDS, "the reason")
    body = {
        "plan": proposal.plan, "title": row.title, "reason": reason, "direction": proposal.direction,
        "bound": json.dumps(proposal.bound, sort_keys=True), "people": proposal.people,
    }  # fmt: skip
    station.append([Draft(row.stream, "containment.approved", row.ident, (body,))])
    found = consent(station, row.stream, row.ident, proposal.plan, proposal.people)
    who = clean(name_of(names(station.view), proposal.user))
    if found.missing:
        return f"approved plan {proposal.plan[:8]}: {found.words}"
    return f"approved plan {proposal.plan[:8]}; {who} can send it now. Nothing was sent from here"


def send(station: Workstation, *, proposal: str, confirm: str | None = None, yes: bool = False) -> Result:
    """Send a plan that enough people have approved, from the device it was made on: a stop, or the way back."""
    row = queries.action(station.view, proposal)
    waits = waiting_proposal(station, row)
    if waits is not None and waits.direction == "revert":
        plan = plan_back(station, row, again=waits)
        behind = consent(station, row.stream, row.ident, plan.hash, waits.people).words
        lines: tuple[Line, ...] = (
            *lift_lines(row, plan, verdict=newest(station, row)),
            (Span(f" approved  {behind}", "dim"),),
        )
        data: dict[str, Any] = {"plan": plan.hash, "sent": False}
        if yes and confirm == row.short:
            revert(station, row, plan, waits.reason, narrate, despite=waits.despite, route=waits.route)
            done = outcome(station, row.ident, {**data, "sent": True})
            return done._replace(said=f"{done.said}. {next_steps(station, row)}".rstrip(". "))
    else:
        prepared = prepare_proposed(station, row)
        lines = plan_lines(station.clock.wall_us(), prepared, station.shown_offset)
        data = {"plan": prepared.plan.hash, "sent": False}
        if yes and confirm == row.short:
            incident = incidents(station.view, [row.incident])[0]
            for shown in lines:
                tell("".join(span.text for span in shown))
            execute(station, incident, prepared, row.ident, narrate)
            return outcome(station, row.ident, {**data, "sent": True})
    return Result(
        data, lines, f"nothing was sent: confirm with --yes --confirm {row.short}", int(ExitCode.REFUSED)
    )


def attest(station: Workstation, *, proposal: str, name: str) -> Result:
    """Write down that somebody agreed who has no device here: kept and shown as attested, never as an approval."""
    row = queries.action(station.view, proposal)
    waits = waiting_proposal(station, row)
    if waits is None:
        raise RefusedError(f"no plan of {row.short} waits for anybody", safe="nothing was recorded")
    body = {"plan": waits.plan, "name": stated.given(name, 80, "the name")}
    station.append([Draft(row.stream, "containment.attested", row.ident, (body,))])
    found = consent(station, row.stream, row.ident, waits.plan, waits.people)
    return Result({"action": row.short, "counts": False}, (), f"recorded as attested: {found.words}")


def review(station: Workstation, *, broken: str, verdict: str, why: str) -> Result:
    """Record what a second person finds of a break-glass, afterwards."""
    row = queries.action(station.view, broken)
    why = stated.given(why, WORDS, "the reason")
    if verdict not in VERDICTS:
        raise BadInput("a review says right or wrong", safe="nothing was recorded")
    check_review(station, row)
    station.append(
        [
            station.set_field(
                row.stream, "containment.reviewed", row.ident, "review", verdict, why=why, title=row.title
            )
        ]
    )
    return Result({"action": row.short, "verdict": verdict}, (), f"reviewed {row.short}: {verdict}")


def check_review(station: Workstation, row: ActionRow) -> None:
    """Raise :class:`RefusedError` where there is no break-glass that this person could review."""
    told = events_of(station, row.stream, row.ident)
    by = {each.actor for each in told if each.type == "containment.broken"}
    if not by:
        raise RefusedError(f"{row.short} was not done by break-glass", safe="nothing was recorded")
    if station.me in by:
        raise RefusedError(
            f"you broke the glass for {row.short} yourself", safe="nothing was recorded",
            fix="a second person reviews it",
        )  # fmt: skip
