"""Rule files an organisation has agreed on: who proposed and approved them, which are in force, and where readers find them."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, CockpitError
from ircockpit.core.stated import table
from ircockpit.features.ownfiles import AGREED
from ircockpit.features.packing import unpacked
from ircockpit.features.people.queries import name_of, names
from ircockpit.store.names import short_id
from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

FILE = "file"
"""What the file is called in a body."""
RESPONSE = ("response/roles.yaml", "response/raci.yaml", "response/escalation.yaml")
CRITERIA, MATRIX = "triage/criteria.yaml", "disclosure.yaml"
RECIPES = "recipes"
_NAMED = re.compile(r"(?:triage/forms|clocks|notices|recipes)/[a-z0-9][a-z0-9_-]{0,60}\.yaml", re.ASCII)
PLACES = (
    *RESPONSE, CRITERIA, "triage/forms/NAME.yaml", "clocks/NAME.yaml", "notices/NAME.yaml", "recipes/NAME.yaml", MATRIX,
)  # fmt: skip
"""Where rule files go in a profile."""


class RuleFile(NamedTuple):
    """A file that somebody has proposed."""

    ident: str
    short: str
    place: str
    sha256: str
    proposers: tuple[str, ...]
    """Pseudonyms."""
    by: str
    approved_by: str = ""
    """Name of who approved it; empty where nobody else than who proposed it has."""
    approved: tuple[int, str] = (0, "")
    """By which two approved files of one place are told apart, on every device alike."""
    retired: str = ""
    controls: Mapping[str, str] = {}
    """Of recipes the hashes of the controls they are about, as they were when it was approved last."""


class InUse(NamedTuple):
    """What is used at one place on this device."""

    place: str
    sha256: str
    """Of the file that is used."""
    agreed: RuleFile | None
    """None where the file is one of this device alone."""
    own: str
    """SHA-256 of what lies in the profile itself; empty for nothing."""

    @property
    def differs(self) -> bool:
        """Whether this device has a file of its own that is not what was agreed on; it is not used."""
        return self.agreed is not None and self.own not in ("", self.sha256)


def is_place(place: str) -> bool:
    """Whether rule files go there: nothing else is ever written."""
    return place in (*RESPONSE, CRITERIA, MATRIX) or _NAMED.fullmatch(place) is not None


def check(station: "Workstation", place: str, raw: bytes) -> None:
    """Raise :class:`BadInput` for a file that its readers would refuse, with line and reason."""
    if not is_place(place):
        raise BadInput(
            f"no rules are read from {place[:80]!r}",
            safe="nothing was recorded",
            fix=f"places: {', '.join(PLACES)}",
        )
    folder, _, name = place.rpartition("/")
    if place == MATRIX:
        from ircockpit.features.disclosure.queries import check_file as of_disclosure

        of_disclosure(raw)
    elif folder == "response":
        from ircockpit.features.response.queries import check_file as of_response

        of_response(name, raw, _beside(station, place))
    elif folder == "notices":
        from ircockpit.features.notices.queries import check_file as of_notices

        of_notices(name, raw)
    elif folder == "clocks":
        from ircockpit.features.clocks.queries import check_file as of_clocks

        of_clocks(station, name, raw)
    elif folder == RECIPES:
        from ircockpit.features.containment.queries import recipe_controls

        recipe_controls(station, name, raw)
    else:
        from ircockpit.features.triage.queries import check_file as of_triage

        of_triage(place, raw)


def bound(station: "Workstation", place: str, raw: bytes) -> dict[str, Any]:
    """What an approval of a file holds besides its hash: of recipes the controls as they are now."""
    folder, _, name = place.rpartition("/")
    if folder != RECIPES:
        return {}
    from ircockpit.features.containment.queries import recipe_controls

    return {"controls": recipe_controls(station, name, raw)}


def _beside(station: "Workstation", place: str) -> Mapping[str, bytes]:
    """The other files of a folder, those of this device before what is proposed: roles and table name each other."""
    folder, found = place.rpartition("/")[0], dict[str, bytes]()
    for each in recorded(station.view):
        if each.place != place and each.place.rpartition("/")[0] == folder and not each.retired:
            found[each.place.rpartition("/")[2]] = file_of(station.view, each)
    for path in (station.profile.folder / folder).glob("*.yaml"):
        if f"{folder}/{path.name}" != place:
            found[path.name] = path.read_bytes()
    return found


def recorded(view: "View") -> list[RuleFile]:
    """Every file that was proposed, those of a place in the order in which they were."""
    known, found = names(view), []
    rows = view.rows(
        "SELECT r.id, r.place, r.sha256, r.retired FROM rulefile r JOIN entity e ON e.id = r.id"
        " ORDER BY r.place, e.lam, e.event"
    )
    for ident, place, digest, retired in rows:
        acts = view.rows(
            "SELECT type, actor, lam, event_id, json_extract(body, '$.sha256'), json_extract(body, '$.controls')"
            " FROM entry WHERE ent=? AND doubt=''"
            " AND type IN ('rulefile.proposed', 'rulefile.approved') ORDER BY lam, event_id",
            (ident,),
        )
        proposers = tuple(
            dict.fromkeys(str(actor) for type_, actor, *_ in acts if type_ == "rulefile.proposed")
        )
        approvals = [
            (str(actor), (int(lam), str(event)), table(controls))
            for type_, actor, lam, event, of, controls in acts
            if type_ == "rulefile.approved" and of == digest and actor not in proposers
        ]
        by = name_of(known, proposers[0]) if proposers else "somebody"
        row = RuleFile(
            ident, short_id(view, "rulefile", ident), str(place or ""), str(digest or ""), proposers, by,
            retired=str(retired or ""),
        )  # fmt: skip
        if approvals:
            actor, at, controls = approvals[-1]
            row = row._replace(approved_by=name_of(known, actor), approved=at, controls=controls)
        found.append(row)
    return found


def in_force(found: list[RuleFile]) -> dict[str, RuleFile]:
    """By place the file that was approved last and is not retired."""
    force: dict[str, RuleFile] = {}
    for each in sorted(found, key=lambda one: one.approved):
        if each.approved_by and not each.retired and is_place(each.place):
            force[each.place] = each
    return force


def file_of(view: "View", each: RuleFile) -> bytes:
    """The bytes of a proposed file. Raises :class:`TrustError` where they are not here whole."""
    rows = view.rows("SELECT facts FROM entity WHERE id=?", (each.ident,))
    return unpacked(table(rows[0][0]) if rows else {}, FILE, each.sha256, "rule file")


def settle(station: "Workstation") -> int:
    """Write what is in force where readers look, and take away what no longer is; returns how many files changed.

    What is not here whole, and what the disk does not take, is left out: the next time tries it again.
    """
    top, changed = station.profile.folder / AGREED, 0
    wanted: dict[Path, bytes] = {}
    for place, each in in_force(recorded(station.view)).items():
        try:
            wanted[top / place] = file_of(station.view, each)
        except CockpitError:
            continue
    for path in list(top.rglob("*.yaml")) if top.is_dir() else []:
        if path not in wanted:
            path.unlink(missing_ok=True)
            changed += 1
    for path, raw in wanted.items():
        if digest_of(path) != sha256(raw).hexdigest():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(path, raw)
            changed += 1
    return changed


def used(station: "Workstation") -> list[InUse]:
    """What is used here, for every place at which there is anything but the program's own."""
    profile, found = station.profile.folder, []
    force = in_force(recorded(station.view))
    here = [*RESPONSE, CRITERIA, MATRIX]
    for folder in ("triage/forms", "clocks", "notices", RECIPES):
        here += [f"{folder}/{path.name}" for path in sorted((profile / folder).glob("*.yaml"))]
    for place in sorted({*here, *force}):
        own, written = digest_of(profile / place), digest_of(profile / AGREED / place)
        if written or own:
            found.append(InUse(place, written or own, force.get(place) if written else None, own))
    return found


def digest_of(path: "Path") -> str:
    """SHA-256 of a file; empty where there is none that can be read."""
    try:
        return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""  # a pipe would be waited for
    except OSError:
        return ""
