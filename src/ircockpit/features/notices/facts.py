"""The facts of an incident that a notice may hold: numbers, states, times and cleaned names, nothing of anybody's words."""

from typing import TYPE_CHECKING

from ircockpit.features.clocks.queries import due_of
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED
from ircockpit.features.impact.queries import summary
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.notices.claims import closed_us, recurred_us, since_us
from ircockpit.features.notices.form import FACTS
from ircockpit.features.notices.rules import Situation
from ircockpit.features.notices.words import NOBODY, plain
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.response.queries import book_of, duties, escalation
from ircockpit.features.systems.queries import systems
from ircockpit.render.glyphs import STATES
from ircockpit.render.timeline import at_day

if TYPE_CHECKING:
    from ircockpit.core.clock import Clock
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.workstation import Workstation

_NONE = "-"


def facts_of(station: "Workstation", row: "IncidentRow", level: int = 0) -> dict[str, str]:
    """Every fact of the closed list, each at most as long as it may be; ``level`` is the one of the path that is called."""
    now, known = station.clock.wall_us(), names(station.view)
    actions = [each for each in containment.actions(station.view, row.ident) if each.state in ENGAGED]
    answers = next((each.answers for each in reversed(actions) if each.answers), "")
    expires = min((each.expires for each in actions if each.expires), default="")
    reached = summary(station.view, row.ident).people
    path = escalation(station, row)
    rungs = path.ladder.rungs if path is not None and not path.taken else ()
    rung = next((each for each in rungs if each.number == level or (not level and not each.called_us)), None)
    taken = path.taken_by if path is not None else row.owner_name
    found = {
        "incident": row.short,
        "severity": row.severity if row.severity in SEVERITIES else "SEV?",
        "status": "closed" if row.closed else "open",
        "system": plain(row.system_name, FACTS["system"].most) or "system not known",
        "people": reached.words() if reached.high else "not counted yet",
        "control": _state(row.standing.state),
        "since": since(station, row, row.standing.state),
        "opened": at_day(row.opened_us),
        "closed": _day(closed_us(station, row)),
        "recurred": _day(recurred_us(station, row)),
        "now": at_day(now),
        "acts": _name(taken),
        "answers": _name(name_of(known, answers) if answers else taken),
        "clock": _clock(station, row),
        "expires": _time(expires),
        "level": str(rung.number) if rung else _NONE,
        "called": _name(rung.level.who) if rung else NOBODY,
        "minutes": f"{_wait(station, row, rung.level.minutes)} min" if rung else _NONE,
        "sender": _name(station.identity.name),
    }
    return {name: value[: FACTS[name].most] for name, value in found.items()}


def facts_of_test(clock: "Clock", sender: str) -> dict[str, str]:
    """What a test knows: when, and who."""
    return dict.fromkeys(FACTS, _NONE) | {"now": at_day(clock.wall_us()), "sender": _name(sender)}


def situation_of(station: "Workstation", row: "IncidentRow") -> Situation:
    """What decides whom a notice is for."""
    system = next((each for each in systems(station.view) if each.ident == row.system), None)
    path = escalation(station, row)
    rung = path.ladder.next if path is not None and not path.taken else None
    return Situation(
        SEVERITIES.index(row.severity) + 1 if row.severity in SEVERITIES else 0,
        system.name if system else "", system.owner if system else "",
        frozenset(each.role for each in duties(station, row) if each.holders),
        rung.number if rung else 0, rung.level.who if rung else "",
    )  # fmt: skip


def since(station: "Workstation", row: "IncidentRow", state: str) -> str:
    """Since when containment is in a state."""
    return _day(since_us(station, row, state))


def _day(at_us: int) -> str:
    return at_day(at_us) if at_us else _NONE


def _state(state: str) -> str:
    return "none yet" if state == "open" else state if state in STATES else "unknown"


def _name(name: str) -> str:
    return plain(name, FACTS["acts"].most) or NOBODY


def _time(stored: str) -> str:
    from ircockpit.core.stated import moment_us

    return _day(moment_us(stored))


def _wait(station: "Workstation", row: "IncidentRow", minutes: int) -> int:
    return minutes or book_of(station).escalation.wait.of(row.severity)


def _clock(station: "Workstation", row: "IncidentRow") -> str:
    """The next clock by its file's short name and its time; that none runs is not said of what nobody has decided."""
    found, undecided = due_of(station, row)
    timed = sorted((each.at_us, each.clock) for each in found if each.at_us is not None)
    if timed:
        at_us, clock = timed[0]
        when = at_day(at_us)
        return f"{plain(clock, FACTS['clock'].most - len(when) - 4)} by {when}"
    return "not decided" if undecided else "none runs"
