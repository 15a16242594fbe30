"""What happens in a town beside writing and syncing, in decks: a seed plays one of them out and little of the others."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.sim.decks import bundles, erasing, evidence, joining, rights

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town

Step = Callable[["Town", "Device"], None]

DECKS: Mapping[str, Mapping[str, float]] = {
    "joining": {"newcomer": 2.0, "join by code": 4.0, "join by paper": 3.0},
    "evidence": {"take in": 3.0, "upload": 5.0, "fetch": 3.0, "rot": 3.0},
    "revocation": {"revoke": 0.5, "steal": 0.5, "adopt": 1.5, "leap": 0.5},
    "roles": {"role": 1.5, "remove": 0.7, "adopt": 3.0},
    "erasure": {"secret": 5.0, "erase": 3.0, "hold": 1.5, "release": 1.5},
    "bundles": {"bundle out": 3.0, "bundle in": 4.0},
}
STEPS: Mapping[str, Step] = {
    "newcomer": joining.newcomer, "join by code": joining.by_code, "join by paper": joining.by_paper,
    "take in": evidence.take_in, "upload": evidence.upload, "fetch": evidence.fetch, "rot": evidence.rot,
    "revoke": rights.revoke, "steal": rights.steal, "role": rights.role, "remove": rights.remove, "adopt": rights.adopt,
    "leap": rights.leap,
    "secret": erasing.secret, "erase": erasing.erase, "hold": erasing.hold, "release": erasing.release,
    "bundle out": bundles.write, "bundle in": bundles.read,
}  # fmt: skip
FAULTS = ("too busy", "garbled chunk")
"""What may happen to a request beside what happens to any."""
