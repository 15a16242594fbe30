"""Every confirmation there is, in one place: what stands above it, and which key confirms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ircockpit.features.containment.approvals import TWO
from ircockpit.features.containment.chaining import chain_lines
from ircockpit.features.containment.lifting import lift_to_send
from ircockpit.features.containment.pages import lift_lines, plan_lines
from ircockpit.features.containment.stopping import people_for
from ircockpit.features.containment.together import approval_lines
from ircockpit.render.span import Line, Span
from ircockpit.widgets.confirm import Choice, Confirmation

if TYPE_CHECKING:
    from ircockpit.command.action import Action
    from ircockpit.features.containment.approvals import Proposal
    from ircockpit.features.containment.chaining import Chain
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.queries import ActionRow
    from ircockpit.features.containment.stopping import Prepared
    from ircockpit.features.containment.verdicts import Verdict
    from ircockpit.features.notices.channels import Channel
    from ircockpit.features.notices.reading import Notice
    from ircockpit.features.notices.sending import Outgoing
    from ircockpit.features.replay.queries import RunRow
    from ircockpit.notify.delivery import Address
    from ircockpit.screens.deck import Deck

STOP, LIFT, APPROVE = "containment.stop", "containment.revert", "containment.approve"
CHAIN, REPLAY = "containment.chain", "replay.run"
NOTICE, TRY = "notice.send", "notice.test"
GLASS = "b"
"""The key that goes on without the second person, where one is needed."""
ACCEPT = "f"
"""The key that confirms; it means nothing else anywhere, and nobody can give it to anything."""


def to_send(
    deck: "Deck", prepared: "Prepared", *, trigger: str, short: str, others: Sequence[int]
) -> Confirmation:
    """A stop: the very requests, what the probe reads now, and the incident's id to type where it reaches everybody."""
    words = "propose it" if prepared.waits else "send it alone" if prepared.glass else "send"
    also = [Choice(str(digit), "choose", "") for digit in others]
    if prepared.waits:
        also.append(Choice(GLASS, "break-glass"))
    return Confirmation(
        purpose="send", lines=(*plan_lines(deck.station.clock.wall_us(), prepared), *_arms(deck)),
        accept=ACCEPT, words=words, trigger=trigger, typed=short if prepared.wide or prepared.glass else "",
        also=tuple(also), token=prepared,
    )  # fmt: skip


def to_lift(
    deck: "Deck", row: "ActionRow", plan: "Plan", verdict: "Verdict", others: "Sequence[ActionRow]" = ()
) -> Confirmation:
    """The way back: what changes, the requests, what runs say of a fix, what stays on, and the action's id to type."""
    waits = people_for(plan, row) >= TWO and lift_to_send(deck.station, row.ident) is None
    return Confirmation(
        purpose="revert", lines=(*lift_lines(row, plan, others, verdict), *_arms(deck)), accept=ACCEPT,
        words="propose to lift it" if waits else "lift it",
        trigger=deck.trigger(deck.action(LIFT)), typed=row.short, token=plan,
    )  # fmt: skip


def approval_of(deck: "Deck", row: "ActionRow", proposal: "Proposal") -> Confirmation:
    """A colleague's plan, computed from what its hash is over, and the action's id to type."""
    return Confirmation(
        purpose="approve", lines=approval_lines(deck.station, row, proposal), accept=ACCEPT, words="approve exactly this",
        trigger=deck.trigger(deck.action(APPROVE)), typed=row.short, token=(row, proposal),
    )  # fmt: skip


def to_chain(deck: "Deck", chain: "Chain", short: str) -> Confirmation:
    """A recipe as a whole: each step with its requests, and the incident's id to type."""
    return Confirmation(
        purpose="chain", lines=(*chain_lines(chain), *_arms(deck)), accept=ACCEPT, words="run all of it",
        trigger=deck.trigger(deck.action(CHAIN)), typed=short, token=chain,
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


def to_notify(
    deck: "Deck", outgoing: "Sequence[Outgoing]", addresses: "dict[str, Address]", *, trigger: str
) -> Confirmation:
    """A notice: its exact words, and every channel with its masked address."""
    from ircockpit.features.notices.pages import (
        send_lines,
    )  # nothing else of notices is loaded by a screen of controls

    return Confirmation(
        purpose="notice", lines=(*send_lines(outgoing, addresses), *_arms(deck)), accept=ACCEPT, words="send",
        trigger=trigger, token=tuple(outgoing),
    )  # fmt: skip


def to_try(
    deck: "Deck", channel: "Channel", notice: "Notice", address: "Address", *, trigger: str
) -> Confirmation:
    """A test of a channel: its exact words and the masked address."""
    from ircockpit.features.notices.pages import try_lines

    return Confirmation(
        purpose="notice", lines=(*try_lines(channel, notice, address), *_arms(deck)), accept=ACCEPT, words="send the test",
        trigger=trigger, token=channel,
    )  # fmt: skip


BY_ACTION = {
    STOP: to_send, LIFT: to_lift, APPROVE: approval_of, CHAIN: to_chain, REPLAY: to_replay, NOTICE: to_notify, TRY: to_try,
}  # fmt: skip
"""The confirmation of every action that reaches the outside by a key."""


def _arms(deck: "Deck") -> tuple[Line, ...]:
    """What a confirmation does beside what it confirms, where the cockpit was not armed before."""
    if deck.arm.left_s:
        return ()
    words = "this cockpit, for this one act; :arm 15m keeps it armed for 15 minutes"
    return ((Span(" arms      ", "dim"), Span(words, "dim")),)
