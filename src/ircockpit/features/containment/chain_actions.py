"""Recipes from the command line: list those of an incident's system, show one as a whole, run it."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import ExitCode, NotFound
from ircockpit.features.containment import queries
from ircockpit.features.containment.actions import narrate
from ircockpit.features.containment.chaining import chain_lines, plan_chain, run_chain
from ircockpit.features.containment.preserving import beside
from ircockpit.features.containment.recipes import Kept, recipes_of, shelf
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation


def list_recipes(station: Workstation, *, incident: str) -> Result:
    """The recipes of an incident's system, whose they are, and what is wrong with those that cannot be run."""
    found = recipes_for(station, _incident(station, incident))
    lines: list[Line] = []
    for each in found:
        whose = "agreed on" if each.agreed else "of this device alone"
        steps = f"  {len(each.recipe.steps)} steps, {whose}"
        lines.append(
            (Span(f"{each.recipe.name:24}", "key"), Span(clean(each.recipe.title)), Span(steps, "dim"))
        )
        if each.why_not:
            lines.append((Span(f"  not now: {clean(each.why_not)}", "warn"),))
    lines += [(Span(f"not read: {clean(error.what)}", "warn"),) for error in shelf(station.profile).refused]
    data = [
        {
            "name": each.recipe.name,
            "title": each.recipe.title,
            "steps": [{step.does: step.control, "until": step.until} for step in each.recipe.steps],
            "agreed": each.agreed,
            "why_not": each.why_not,
        }
        for each in found
    ]
    said = "" if found else f"there is none: put a file into {station.profile.folder / 'recipes'}"
    return Result(data, tuple(lines), said)


def chain(
    station: Workstation,
    *,
    incident: str,
    recipe: str,
    start: Any = 1,
    reason: str | None = None,
    confirm: str | None = None,
    yes: bool = False,
) -> Result:
    """Run a recipe: all of it is planned and shown first; it stops at the first step that is not as it must be."""
    row = _incident(station, incident)
    found = recipes_for(station, row)
    chosen = next((each.recipe for each in found if each.recipe.name == recipe), None)
    if chosen is None:
        known = ", ".join(each.recipe.name for each in found) or "none"
        raise NotFound(
            f"no recipe of its system is called {recipe!r}", safe="nothing was sent", fix=f"there is: {known}"
        )
    data: dict[str, Any] = {"recipe": chosen.name, "steps": len(chosen.steps), "sent": False}
    if not yes or confirm != row.short:
        planned = plan_chain(station, row, chosen, int(start))
        said = f"nothing was sent: confirm with --yes --confirm {row.short}"
        data |= {"done": planned.start - 1, "holds": []}
        return Result(data, chain_lines(planned), said, int(ExitCode.REFUSED))
    with beside(station, row):
        planned = plan_chain(station, row, chosen, int(start))
        lines = chain_lines(planned)
        ended = run_chain(station, planned, reason or "stop first", narrate)
    holds = [queries.data_of(each) for each in ended.holds]
    code = int(ExitCode.OK if ended.whole else ExitCode.FAILED)
    return Result({**data, "sent": True, "done": ended.done, "holds": holds}, lines, ended.said, code)


def recipes_for(station: Workstation, row: IncidentRow) -> tuple[Kept, ...]:
    """The recipes of the system that an incident is about."""
    system = next((each for each in systems(station.view) if each.ident == row.system), None)
    return recipes_of(station, system) if system is not None else ()


def _incident(station: Workstation, text: str) -> IncidentRow:
    return incident(station.view, text)
