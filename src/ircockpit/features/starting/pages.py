"""What a newcomer is shown: the plan before it is confirmed, and what stands at the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ircockpit.features.containment.trying_page import plan_lines
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap

if TYPE_CHECKING:
    from ircockpit.features.containment.rules import Badge
    from ircockpit.features.containment.trying import Ready
    from ircockpit.features.systems.rules import Control, System

CELLS, PAGE_INDENT = 79, 11
"""Width of a page, and where its texts begin."""


def plan_page(ready: "Ready", reached: str = "") -> tuple[Line, ...]:
    """What would be sent, whom it reaches, what the probe reads now, and how it is taken back."""
    lines = list(plan_lines(ready))
    if reached:
        lines.append(_row("", reached, "warn"))
    if ready.proof is not None:
        sample = ready.proof.samples[-1]
        lines.append(_row("probe", f"{sample.exchange.method} {sample.exchange.url}", "accent"))
        lines.append(
            _row("", f'answers {sample.exchange.status}: reads "not contained" now, as it must', "dim")
        )
    lines.append(_row("way back", "on this device's disk before anything is sent", "dim"))
    return tuple(lines)


def end_page(
    system: "System", control: "Control", badge: "Badge | None", said: str, *, is_on: bool = False
) -> tuple[Line, ...]:
    """What is recorded, what is proved (``said`` says how, or why not; ``is_on``: or that it is left on), and what comes next."""
    digit = [each.name for each in system.controls].index(control.name) + 1
    place = system.target(control.target)
    rows = [
        _row("recorded", f"{system.name}, owner {system.owner or 'nobody yet'}", "text"),
        _row("control", f"{digit} {control.title}: {control.connector}/{control.action}", "text"),
        _row("target", f"{place.admin if place else ''}, users at {(place.probe if place else '') or 'no address'}", "text"),
    ]  # fmt: skip
    if badge is not None:
        rows.append(_row("proved", said, "ok"))
        rows.append(
            _row("badge", f"{control.connector} verified on this device, server: {badge.server}", "ok")
        )
    elif is_on:
        return _wrapped([*rows, _row("LEFT ON", said, "bad")])
    else:
        rows.append(_row("unproved", said, "warn"))
    return (*_wrapped(rows), *_next(system, control, badge is not None))


def _wrapped(rows: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(row for each in rows for row in wrap(each, CELLS, PAGE_INDENT))


def _next(system: "System", control: "Control", proved: bool) -> Sequence[Line]:
    try_again = f"ircockpit init {system.name}"
    steps = [
        ("ircockpit intake FILE", "take in a file of signals"),
        ("ircockpit", "the cockpit: ! on a signal stops it"),
        (try_again, "the next control" if proved else f"prove {control.name} when the gateway is ready"),
    ]
    width = max(len(command) for command, _ in steps) + 2
    return [
        (
            Span(f" {'next' if number == 0 else '':9} ", "dim"),
            Span(f"{command:{width}}", "key"),
            Span(about, "dim"),
        )
        for number, (command, about) in enumerate(steps)
    ]


def _row(name: str, text: str, role: str) -> Line:
    return (Span(f" {name:9} ", "dim"), Span(clean(text), role))
