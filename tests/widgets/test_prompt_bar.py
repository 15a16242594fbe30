"""The bar asks, hears only what it should, and gives the keys back."""

from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar

import pytest
from tests.support.idle import drive, frame, idle, press
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.screen import Screen

from ircockpit.inert import gate
from ircockpit.render.span import Line, Span, plain
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.confirm import Choice, Confirmation
from ircockpit.widgets.ink import COLOURLESS
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

LABEL: Line = (Span(" note:", "key"),)
ASKED = Confirmation(
    "stop",
    ((Span(" stop > tofa Pharmacy bot"),), (Span(" 2 endpoints, 4,000 people"),)),
    accept="f",
    words="send",
    trigger="exclamation_mark",
    also=(Choice("d", "dry run"), Choice("1", "choose", "1-3")),
    token=object(),
)


class BarScreen(CalmScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"struck('{key}')", priority=True)
        for key in ("j", "n", "q", "f", "d", "enter", "escape", "space")
    ]

    def __init__(self, bar: PromptBar) -> None:
        super().__init__()
        self.bar = bar

    def compose(self) -> ComposeResult:
        yield Pane([(Span(f"line {number}"),) for number in range(30)])
        yield self.bar

    def action_struck(self, key: str) -> None:
        assert isinstance(self.app, BarApp)
        self.app.struck.append(key)


class BarApp(CalmApp):
    """A bar on a screen that has bindings for the very keys the bar uses, and a clock the test moves."""

    def __init__(self, screen: Callable[[PromptBar], Screen[Any]] = BarScreen) -> None:
        super().__init__(COLOURLESS, "ansi-dark", gate.clean)
        self.now = 100.0
        self.bar = PromptBar(clock=lambda: self.now)
        self.make = screen
        self.struck: list[str] = []
        self.heard: list[tuple[str, ...]] = []
        self.confirmed: list[Confirmation] = []

    def on_mount(self) -> None:
        self.push_screen(self.make(self.bar))

    def on_prompt_bar_submitted(self, message: PromptBar.Submitted) -> None:
        self.heard.append(("submitted", message.purpose, message.text))

    def on_prompt_bar_changed(self, message: PromptBar.Changed) -> None:
        self.heard.append(("changed", message.text))

    def on_prompt_bar_cancelled(self, message: PromptBar.Cancelled) -> None:
        self.heard.append(("cancelled", message.purpose))

    def on_prompt_bar_picked(self, message: PromptBar.Picked) -> None:
        self.heard.append(("picked", message.key))

    def on_prompt_bar_confirmed(self, message: PromptBar.Confirmed) -> None:
        self.heard.append(("confirmed", message.purpose))
        self.confirmed.append(message.asked)


def last(shown: str) -> str:
    return shown.splitlines()[-1]


def run(
    scenario: Callable[[Pilot[Any], BarApp], Any], app: BarApp | None = None, size: tuple[int, int] = (80, 24)
) -> BarApp:
    app = app or BarApp()

    async def with_app(pilot: Pilot[Any]) -> None:
        await scenario(pilot, app)

    drive(app, with_app, size)
    return app


def test_hints_and_sentences() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.show_hint((Span(" ! stop"),))
        assert last(await idle(pilot)) == " ! stop"
        app.bar.say((Span(" saved"),))
        assert last(await idle(pilot)) == " - saved"
        app.bar.show_hint((Span(" ! stop"),))
        assert last(await press(pilot, "j")) == " ! stop"
        assert app.struck == ["j"]

    run(scenario)


def test_a_text_prompt_takes_every_key_and_gives_them_back() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.show_hint((Span(" hint"),))
        app.bar.ask("note", LABEL)
        assert last(await press(pilot, *"nqfd", "space", "j")) == " note: nqfd j"
        assert app.cursor_position == (13, 23)
        assert last(await press(pilot, "enter")) == " hint"
        await press(pilot, "j")

    app = run(scenario)
    assert app.heard == [("submitted", "note", "nqfd j")]
    assert app.struck == ["j"]


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "backspace"])
def test_a_text_prompt_is_left_by(key: str) -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.ask("note", LABEL)
        await press(pilot, key)
        assert not app.bar.asking

    assert run(scenario).heard == [("cancelled", "note")]


def test_editing_history_limit_and_paste() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.ask("note", LABEL, text="ab", limit=10, history=("older",))
        assert last(await press(pilot, "left", "x")) == " note: axb"
        assert last(await press(pilot, "up")) == " note: older"
        await press(pilot, "down", "ctrl+u")
        app.bar.post_message(events.Paste("one\ntwo \x1b[31mthree"))
        assert last(await idle(pilot)) == " note: one two \ufffd[   8 characters too many, left out"

    run(scenario)


def test_a_live_prompt_tells_each_change() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.ask("filter", (Span(" /"),), live=True)
        await press(pilot, "a", "left", "b", "delete", "enter")

    heard = run(scenario).heard
    assert heard == [("changed", "a"), ("changed", "ba"), ("changed", "b"), ("submitted", "filter", "b")]


def test_a_long_text_shows_the_part_around_the_caret() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.ask("note", LABEL, text="x" * 200 + "end")
        shown = last(await idle(pilot))
        assert shown.startswith(" note: …xxx")
        assert shown.endswith("xend")
        assert len(shown) < 80
        assert last(await press(pilot, "home")).startswith(" note: xxxx")

    run(scenario)


def test_a_choice_is_one_key() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.choose("severity", (Span(" severity"),), (Choice("1", "high"), Choice("n", "none")))
        assert last(await press(pilot, "j", "enter")) == " severity  1 high  n none"
        await press(pilot, "n")
        app.bar.choose("severity", (Span(" severity"),), (Choice("1", "high"),))
        assert last(await idle(pilot)) == " severity  1 high   n back"
        app.bar.post_message(events.Paste("1"))
        await press(pilot, "q")

    app = run(scenario)
    assert app.heard == [("submitted", "severity", "n"), ("cancelled", "severity")]
    assert app.struck == []


def test_many_choices_stand_on_lines_of_their_own() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.choose(
            "why", (Span(" why"),), [Choice(str(digit), "a long reason " * 2) for digit in range(1, 6)]
        )
        lines = (await idle(pilot)).splitlines()
        assert lines[-1] == " why   n back"
        assert lines[-2] == " 5 a long reason a long reason"
        assert lines[-7] == " " + "-" * 78

    run(scenario)


def test_choices_in_the_words_of_others_stand_above_the_question() -> None:
    forged = Choice("1", "jo: press f to send   n back")

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.choose("settle", (Span(" title is"),), (forged,))
        assert last(await idle(pilot)) == " title is  1 jo: press f to send   n back   n back", "the control"
        app.bar.choose("settle", (Span(" title is"),), (forged,), foreign=True)
        lines = (await idle(pilot)).splitlines()
        assert lines[-2:] == [" 1 jo: press f to send   n back", " title is   n back"]
        await press(pilot, "1")

    app = run(scenario)
    assert app.heard == [("submitted", "settle", "1")]


def test_a_confirmation_as_in_the_look() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        before = frame(app)
        app.bar.confirm(ASKED)
        lines = (await idle(pilot)).splitlines()
        assert lines[-4:] == [
            " " + "-" * 78,
            " stop > tofa Pharmacy bot",
            " 2 endpoints, 4,000 people",
            " press f to send   d dry run   1-3 choose   n back              (deaf at first)",
        ]
        assert lines[:-4] == before.splitlines()[:-4]
        app.now += 1
        await press(pilot, "f")
        assert (await idle(pilot)).splitlines()[:-1] == before.splitlines()[:-1]

    app = run(scenario)
    assert app.confirmed == [ASKED]
    assert app.confirmed[0] is ASKED


@pytest.mark.parametrize("key", ["enter", "space", "exclamation_mark", "j", "tab"])
def test_what_does_not_confirm(key: str) -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        await press(pilot, key, key)
        assert app.bar.asking

    app = run(scenario)
    assert app.heard == []
    assert app.struck == []


def test_the_control_confirms() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        await press(pilot, "f")

    assert run(scenario).heard == [("confirmed", "stop")]


def test_early_and_held_keys_do_nothing_and_say_so() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 0.2
        assert "too early, nothing done" in last(await press(pilot, "f"))
        for _ in range(20):
            app.now += 0.05
            shown = last(await press(pilot, "f"))
        assert "key held down" in shown
        assert "press f again" in shown
        assert app.heard == []
        app.now += 1
        await press(pilot, "f")

    assert run(scenario).heard == [("confirmed", "stop")]


@pytest.mark.parametrize(("apart", "heard", "below"), [(0.03, ["confirmed"], ["j"]), (0.02, [], [])])
def test_a_loop_that_was_late_takes_no_key_from_hands_that_were_not(
    apart: float, heard: list[str], below: list[str]
) -> None:
    """Both keys are there before either is looked at; when they were pressed tells a person from a paste."""

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar._clock = None
        app.bar.confirm(ASKED)
        pressed = monotonic() + 1
        for name, at in (("f", pressed), ("j", pressed + apart)):
            key = events.Key(name, name)
            key.time = at
            app.post_message(key)
        shown = last(await idle(pilot))
        assert ("many keys at once" in shown) == (not heard)
        assert app.bar.asking == (not heard)

    app = run(scenario)
    assert [kind for kind, _ in app.heard] == heard
    assert app.struck == below


def test_what_the_terminal_marks_as_a_paste_takes_the_key_before_it_along() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        app.post_message(events.Key("f", "f"))
        app.post_message(events.Paste("or example"))
        assert "many keys at once" in last(await idle(pilot))
        assert app.bar.asking

    assert run(scenario).heard == []


def test_pasting_does_not_confirm() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        app.bar.post_message(events.Paste("f"))
        await idle(pilot)
        assert app.bar.asking

    assert run(scenario).heard == []


@pytest.mark.parametrize("key", ["n", "q", "escape", "ctrl+c"])
def test_a_confirmation_is_left_by(key: str) -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        await press(pilot, key)

    app = run(scenario)
    assert app.heard == [("cancelled", "stop")]
    assert app.struck == []


def test_other_content_is_asked_anew() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        await press(pilot, "d", "f")  # not what was asked before d
        app.now += 1
        await press(pilot, "1")
        app.bar.confirm(ASKED._replace(purpose="dry run"))
        await press(pilot, "f")
        assert app.bar.asking
        app.now += 1
        await press(pilot, "f")

    assert run(scenario).heard == [("picked", "d"), ("picked", "1"), ("confirmed", "dry run")]


def test_an_id_to_type() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED._replace(typed="tofa"))
        app.now += 1
        assert last(await press(pilot, "f")).strip().startswith("type tofa, then f, to send:")
        assert "type tofa first" in last(await press(pilot, "f"))
        assert "that is not tofa" in last(await press(pilot, "t", "x"))
        assert last(await press(pilot, *"tofa")).startswith(" press f to send")
        app.now += 1
        await press(pilot, "f")

    assert run(scenario).heard == [("confirmed", "stop")]


def test_what_does_not_fit_is_read_to_the_end_first() -> None:
    lines = tuple((Span(f" target {number}"),) for number in range(40))

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED._replace(lines=lines))
        app.now += 1
        shown = await idle(pilot)
        assert "20 more lines, down" in shown
        assert "read to the end first" in last(await press(pilot, "f"))
        shown = await press(pilot, "pagedown", "down")
        assert " target 39" in shown
        assert "more lines" not in shown
        await press(pilot, "up")
        app.now += 1
        await press(pilot, "f")

    assert run(scenario).heard == [("confirmed", "stop")]


def test_long_targets_are_wrapped_not_cut() -> None:
    url = "http://10.0.4.2:9901/runtime_modify?" + "ir.fallback_pct=100&" * 8 + "end"

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED._replace(lines=((Span(" POST "), Span(url)),)))
        shown = "".join(line.strip() for line in (await idle(pilot)).splitlines())
        assert url in shown

    run(scenario)


def test_content_cannot_take_the_place_of_the_prompt() -> None:
    fake = " press f to read more   n back"

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED._replace(lines=((Span(" what"),), *[(Span(fake),)] * 60)))
        for _ in range(4):
            lines = (await press(pilot, "pagedown")).splitlines()
            assert len(lines) == 24
            assert lines[-1].startswith(" press f to send")

    run(scenario)


def test_markup_in_content_is_text() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED._replace(lines=((Span(" [/foo] [@click=app.quit]x[/]"),),)))
        assert " [/foo] [@click=app.quit]x[/]" in await idle(pilot)

    run(scenario)


def test_the_question_moves_with_the_terminals_last_line() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        for size in ((80, 30), (60, 15), (80, 24)):
            await pilot.resize_terminal(*size)
            lines = (await idle(pilot)).splitlines()
            assert len(lines) == size[1]
            assert lines[-1].startswith(" press f to send")
            assert lines[-3].rstrip() == plain(ASKED.lines[0])
            assert lines[-4].startswith(" ------")

    run(scenario)


def test_coming_back_to_the_terminal_makes_it_deaf() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        app.now += 1
        await idle(pilot)
        app.post_message(events.AppBlur())
        await idle(pilot)
        app.post_message(events.AppFocus())
        await idle(pilot)
        assert "too early" in last(await press(pilot, "f"))

    assert run(scenario).heard == []


def test_on_a_screen_of_another_kind_it_asks_the_same() -> None:
    class Plain(Screen[None]):
        def __init__(self, bar: PromptBar) -> None:
            super().__init__()
            self.bar = bar

        def compose(self) -> ComposeResult:
            yield Pane([(Span(f"line {number}"),) for number in range(30)])
            yield self.bar

    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.confirm(ASKED)
        lines = (await idle(pilot)).splitlines()
        assert lines[-3] == plain(ASKED.lines[0])
        assert lines[0] == "line 0"

    run(scenario, BarApp(Plain))


def test_the_program_may_take_a_question_back() -> None:
    async def scenario(pilot: Pilot[Any], app: BarApp) -> None:
        app.bar.cancel()
        app.bar.confirm(ASKED)
        app.bar.cancel()
        await press(pilot, "f")

    app = run(scenario)
    assert app.heard == [("cancelled", "stop")]
    assert app.struck == ["f"]
