"""What people do to take care of themselves, of each other, and of those who wait for word."""

from ircockpit.command.action import Result
from ircockpit.core.errors import RefusedError
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.care import exposure
from ircockpit.features.care.queries import settings_of
from ircockpit.features.care.rules import advice
from ircockpit.features.membership.queries import why_not
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation


def show_exposure(station: Workstation, *, team: bool = False) -> Result:
    """One's own exposure in the last shift, or for a lead the sums of the team."""
    care = settings_of(station).care
    if team:
        return _team(station, care.shift_hours)
    found = exposure.this_shift(station)
    more = advice(found, care.exposure_minutes)
    data = {"seconds": round(found.seconds), "lifts": found.lifts, "hours": care.shift_hours, "advice": more}
    lines: list[Line] = [(Span(f"in the last {care.shift_hours} hours: "), Span(found.words(), "title"))]
    lines += [(Span(more, "warn"),)] if more else []
    return Result(data, tuple(lines))


def _team(station: Workstation, hours: int) -> Result:
    if refused := why_not(station, roles_with(Capability.LEAD)):
        raise RefusedError(refused, safe="nothing was shown", fix="your own: ircockpit exposure")
    sums = exposure.team(station)
    data = [
        {
            "user": each.user,
            "name": each.name,
            "seconds": round(each.exposure.seconds),
            "lifts": each.exposure.lifts,
        }
        for each in sums
    ]
    lines = [(Span(f"{clean(each.name)[:20]:21}", "key"), Span(each.exposure.words())) for each in sums]
    said = "" if sums else f"nobody has told of any in the last {hours} hours"
    return Result({"hours": hours, "people": data}, tuple(lines), said)
