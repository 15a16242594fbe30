"""Erasures as lines: what was ordered, what stands in the way, and what each device has said of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ircockpit.features.erasure.confirmed import CONFIRMED, NOT_GIVEN, REMOVED, REVOKED, WAITING, Confirmation
from ircockpit.features.erasure.queries import ErasureRow
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import age, counted
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full

_NOT_WAITED_FOR = {
    REVOKED: "revoked: nothing is heard of it any more",
    REMOVED: "its owner was removed: it does not hear of this",
    NOT_GIVEN: "is not given this record",
}


def erasure_lines(row: ErasureRow, now_us: int, offset_minutes: int = 0) -> list[Line]:
    """One erasure, its holds and its devices."""
    lines: list[Line] = [
        (
            Span(f"{row.event[:12]}  ", "key"), Span(row.counts, "ok" if row.counts == "in force" else "warn"),
            Span(f"  {counted(row.entries, 'entry')}, by {words(row.by)} {at_full(row.at_us, offset_minutes)}"),
        ),
        (Span("  why      ", "dim"), Span(words(row.why))),
    ]  # fmt: skip
    for hold in row.holds:
        lines.append(
            (Span("  held by  ", "dim"), Span(f"{hold.short} of {words(hold.by)}: {words(hold.why)}", "bad"))
        )
    if row.devices:
        lines.append((Span("  devices  ", "dim"), Span(_summary(row.devices))))
    return [*lines, *(_device_line(each, row.at_us, now_us, offset_minutes) for each in row.devices)]


def _summary(devices: tuple[Confirmation, ...]) -> str:
    states = Counter(each.state for each in devices)
    gone = len(devices) - states[CONFIRMED] - states[WAITING]
    said = f"{states[CONFIRMED]} of {counted(len(devices), 'device')} confirmed"
    said += f", {states[WAITING]} waited for" if states[WAITING] else ""
    return said + (f", {gone} not waited for" if gone else "")


def _device_line(each: Confirmation, ordered_us: int, now_us: int, offset_minutes: int) -> Line:
    name = Span(clean(f"    {each.name}: "))
    if each.state == CONFIRMED:
        return name, Span(f"confirmed {at_full(each.at_us, offset_minutes)}")
    if each.state != WAITING:
        return name, Span(_NOT_WAITED_FOR[each.state], "dim")
    heard = f"last heard of {_since(each.heard_us, now_us)} ago" if each.heard_us else "never heard of"
    return name, Span(f"not confirmed for {_since(ordered_us, now_us)}, {heard}", "warn")


def _since(at_us: int, now_us: int) -> str:
    return age(max(now_us - at_us, 0) / 1e6)


def here_lines(traces: bool, left: Sequence[str]) -> list[Line]:
    """What of it may still be on this device."""
    said = (
        ["free pages still hold some of it while another window is reading; ask again later"]
        if traces
        else []
    )
    for name in left:
        why = (
            "a control is reverted from it"
            if name.startswith("snapshots/")
            else "it is not the program's own"
        )
        said.append(clean(f"{name} holds some of it, and is kept: {why}"))
    return [(Span("here     ", "dim"), Span(each, "warn")) for each in said]


def erasure_data(row: ErasureRow) -> dict[str, Any]:
    """The same as data."""
    return {
        **row._asdict(), "at": at_full(row.at_us), "holds": [each.short for each in row.holds],
        "devices": [{**each._asdict(), "confirmed": each.state == CONFIRMED} for each in row.devices],
    }  # fmt: skip
