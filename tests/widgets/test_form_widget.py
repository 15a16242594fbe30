"""The form is answered with digits alone, and tells each answer once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.idle import drive, frame, idle, press
from textual import events
from textual.app import ComposeResult
from textual.pilot import Pilot

from ircockpit.inert import gate
from ircockpit.render.span import Span
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.form import Form, FreeText, Question
from ircockpit.widgets.ink import COLOURLESS
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.status_line import Status, StatusLine

QUESTIONS = (
    Question("harm", "Has harm happened?", ("yes", "likely", "no", "unknown")),
    Question("reach", "Who is reached?", ("few", "hundreds", "thousands", "unknown")),
    Question("undo", "Can it be undone?", ("yes", "partly", "no")),
)
WHY = FreeText("why", "why", "your words, kept with the decision", limit=20)


class FormScreen(CalmScreen):
    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form

    def compose(self) -> ComposeResult:
        yield StatusLine(Status((Span("triage tofa"),)))
        yield self.form
        yield PromptBar()


class FormApp(CalmApp):
    def __init__(self, form: Form) -> None:
        super().__init__(COLOURLESS, "ansi-dark", gate.clean)
        self.form = form
        self.told: list[tuple[str, int | str | None]] = []
        self.ends: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(FormScreen(self.form))

    def on_form_answered(self, message: Form.Answered) -> None:
        self.told.append((message.field, message.value))

    def on_form_finished(self) -> None:
        self.ends.append("finished")

    def on_form_left(self) -> None:
        self.ends.append("left")


Scenario = Callable[[Pilot[Any], FormApp], Awaitable[None]]


def run(scenario: Scenario, form: Form | None = None, size: tuple[int, int] = (80, 24)) -> FormApp:
    app = FormApp(form or Form(QUESTIONS, WHY))

    async def with_app(pilot: Pilot[Any]) -> None:
        await scenario(pilot, app)

    drive(app, with_app, size)
    return app


def test_digits_answer_and_move_on() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        assert app.form.focused_field == "harm"
        shown = await press(pilot, "1", "3", "2")
        assert app.form.focused_field == "undo", "the next key is no text"
        assert " 1 Has harm happened?  1 yes  2 likely  3 no  4 unknown" in shown
        assert all(
            line.endswith(value)
            for line, value in zip(shown.splitlines()[1:4], ("[1]", "[3]", "[2]"), strict=True)
        )
        await press(pilot, "down", *"it was", "enter")

    app = run(scenario)
    assert app.told == [("harm", 1), ("reach", 3), ("undo", 2), ("why", "it was")]
    assert app.ends == ["finished"]
    assert app.form.answers == {"harm": 1, "reach": 3, "undo": 2, "why": "it was"}


def test_a_digit_without_an_answer_does_nothing() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        await press(pilot, "9", "x", "5")
        assert app.form.focused_field == "harm"

    assert run(scenario).told == []


def test_answers_are_changed_and_taken_back() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        await press(pilot, "1", "up", "2", "up", "0", "0", "down", "k", "backspace")

    app = run(scenario)
    assert app.told == [("harm", 1), ("harm", 2), ("harm", None)]
    assert app.form.answers == {}


def test_focus_goes_round_to_what_is_still_open() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        await press(pilot, "down", "down", "1")
        assert app.form.focused_field == "harm"
        await press(pilot, "1", "1")
        assert app.form.focused_field == "reach"

    run(scenario)


def test_a_draft_is_continued() -> None:
    form = Form(QUESTIONS, WHY, answers={"harm": 1, "reach": 99, "why": "so far", "gone": 3})

    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        assert app.form.focused_field == "reach"
        assert "so far" in frame(app)
        await press(pilot, "escape")

    app = run(scenario, form)
    assert app.told == []
    assert app.ends == ["left"]


def test_words_are_told_by_enter_and_dropped_by_escape() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        await press(pilot, "down", "down", "down", *"aq1", "enter")
        await press(pilot, "ctrl+u", "up", "escape")

    app = run(scenario)
    assert app.told == [("why", "aq1")]
    assert app.ends == ["finished", "left"]


def test_pasting_goes_into_the_words_only_and_is_limited() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        app.form.post_message(events.Paste("1"))
        await idle(pilot)
        assert app.form.answers == {}
        app.form.move(9)
        app.form.post_message(events.Paste("x\x1b]52;c;AAAA\x07 and so on and on"))
        shown = await idle(pilot)
        assert ">why       10 characters too many, left out" in shown
        assert app.form.answers == {"why": "x\ufffd]52;c;AAAA\ufffd and so"}

    run(scenario)


def test_the_callers_lines_stand_around_the_questions() -> None:
    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        app.form.show([(Span(" SEV1 because: harm"),), ()], [(), (Span(" criteria  yes"),)])
        lines = (await idle(pilot)).splitlines()
        assert lines[1] == " SEV1 because: harm"
        assert lines[3].startswith(">1 Has harm")
        assert lines[7] == " criteria  yes"
        assert lines[8].startswith(" why       your words")

    run(scenario)


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
def test_more_questions_than_lines_scroll_with_the_focus(size: tuple[int, int]) -> None:
    many = tuple(Question(f"f{number}", f"Question {number}?", ("yes", "no")) for number in range(30))

    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        app.form.show([(Span(" head"),)], [(Span(" criteria"),)])
        for number in range(30):
            shown = await idle(pilot)
            assert f"Question {number}?" in shown
            assert " head" in shown
            assert " why" in shown
            await press(pilot, "1")
        assert app.form.focused_field == "f29"

    run(scenario, Form(many, WHY), size)


def test_long_choices_wrap_under_themselves() -> None:
    form = Form((Question("a", "Which?", tuple(f"a rather long answer {n}" for n in range(5))),), WHY)

    async def scenario(pilot: Pilot[Any], app: FormApp) -> None:
        lines = frame(app).splitlines()
        assert lines[1].startswith(">1 Which?  1 a rather long answer 0")
        assert lines[2].startswith("           ")
        assert "answer 4" in frame(app)

    run(scenario, form)


def test_ten_answers_have_no_digit() -> None:
    with pytest.raises(ValueError, match="nine"):
        Form((Question("a", "b", tuple("1234567890")),), WHY)
