"""What is switched on against what, as frozen rows."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core import stated
from ircockpit.core.errors import CockpitError, NotFound
from ircockpit.core.ids import belongs
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ircockpit.features.containment.dataplane import DataPlane
    from ircockpit.features.containment.proofs import Proofs
    from ircockpit.features.containment.proving import Proving
    from ircockpit.features.containment.rules import Left
    from ircockpit.features.containment.waiting import Ask
    from ircockpit.features.systems.rules import Control, System, Target
    from ircockpit.net.giveup import GiveUp
    from ircockpit.render.span import Line
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

RUNNING = ("planned", "approved", "sent", "accepted", "recorded", "reverting")
"""States on the way to another one."""
ENGAGED = (
    "sent",
    "accepted",
    "recorded",
    "effective",
    "unverified",
    "attested",
    "partial",
    "drifted",
    "unknown",
    "reverting",
)
"""States in which the control may be in force: reverting is possible, declaring all clear is not. After ``sent`` the
request may have left, also where the program ended there."""

MAY_BE_IN_FORCE = "a.state NOT IN ('', 'planned', 'approved', 'failed', 'reverted')"
"""The same as SQL over ``action a``; a state of a later version counts, for what it means is not known here."""

UNREVIEWED = (
    "SELECT b.ent FROM entry b WHERE b.type='containment.broken' AND b.doubt='' AND NOT EXISTS (SELECT 1 FROM entry r"
    " WHERE r.ent=b.ent AND r.type='containment.reviewed' AND r.doubt='' AND r.actor<>b.actor)"
)
"""Actions done by break-glass that nobody else has reviewed, as SQL."""

WAITS = (
    "SELECT a.incident FROM action a WHERE a.review = 'open' OR a.state IN ('drifted', 'unknown', 'partial')"
    " OR (a.state = 'planned' AND a.waits LIKE 'apply %' AND CAST(substr(a.waits, 7) AS INTEGER) > ?)"
    f" OR ({MAY_BE_IN_FORCE} AND a.waits LIKE 'revert %' AND CAST(substr(a.waits, 8) AS INTEGER) > ?)"
    f" OR ({MAY_BE_IN_FORCE} AND a.expires <> '' AND unixepoch(a.expires) * 1000000 <= ?)"
)
"""Incidents on whose controls something waits, as SQL over the time now, given three times."""

UNPROVED = ("sent", "accepted", "recorded", "reverting")
"""States between sending and the proof: where nothing runs any more, the act was cut off there."""

TITLE_CELLS = 40
"""What a control is called may be a colleague's word; cut, so that the state behind it stays in sight."""


class ActionRow(NamedTuple):
    """One containment action."""

    ident: str
    stream: str
    short: str
    incident: str
    system: str
    control: str
    title: str
    family: str
    state: str
    elapsed_ms: int | None
    """Milliseconds from send to this state, where it was sent."""
    detail: str
    summary: str
    plan: str
    target: str
    expires: str
    at_us: int
    """When the state was reached, by the executing device's clock."""
    answers: str = ""
    """Pseudonym of who answers for it while it is in force."""
    people: int = 1
    """How many people its stop needed."""
    born_us: int = 0
    """When it was planned, by the clock of the device that did."""
    recipe: str = ""
    """The chain of steps it belongs to, as ``name/3`` for its third step; empty for one of its own."""


class Standing(NamedTuple):
    """Where containment of an incident stands: the action that says most."""

    state: str = "open"
    title: str = ""
    elapsed_ms: int | None = None


SERVED, CONTAINED, NEITHER = "served", "contained", "neither"
"""What a probe of the data plane reads."""
_ORDER = (
    "effective",
    "recorded",
    "accepted",
    "sent",
    "approved",
    "reverting",
    "unverified",
    "attested",
    "partial",
    "drifted",
    "unknown",
    "failed",
    "planned",
    "reverted",
)


def actions(view: "View", incident: str) -> list[ActionRow]:
    """All containment actions of an incident, oldest first."""
    return _rows(view, "a.incident = ? ORDER BY a.lam, a.id", (incident,))


def nothing_on(_: "Workstation", ident: str | None) -> str:
    """Why no control can be checked or lifted: there is none to name."""
    return "" if ident else "nothing is in force here"


def in_force(view: "View", incident: str) -> ActionRow | None:
    """The newest action of an incident that may be in force, which is what one lifts or checks first."""
    rows = [row for row in actions(view, incident) if row.state in ENGAGED]
    return rows[-1] if rows else None


def action(view: "View", text: str) -> ActionRow:
    """One action by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text, "action")
    rows = _rows(view, "a.id = ?", (ident,))
    if not rows:
        raise NotFound(f"no containment action is called {text!r}")
    return rows[0]


def latest_of_control(view: "View", incident: str, control: str) -> ActionRow | None:
    """The newest action of one control in an incident."""
    rows = [row for row in actions(view, incident) if row.control == control]
    return rows[-1] if rows else None


def standings(view: "View", incidents: list[str]) -> dict[str, Standing]:
    """Where containment of each incident stands; incidents without any action are left out."""
    rows = _read(
        view, view.rows_of(f"{_ROWS} WHERE a.incident IN ({{marks}}) ORDER BY a.lam, a.id", incidents)
    )
    best: dict[str, ActionRow] = {}
    for row in rows:
        held = best.get(row.incident)
        if held is None or _weight(row.state) <= _weight(held.state):
            best[row.incident] = row
    return {
        ident: Standing("open" if row.state == "reverted" else row.state, row.title, row.elapsed_ms)
        for ident, row in best.items()
    }


def later_engaged(view: "View", row: ActionRow) -> ActionRow | None:
    """A later action on the same thing that is still in force, which must be reverted first.

    The same thing is the same control, or another one of that connector and target with the same parameters. What
    else is on at the target does not stand in the way: a stop is lifted once the swap behind it holds.
    """
    rows = _at_target(view, row)
    idents = [each.ident for each in rows]
    after = rows[idents.index(row.ident) + 1 :] if row.ident in idents else []
    return next(
        (each for each in after if each.state in ENGAGED and (each.control == row.control or _same_thing(view, each, row))),
        None,
    )  # fmt: skip


def on_same_target(view: "View", row: ActionRow) -> list[ActionRow]:
    """What else is in force at an action's target, oldest first."""
    return [each for each in _at_target(view, row) if each.state in ENGAGED and each.ident != row.ident]


def of_system(view: "View", system: str) -> list[ActionRow]:
    """All containment actions on a system (UUID), of whichever incident, oldest first."""
    return _rows(view, "a.system = ? ORDER BY a.lam, a.id", (system,))


def _at_target(view: "View", row: ActionRow) -> list[ActionRow]:
    # A target's name means one place only within its system.
    return _rows(view, "a.system = ? AND a.target = ? ORDER BY a.lam, a.id", (row.system, row.target))


def _same_thing(view: "View", one: ActionRow, other: ActionRow) -> bool:
    first, second = (_aimed_at(view, each) for each in (one, other))
    return first is not None and first == second


def _aimed_at(view: "View", row: ActionRow) -> tuple[str, str] | None:
    rows = view.rows(
        "SELECT json_extract(body, '$.bound') FROM entry WHERE ent=? AND type='containment.approved' AND doubt=''"
        " AND json_extract(body, '$.plan')=?",
        (row.ident, row.plan),
    )
    for (text,) in rows:
        bound = stated.table(text)
        params = bound.get("params")
        if isinstance(params, dict) and params:
            return str(bound.get("connector")), json.dumps(params, sort_keys=True)
    return None


def watched(view: "View") -> list[ActionRow]:
    """Actions that are in force and not on the way to another state, oldest first."""
    states = tuple(each for each in ENGAGED if each not in RUNNING)
    return _rows(view, f"a.state IN ({','.join('?' * len(states))}) ORDER BY a.lam, a.id", states)


def unproved(view: "View") -> list[ActionRow]:
    """Actions that were sent, or may have been, and whose outcome nobody has read yet."""
    marks = ",".join("?" * len(UNPROVED))
    return _rows(view, f"a.state IN ({marks}) ORDER BY a.lam, a.id", UNPROVED)


def last_read_us(view: "View", action: str) -> int:
    """When the state of an action was last found so on its control, by the clock of the device that looked."""
    rows = view.rows(
        "SELECT max(wall) FROM entry WHERE ent=? AND doubt='' AND (type='containment.stepped'"
        " OR type='containment.observed' AND json_extract(body, '$.read')=1)",
        (action,),
    )
    return int(rows[0][0] or 0)


def lifting(view: "View", action: str) -> bool:
    """Whether what was approved last of an action was its way back."""
    rows = view.rows(
        "SELECT json_extract(body, '$.direction') FROM entry WHERE ent=? AND type='containment.approved'"
        " AND doubt='' ORDER BY arrival DESC LIMIT 1",
        (action,),
    )
    return bool(rows) and rows[0][0] == "revert"


def asked_lines(station: "Workstation", incident: str) -> "list[Line]":
    """What waits for people on an incident's controls, beneath its facts."""
    from ircockpit.features.containment.waiting import detail_lines

    return detail_lines(station, incident)


def asked_rows(station: "Workstation", at_most: int) -> "list[Ask]":
    """What waits on the controls of the incidents that were changed last, and can be done by this person or by anybody."""
    from ircockpit.features.containment.waiting import asks

    sql = f"SELECT DISTINCT w.incident FROM ({WAITS}) w JOIN incident i ON i.id = w.incident ORDER BY i.born DESC LIMIT ?"
    rows = station.view.rows(sql, (*[station.clock.wall_us()] * 3, at_most))
    return [
        ask
        for (incident,) in rows
        for ask in asks(station, str(incident))
        if ask.mine or ask.kind == "drifted"
    ]


def asked_kinds(station: "Workstation", incident: str, action: str) -> tuple[str, ...]:
    """What waits for people on one action, as kinds: ``approve send others review overdue drifted``."""
    from ircockpit.features.containment.waiting import asks

    return tuple(each.kind for each in asks(station, incident) if each.row.ident == action)


def recipe_controls(station: "Workstation", name: str, raw: bytes) -> dict[str, str]:
    """The controls a file of recipes is about, as they are on record: hashes by ``system/control``.

    Raises :class:`BadInput` for a file that could not be run with them, :class:`NotFound` for a system that is not known.
    """
    from ircockpit.features.containment.recipes import controls_of

    return controls_of(station, name, raw)


def fix_words(station: "Workstation", row: ActionRow) -> tuple[str, bool]:
    """What runs say of the fix before an action is lifted, and whether that is that it fails."""
    from ircockpit.features.containment.verdicts import FAILS, newest

    found = newest(station, row)
    return found.words, found.says == FAILS


def probe_address(station: "Workstation", system: "System", target: "Target", control: str) -> str:
    """Where the probe of a target's control asks. Raises a :class:`CockpitError` saying why there is none."""
    from ircockpit.features.containment.dataplane import probe_url, probing

    return probe_url(probing(station, system, target, control))


def data_plane(
    station: "Workstation",
    system: "System",
    target: "Target",
    give_up: "GiveUp",
    *,
    control: str = "",
    action: str = "",
) -> "DataPlane":
    """The way to the data plane of a target, as users reach it: to ask a control's probe, or beside an action's control.

    Raises a :class:`CockpitError`, with nothing sent, where this device has not accepted the target.
    """
    from ircockpit.features.containment.dataplane import DataPlane, control_of, probing

    measure, untold = None, ""
    if control:
        measure = probing(station, system, target, control)
    elif action:
        measure, untold = control_of(station, action, system.ident)
    return DataPlane(station, system, target, measure, give_up, untold=untold)


def proofs(station: "Workstation") -> "Proofs":
    """What the record and this device know of controls having been effective and taken back, read once."""
    from ircockpit.features.containment.proofs import Proofs

    return Proofs(station)


def proofs_left(station: "Workstation") -> "list[Left]":
    """The proofs and trials of this device whose way back was not taken yet, the oldest first."""
    from ircockpit.features.containment.proofs import left_on

    return left_on(station)


def with_left(station: "Workstation", system: "System") -> "System":
    """A system with what is left on at its targets and is no control of the record, so that it is taken back like one."""
    from ircockpit.features.containment.proofs import with_left as found

    return found(station, system)


def proving(
    station: "Workstation",
    system: "System",
    name: str,
    tell: "Callable[[str], None]",
    give_up: "GiveUp | None" = None,
) -> "AbstractContextManager[Proving]":
    """A control of a system, to be proved there and back outside of incidents; see :mod:`.proving`."""
    from ircockpit.features.containment.proving import proving as opened

    return opened(station, system, name, tell, give_up)


def family_of(station: "Workstation", control: "Control") -> str:
    """The family of a control's action, as its connector states it on this device; empty where that cannot be read."""
    from ircockpit.features.containment import shelf

    try:
        return shelf.connector(station.profile, control.connector).action(control.action).family
    except CockpitError:
        return ""


def is_on(station: "Workstation", control: "Control", place: "Target", give_up: "GiveUp") -> bool:
    """Whether a control reads as on now; nothing is changed. Raises a :class:`CockpitError` where it cannot be read."""
    from ircockpit.features.containment.proving import read_once

    return read_once(station, control, place, give_up)


def data_of(row: ActionRow) -> dict[str, Any]:
    """An action as ``--json`` prints it."""
    return {
        "id": row.ident, "short": row.short, "incident": row.incident, "control": row.control, "title": row.title,
        "family": row.family, "state": row.state, "ms": row.elapsed_ms, "detail": row.detail, "summary": row.summary,
        "target": row.target, "plan": row.plan, "expires": row.expires, "people": row.people, "recipe": row.recipe,
    }  # fmt: skip


def _weight(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else len(_ORDER)


_UNKNOWN = _ORDER.index("unknown")
BEST = (
    "SELECT a.incident, min(CASE coalesce(nullif(a.state, ''), 'planned')"
    + "".join(f" WHEN '{state}' THEN {weight}" for weight, state in enumerate(_ORDER))
    + f" ELSE {_UNKNOWN} END) AS best FROM action a JOIN incident j ON j.id = a.incident AND j.stream = a.stream"
    " GROUP BY a.incident"
)
"""Where containment of each incident stands, as SQL: the same as :func:`standings`, by the weight of a state."""


def weights(states: Iterable[str]) -> str:
    """States as SQL's list of the weights that :data:`BEST` gives."""
    return ",".join(str(_ORDER.index(state)) for state in states)


_ROWS = (
    "SELECT a.id, a.stream, a.incident, a.system, a.control, a.title, a.family, a.state, a.summary, a.plan, a.target,"
    " a.expires, a.answers, a.people, a.recipe, t.at_us, e.body, e.wall"
    " FROM action a JOIN entity t ON t.id = a.id LEFT JOIN entry e ON e.ent = a.id AND e.event_id ="
    " (SELECT event FROM head h WHERE h.ent = a.id AND h.field = 'state' ORDER BY lam DESC, event DESC LIMIT 1)"
)


def _known(state: object) -> str:
    """A state this version knows; what it does not know, it cannot claim anything of."""
    word = stated.text(state) or "planned"
    return word if word in _ORDER else "unknown"


def _rows(view: "View", where: str, values: tuple[Any, ...]) -> list[ActionRow]:
    return _read(view, view.rows(f"{_ROWS} WHERE {where}", values))


def _read(view: "View", rows: list[Any]) -> list[ActionRow]:
    found = []
    for (
        ident, stream, inc, system, control, title, family, state, summary, plan, target, expires, answers, people, recipe,
        born, body, wall,
    ) in rows:  # fmt: skip
        if inc and not belongs(str(inc), stream):
            continue  # told in another record than its incident's: whoever wrote it may have no part in that
        said = stated.table(body)
        found.append(ActionRow(
            ident, stream, short_id(view, "action", ident), stated.text(inc), stated.text(system), stated.text(control),
            stated.text(title), stated.text(family), _known(state), stated.whole(said["ms"]) if "ms" in said else None,
            stated.text(said.get("detail")), stated.text(summary), stated.text(plan), stated.text(target), stated.text(expires),
            wall or 0, stated.text(answers), max(stated.whole(people), 1), born or 0, stated.text(recipe),
        ))  # fmt: skip
    return found
