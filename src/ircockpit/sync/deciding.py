"""What only the organisation's authority decides: asked of the hub, and heard back from the record of members."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ircockpit.core.errors import DeadlineError, OfflineError, TrustError
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect


def decide(station: Workstation, said: Mapping[str, Any]) -> dict[str, Any]:
    """Have the hub's authority say it, and hear it back; what cannot be heard now is heard with the next round.

    Raises :class:`OfflineError` where the hub cannot be reached: who belongs is one history that all share, so nothing
    of it is decided away from it. Raises :class:`TrustError` where the hub knows the writer as no lead.
    """
    if not station.identity.hub:
        raise OfflineError(
            "members are decided about at the hub, and this profile knows none", safe="nothing was changed",
            fix="do it from a profile that has joined the hub",
        )  # fmt: skip
    connection = connect(station.profile, station.identity, HttpTransport, station.clock)
    try:
        told = connection.client.decide(said)
        # It is decided: that the hub goes away now, or shuts out this very device by it, does not make it undone.
        with suppress(OfflineError, DeadlineError, TrustError):
            connection.engine.pull_hinted({station.identity.authority_stream})
    except OfflineError as error:
        raise OfflineError(
            f"members are decided about at the hub, and {error.what}", safe="nothing was changed",
            fix="do it when the hub can be reached, or at the hub itself: ircockpit hub member",
        ) from None  # fmt: skip
    finally:
        connection.close()
    station.refresh()
    return told
