"""Who may take back, lift or widen: checked here first, and judged by the hub where there is one."""

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.store import erasing
from ircockpit.store.workstation import Workstation

LEAD = "lead"
MAX_REASON = 500


def reason_of(text: str) -> str:
    """The reason, checked. Raises :class:`BadInput`."""
    reason = text.strip().encode("utf-8", "replace").decode()
    if not reason or len(reason) > MAX_REASON:
        raise BadInput(
            f"a reason of 1 to {MAX_REASON} characters is needed", safe="nothing was changed",
            fix="say why, without the words that are to go: the reason itself stays",
        )  # fmt: skip
    return reason


def check_lead(station: Workstation, what: str) -> None:
    """Raise :class:`RefusedError` where the hub has said that this device's role is another one.

    A profile without a hub is its own lead. What the hub has not said yet, it judges when the entry comes.
    """
    role = station.log.meta(erasing.ROLE)
    if station.identity.hub and role and role != LEAD:
        raise RefusedError(
            f"{what} by a lead; the hub knows you as {role}", safe="nothing was changed", fix="ask a lead"
        )


def part_numbers(text: str, count: int) -> list[int]:
    """Part numbers as typed, ``0,2``, of an entry with so many parts. Raises :class:`BadInput`."""
    try:
        numbers = sorted({int(word) for word in text.split(",")})
    except ValueError:
        raise BadInput(
            f"--parts takes numbers such as 0,2, not {text!r}", safe="nothing was changed"
        ) from None
    if numbers[0] < 0 or numbers[-1] >= count:
        raise BadInput(f"the entry has the parts 0 to {count - 1}", safe="nothing was changed")
    return numbers
