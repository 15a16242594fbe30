"""A bundle looked at before anything of it is accepted: who made it, why they are trusted, what is new and what is wrong."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.bundle.examine import Examined, Examiner
from ircockpit.bundle.layout import COMPLETE
from ircockpit.bundle.reading import Bundle, Damage
from ircockpit.command.progress import Progress
from ircockpit.core.errors import BadInput, CockpitError, StoreError, TrustError
from ircockpit.features.bundles.sources import hub_keys
from ircockpit.ledger.certificate import HUB_LOG, SignedCertificate
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import key_id
from ircockpit.render.glyphs import counted

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

UNKNOWN = "unknown"
OURS = "this organisation"
BEFORE = "the organisation this profile had before it joined another"


class Look(NamedTuple):
    """One bundle, examined; nothing of it was accepted yet."""

    bundle: Bundle
    trust: str
    """Why its maker is trusted, in words; :data:`UNKNOWN` where they are not."""
    refused: str
    """Why nothing of it can be taken over, empty where it can."""
    streams: tuple[Examined, ...]
    files_new: int
    damages: tuple[Damage, ...]
    certificates: tuple[SignedCertificate, ...]

    @property
    def new(self) -> int:
        """Entries not held here."""
        return sum(each.new for each in self.streams)

    @property
    def by_device(self) -> "Counter[str]":
        """Entries by the device that wrote them."""
        return sum((each.devices for each in self.streams), Counter())

    @property
    def uncertified(self) -> set[str]:
        """Devices that nobody known has certified; what they wrote does not count."""
        return set().union(*(each.unknown for each in self.streams))


def look(station: "Workstation", folder: Path) -> Look:
    """Read a whole bundle and judge it. Raises :class:`BadInput` or :class:`NotFound` where it is none."""
    bundle = Bundle(folder)
    stated = bundle.statement
    damages = list(bundle.damages(Progress(f"reading {folder.name}", bundle.octets, "bytes").reached))
    certificates = () if damages else tuple(bundle.certificates())
    trust, root = _known(station, bundle)
    roster = Roster(root, (*station.log.certificates(), *certificates)) if root else Roster(bytes(32), ())
    maker = _maker(bundle, roster)
    refused = "" if trust != UNKNOWN else _other_organisation(stated.org)
    try:
        bundle.signed_by(maker)
    except CockpitError as error:
        if trust != UNKNOWN and not damages:
            what = (
                "no device that this organisation has certified"
                if not maker
                else "not the device that made it"
            )
            refused = f"its list of files is signed by {what}: {error.what}"
    examined: list[Examined] = []
    if not refused and not damages:
        keys = hub_keys(station.log, station.identity) + [
            bytes.fromhex(each.key) for each in roster.certified.values() if each.purpose == HUB_LOG
        ]
        examiner = Examiner(
            bundle, roster, keys, maker, lambda ident: bool(station.log.lams([ident])), _heard(bundle)
        )
        examined = [examiner.stream(each) for each in stated.streams]
        damages += [damage for each in examined for damage in each.damages]
    new = sum(not station_has(station, sha) for sha in bundle.files)
    return Look(bundle, trust, refused, tuple(examined), new, tuple(damages), certificates)


def check_acceptable(station: "Workstation", looks: list[Look]) -> None:
    """Raise where one of these bundles cannot be taken over: then none is."""
    for each in looks:
        name = each.bundle.folder.name
        if each.refused:
            raise TrustError(
                f"{name}: {each.refused}", safe="nothing was taken over",
                fix="ask whoever gave it to you; bundles are exchanged within one organisation",
            )  # fmt: skip
        if each.damages:
            first = each.damages[0]
            raise StoreError(
                f"{name} is damaged or was changed, in {counted(len(each.damages), 'place')}: {first.place}: {first.what}",
                safe="nothing was taken over", fix="take it from another copy, or have it written anew",
            )  # fmt: skip
        if each.bundle.statement.shape != COMPLETE:
            raise BadInput(
                f"{name} is an extract: it is for showing and checking, and whole records are taken over only",
                safe="nothing was taken over", fix="ask for a complete bundle: ircockpit bundle export without --extract",
            )  # fmt: skip
    octets = sum(each.bundle.octets for each in looks)
    free = shutil.disk_usage(station.profile.folder).free
    if octets > free:
        raise StoreError(
            f"the bundles hold {octets:,} bytes, and {free:,} are free on the disk of the profile",
            safe="nothing was taken over", fix="free space there, or take them over one after the other",
        )  # fmt: skip


def station_has(station: "Workstation", sha256: str) -> bool:
    """Whether an evidence file is here."""
    from ircockpit.blobs.files import FileBlobs

    try:
        return FileBlobs(station.profile.blobs).has(sha256)
    except CockpitError:
        return False


def _known(station: "Workstation", bundle: Bundle) -> tuple[str, bytes]:
    """Why the bundle's organisation is known, and its root."""
    me, stated = station.identity, bundle.statement
    for root, words in ((me.root, OURS), (bytes.fromhex(me.own_root), BEFORE)):
        if stated.org == key_id(root):
            return words, root
    return UNKNOWN, b""


def _maker(bundle: Bundle, roster: Roster) -> bytes:
    """The key of the device that made the bundle, where the organisation stands behind it; else nothing."""
    stated = bundle.statement.made_by
    certificate = roster.vouched().get(stated.certificate)
    if (
        certificate is None
        or certificate.device != stated.device
        or not roster.speaks_for(stated.device, stated.user)
    ):
        return b""
    return bytes.fromhex(certificate.key)


def _other_organisation(org: str) -> str:
    return f"it is of another organisation ({org[:16]}…), whose word counts for nothing here"


def _heard(bundle: Bundle) -> Callable[[], None]:
    rows = sum(each.rows for each in bundle.statement.streams)
    progress, seen = Progress(f"checking {bundle.folder.name}", rows, "entries"), iter(range(1, 2**62))
    return lambda: progress.reached(next(seen))
