"""Taking back the last act of this person on this device: a further entry for each, with what was there before."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ircockpit.command.action import Result
from ircockpit.core.errors import RefusedError
from ircockpit.core.reduce import Effect
from ircockpit.features.impact.queries import KINDS as IMPACT
from ircockpit.features.impact.queries import incident_of
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.store.names import short_id
from ircockpit.store.view import ENTRY_COLUMNS, Entry
from ircockpit.store.workstation import Draft, Workstation

UNDONE = "undoes"
"""In the body of an entry that takes another one back: that one's event id."""
TAKEN_BACK = {
    ("incident.set", "owner"): ("incident.take", "incident.give"),
    ("incident.set", "status"): ("incident.close", "incident.reopen"),
    ("incident.set", "system"): ("signal.assign",),
    ("group.set", "state"): ("signal.review",),
    ("group.set", "system"): ("signal.assign",),
    ("affected.set", "state"): ("impact.state",),
    ("cohort.set", "state"): ("impact.state",),
    ("act.set", "state"): ("impact.state",),
    ("evidence.set", "kind"): ("evidence.kind",),
    ("step.set", "state"): ("step.done", "step.skip", "step.begin", "step.fail", "step.reopen"),
    ("step.set", "owner"): ("step.assign", "step.begin"),
    ("step.set", "way"): ("step.choose",),
    ("variable.set", "value"): ("variable.set",),
    ("task.set", "state"): ("task.done", "task.drop", "task.reopen", "task.take"),
    ("task.set", "owner"): ("task.give", "task.take"),
    ("task.set", "due"): ("task.move",),
}
"""What can be taken back, as its entries name it, with the actions that write it."""
_NO_ACT = ("containment.stepped", "signal.revealed", "lane.opened", "stream.opened", "stream.succeeded",
          "impact.counted", "impact.keyed", "step.opened", "variable.opened", "replay.set", "replay.opened",
          "replay.recurred", "notice.set")  # fmt: skip
"""Entries that are the program's word of what happened, that one has looked, or that a register is there; behind them an act
may stand."""
_NAMING = ("name", "number")
"""What an entry says of its thing for whoever reads it; the entry that takes it back says it, too."""
_PAGE = 200
_OF_A_PLAYBOOK = ("step", "variable")
"""Things that are called by the name a playbook gives them."""
_RECORDED = "what was recorded stays, and counts for nothing once its state is: mistaken"
_STAYS = {
    "incident.noted": "a note stays as it was written; a further one corrects it",
    "incident.declared": "an incident that was declared is closed with a reason: C",
    "affected": _RECORDED,
    "cohort": _RECORDED,
    "act": _RECORDED,
    "decision.made": "a decision is withdrawn with a reason: :decisions withdraw",
    "task.given": "an action item that is not to be done is dropped with a reason: :task drop",
    "replay": "what was sealed, planned or sent stays; a further run says more",
    "notice": "what was sent cannot be called back; a further notice corrects it",
    "watch": "a watch is ended with its own command: ircockpit replay end",
    "containment": "a control is lifted where its plan is shown: c, then U",
}


class Step(NamedTuple):
    """One entry of an act, with what it has to be again."""

    entry: Entry
    former: dict[str, Any]
    """The body that states the value there was before."""


def undo(station: Workstation) -> Result:
    """Take the last act back, all of its entries; what somebody has changed since stays as they left it."""
    act = last_act(station)
    if not act:
        raise RefusedError(
            "nothing was done on this device that could be taken back", safe="nothing was changed"
        )
    steps: list[Step] = []
    left: list[tuple[Entry, str]] = []
    stays = [entry for entry in act if (entry.type, entry.field) not in TAKEN_BACK]
    if stays:
        # Of an act of several entries the one is named that has a way of its own.
        entry = next((each for each in stays if _way(each)), stays[0])
        raise RefusedError(
            "the last act cannot be taken back", safe="nothing was changed",
            fix=_way(entry) or f"it was about {clean(entry.type.partition('.')[0])}: a further entry corrects it",
        )  # fmt: skip
    for entry in act:
        step = _step(station, entry)
        if isinstance(step, str):
            left.append((entry, step))
        else:
            steps.append(step)
    if not steps:
        raise RefusedError(f"{left[0][1]}; nothing is taken back", safe="nothing was changed")
    station.append(
        [*(_draft(station, step) for step in steps), *_counted(station, [entry for entry, _ in steps])]
    )
    data = {
        "undone": [step.entry.event_id for step in steps],
        "left": [{"event": entry.event_id, "reason": reason} for entry, reason in left],
    }
    return Result(
        data, (), _said(station, [entry for entry, _ in steps], [str(reason) for _, reason in left])
    )


def last_act(station: Workstation) -> list[Entry]:
    """The entries of the newest act that was not taken back yet, newest first; none where there is no such act."""
    undone: set[str] = set()
    act: list[Entry] = []
    op = ""
    for entry in _own(station):
        if UNDONE in (body := json.loads(entry.body)):
            undone.add(str(body[UNDONE]))
            continue
        if entry.event_id in undone:
            continue
        stored = station.log.get(entry.event_id)
        mine = stored.event.envelope.op if stored is not None else ""
        if act and mine != op:
            break
        op = mine
        act.append(entry)
    return act


def _own(station: Workstation) -> Iterator[Entry]:
    """What this person has written on this device, newest first."""
    told = [
        row.name
        for row in station.view.table.types.values()
        if not row.on_timeline and row.effect is Effect.ENTRY
    ]
    hidden = (*_NO_ACT, *told)
    before = station.view.applied + 1
    while True:
        rows = station.view.rows(
            f"SELECT {ENTRY_COLUMNS} FROM entry WHERE arrival < ? AND device = ? AND actor = ? AND doubt = ''"  # noqa: S608 - fixed texts
            f" AND type NOT IN ({','.join('?' * len(hidden))}) ORDER BY arrival DESC LIMIT ?",
            (before, station.identity.device, station.me, *hidden, _PAGE),
        )
        yield from (Entry(*row) for row in rows)
        if len(rows) < _PAGE:
            return
        before = rows[-1][0]


def _step(station: Workstation, entry: Entry) -> "Step | str":
    """What takes an entry back, or why it cannot be."""
    short = short_id(station.view, _kind(station, entry), entry.ent)
    heads = station.view.heads(entry.ent, entry.field or "")
    if len(heads) != 1 or _stands_for(station, heads[0]) != entry.event_id:
        return f"{entry.field} of {short} was changed since"
    base = _base(station, entry.event_id)
    if len(base) > 1:
        return f"what was done to {short} settled a disagreement"
    if base:
        rows = station.view.rows("SELECT body, missing FROM entry WHERE event_id = ?", (base[0],))
        former = json.loads(rows[0][0]) if rows and not rows[0][1] else {}
    else:
        facts = station.view.rows("SELECT facts FROM entity WHERE id = ?", (entry.ent,))
        former = {"value": json.loads(facts[0][0]).get(entry.field)} if facts else {}
    if "value" not in former:
        return f"what {entry.field} of {short} was before is not held here"
    return Step(entry, former)


def _stands_for(station: Workstation, event_id: str) -> str:
    """The entry whose value holds: of one that takes another back, the one before that; empty for none before."""
    while event_id:
        rows = station.view.rows("SELECT body FROM entry WHERE event_id = ?", (event_id,))
        taken = json.loads(rows[0][0]).get(UNDONE) if rows else None
        if not taken:
            break
        event_id = next(iter(_base(station, str(taken))), "")
    return event_id


def _base(station: Workstation, event_id: str) -> tuple[str, ...]:
    stored = station.log.get(event_id)
    return stored.event.envelope.base if stored is not None else ()


def _draft(station: Workstation, step: Step) -> Draft:
    entry = step.entry
    named = {name: value for name, value in json.loads(entry.body).items() if name in _NAMING}
    extra = {
        **named,
        **{name: value for name, value in step.former.items() if name not in ("value", "why", UNDONE)},
    }
    return station.set_field(
        entry.stream, entry.type, entry.ent, entry.field or "", step.former["value"], why="taken back",
        **extra, **{UNDONE: entry.event_id},
    )  # fmt: skip


def _counted(station: Workstation, done: list[Entry]) -> Iterator[Draft]:
    """The line that the timeline has of rows which are no lines of it themselves."""
    tally: dict[tuple[str, str], dict[str, int]] = {}
    for entry in done:
        kind = entry.type.partition(".")[0]
        if kind in IMPACT:
            incident = incident_of(station.view, kind, entry.ent)
            counts = tally.setdefault((entry.stream, incident), {})
            counts[kind] = counts.get(kind, 0) + 1
    for (stream, incident), counts in tally.items():
        yield Draft(stream, "impact.counted", incident, ({**counts, "said": "taken back"},))


def _kind(station: Workstation, entry: Entry) -> str:
    return station.view.table.types[entry.type].kind


def _way(entry: Entry) -> str:
    return _STAYS.get(entry.type) or _STAYS.get(entry.type.partition(".")[0], "")


def _said(station: Workstation, done: list[Entry], left: list[str]) -> str:
    entry = done[0]
    kind = _kind(station, entry)
    if kind in _OF_A_PLAYBOOK:
        name = next((str(body["name"]) for each in done if "name" in (body := json.loads(each.body))), "")
        now = f"the {kind} {line(name, 60)!r} is as it was"
    elif len(done) == 1:
        rows = station.view.rows(f'SELECT "{entry.field}" FROM "{kind}" WHERE id = ?', (entry.ent,))  # noqa: S608 - declared names
        now = f"{entry.field} of {short_id(station.view, kind, entry.ent)} is {_value(station, entry.field, rows[0][0])} again"
    else:
        now = f"{entry.field} of {counted(len(done), 'row')} is as before"
    more = f"; {len(left):,} {'is' if len(left) == 1 else 'are'} left: {left[0]}" if left else ""
    return clean(f"taken back: {now}{more}")


def _value(station: Workstation, field: str | None, value: Any) -> str:
    if field == "owner":
        return name_of(names(station.view), str(value)) if value else "nobody"
    if field == "system":
        return next((each.name for each in systems(station.view) if each.ident == value), "none")
    return str(value or "new")
