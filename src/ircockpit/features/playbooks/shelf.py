"""Playbooks one can follow: those of the library and those taken into the record, with who approved what."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit import playbooks as library
from ircockpit.core.digest import sha256
from ircockpit.core.errors import NotFound, RefusedError, TrustError
from ircockpit.features.packing import unpacked
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.playbooks.model import Playbook, load
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

LIBRARY, RECORD = "library", "record"
FILE, GIVEN = "file", "given"
"""What the two files are called in a body: as it is followed, and as it was given where a repair changed it."""


class Held(NamedTuple):
    """A playbook on the shelf. All words but ``short`` and ``sha256`` are a stranger's."""

    short: str
    """What people call it by: ``privacy-leak.internal``, ``p-tofa``."""
    name: str
    playbook: str
    version: str
    sha256: str
    source: str
    purpose: str = ""
    ident: str = ""
    """Of its entity; empty for one of the library."""
    given: str = ""
    """Hash of the file as it was given."""
    importers: tuple[str, ...] = ()
    """Pseudonyms of those who took it in."""
    by: str = ""
    approved_by: str = ""
    """Name of who approved it; empty where nobody has."""
    retired: str = ""

    @property
    def why_not(self) -> str:
        """Why nobody can begin it; empty where one can."""
        if self.retired:
            return f"it is retired: {self.retired}"
        if self.source == RECORD and not self.approved_by:
            return f"nobody but {self.by} has approved it yet"
        return ""


def shelf(station: "Workstation") -> list[Held]:
    """All of them: the library, then what was taken in, the newest version of each playbook first."""
    return [*_library(), *recorded(station.view)]


def recorded(view: "View", ident: str = "") -> list[Held]:
    """Those of the record, newest version first."""
    rows = view.rows(
        "SELECT id, name, playbook, version, sha256, given, retired FROM playbook WHERE ? IN ('', id)"
        " ORDER BY playbook, version DESC, id",
        (ident,),
    )
    known = names(view)
    found = []
    for each, name, playbook, version, digest, given, retired in rows:
        acts = view.rows(
            "SELECT type, actor, json_extract(body, '$.sha256') FROM entry WHERE ent=? AND doubt=''"
            " AND type IN ('playbook.imported', 'playbook.approved') ORDER BY at_us, event_id",
            (each,),
        )
        importers = tuple(
            dict.fromkeys(str(actor) for type_, actor, _ in acts if type_ == "playbook.imported")
        )
        approvers = [
            str(actor)
            for type_, actor, of in acts
            if type_ == "playbook.approved" and of == digest and actor not in importers
        ]
        found.append(
            Held(
                short_id(view, "playbook", each), str(name or ""), str(playbook or ""), str(version or ""),
                str(digest or ""), RECORD, "", str(each), str(given or ""), importers,
                name_of(known, importers[0]) if importers else "somebody",
                name_of(known, approvers[0]) if approvers else "", str(retired or ""),
            )
        )  # fmt: skip
    return found


def find(station: "Workstation", text: str) -> Held:
    """One playbook by what it is called: of the library, ``p-…``, or the id of the newest that can be begun.

    Raises :class:`NotFound`.
    """
    word = text.strip()
    all_ = shelf(station)
    for each in all_:
        if word in (each.short, each.ident) and word:
            return each
    by_id = [each for each in all_ if each.playbook == word]
    if by_id:
        return max(by_id, key=lambda each: (not each.why_not, each.version))
    if word.startswith("p-"):
        _, ident = resolve(station.view, word, "playbook")
        return recorded(station.view, ident)[0]
    raise NotFound(
        f"no playbook is called {text!r}",
        safe="nothing was changed",
        fix="ircockpit playbook list shows them",
    )


def file_of(station: "Workstation", held: Held, which: str = FILE) -> bytes:
    """The bytes of a playbook, held to the recorded hash. Raises :class:`TrustError` where they are not here whole."""
    if held.source == LIBRARY:
        return library.text_of(held.short)
    body = body_of(station.view, held.ident)
    if which == GIVEN and held.given != held.sha256:
        return unpacked(body, GIVEN, held.given)
    return unpacked(body, FILE, held.sha256)


def body_of(view: "View", ident: str) -> dict[str, Any]:
    """What the event stated that made a thing, as far as it is held."""
    rows = view.rows("SELECT facts FROM entity WHERE id=?", (ident,))
    found = json.loads(rows[0][0]) if rows else {}
    return found if isinstance(found, dict) else {}


@lru_cache(16)
def read_playbook(digest: str, raw: bytes, name: str) -> Playbook:
    """The playbook in these bytes; read once, since a screen asks for it at every change."""
    if sha256(raw).hexdigest() != digest:
        raise TrustError(f"{name} is not the file that was recorded", safe="nothing was shown of it")
    return load(raw, name)


def may_begin(held: Held) -> None:
    """Raise :class:`RefusedError` where a playbook cannot be begun, with the reason."""
    if held.why_not:
        fix = "choose another one: ircockpit playbook list"
        if not held.retired:
            fix = f"somebody else reads it, then: ircockpit playbook approve {held.short} --why REASON"
        raise RefusedError(f"{held.short} cannot be begun: {held.why_not}", safe="nothing was begun", fix=fix)


@lru_cache(1)
def _library() -> tuple[Held, ...]:
    return tuple(
        Held(
            each.short,
            each.name,
            each.id,
            each.modified,
            sha256(library.text_of(each.id)).hexdigest(),
            LIBRARY,
            each.purpose,
        )
        for each in library.entries()
    )
