"""A trial in lines: what it would send, and what came of it."""

from ircockpit.features.containment.rules import NOT_TRIED, VERIFIED, Tried
from ircockpit.features.containment.trying import Ready
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span

_ROLES = {VERIFIED: "ok", NOT_TRIED: "dim"}


def plan_lines(ready: Ready) -> list[Line]:
    """What trying it sends, there and back, and whom it reaches."""
    from ircockpit.features.containment.engine.request import shown

    plan = ready.plan
    shift, back = plan.shift, ready.proof is None
    head = "takes back a trial that was cut off: " if back else ""
    lines: list[Line] = [
        (Span(f" {ready.action:9} ", "title"), Span(f"{head}{shift.what} from {shift.now} to {shift.after}"))
    ]
    for name, requests in (("sends", plan.requests), ("and back", () if back else plan.way_back)):
        rows = [row for request in requests for row in shown(request)]
        lines += [
            (Span(f" {name if at == 0 else '':9} ", "dim"), Span(clean(row), "accent"))
            for at, row in enumerate(rows)
        ]
    blast = plan.measure.action.blast
    lines.append((Span(" reaches   ", "dim"), Span(clean(f"{blast.tier}: {blast.text}"), "warn")))
    return lines


def outcome_lines(done: Tried) -> list[Line]:
    """What came of it."""
    course = f" ({' > '.join(done.course)})" if done.course else ""
    return [
        (
            Span(f" {done.action:9} ", "title"),
            Span(f"{done.word}{course}", _ROLES.get(done.word, "error")),
            Span(clean(f": {done.said}")),
        )
    ]
