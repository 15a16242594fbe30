"""How the engine is brought to a target, and to a target as it was when something was sent there."""

import threading
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import BadInput, RefusedError, StoreError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.approvals import as_approved
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.queries import ActionRow
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.run import Runner
    from ircockpit.net.giveup import GiveUp


@contextmanager
def engine_on(
    station: Workstation,
    measure: "Measure",
    journal: Any,
    give_up: "GiveUp | None" = None,
) -> "Iterator[tuple[Runner, str]]":
    """The engine on a measure. ``give_up`` breaks reading off; what sends runs to its end."""
    from ircockpit.features.containment.engine.run import Runner
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.secrets.sources import resolve

    event = threading.Event()  # never set: whoever has sent wants to know what became of it
    wait = event.wait if give_up is None else give_up.wait
    with TargetTransport(measure.target, lambda uri: resolve(uri).reveal(), give_up) as transport:
        yield (
            Runner(transport, station.clock, wait, journal, event.is_set, station.identity.device),
            transport.trust,
        )


def restored(station: Workstation, row: ActionRow) -> "Plan":
    """The plan by which an action was sent from this device. Raises :class:`RefusedError` where it cannot be known."""
    from ircockpit.features.containment.engine.snapshot import restore
    from ircockpit.features.containment.offers import engine_target
    from ircockpit.features.systems.queries import is_accepted, system

    path = kept_file(station, row.ident, "before")
    try:
        raw = path.read_bytes()
    except OSError as error:
        if as_approved(station, row) is not None:
            raise _unusable(row, f"its file is gone ({error.strerror})") from None
        raise RefusedError(
            f"the way back of {row.short} was kept on the device that executed it, and this is another one",
            safe="nothing was sent",
            fix="revert it there, or change the target by hand and note it",
        ) from None
    place = system(station.view, row.system).target(row.target)
    if place is None or not is_accepted(station.profile, place):
        raise RefusedError(
            f"the target {row.target} is not accepted on this device", fix="ircockpit system trust NAME"
        )
    try:
        plan = restore(raw, engine_target(station.profile, place)).plan
    except BadInput as error:
        raise _unusable(row, error.what) from None
    found = as_approved(station, row)
    if found is not None and found.get("before_sha256") != sha256(canonical(plan.before)).hexdigest():
        raise _unusable(row, "it leads to another state than the one that was read")
    return plan


def _unusable(row: ActionRow, why: str) -> StoreError:
    return StoreError(
        f"the way back of {row.short} that is kept here cannot be used: {why}", safe="nothing was sent",
        fix="read the control where it stands, change it by hand and note it",
    )  # fmt: skip
