"""How many a control reaches now, asked of the target itself; a stop never waits for it and never fails by it."""

from typing import NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.engine import answer, expression
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.request import planned
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.inert.gate import line

SAID = 160


class Reach(NamedTuple):
    """What the target says, or why it says nothing."""

    counts: tuple[tuple[str, int], ...]
    why_not: str = ""

    @property
    def said(self) -> str:
        """As one sentence, inert."""
        if self.why_not:
            return f"how many it reaches is not known: {self.why_not}"
        return "reaches now: " + ", ".join(f"{number:,} {words}" for words, number in self.counts)


UNANSWERED = Reach((), "no answer yet")


def count(transport: Transport, measure: Measure) -> Reach | None:
    """Ask once; ``None`` where the connector has no question. Never raises for what the target does."""
    spec = measure.action.blast.query
    if spec is None:
        return None
    try:
        request = planned(spec, measure, "control", measure.scope)
        got = answer.ask(transport, request, spec, measure, spec.timeout_s)
        answer.check_good(got, spec, measure, "which is no count", "")
        found = [(words, expression.evaluate(text, got.scope)) for words, text in spec.counts.items()]
    except CockpitError as error:
        return Reach((), line(error.what, SAID))
    for words, number in found:
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 2**53:
            return Reach((), line(f"{words} is no number in the answer of {measure.target.name}", SAID))
    return Reach(tuple((line(words, SAID), int(number)) for words, number in found))
