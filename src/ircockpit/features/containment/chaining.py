"""A recipe planned and shown as a whole, then run step by step; it stops at the first that is not as it must be."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError, NotFound, RefusedError
from ircockpit.features.containment import queries
from ircockpit.features.containment.approvals import TWO
from ircockpit.features.containment.journalling import Tell
from ircockpit.features.containment.lifting import plan_back, propose_back, revert
from ircockpit.features.containment.looking import look
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.queries import ENGAGED, TITLE_CELLS, ActionRow
from ircockpit.features.containment.recipes import Recipe, Step, recipes_of
from ircockpit.features.containment.stopping import Prepared, approve, execute, people_for, prepare
from ircockpit.features.containment.verdicts import FAILS, newest
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.features.systems.queries import system
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.request import PlannedRequest
    from ircockpit.net.giveup import GiveUp

GOOD = {"effective": ("effective",), "recorded": ("recorded", "effective", "unverified")}
"""States that let a chain go on, by what its step waits for."""


class Link(NamedTuple):
    """One step with what it will do."""

    number: int
    step: Step
    offer: Offer
    prepared: Prepared | None
    """The plan of a step that switches on; ``None`` for the others, and for one that is on already."""
    action: str
    """The action that switched it on in an earlier run; empty where this run does."""


class Chain(NamedTuple):
    """A recipe as planned."""

    recipe: Recipe
    incident: str
    start: int
    links: tuple[Link, ...]
    """All steps; those before ``start`` are not done again."""
    against: str = ""
    """What a run says that still reproduces the harm, where the recipe lifts something."""


class Ended(NamedTuple):
    """How far a chain came."""

    done: int
    """Steps that are as they must be, those before the start included."""
    said: str
    whole: bool
    holds: tuple[ActionRow, ...]
    """What is in force because of it."""


def plan_chain(
    station: Workstation, row: IncidentRow, recipe: Recipe, start: int = 1, give_up: "GiveUp | None" = None
) -> Chain:
    """Plan every step from ``start`` on that switches something on: read, probe, exact requests. Sends nothing.

    Raises a :class:`CockpitError` where a control cannot be used, or a step before ``start`` does not hold.
    """
    if not 1 <= start <= len(recipe.steps):
        raise NotFound(f"{recipe.name} has steps 1 to {len(recipe.steps)}", safe="nothing was sent")
    _may_run(station, row, recipe)
    found = {each.control.name: each for each in offers(station, row.ident, row.system)}
    links = []
    for number, step in enumerate(recipe.steps, 1):
        offer = found.get(step.control)
        if offer is None:
            raise NotFound(f"the system has no control {line(step.control)!r}", safe="nothing was sent")
        held = offer.action
        action = held.ident if held is not None and held.recipe == f"{recipe.name}/{number}" else ""
        if number < start and step.on and not _lifted_before(recipe, step.on, start):
            if held is None or held.state not in ENGAGED:
                raise RefusedError(
                    f"step {number} is not in force: {line(step.control)}", safe="nothing was sent",
                    fix=f"begin at step {number}",
                )  # fmt: skip
            action = held.ident
        prepared = prepare(station, offer, give_up) if step.on and number >= start else None
        links.append(Link(number, step, offer, prepared, action))
    held = next((each.action for each in found.values() if each.action is not None), None)
    verdict = newest(station, held) if held is not None and any(step.lift for step in recipe.steps) else None
    against = verdict.brief if verdict is not None and verdict.says == FAILS else ""
    return Chain(recipe, row.ident, start, tuple(links), against)


def _may_run(station: Workstation, row: IncidentRow, recipe: Recipe) -> None:
    """Raise :class:`RefusedError` for a recipe that is not in force any more, or whose controls are others since."""
    kept = next(
        (each for each in recipes_of(station, system(station.view, row.system)) if each.recipe == recipe),
        None,
    )
    if kept is None or kept.why_not:
        raise RefusedError(
            f"{recipe.name}: {kept.why_not}" if kept is not None else f"{recipe.name} is not in force any more",
            safe="nothing was sent",
            fix="somebody else reads the controls and approves it again: ircockpit rules approve" if kept is not None
            and kept.agreed else "ircockpit contain recipes lists those that can be run",
        )  # fmt: skip


def _lifted_before(recipe: Recipe, control: str, start: int) -> bool:
    return any(each.lift == control for each in recipe.steps[: start - 1])


def chain_lines(chain: Chain) -> tuple[Line, ...]:
    """The whole chain before it is confirmed: each step, its requests, what it waits for, whose approval it needs."""
    lines: list[Line] = [(Span(f" {chain.recipe.name}  ", "key"), Span(clean(chain.recipe.title), "title"))]
    for link in chain.links:
        step, title = link.step, words(line(link.offer.title, TITLE_CELLS), "a control")
        verb = {"on": "switch on", "lift": "lift", "check": "check"}[step.does]
        waits = (
            f", then {step.until}"
            if step.does == "on"
            else ", then served again"
            if step.does == "lift"
            else ""
        )
        done = " (before this run)" if link.number < chain.start else ""
        lines.append((Span(f" {link.number}  ", "key"), Span(f"{verb} {title}{waits}{done}")))
        if link.number < chain.start:
            continue
        for request in _requests(chain, link):
            lines += [(Span("    sends  ", "dim"), Span(clean(each), "accent")) for each in _shown(request)]
        if (people := _people(chain, link)) >= TWO:
            lines.append(
                (
                    Span("    needs  ", "dim"),
                    Span(f"{people} people: the chain stops there until they have", "warn"),
                )
            )
    if chain.against:
        more = "; a step lifts what stops it, since the one before it is to hold"
        lines.append((Span(" fix       ", "dim"), Span(chain.against + more, "warn")))
    lines.append(
        (
            Span(" stops", "dim"),
            Span(" at the first step that is not as it must be, and says what holds then"),
        )
    )
    return tuple(lines)


def _requests(chain: Chain, link: Link) -> "tuple[PlannedRequest, ...]":
    if link.prepared is not None:
        return link.prepared.plan.requests
    if link.step.lift and (first := _switched(chain, link)) is not None and first.prepared is not None:
        return first.prepared.plan.way_back
    return ()


def _shown(request: "PlannedRequest") -> tuple[str, ...]:
    from ircockpit.features.containment.engine.request import shown

    return shown(request)


def _people(chain: Chain, link: Link) -> int:
    first = link if link.step.on else _switched(chain, link)
    return (
        first.prepared.people
        if first is not None and first.prepared is not None and link.step.does != "check"
        else 1
    )


def _switched(chain: Chain, link: Link) -> Link | None:
    """The last step before a link that switched its control on."""
    found = [each for each in chain.links[: link.number - 1] if each.step.on == link.step.control]
    return found[-1] if found else None


def run_chain(station: Workstation, chain: Chain, reason: str, tell: Tell) -> Ended:
    """Send the steps in order, each approved by itself and verified before the next; never raises for a step."""
    actions = {link.number: link.action for link in chain.links if link.action}
    for link in chain.links[chain.start - 1 :]:
        try:
            said = _RUN[link.step.does](station, chain, link, actions, reason, tell)
        except CockpitError as error:
            said = error.what
        if said:
            return _ended(station, chain, actions, link.number - 1, f"stopped at step {link.number}, {said}")
    return _ended(station, chain, actions, len(chain.links), "all steps are done")


_Actions = dict[int, str]


def _switch_on(
    station: Workstation, chain: Chain, link: Link, actions: _Actions, reason: str, tell: Tell
) -> str:
    """Why the chain cannot go on after a step that switches on; empty where it can."""
    row, prepared = incident(station.view, chain.incident), link.prepared
    if prepared is None or prepared.plan.nothing_to_do:
        return "its control is on already, by somebody else's doing"
    why = f"{reason} (recipe {chain.recipe.name}, step {link.number} of {len(chain.links)})"
    action = approve(station, row, prepared, why, recipe=f"{chain.recipe.name}/{link.number}")
    actions[link.number] = action
    if prepared.waits:
        return f"it is proposed as {queries.action(station.view, action).short} and waits for a second person"
    outcome = execute(station, row, prepared, action, tell)
    if outcome.state.value in GOOD[link.step.until]:
        return ""
    return f"it is {outcome.state.value}: {outcome.reason}"


def _take_back(
    station: Workstation, chain: Chain, link: Link, actions: _Actions, reason: str, tell: Tell
) -> str:
    first = _switched(chain, link)
    row = queries.action(station.view, actions.get(first.number, "") if first is not None else "")
    if row.state not in ENGAGED:
        return f"it is {row.state}: there is nothing to lift"
    if (later := queries.later_engaged(station.view, row)) is not None:
        return f"{later.short} on the same control came later and is still in force"
    plan = plan_back(station, row)
    if first is not None and first.prepared is not None and not _as_shown(plan, first.prepared):
        return "the way back is not as it was shown"
    why = f"{reason} (recipe {chain.recipe.name}, step {link.number} of {len(chain.links)})"
    if people_for(plan, row) >= TWO:
        propose_back(station, row, plan, why, despite=why)
        return f"lifting {row.short} is proposed and waits for a second person"
    # Within a chain it is lifted since the step before it holds, whatever runs say of a fix; that is cited all the same.
    outcome = revert(station, row, plan, why, tell, despite=why)
    return "" if outcome.state.value == "reverted" else f"it is {outcome.state.value}: {outcome.reason}"


def _as_shown(plan: "Plan", prepared: Prepared) -> bool:
    """Whether the way back is what the chain showed; ids that the change made up were shown by their names."""
    from ircockpit.features.containment.engine.plan import leads_as_shown

    captured = any(send.capture for send in prepared.plan.measure.action.apply)
    return captured or leads_as_shown(prepared.plan, plan)


def _look_once(
    station: Workstation, chain: Chain, link: Link, actions: _Actions, reason: str, tell: Tell
) -> str:
    del reason
    first = _switched(chain, link)
    row = queries.action(station.view, actions.get(first.number, "") if first is not None else "")
    seen = look(station, row, tell)
    return "" if seen.word in ("engaged", "effective") else seen.said


_RUN: dict[str, Callable[[Workstation, Chain, Link, _Actions, str, Tell], str]] = {
    "on": _switch_on, "lift": _take_back, "check": _look_once,
}  # fmt: skip


def _ended(station: Workstation, chain: Chain, actions: _Actions, done: int, said: str) -> Ended:
    rows = [queries.action(station.view, ident) for ident in actions.values()]
    holds = tuple(row for row in rows if row.state in ENGAGED)
    told = ", ".join(
        f"{row.short} {words(line(row.title, TITLE_CELLS), 'a control')} {row.state}" for row in holds
    )
    whole = done == len(chain.links)
    go_on = "" if whole else f". It goes on with --from {done + 1}"
    return Ended(
        done, f"{chain.recipe.name} {said}; in force: {told or 'nothing of it'}{go_on}", whole, holds
    )
