"""The course of a control as it is told: what came last stands last."""

from ircockpit.features.containment.stopping import Progress
from ircockpit.screens.course import Course


def test_what_users_got_stands_before_the_last_step() -> None:
    course = Course(1, "approved by mira")
    course.take(Progress("", "halt", "accepted", 3, "sent"))
    course.take(Progress("", "halt", "effective", 9, "probe passes", answer="halted"))
    said = ["".join(span.text for span in line) for line in course.lines()]
    assert "users get" in said[-2]
    assert "probe passes" in said[-1]
