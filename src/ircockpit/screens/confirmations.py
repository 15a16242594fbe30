"""Every confirmation there is, in one place: what stands above it, and which key confirms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ircockpit.features.containment.pages import lift_lines, plan_lines
from ircockpit.render.span import Line, Span
from ircockpit.widgets.confirm import Choice, Confirmation

if TYPE_CHECKING:
    from ircockpit.command.action import Action
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.queries import ActionRow
    from ircockpit.features.containment.stopping import Prepared
    from ircockpit.features.replay.queries import RunRow
    from ircockpit.screens.deck import Deck

STOP, LIFT, REPLAY = "containment.stop", "containment.revert", "replay.run"
ACCEPT = "f"
"""The key that confirms; it means nothing else anywhere, and nobody can give it to anything."""


def to_send(
    deck: "Deck", prepared: "Prepared", *, trigger: str, short: str, others: Sequence[int]
) -> Confirmation:
    """A stop: the very requests, what the probe reads now, and the incident's id to type where it reaches everybody."""
    return Confirmation(
        purpose="send", lines=(*plan_lines(deck.station.clock.wall_us(), prepared), *_arms(deck)),
        accept=ACCEPT, words="send", trigger=trigger, typed=short if prepared.wide else "",
        also=tuple(Choice(str(digit), "choose", "") for digit in others), token=prepared,
    )  # fmt: skip


def to_lift(deck: "Deck", row: "ActionRow", plan: "Plan") -> Confirmation:
    """The way back: what changes, the requests, and the action's id to type."""
    return Confirmation(
        purpose="revert", lines=(*lift_lines(row, plan), *_arms(deck)), accept=ACCEPT, words="lift it",
        trigger=deck.trigger(deck.action(LIFT)), typed=row.short, token=plan,
    )  # fmt: skip


def for_many(
    deck: "Deck", action: "Action", lines: Sequence[Line], count: int, token: object
) -> Confirmation:
    """An act on all that is marked, here in the record: which they are, and how many."""
    return Confirmation(
        purpose="bulk", lines=tuple(lines), accept=ACCEPT, words=f"do this to {count:,}",
        trigger=deck.trigger(action), token=token,
    )  # fmt: skip


def to_replay(deck: "Deck", row: "RunRow", lines: Sequence[Line]) -> Confirmation:
    """A run of sealed prompts: where it goes, how many requests are left, and at what cost at most."""
    return Confirmation(
        purpose="replay", lines=(*lines, *_arms(deck)), accept=ACCEPT, words="send",
        trigger=deck.trigger(deck.action(REPLAY)), token=row,
    )  # fmt: skip


BY_ACTION = {STOP: to_send, LIFT: to_lift, REPLAY: to_replay}
"""The confirmation of every action that reaches the outside by a key."""


def _arms(deck: "Deck") -> tuple[Line, ...]:
    """What a confirmation does beside what it confirms, where the cockpit was not armed before."""
    if deck.arm.left_s:
        return ()
    words = "this cockpit, for this one act; :arm 15m keeps it armed for 15 minutes"
    return ((Span(" arms      ", "dim"), Span(words, "dim")),)
