"""A control of the record proved outside of incidents: switched on, seen effective, taken back, users served again."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ircockpit.core.digest import sha256
from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.inhand import in_hand, kept_file
from ircockpit.features.containment.journalling import Silent
from ircockpit.features.containment.offers import engine_target, measure_for
from ircockpit.features.containment.proofs import engaged_at, trials_left, with_left
from ircockpit.features.containment.queries import TITLE_CELLS
from ircockpit.features.containment.reaching import engine_on
from ircockpit.features.containment.rules import LOOSE, STUCK, ProofPlan, Tried
from ircockpit.features.containment.trying import Ready, Trial, hand_of
from ircockpit.features.systems.queries import control_of, is_accepted, systems
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line, Span
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.target import Target as EngineTarget
    from ircockpit.features.systems.rules import Control, System, Target
    from ircockpit.net.giveup import GiveUp

_SAFE = "nothing was sent"


class Proving:
    """One control before its target; the lock of its proof is held as long as this is open."""

    def __init__(
        self,
        station: Workstation,
        system: "System",
        control: "Control",
        place: "Target",
        trial: Trial,
        name: str,
    ) -> None:
        self._station, self._trial = station, trial
        self._system, self._control, self._place = system, control, place
        self.name = name

    def prepare(self) -> Ready | Tried:
        """What would be sent, or what keeps it from being proved now; only reads and probes."""
        ready = self._trial.prepare(self._control.action, dict(self._control.params))
        if isinstance(ready, Tried) and kept_file(self._station, self.name, "before").exists():
            return ready._replace(word=STUCK)
        return ready

    def run(self, ready: Ready) -> Tried:
        """There and back once. Raises :class:`RefusedError`, with nothing sent, where somebody needs it on by now."""
        self._refuse_engaged()
        about = {
            "system": self._system.ident, "control": self._control.name, "target": self._place.name,
            "at_us": self._station.clock.wall_us(),
        }  # fmt: skip
        write_file(kept_file(self._station, self.name, "about"), json.dumps(about).encode())
        done = self._trial.run(ready)
        if done.word != STUCK and not kept_file(self._station, self.name, "before").exists():
            kept_file(self._station, self.name, "about").unlink(missing_ok=True)
        return done

    def version(self) -> str:
        """What the server calls its version, in safe words; empty where it does not say."""
        try:
            return clean(self._trial.version())
        except CockpitError:
            return ""

    def plan(self, ready: Ready) -> ProofPlan:
        """What it would send, as it is shown and approved."""
        action, target = ready.plan.measure.action, ready.plan.measure.target
        return ProofPlan(
            ready.proof is None, tuple(_sends(ready)), target.probe_url or "none", self._bound(ready), action.blast.tier,
            action.proof == "scheduled",
        )  # fmt: skip

    def _bound(self, ready: Ready) -> dict[str, Any]:
        from ircockpit.features.containment.engine.plan import bound_fields

        stated = bound_fields(ready.plan)
        target = ready.plan.measure.target
        return {
            **{name: stated[name] for name in ("connector", "connector_sha256", "action", "params", "trust", "device", *LOOSE)},
            "read": stated["read"], "probe": stated["probe"], "admin": target.base_url, "users": target.probe_url or "",
            "program": target.program, "auth": [self._place.auth, self._place.probe_auth],
        }  # fmt: skip

    def _refuse_engaged(self) -> None:
        self._station.refresh()
        refuse_engaged(self._station, self._place)


def _sends(ready: Ready) -> Iterator[Line]:
    from ircockpit.features.containment.engine.request import shown

    plan, back = ready.plan, ready.proof is None
    change = f"{plan.shift.what} from {plan.shift.now} to {plan.shift.after}"
    yield (Span(" changes   ", "dim"), Span(words(line(change, 120))))
    for name, requests in (("sends", plan.requests), ("and back", () if back else plan.way_back)):
        found = [row for request in requests for row in shown(request)]
        for at, row in enumerate(found):
            yield (Span(f" {name if at == 0 else '':9} ", "dim"), Span(words(line(row, 400)), "accent"))
    blast = plan.measure.action.blast
    yield (Span(" reaches   ", "dim"), Span(words(line(f"{blast.tier}: {blast.text}", 120)), "warn"))


def refuse_engaged(station: Workstation, place: "Target") -> None:
    """Raise :class:`RefusedError` while an incident has a control on its way to that address, or in force there."""
    row = engaged_at(station.view, systems(station.view), place)
    if row is not None:
        raise RefusedError(
            f"an incident has {line(row.title, TITLE_CELLS)} ({row.short}, {row.state}) at {line(place.name, TITLE_CELLS)}",
            safe="nothing was touched there", fix=f"prove it once {row.short} is lifted",
        )  # fmt: skip


def name_of(system: "System", control: "Control") -> str:
    """What the way back of a control's proof is kept under."""
    return f"prove-{sha256(canonical([system.ident, control.name])).hexdigest()[:24]}"


@contextmanager
def proving(
    station: Workstation,
    system: "System",
    name: str,
    tell: Callable[[str], None],
    give_up: "GiveUp | None" = None,
) -> Iterator[Proving]:
    """A control of a system at its accepted target. Raises a :class:`CockpitError` saying why it cannot be proved.

    ``give_up`` breaks off what only reads; where something may be sent it is not given, for what was sent is taken back.
    """
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.secrets.sources import resolve

    control, place = control_of(with_left(station, system), name)
    if not is_accepted(station.profile, place):
        raise RefusedError(
            f"this device has not accepted {line(place.admin)}", safe=_SAFE,
            fix=f"ircockpit system trust {line(system.name)}",
        )  # fmt: skip
    refuse_engaged(station, place)
    kept, hand = _kept_as(station, system, control)
    held, target = _connector_and_target(station, kept, control, place)

    def may_return() -> None:
        station.refresh()
        refuse_engaged(station, place)

    with (
        in_hand(station, hand),
        TargetTransport(target, lambda uri: resolve(uri).reveal(), give_up) as transport,
    ):
        trial = Trial(
            station, held, target, transport, tell, rounds=1, name=kept, may_return=may_return,
        )  # fmt: skip
        yield Proving(station, system, control, place, trial, kept)


def _kept_as(station: Workstation, system: "System", control: "Control") -> tuple[str, str]:
    """What the way back is kept under, and what is held in hand: those of a trial that was cut off, where one was."""
    own = name_of(system, control)
    if not kept_file(station, own, "before").exists():
        for left in trials_left(station):
            if (left.system, left.control) == (system.ident, control.name):
                return left.name, hand_of(control.connector)
    return own, own


def _connector_and_target(
    station: Workstation, name: str, control: "Control", place: "Target"
) -> "tuple[Connector, EngineTarget]":
    """Those of the record; of a proof that was cut off, the connector it was begun with, whatever its file says by now."""
    from ircockpit.features.containment.engine.snapshot import restore

    target = engine_target(station.profile, place)
    with suppress(FileNotFoundError):
        raw = kept_file(station, name, "before").read_bytes()
        return restore(raw, target).plan.measure.connector, target
    return measure_for(station, control, place).connector, target


def read_once(station: Workstation, control: "Control", place: "Target", give_up: "GiveUp") -> bool:
    """Whether a control reads as on; nothing is changed. Raises a :class:`CockpitError` where it cannot be read."""
    measure = measure_for(station, control, place)
    with engine_on(station, measure, Silent(), give_up=give_up) as (runner, _):
        return runner.read(runner.resolve(measure)).contained
