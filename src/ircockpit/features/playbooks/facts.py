"""The facts of playbooks as the record of an incident shows them; of what nothing is recorded, a person says when it is so."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ircockpit.features.clocks.queries import decided
from ircockpit.features.containment.queries import ENGAGED, ActionRow, actions
from ircockpit.features.decisions.queries import decided_about
from ircockpit.features.erasure.queries import holds
from ircockpit.features.evidence.events import HASH_ONLY
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.impact.events import OPEN, TOLD
from ircockpit.features.impact.queries import summary
from ircockpit.features.impact.rules import Summary
from ircockpit.features.playbooks.bindings import PERSON
from ircockpit.features.replay.events import AGAIN, DONE, ON
from ircockpit.features.replay.queries import runs, watches
from ircockpit.features.systems.queries import systems
from ircockpit.features.triage.queries import Triage, triage_of

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.features.playbooks.model import Frozen
    from ircockpit.store.workstation import Workstation


class Facts:
    """The facts of one incident, each read from the record once."""

    def __init__(self, station: "Workstation", row: "IncidentRow") -> None:
        self._station = station
        self._row = row
        self._triage: Triage | None = None
        self._summary: Summary | None = None
        self._actions: list[ActionRow] | None = None
        self._decided: Mapping[str, bool] | None = None

    def __call__(self, fact: "Frozen") -> bool | None:
        """Whether a fact holds; None where the record cannot tell, or the fact is not known here."""
        reader = READERS.get(str(fact.get("fact")))
        return reader(self, fact) if reader is not None else None

    def _controls(self) -> list[ActionRow]:
        if self._actions is None:
            self._actions = actions(self._station.view, self._row.ident)
        return self._actions

    def _declared(self, _: "Frozen") -> bool:
        return True

    def _read(self, _: "Frozen") -> bool | None:
        """A control that was planned was read; of one that was read and left alone nothing is recorded."""
        system = next((each for each in systems(self._station.view) if each.ident == self._row.system), None)
        read = {each.control for each in self._controls()}
        if system is None or not system.controls:
            return None
        return all(control.name in read for control in system.controls) or None

    def _effective(self, fact: "Frozen") -> bool:
        families = fact.get("families")
        wanted = families if isinstance(families, tuple) else ()
        return any(each.family in wanted and each.state == "effective" for each in self._controls())

    def _lifted(self, _: "Frozen") -> bool:
        sent = [each for each in self._controls() if each.state in ENGAGED or each.state == "reverted"]
        return bool(sent) and all(each.state == "reverted" for each in sent)

    def _severity(self, _: "Frozen") -> bool:
        return not self._row.provisional and not {"severity", "provisional"} & set(self._row.disputed)

    def _owner(self, _: "Frozen") -> bool:
        return bool(self._row.owner)

    def _answer(self, fact: "Frozen") -> bool | None:
        if self._triage is None:
            self._triage = triage_of(self._station.view, self._row.ident)
        field, wanted = str(fact.get("field")), fact.get("any_of_answers")
        answer = self._triage.answers.get(field)
        if answer is None or field in self._triage.disputed:
            return None
        return isinstance(wanted, tuple) and answer in wanted

    def _impact(self) -> Summary:
        if self._summary is None:
            self._summary = summary(self._station.view, self._row.ident)
        return self._summary

    def _counted(self, fact: "Frozen") -> bool:
        what, found = fact.get("count"), self._impact()
        return bool(found.acts) if what == "acts" else what == "people" and bool(found.people.high)

    def _settled(self, _: "Frozen") -> bool | None:
        pending = self._pending(_)
        return None if pending is None else not pending and not self._impact().disputed

    def _pending(self, _: "Frozen") -> bool | None:
        found = self._impact()
        return any(found.acts_by_state.get(state) for state in (OPEN, TOLD)) if found.acts else None

    def _hold(self, _: "Frozen") -> bool:
        return any(each.in_force for each in holds(self._station, self._row.stream))

    def _narrowed(self, _: "Frozen") -> bool:
        rows = self._station.view.rows("SELECT 1 FROM narrowing WHERE stream=? LIMIT 1", (self._row.stream,))
        return bool(rows)

    def _exhibit(self, fact: "Frozen") -> bool:
        return any(
            each.kind == fact.get("kind") and "kind" not in each.disputed
            for each in exhibits(self._station.view, self._row.ident)
        )

    def _not_copied(self, _: "Frozen") -> bool:
        """Every file in custody is one of which somebody said that it holds none of it."""
        kept = exhibits(self._station.view, self._row.ident)
        return all(each.clear or each.kind == HASH_ONLY for each in kept)

    def _decision(self, fact: "Frozen") -> bool:
        return decided_about(self._station.view, self._row.ident, str(fact.get("about")))

    def _duties(self) -> Mapping[str, bool]:
        if self._decided is None:
            self._decided = decided(self._station, self._row)
        return self._decided

    def _clock(self, fact: "Frozen") -> bool | None:
        return self._duties().get(str(fact.get("rule")))

    def _no_clock(self, _: "Frozen") -> bool:
        return all(self._duties().values())

    def _watch(self, _: "Frozen") -> bool | None:
        """Whether a run is still repeated; of a watch that nobody has begun here a person says when it is over."""
        found = watches(self._station.view, self._row.ident)
        now = self._station.clock.wall_us()
        return any(each.state == ON and not each.is_over(now) for each in found) if found else None

    def _round(self, _: "Frozen") -> bool | None:
        """A repeated run with its result; of a round that somebody read by hand nothing is recorded."""
        return (
            any(
                each.phase == AGAIN and each.state == DONE
                for each in runs(self._station.view, self._row.ident)
            )
            or None
        )

    def _person(self, _: "Frozen") -> bool:
        return False


READERS: Mapping[str, Callable[[Facts, "Frozen"], bool | None]] = MappingProxyType(
    {
        "incident_declared": Facts._declared, "controls_read": Facts._read, "control_effective": Facts._effective,
        "controls_lifted": Facts._lifted, "severity_decided": Facts._severity, "owner_set": Facts._owner,
        "triage_answer": Facts._answer, "hold_placed": Facts._hold, "scope_narrowed": Facts._narrowed,
        "impact_counted": Facts._counted, "acts_settled": Facts._settled, "acts_pending": Facts._pending,
        "exhibit": Facts._exhibit, "material_not_copied": Facts._not_copied, "decision_recorded": Facts._decision,
        "clock_decided": Facts._clock, "no_clock_undecided": Facts._no_clock, "watch_open": Facts._watch,
        "watch_round": Facts._round, PERSON: Facts._person,
    }
)  # fmt: skip
"""To the name of each fact that can be read from the record how it is read."""
SAID = frozenset({"message_sent", "review_recorded", "exercise_planned"})
"""Facts of playbooks of which nothing is recorded as such: a person says when they hold."""


def is_read(name: str) -> bool:
    """Whether a fact of this name can be read from the record at all."""
    return name in READERS
