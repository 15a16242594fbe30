"""What waits for people on the controls of an incident: an approval, a sending, a review, an expiry that has passed, a drift."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.stated import moment_us
from ircockpit.features.catalogue import key_of
from ircockpit.features.containment import queries
from ircockpit.features.containment.approvals import NAME_CELLS, consent, waiting_proposal
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.queries import (
    ENGAGED,
    MAY_BE_IN_FORCE,
    TITLE_CELLS,
    UNREVIEWED,
    ActionRow,
)
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line
from ircockpit.render.glyphs import age
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.features.containment.rules import Left
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

APPROVE, SEND, OTHERS, REVIEW, OVERDUE, DRIFTED = "approve", "send", "others", "review", "overdue", "drifted"
UNSETTLED = "unsettled"
"""What was sent was not read back as made, and may still follow."""


class Ask(NamedTuple):
    """One thing that waits."""

    kind: str
    """``approve`` by this person, ``send`` from here, ``others`` must approve; ``review``, ``overdue``, ``drifted``,
    ``unsettled``."""
    row: ActionRow
    words: str
    """What it is about, in words of the program and names."""
    mine: bool
    """Whether this person can do it."""


def asks(station: "Workstation", incident: str) -> list[Ask]:
    """What waits on one incident's controls, by the order in which they were planned."""
    return [ask for row in queries.actions(station.view, incident) for ask in _of(station, row)]


def all_asks(station: "Workstation") -> list[Ask]:
    """What waits on the controls of all incidents."""
    rows = station.view.rows(
        f"SELECT DISTINCT a.incident FROM action a WHERE {MAY_BE_IN_FORCE} OR a.state='planned' OR a.id IN ({UNREVIEWED})"  # noqa: S608
    )
    return [ask for (incident,) in rows for ask in asks(station, str(incident))]


def waiting_action(station: "Workstation", incident: str, name: str) -> str | None:
    """The newest action of an incident that waits: a ``proposal`` for people, a ``broken`` one for its review."""
    kinds = (APPROVE, SEND, OTHERS) if name == "proposal" else (REVIEW,)
    found = [ask.row.ident for ask in asks(station, incident) if ask.kind in kinds]
    return found[-1] if found else None


def ask_lines(station: "Workstation", incident: str) -> list[Line]:
    """What waits, a line each, with the key or words that do it."""
    return [
        (
            Span(f" {ask.row.short:9} ", "key"),
            Span(ask.words, "warn" if ask.mine or ask.kind in (OVERDUE, DRIFTED, UNSETTLED) else "dim"),
            Span(f"  {way}" if (way := _way(ask)) else "", "dim"),
        )
        for ask in asks(station, incident)
    ]


def detail_lines(station: "Workstation", incident: str) -> list[Line]:
    """The same beneath the facts of an incident; where it is opened stands behind the first."""
    return [
        (
            Span("asks     " if place == 0 else " " * 9, "dim"),
            Span(f"{each.row.short} {each.words}", "warn"),
            Span(f"  {key_of('tab.containment')} opens it" if place == 0 else "", "dim"),
        )
        for place, each in enumerate(asks(station, incident))
    ]


def _of(station: "Workstation", row: ActionRow) -> Iterator[Ask]:
    now, known = station.clock.wall_us(), names(station.view)
    title = words(line(row.title, TITLE_CELLS), "a control")
    if row.state in ("planned", *ENGAGED) and row.people > 1:
        yield from _proposed(station, row, title, known)
    if (by := unreviewed_by(station.view, row.ident)) is not None:
        who = words(line(name_of(known, by), NAME_CELLS), "someone")
        yield Ask(
            REVIEW, row, f"{title}: break-glass by {who}, nobody else has reviewed it", by != station.me
        )
    if row.state in ENGAGED:
        ends = moment_us(row.expires)
        if ends and ends <= now:
            who = words(line(name_of(known, row.answers), NAME_CELLS), "someone")
            said = f"{title}: still {row.state} {age((now - ends) / 1e6)} past its time; {who} answers for it"
            yield Ask(OVERDUE, row, said, row.answers in ("", station.me))
        if row.state == "drifted":
            from ircockpit.features.containment.engine.states import NOT_AS_LEFT

            yield Ask(DRIFTED, row, f"{title}: it {NOT_AS_LEFT}", mine=False)
        if row.state in _UNSETTLED:
            here = kept_file(station, row.ident, "before").exists()
            yield Ask(UNSETTLED, row, f"{title}: {row.state}, {_UNSETTLED[row.state]}", here)


_UNSETTLED = {
    "unknown": "sent and not read back as made; it may still take effect",
    "partial": "it reads as neither before nor after",
}


def _proposed(station: "Workstation", row: ActionRow, title: str, known: dict[str, str]) -> Iterator[Ask]:
    proposal = waiting_proposal(station, row)
    if proposal is None:
        return
    found = consent(station, row.stream, row.ident, proposal.plan, proposal.people)
    what = f"{'lifting ' if proposal.direction == 'revert' else ''}{title}, plan {proposal.plan[:8]}"
    here = proposal.device == station.identity.device
    if not found.missing:
        where = (
            ""
            if here
            else f", from {words(line(name_of(known, proposal.user), NAME_CELLS), 'someone')}'s device"
        )
        yield Ask(SEND, row, f"{what}: approved by {len(found.given)} people, not sent{where}", here)
    elif station.me in (proposal.user, *(each.user for each in found.given)):
        yield Ask(OTHERS, row, f"{what}: waits for {found.missing} more, has {found.words}", mine=False)
    else:
        yield Ask(APPROVE, row, f"{what}: waits for your approval, has {found.words}", mine=True)


def _way(ask: Ask) -> str:
    if ask.kind == OVERDUE:
        return f"{key_of('containment.extend')} extends, {key_of('containment.revert')} lifts"
    if ask.kind == DRIFTED:
        return f"{key_of('containment.check')} looks again"
    if ask.kind == UNSETTLED:
        return f"{key_of('containment.check')} reads it again, {key_of('containment.revert')} lifts"
    if not ask.mine:
        return ""
    return {
        APPROVE: f"{key_of('containment.approve')} shows it", SEND: "its digit sends",
        REVIEW: f"{key_of('containment.review')} reviews",
    }[ask.kind]  # fmt: skip


def data_of(ask: Ask) -> dict[str, Any]:
    """One thing that waits, as ``--json`` prints it."""
    return {
        "kind": ask.kind, "action": ask.row.ident, "short": ask.row.short, "incident": ask.row.incident,
        "words": ask.words, "mine": ask.mine,
    }  # fmt: skip


def data_of_left(left: "Left", system: str) -> dict[str, Any]:
    """What a trial or proof left on, in the same form: it waits for whoever works on this device."""
    said = f"{left.said(system)}: {left.how_back(system)}"
    return {"kind": "left", "action": "", "short": "", "incident": "", "words": said, "mine": True}


def unreviewed_by(view: "View", action: str) -> str | None:
    """Who went on with an action by break-glass, where nobody else has reviewed that."""
    rows = view.rows(
        "SELECT actor FROM entry WHERE ent=? AND type='containment.broken' AND doubt=''", (action,)
    )
    waits = view.rows(f"SELECT 1 WHERE ? IN ({UNREVIEWED})", (action,))
    return str(rows[0][0]) if rows and waits else None
