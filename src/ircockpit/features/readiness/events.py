"""Events of readiness: a control proved outside of incidents, or stuck in that; a contact reached; a schedule approved."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EventType
from ircockpit.core.stated import whole
from ircockpit.render.glyphs import counted

PROVED, FAILED, RETURNED = "readiness.proved", "readiness.failed", "readiness.returned"
REACHED, SCHEDULED = "readiness.reached", "readiness.scheduled"
KINDS = ()
TYPES = tuple(
    EventType(name, "system", Effect.ENTRY) for name in (PROVED, FAILED, RETURNED, REACHED, SCHEDULED)
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    control = body.get("control", "a control")
    if type_ == REACHED:
        return f"reached {body.get('contact', 'the owner')}: {body.get('how', '')}"
    if type_ == SCHEDULED:
        hours = whole(body.get("hours"))
        every = f"every {counted(hours // 24, 'day') if hours % 24 == 0 else counted(hours, 'hour')}"
        return f"approved that {control} is proved {every}" if hours else f"ended the schedule of {control}"
    if type_ == PROVED:
        return f"proved {control}, effective and back, on {body.get('server', 'a version not stated')}"
    if type_ == RETURNED:
        return f"took {control} back after a proof that was cut off"
    stuck = "is still on after its proof" if body.get("word") == "stuck" else "could not be proved"
    return f"{control} {stuck}: {body.get('why', '')}"
