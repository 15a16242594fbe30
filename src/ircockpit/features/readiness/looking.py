"""A look at what readiness depends on: each secret tried, each control read and probed once; nothing is changed by it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError, SecretError
from ircockpit.features.containment.queries import CONTAINED as READS_CONTAINED
from ircockpit.features.containment.queries import SERVED, data_plane, is_on
from ircockpit.features.credentials.queries import named_sources
from ircockpit.features.readiness.local import Look, Looks, keep_looks
from ircockpit.features.readiness.queries import proof_mark
from ircockpit.features.readiness.rules import CONTAINED, GONE, HEALTHY, SICK, THERE, UNLOOKED
from ircockpit.features.systems.queries import is_accepted
from ircockpit.inert.gate import clean, line
from ircockpit.net.giveup import GiveUp

if TYPE_CHECKING:
    from ircockpit.features.systems.rules import Control, System, Target
    from ircockpit.store.workstation import Workstation

MOST_S = 120.0
"""Seconds for one look at everything; what was not reached by then keeps what is known of it."""
PROBE_S = 5.0
NAME_CELLS = 24


def look(
    station: "Workstation", chosen: Iterable["System"], give_up: GiveUp, tell: Callable[[str], object]
) -> int:
    """Look at these systems and keep what that shows, each as soon as it is known; how many things were looked at."""
    from ircockpit.secrets.trial import missing

    wanted = list(chosen)
    ends = station.clock.mono_us() + int(MOST_S * 1e6)
    count = 0

    def over() -> bool:
        return give_up.asked or station.clock.mono_us() > ends

    for each in named_sources(station.profile, wanted):
        if over():
            return count
        if not each.uri:
            continue
        tell(f"trying {line(each.uri, 40)}")
        error = missing(each.uri)
        found = Look(GONE if error else THERE, clean(error.what) if error else "", station.clock.wall_us())
        keep_looks(station, Looks({each.uri: found}, {}))
        count += 1
    for system in wanted:
        for control in system.controls:
            place = system.target(control.target)
            if place is None or not place.probe or not is_accepted(station.profile, place):
                continue
            if over():
                return count
            tell(f"asking {line(system.name, NAME_CELLS)} {line(control.name, NAME_CELLS)}")
            seen = _look_at(station, system, control, place, give_up)
            if give_up.asked:
                return count  # what was broken off says nothing
            keep_looks(station, Looks({}, {proof_mark(control, place): seen}))
            count += 1
    return count


def _look_at(
    station: "Workstation", system: "System", control: "Control", place: "Target", give_up: GiveUp
) -> Look:
    word, said = SICK, ""
    try:
        reads_on = is_on(station, control, place, give_up)
        with data_plane(station, system, place, give_up, control=control.name) as plane:
            answer = plane.probe(PROBE_S)
        if answer.reads == SERVED:
            word, said = HEALTHY, f"the control answers, users are served ({answer.ms} ms)"
            if reads_on:
                word, said = SICK, "the control reads as on, and users are served all the same"
        elif answer.reads == READS_CONTAINED:
            word, said = CONTAINED, "users get the control's own answer: it is on"
        else:
            said = (
                f"users get neither the model's nor the control's answer (status {answer.status or 'none'})"
            )
    except SecretError:
        # That it is missing waits by itself; nothing was asked, so nothing is known of the probe.
        return Look(UNLOOKED, "it needs a secret that is missing here", 0)
    except CockpitError as error:
        said = error.what
    return Look(word, clean(said), station.clock.wall_us())
