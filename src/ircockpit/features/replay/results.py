"""What a run came to, as it counts: the first whole result of the device that sent it; who says otherwise is named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.stated import table, text, whole
from ircockpit.features.replay.events import (
    DONE,
    OPEN,
    OUTCOMES,
    PATTERN,
    PLANNED,
    RUNNING,
    STATES,
    UNJUDGED,
    VERDICTS,
)

if TYPE_CHECKING:
    from ircockpit.store.view import View

MOST_NAMES = 4
"""Names that answers give themselves, of one run, that are kept."""
_RESULT = ("state", "outcome", "exhibit")


class Word(NamedTuple):
    """One entry about a run that counts."""

    ent: str
    type: str
    field: str
    device: str
    actor: str
    lam: int
    event: str
    wall: int
    body: Mapping[str, Any]


class Result(NamedTuple):
    """How far a run is, and what it came to."""

    state: str = PLANNED
    outcome: Mapping[str, int] = {}
    exhibit: str = ""
    why: str = ""
    untold: str = ""
    """Why the control's own answer could not be told from others; empty where it could, or there was none."""
    begun_us: int = 0
    at_us: int = 0
    rank: tuple[int, str] = (0, "")
    """Of the entry that states the outcome: which of two results is the later one, on every device alike."""
    actor: str = ""
    """Who sent it."""
    disputed: str = ""
    """Who says something else than what counts, in words; empty where nobody does."""
    named: Mapping[str, int] = {}
    """What models the answers say they are of, as the device that sent it counted them."""


def words_of(view: "View", runs: Sequence[str]) -> dict[str, list[Word]]:
    """What the record holds of these runs and counts, in one order on every device."""
    found: dict[str, list[Word]] = {each: [] for each in runs}
    rows = view.rows_of(
        "SELECT ent, type, field, device, actor, lam, event_id, wall, body FROM entry WHERE ent IN ({marks})"
        " AND type IN ('replay.planned', 'replay.set') AND doubt='' ORDER BY lam, event_id",
        list(runs),
    )
    for ent, type_, field, device, actor, lam, event, wall, body in rows:
        found[ent].append(
            Word(
                ent,
                type_,
                text(field),
                text(device),
                text(actor),
                whole(lam),
                event,
                whole(wall),
                table(body),
            )
        )
    return found


def is_whole(number: int, method: str, outcome: Mapping[str, int]) -> bool:
    """Whether all was sent and nothing waits for a verdict: from here on no entry changes the numbers."""
    return sum(outcome.values()) >= number > 0 and (method == PATTERN or not outcome.get(OPEN))


def result_of(number: int, method: str, device: str, told: Sequence[Word]) -> Result:
    """What counts of a run that ``device`` planned, and that it alone may send.

    Whoever else writes into it changes nothing, but where answers wait for a verdict: then the first that judges them,
    and leaves everything else as it is, counts. A run that two devices planned under one id has no numbers.
    """
    found, others = Result(), [each for each in told if each.device != device]
    if any(each.type == "replay.planned" for each in others):
        return Result(disputed="two devices planned it under one id: it has no numbers")
    objections: list[str] = []
    for each in told:
        if each.device != device or each.type != "replay.set" or each.field not in _RESULT:
            continue
        found = _own(found, each, number, method, objections)
    for each in others:
        found = _foreign(found, each, objections)
    state = DONE if found.state == UNJUDGED and is_whole(number, method, found.outcome) else found.state
    return found._replace(state=state, disputed="; ".join(dict.fromkeys(objections)))


def _own(found: Result, said: Word, number: int, method: str, objections: list[str]) -> Result:
    value = said.body.get("value")
    ends = found._replace(at_us=max(found.at_us, said.wall), actor=said.actor)
    if said.field == "state":
        state = value if value in STATES else PLANNED
        if state == RUNNING:
            begun = min(filter(None, (found.begun_us, said.wall)), default=0)
            ends = ends._replace(begun_us=begun, untold=text(said.body.get("untold")) or found.untold)
        return found if found.state == DONE else ends._replace(state=state, why=text(said.body.get("why")))
    if said.field == "exhibit":
        return ends._replace(exhibit=text(value)) if not is_whole(number, method, found.outcome) else found
    outcome = _numbers(value)
    if is_whole(number, method, found.outcome):
        if outcome != found.outcome:
            objections.append("its numbers were written once more after it was whole")
        return found
    if "value" not in said.body:
        objections.append("its numbers are not held here")
    return ends._replace(outcome=outcome, rank=(said.lam, said.event), named=_named(said.body.get("named")))


def _foreign(found: Result, said: Word, objections: list[str]) -> Result:
    value = said.body.get("value")
    if said.field == "outcome":
        outcome = _numbers(value)
        if outcome == found.outcome:
            return found
        if _judges(found.outcome, outcome):
            return found._replace(
                outcome=outcome, rank=(said.lam, said.event), at_us=max(found.at_us, said.wall)
            )
        objections.append("another device states other numbers")
    elif said.field == "exhibit":
        if value != found.exhibit:
            objections.append("another device names other evidence")
    elif said.field != "state" or value != DONE:
        objections.append(
            f"another device has set its {said.field if said.field.isidentifier() else 'terms'}"
        )
    return found


def _judges(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether numbers differ in nothing but that answers which waited have a verdict."""
    same = all(
        before.get(each, 0) == after.get(each, 0) for each in OUTCOMES if each not in (*VERDICTS, OPEN)
    )
    more = all(before.get(each, 0) <= after.get(each, 0) for each in VERDICTS)
    return (
        bool(before.get(OPEN))
        and not after.get(OPEN)
        and same
        and more
        and sum(before.values()) == sum(after.values())
    )


def _numbers(stated: object) -> dict[str, int]:
    return {each: number for each, number in _pairs(stated) if number}


def _named(stated: object) -> dict[str, int]:
    found = stated if isinstance(stated, Mapping) else {}
    return {
        text(each): whole(found[each])
        for each in list(found)[:MOST_NAMES]
        if text(each) and whole(found[each])
    }


def _pairs(stated: object) -> Iterable[tuple[str, int]]:
    found = stated if isinstance(stated, Mapping) else {}
    return ((each, whole(found.get(each))) for each in OUTCOMES)
