"""What the threads beside a stop tell its screen."""

from textual.message import Message

from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.journalling import Progress
from ircockpit.features.containment.stopping import Prepared
from ircockpit.screens.course import Course


class Ready(Message, namespace="stop"):
    """A plan was made, or could not be."""

    def __init__(self, digit: int, outcome: Prepared | CockpitError) -> None:
        super().__init__()
        self.digit = digit
        self.outcome = outcome


class Step(Message, namespace="stop"):
    """A containment that runs says something."""

    def __init__(self, course: Course, progress: Progress) -> None:
        super().__init__()
        self.course = course
        self.progress = progress


class Done(Message, namespace="stop"):
    """A containment that ran has ended, or could not begin."""

    def __init__(self, course: Course, said: str, error: CockpitError | None) -> None:
        super().__init__()
        self.course = course
        self.said = said
        self.error = error
