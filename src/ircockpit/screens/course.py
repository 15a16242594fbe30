"""What one control's planning and running say of themselves, kept for the screen that shows them."""

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ircockpit.core.errors import CockpitError
from ircockpit.features.catalogue import key_of
from ircockpit.features.containment.pages import progress_line
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.blur import blurred
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.features.containment.journalling import Progress
    from ircockpit.features.containment.offers import Offer
    from ircockpit.net.giveup import GiveUp

SHOWN_STEPS = 5
SHOWN_ANSWERS = 3


class Course:
    """One control from approval to its end, as it is told."""

    def __init__(self, digit: int, approval: str = "", *, blur: bool = True) -> None:
        """``blur``: what the model itself answers is not to be read by chance."""
        self.digit = digit
        self._blur = blur
        self.running = True
        self.latest: Progress | None = None
        self.problem: CockpitError | None = None
        self._steps: list[Line] = [(Span(f"   {approval}", "dim"),)] if approval else []
        self._reached: dict[str, int] = {}
        self._answers: list[tuple[str, bool]] = []
        """Beginnings of answers, and whether each is the control's."""

    def take(self, progress: "Progress") -> None:
        """A step or a probe."""
        before, self.latest = self.latest, progress
        if progress.ms is not None and progress.state in ("accepted", "recorded", "effective", "reverted"):
            self._reached.setdefault(progress.state, progress.ms)
        answer = (progress.answer, progress.contained)
        if progress.answer and (not self._answers or self._answers[-1] != answer):
            self._answers = [*self._answers, answer][-SHOWN_ANSWERS:]
        fresh = before is None or (before.state, before.detail) != (progress.state, progress.detail)
        # Who approved stands there already, in front of the first step.
        if progress.detail and fresh and progress.state != "approved":
            self._steps.append((Span("   ", "dim"), Span(words(progress.detail))))

    @property
    def good(self) -> bool:
        """Whether it ended as it was meant to."""
        return self.latest is not None and self.latest.state in ("effective", "reverted")

    def lines(self) -> list[Line]:
        """How far it is, its latest steps, what users get."""
        if self.problem is not None:
            return problem_lines(self.problem)
        if self.latest is None and not self.running:
            return []  # nothing was new: the control's row says where it stands
        if self.latest is None:
            return [(Span(f" reading control {self.digit} back…", "dim"),)]
        # What users got stands before the last step: below it, it would read as if it came after the proof.
        steps = self._steps[-SHOWN_STEPS:]
        answers: list[Line] = []
        for place, (answer, contained) in enumerate(self._answers, 1):
            label = "   users get  " if place == len(self._answers) else "   users got  "
            said: Line = (Span(f"“{words(answer[:60])}”"),)
            # A control's answer is known; the model's may be what this is all about.
            answers.append((Span(label, "dim"), *(said if contained or not self._blur else blurred(said))))
        first = progress_line(self.latest, self.digit, list(self._reached.items()))
        return [first, *steps[:-1], *answers, *steps[-1:]]


class Waiting(NamedTuple):
    """A target that is being read before anything is sent, and the way to stop waiting for it."""

    digit: int
    whom: str
    since: float
    """``time.monotonic()``."""
    give_up: "GiveUp"

    def lines(self) -> list[Line]:
        """Whom we wait for and for how long, so that nobody takes a hanging target for a hanging program."""
        shown: list[Line] = [
            (Span(f" reading control {self.digit} and probing what users get…", "dim"),),
        ]
        seconds = int(monotonic() - self.since)
        if seconds:
            shown.append(
                (
                    Span(
                        f" waits for {words(self.whom, 'its target')}, {seconds} s so far; nothing was sent",
                        "warn",
                    ),
                    Span(f"   another digit chooses another, {key_of('screen.leave')} gives up", "dim"),
                )
            )
        return shown


def waiting(offer: "Offer", give_up: "GiveUp") -> Waiting:
    """The wait for an offer's target, from now on."""
    place = offer.place
    whom = f"{place.name}, {urlsplit(place.admin).netloc}" if place else "its target"
    return Waiting(offer.digit, whom, monotonic(), give_up)


def problem_lines(error: CockpitError) -> list[Line]:
    """An expected failure as it is told on the screen."""
    return [(Span(f" {clean(sentence)}", "bad"),) for sentence in error.sentences()]
