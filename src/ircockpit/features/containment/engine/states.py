"""The states of a containment action, and which may follow which."""

from enum import StrEnum
from types import MappingProxyType

NOT_AS_LEFT = "no longer reads as it was left: changed by somebody else, or lost by a restart"
"""Said of a control that drifted; which of both it was, nobody here can tell."""


class State(StrEnum):
    """Where an action stands, as far as it has been *read*, never as far as it was hoped."""

    PLANNED = "planned"
    """Exact requests exist; nothing was sent."""
    APPROVED = "approved"
    """Somebody entitled to it approved exactly this plan."""
    SENT = "sent"
    """The journal holds the intent; from here on the request may have left."""
    ACCEPTED = "accepted"
    """The control's answer met the connector's ``ok``."""
    RECORDED = "recorded"
    """The control reads back as contained."""
    EFFECTIVE = "effective"
    """A probe that could fail found the data plane contained, several times in a row."""
    REVERTING = "reverting"
    """The way back is being sent."""
    REVERTED = "reverted"
    """The control reads back as before and the probe is served again."""
    UNVERIFIED = "unverified"
    """The control may well hold, but no probe shows it; the reason is told, a lifting that failed included."""
    PARTIAL = "partial"
    """Some of several changes were made."""
    FAILED = "failed"
    """The change was not made: nothing was sent, or the target refused it and reads back unchanged."""
    DRIFTED = "drifted"
    """The target is not as approved, or no longer as applied: changed by somebody else, or lost by a restart."""
    UNKNOWN = "unknown"
    """Sent, perhaps accepted, and not read back as made; it may still follow. It is read again before anything else."""


_S = State

FOLLOWS: MappingProxyType[State, frozenset[State]] = MappingProxyType(
    {
        _S.PLANNED: frozenset({_S.APPROVED}),
        # Straight to recorded where the target already was as planned.
        _S.APPROVED: frozenset({_S.SENT, _S.RECORDED, _S.FAILED, _S.DRIFTED, _S.UNVERIFIED}),
        # Sent once more where the target was away or said "not now".
        # The way back begins at reverting, also where the run that sent was cut off.
        _S.SENT: frozenset(
            {_S.ACCEPTED, _S.RECORDED, _S.FAILED, _S.PARTIAL, _S.DRIFTED, _S.UNKNOWN, _S.UNVERIFIED}
            | {_S.REVERTING, _S.SENT}
        ),
        _S.ACCEPTED: frozenset(
            {_S.SENT, _S.RECORDED, _S.FAILED, _S.PARTIAL, _S.UNKNOWN, _S.UNVERIFIED, _S.REVERTING}
        ),
        _S.RECORDED: frozenset({_S.EFFECTIVE, _S.DRIFTED, _S.UNKNOWN, _S.UNVERIFIED, _S.REVERTING}),
        _S.EFFECTIVE: frozenset({_S.REVERTING, _S.DRIFTED, _S.UNKNOWN}),
        _S.REVERTING: frozenset(
            {_S.REVERTING, _S.REVERTED, _S.PARTIAL, _S.DRIFTED, _S.UNKNOWN, _S.UNVERIFIED}
        ),
        _S.REVERTED: frozenset({_S.APPROVED}),
        _S.UNVERIFIED: frozenset({_S.REVERTING, _S.DRIFTED, _S.UNKNOWN}),
        _S.PARTIAL: frozenset({_S.REVERTING, _S.UNKNOWN}),
        _S.FAILED: frozenset({_S.APPROVED}),
        _S.DRIFTED: frozenset({_S.REVERTING, _S.EFFECTIVE, _S.UNVERIFIED, _S.UNKNOWN}),
        _S.UNKNOWN: frozenset(
            {
                _S.APPROVED,
                _S.SENT,
                _S.RECORDED,
                _S.REVERTING,
                _S.EFFECTIVE,
                _S.UNVERIFIED,
                _S.PARTIAL,
                _S.FAILED,
                _S.DRIFTED,
                _S.UNKNOWN,
            }
        ),
    }
)
"""What may be journalled next. A further plan begins at ``approved``, the way back at ``reverting``; looking
again leads from in force to ``drifted`` or ``unknown`` and back."""


def may_follow(state: State, following: State) -> bool:
    """Whether ``following`` may be journalled directly after ``state``."""
    return following in FOLLOWS[state]
