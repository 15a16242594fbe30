"""The course of a control as it is told: what came last stands last."""

from ircockpit.features.containment.journalling import Progress
from ircockpit.screens.course import Course


def test_what_users_got_stands_before_the_last_step() -> None:
    course = Course(1, "approved by mira")
    course.take(Progress("", "halt", "accepted", 3, "sent"))
    course.take(Progress("", "halt", "effective", 9, "probe passes", answer="halted"))
    said = ["".join(span.text for span in line) for line in course.lines()]
    assert "users get" in said[-2]
    assert "probe passes" in said[-1]


def test_what_the_model_still_answers_is_blurred_and_what_the_control_answers_is_not() -> None:
    course, open_course = Course(1), Course(1, blur=False)
    for each in (course, open_course):
        each.take(Progress("", "halt", "accepted", 3, "sent", answer="zebra", contained=False))
        each.take(Progress("", "halt", "accepted", 9, "sent", answer="halted", contained=True))
    said, plainly = (
        "\n".join("".join(span.text for span in line) for line in each.lines())
        for each in (course, open_course)
    )
    assert "zebra" not in said
    assert "users got  ░" in said
    assert "users get  “halted”" in said
    assert "users got  “zebra”" in plainly
