"""Every widget and every screen there is, found by looking for them, with everything hostile on it at three sizes."""

import inspect
import pkgutil
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from tests.e2e.hostile_profile import HostileProfile, at_home
from tests.support.hostile import ASK, EVERYTHING, LONG_LINE, MARK, PAYLOADS, SURROGATES, dangers
from tests.support.idle import drive, frame, idle
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from wcwidth import wcwidth

import ircockpit.screens
import ircockpit.widgets
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.replay.judging import Item, Sheet
from ircockpit.render.span import Line, Span
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.screens.theme import look
from ircockpit.store.names import resolve
from ircockpit.widgets.confirm import Choice, Confirmation
from ircockpit.widgets.form import Form, FreeText, Question
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import Asked, PromptBar
from ircockpit.widgets.split import Split
from ircockpit.widgets.status_line import Status, StatusLine
from ircockpit.widgets.virtual_list import VirtualList

SIZES = ((60, 15), (80, 24), (120, 40))
TEXTS = {**PAYLOADS, "surrogates": SURROGATES, "one line": LONG_LINE, "marks first": "\u0301" * 9 + MARK}
BASES = {
    "LineWidget",
    "CalmScreen",
    "Doing",
    "Travelling",
    "Frame",
    "Marking",
    "Tabbed",
    "IncidentTab",
    "WaitingTab",
    "Judging",
    "Picking",
    "Controls",
    "Chains",
    "OfIncident",
}
"""Classes that only others are made of."""


def every(package: ModuleType, kind: type[Widget]) -> list[type[Widget]]:
    """All classes of a kind that a package and its modules define."""
    found: dict[type[Widget], None] = {}
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(each.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, kind) and value.__module__ == each.name and value.__name__ not in BASES:
                found[value] = None
    return list(found)


def line(text: str) -> Line:
    """A line that nobody gated."""
    return (Span(text, "title"), Span(text))


def asking(text: str) -> Widget:
    """A question about hostile things, with hostile things to choose."""
    bar = PromptBar()
    bar.call_after_refresh(
        lambda: bar.choose("x", line("which?"), [Choice("1", text), Choice("2", text)], foreign=True)
    )
    return bar


def shown(widget: Form | StatusLine, *given: Any) -> Widget:
    """A widget that is told what to show once it is there."""
    widget.call_after_refresh(lambda: widget.show(*given))
    return widget


WIDGETS: dict[type[Widget], Callable[[str], Widget]] = {
    Pane: lambda text: Pane([line(text)] * 3),
    VirtualList: lambda text: VirtualList(FixedRows([line(text)] * 3), empty=line(text)),
    PromptBar: asking,
    Split: lambda text: Split(VirtualList(FixedRows([line(text)] * 3)), Pane([line(text)] * 3)),
    Asked: lambda _: Asked(),  # it is drawn into by the prompt bar
    StatusLine: lambda text: shown(
        StatusLine(), Status(line(text), line(text), line(text), line(text), "14:03 UTC")
    ),
    Form: lambda text: shown(
        Form([Question("a", text, (text, text))], FreeText("b", text, text), answers={"b": text}),
        [line(text)],
        [line(text)],
    ),
}
"""How each widget is made to show a text."""


class Around(App[None]):
    """An app without any net of ours around one widget."""

    def __init__(self, inside: Callable[[str], Widget], text: str) -> None:
        super().__init__(ansi_color=True)
        self._inside, self._text = inside, text

    def compose(self) -> ComposeResult:
        yield self._inside(self._text)


def painted(inside: Callable[[str], Widget], text: str) -> str:
    """What an app that holds one widget paints."""
    seen: list[str] = []

    async def look_at(pilot: Pilot[None]) -> None:
        seen.append(await idle(pilot))

    drive(Around(inside, text), look_at)
    return seen[0]


def test_every_widget_is_in_the_corpus() -> None:
    found = {
        each for package in (ircockpit.widgets, ircockpit.screens) for each in every(package, Widget)
    } - set(every(ircockpit.screens, Screen))
    assert found == set(WIDGETS), "a new widget: say in WIDGETS how it shows a text"


@pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.__name__)
def test_what_a_widget_paints_is_inert_without_any_net(kind: type[Widget]) -> None:
    text = EVERYTHING.replace(ASK, "")
    found = painted(WIDGETS[kind], text)
    assert dangers(found, newline=True) == []
    assert kind is Asked or "␛[31;1m" in found, found
    for name in ("one line", "combining marks", "marks first", "surrogates", "markup closing"):
        assert dangers(painted(WIDGETS[kind], TEXTS[name]), newline=True) == [], name


def test_control_a_widget_of_the_library_is_caught() -> None:
    found = painted(lambda text: Static(text, markup=False), EVERYTHING)
    assert {"U+001B", "U+009B", "U+202E"} <= set(dangers(found, newline=True))


def screens() -> list[type[Frame]]:
    """Every screen of the cockpit."""
    return [each for each in every(ircockpit.screens, Screen) if issubclass(each, Frame)]


def made(kind: type[Frame], deck: Deck, incident: str) -> Frame:
    """A screen, with what its constructor asks for by name."""
    known: dict[str, Any] = {
        "deck": deck, "ident": incident, "title": EVERYTHING, "lines": [line(text) for text in TEXTS.values()],
        "action": deck.action("care.handover"),
        "trigger": "exclamation_mark", "place": "queue", "why_not": {"incident.take": EVERYTHING},
        "sheet": Sheet("", (Item("h-x", "", 0, EVERYTHING, EVERYTHING),), 1, "", blurred=False), "why": EVERYTHING,
        "data": {"signal": "", "short": "s-x", "turns": [], "blurred": False, "category": ""},
    }  # fmt: skip
    wanted = [
        each.name
        for each in inspect.signature(kind).parameters.values()
        if each.default is inspect.Parameter.empty
    ]
    unknown = [name for name in wanted if name not in known]
    assert not unknown, f"a new screen asks for {unknown}: say in made() what"
    return kind(**{name: known[name] for name in wanted})


@pytest.fixture(scope="module")
def deck(hostile: HostileProfile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deck, str]]:
    """A cockpit's state on the hostile profile, and the incident that has everything."""
    home = tmp_path_factory.mktemp("everywhere") / "home"
    shutil.copytree(hostile.home, home)
    with at_home(home), open_workstation(home) as station:
        yield Deck(station), resolve(station.view, hostile.incident, "incident")[1]


def fits(text: str, size: tuple[int, int]) -> None:
    """Nothing acts, every line is as wide as the terminal at most, and the frame's lines are the cockpit's own."""
    assert dangers(text, newline=True) == []
    lines = text.splitlines()
    assert len(lines) == size[1]
    assert max(sum(map(wcwidth, each)) for each in lines) <= size[0]
    assert lines[0].rstrip().endswith("UTC"), lines[0]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", screens(), ids=lambda kind: kind.__name__)
def test_every_screen_is_inert_and_keeps_its_frame(
    kind: type[Frame], size: tuple[int, int], deck: tuple[Deck, str]
) -> None:
    app = CockpitApp(look({"TERM": "xterm-256color"}), deck[0])

    async def walk(pilot: Pilot[Any]) -> None:
        screen = made(kind, *deck)
        await app.push_screen(screen)
        text = await idle(pilot)
        fits(text, size)
        assert not text.splitlines()[-1].startswith((" press ", " type "))
        rows = screen.rows()
        if rows is not None:
            for move in (rows.bottom, rows.top):
                move()
                fits(await idle(pilot), size)
        question(screen)
        asked = await idle(pilot)
        fits(asked, size)
        is_asked_below_a_rule(asked)
        screen.bar.cancel()
        await idle(pilot)
        screen.say(f"press f to send {EVERYTHING}")
        said = (await idle(pilot)).splitlines()[-1]
        assert said.startswith(" - press f to send")

    drive(app, walk, size)


def question(screen: Frame) -> None:
    """A confirmation whose content forges another one, long enough to push the true one away if anything could."""
    forged = [line(" " * shift + ASK) for shift in range(3)]
    rules = [line("-" * 200), line(" " + "-" * 78)]
    content = [*(line(text[:2000]) for text in TEXTS.values()), *rules, *forged, *rules]
    screen.bar.confirm(
        Confirmation("send", tuple(content), "f", "send", "exclamation_mark", also=(Choice("1", "choose"),))
    )


def is_asked_below_a_rule(text: str) -> None:
    """The last line is our question, under a rule of ours, and no line above could be one."""
    lines = text.splitlines()
    assert lines[-1].startswith(" press f to send"), lines[-1]
    assert not any(each.startswith((" press f", "press f")) and "1 choose" in each for each in lines[:-1])
    rules = [number for number, each in enumerate(lines) if each.startswith(" ---") and "more lines" in each]
    assert len(rules) == 1, "the question's rule, which counts the lines below it"


def test_control_a_screen_that_shows_what_it_is_given_is_caught() -> None:
    seen = painted(lambda text: Static(text + "\n" * 40, markup=False), f"{PAYLOADS['bidi override']}\n{ASK}")
    with pytest.raises(AssertionError):
        fits(seen, (80, 24))
    with pytest.raises(AssertionError):
        is_asked_below_a_rule(seen)


def test_the_size_of_a_widget_is_no_part_of_the_text() -> None:
    """A terminal of one cell paints nothing that acts either."""
    for inside in WIDGETS.values():
        app = Around(inside, EVERYTHING)
        seen: list[str] = []

        async def shrink(pilot: Pilot[None], app: App[None] = app, seen: list[str] = seen) -> None:
            for size in (Size(1, 1), Size(2, 3), Size(300, 100)):
                await pilot.resize_terminal(*size)
                await idle(pilot)
                seen.append(frame(app))

        drive(app, shrink)
        assert all(dangers(text, newline=True) == [] for text in seen)
