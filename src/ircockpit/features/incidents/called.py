"""What is called by the beginning of a word, for whoever types one: short ids with titles, names of systems."""

from typing import TYPE_CHECKING

from ircockpit.command.action import Kind, Param
from ircockpit.features.clocks.queries import names_beginning
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.intake.queries import groups
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import NAME
from ircockpit.inert.gate import clean
from ircockpit.store.names import PREFIX, short_id

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

MOST = 8
"""Of one kind of thing."""
_KINDS = {
    "incident": ("incident",), "incidents": ("incident",), "target": ("incident", "group"), "signal": ("group",),
    "action": ("action",), "hold": ("hold",),
}  # fmt: skip


def called(station: "Workstation", param: Param, beginning: str) -> list[tuple[str, str]]:
    """Words that a parameter may be, with what each is; of incidents the open ones first."""
    if param.name in ("clock", "fact"):
        return names_beginning(station, param.name, beginning)
    if param.kind is not Kind.ID:
        names = (
            [each.name for each in systems(station.view) if NAME.fullmatch(each.name)]
            if param.name == "system"
            else []
        )
        return [(name, "system") for name in names if name.startswith(beginning)][:MOST]
    return [each for kind in _KINDS.get(param.name, ()) for each in _of_kind(station, kind, beginning)]


def _of_kind(station: "Workstation", kind: str, beginning: str) -> list[tuple[str, str]]:
    view, prefix = station.view, PREFIX.get(kind, "")
    if not (beginning.startswith(prefix) or prefix.startswith(beginning)):
        return []
    bare = beginning.removeprefix(prefix) if beginning.startswith(prefix) else ""
    closed = "(SELECT status = 'closed' FROM incident i WHERE i.id = e.id)," if kind == "incident" else ""
    rows = view.rows(
        "SELECT e.id FROM entity e WHERE e.kind=? AND e.spoken>=? AND e.spoken<?"  # noqa: S608 - no value in it
        f" ORDER BY {closed} e.spoken LIMIT {MOST}",
        (kind, bare, bare + "\x7f"),
    )
    idents = [str(row[0]) for row in rows]
    titles = {each.ident: each.title for each in incidents(view, idents)} if kind == "incident" else {}
    if kind == "group":
        titles = {each.ident: each.title for each in groups(view, idents)}
    return [(short_id(view, kind, ident), clean(titles.get(ident, kind))) for ident in idents]
