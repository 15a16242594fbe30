"""The app underneath: its last net, its blocks of lines, its terminal cursor."""

import sys
from pathlib import Path
from typing import Any, cast

import pytest
from rich.segment import Segment
from tests.support.golden import check_golden
from tests.support.idle import drive, frame, idle
from tests.support.pty_screen import PtyScreen
from tests.widgets.widgets_demo import Demo, Options
from textual.app import ComposeResult
from textual.color import Color
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen

from ircockpit.inert import gate
from ircockpit.render.span import Span
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.ink import COLOURLESS
from ircockpit.widgets.net import LastNet
from ircockpit.widgets.pane import Pane

BLACK = Color(0, 0, 0)


def caught(*texts: str) -> list[str]:
    segments = [Segment(text) for text in texts]
    return [segment.text for segment in LastNet(gate.clean).apply(segments, BLACK)]


def test_the_net_lets_clean_text_through_untouched() -> None:
    segments = [Segment("SEV1 "), Segment("漢字 né")]
    assert LastNet(gate.clean).apply(segments, BLACK) is segments


def test_what_the_net_catches_keeps_the_width_of_the_line() -> None:
    assert caught("ab\x1b]0;t\x07", "cd") == ["ab␛]0;t␇"]
    assert caught("a\u202eb", "cd  ") == ["a\ufffdb", "cd "]


class PaneApp(CalmApp):
    def __init__(self) -> None:
        super().__init__(COLOURLESS, "ansi-dark", gate.clean)
        self.pane = Pane([(Span("one"),), (Span("two"),)])
        self.below = Pane([(Span("below"),)])

    def compose(self) -> ComposeResult:
        yield self.pane
        yield self.below


def test_a_pane_repaints_changed_lines_and_is_as_high_as_its_lines() -> None:
    app = PaneApp()

    async def scenario(pilot: Pilot[Any]) -> None:
        assert frame(app).split() == ["one", "two", "below"]
        assert app.pane.show([(Span("one"),), (Span("zwei"),)]) == 1
        assert (await idle(pilot)).split() == ["one", "zwei", "below"]
        app.pane.show([(Span("[b]one[/b]"),), (), (Span("3"),)])
        assert (await idle(pilot)).splitlines()[:4] == ["[b]one[/b]", "", "3", "below"]
        assert app.pane.shown[0] == (Span("[b]one[/b]"),)

    drive(app, scenario, (40, 10))


@pytest.mark.parametrize(("options", "name"), [(["100"], "list"), (["0", "--form"], "form")])
def test_the_demo_looks_as_it_did(options: list[str], name: str) -> None:
    app = Demo(Options(options))

    async def scenario(pilot: Pilot[Any]) -> None:
        check_golden(await idle(pilot), Path(__file__).with_name("golden") / f"{name}.txt")

    drive(app, scenario)


CURSOR_APP = """
from ircockpit.inert import gate
from ircockpit.render.span import Span
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.ink import COLOURLESS
from ircockpit.widgets.pane import Pane
import sys
class App(CalmApp):
    def compose(self):
        yield Pane([(Span("ready"),)])
App(COLOURLESS, "ansi-dark", gate.clean, show_cursor="cursor" in sys.argv).run(mouse=False)
"""


@pytest.mark.parametrize("shown", [True, False])
def test_the_terminals_cursor_is_shown_to_whom_it_serves(repository: Path, shown: bool) -> None:
    words = [sys.executable, "-c", CURSOR_APP, *(["cursor"] if shown else [])]
    with PtyScreen(words, {"PYTHONPATH": str(repository / "src")}) as screen:
        screen.wait_for("ready")
        screen.wait_idle(200)
        assert screen.screen.cursor.hidden is not shown


@pytest.mark.parametrize("kind", [CalmScreen, Screen])
def test_a_size_that_is_over_is_not_laid_out_for(kind: type[Screen[None]]) -> None:
    """It comes from the screen itself, late; Textual's own screen is the control that goes back to it."""
    app = PaneApp()

    async def scenario(pilot: Pilot[Any]) -> None:
        await app.push_screen(kind())
        await pilot.pause()
        over = Size(30, 8)
        app.screen.post_message(Resize(over, over))
        await pilot.pause()
        assert app.screen.outer_size == (app.size if kind is CalmScreen else over)

    drive(app, scenario)


class OnUnix:
    """The part of Textual's driver for Unix that knows the terminal's size, over the one that is there."""

    def __init__(self, driver: Driver, size: Size, in_band: bool) -> None:
        self._driver, self._size, self._in_band_window_resize = driver, size, in_band

    def _get_terminal_size(self) -> tuple[int, int]:
        return self._size.width, self._size.height

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


@pytest.mark.parametrize("in_band", [False, True])
def test_the_older_of_two_sizes_told_last_does_not_stay(in_band: bool) -> None:
    """A signal interrupts the handler of the one before it; told among the keys, the order is certain."""
    app = PaneApp()

    async def scenario(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        assert app._driver is not None
        now, over = Size(90, 30), Size(30, 8)
        app._driver = cast("Driver", OnUnix(app._driver, now, in_band))
        for told in (now, over):
            app.post_message(Resize(told, told))
        await pilot.pause(0.1)
        assert app.size == app.screen.size == (over if in_band else now)

    drive(app, scenario)
