"""A small app over the widgets, run on a real terminal by the tests: a list, a detail, a prompt and a form.

``python widgets_demo.py ROWS [--hostile] [--no-gate] [--no-paint-gate] [--no-net] [--form] [--hasty]``; with ``--report FILE`` it
writes at the end how often its source was asked.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ircockpit.core.errors import UsageError
from ircockpit.inert import gate
from ircockpit.render.span import Line, Span, fit
from ircockpit.screens.theme import look, terminal_check
from ircockpit.widgets import confirm, paint, quiet
from ircockpit.widgets.calm_app import CalmApp
from ircockpit.widgets.calm_screen import CalmScreen
from ircockpit.widgets.confirm import Choice, Confirmation
from ircockpit.widgets.form import Form, FreeText, Question
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.status_line import Status, StatusLine
from ircockpit.widgets.virtual_list import VirtualList

HOSTILE = (
    "\x1b]52;c;cHduZWQ=\x07clip",
    "\x1b[31mred\x1b]0;title\x07",
    "\x9b31mC1 \x9d0;t\x9c",
    "\u202egnp.exe\u202c \u2066iso\u2069 \u200bzero",
    "[/foo] [b]bold[/b]",
    "[@click=app.quit]press me[/]",
    "line\nfeed\r\ttab\x08\x7f\x00",
    "\U000e0041\U000e0042 tags \ud800 lone",
)
FORBIDDEN = (
    b"\x1b]",
    b"\x07",
    b"\xc2\x9b",
    b"\xc2\x9d",
    "\u202e".encode(),
    "\u2066".encode(),
    "\u200b".encode(),
)
"""Bytes that are not to reach the terminal from data."""
POINTER_SHAPE = b"\x1b]22;default\x07"
"""The one operating system command that Textual sends itself."""


class Options:
    """What the command line asked for."""

    def __init__(self, words: Sequence[str]) -> None:
        self.rows = int(words[0])
        self.hostile = "--hostile" in words
        self.gate = "--no-gate" not in words
        self.net = "--no-net" not in words
        if "--no-paint-gate" in words:
            vars(paint)["clean"] = str
        if "--hasty" in words:
            vars(confirm)["BURST_MS"] = vars(quiet)["BURST_MS"] = 0
        self.form = "--form" in words
        self.report = words[words.index("--report") + 1] if "--report" in words else ""

    def text(self, text: str) -> str:
        """Foreign text as a source hands it out: through the gate, unless the control takes it away."""
        return gate.line(text) if self.gate else text


class DemoSource:
    """Rows made up by position: one separator above each block of fifty."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.calls: list[tuple[int, int]] = []
        self.changed: dict[int, str] = {}
        self.counted = 0

    def count(self) -> int:
        self.counted += 1
        return self.options.rows

    def index_of(self, key: str) -> int | None:
        index = int(key[1:])
        return index if index < self.options.rows else None

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        self.calls.append((start, stop))
        return [self._row(index, width) for index in range(start, stop)]

    def _row(self, index: int, width: int) -> ListRow:
        key = f"k{index}"
        if index % 50 == 0:
            return ListRow(
                key, (Span(f"block {index // 50} ", "dim"), Span("-" * 60, "dim")), selectable=False
            )
        title = (
            self.options.text(HOSTILE[index % len(HOSTILE)])
            if self.options.hostile
            else f"Wrong answer {index}"
        )
        state, role = (("■ effective", "ok"), ("□ open", "text"), ("◐ halting", "info"))[index % 3]
        line: Line = (
            Span(f"SEV{index % 4 + 1}", f"sev{index % 4 + 1}"),
            Span(f"  {fit(key, 7)}"),
            Span(fit(title, width - 50) if self.options.gate else title),
            Span(f"  {index:>6} acts  "),
            Span(fit(state, 11), role),
            Span(fit(self.changed.get(index, f"{index % 60}m"), 5, "right"), "dim"),
            Span(" mira"),
        )
        return ListRow(key, line)


class DemoScreen(CalmScreen):
    """List, detail and prompt as the queue has them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "rows('move', 1)", priority=True),
        Binding("k,up", "rows('move', -1)", priority=True),
        Binding("ctrl+d", "rows('half_page', 1)", priority=True),
        Binding("ctrl+u", "rows('half_page', -1)", priority=True),
        Binding("pagedown", "rows('page', 1)", priority=True),
        Binding("pageup", "rows('page', -1)", priority=True),
        Binding("g,home", "rows('top')", priority=True),
        Binding("G,end", "rows('bottom')", priority=True),
        Binding("enter", "rows('choose')", priority=True),
        Binding("r", "change", priority=True),
        Binding("colon", "command", priority=True),
        Binding("exclamation_mark", "stop", priority=True),
        Binding("W", "wide", priority=True),
        Binding("S", "severity", priority=True),
        Binding("q", "leave", priority=True),
    ]

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.source = DemoSource(options)
        self.rows = VirtualList(self.source)
        self.status = StatusLine(
            Status((Span("queue"),), (Span("mira, commander"),), (), (Span("hub live"),), "14:03:22 UTC")
        )
        self.detail = Pane(((Span(" -"),),))
        self.bar = PromptBar()

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.rows
        yield self.detail
        yield self.bar

    def on_mount(self) -> None:
        self.bar.show_hint(
            (Span(" "), Span("!", "key"), Span(" stop  "), Span(":", "key"), Span(" run  q quit"))
        )

    def action_rows(self, what: str, *arguments: int) -> None:
        getattr(self.rows, what)(*arguments)

    def action_leave(self) -> None:
        if self.options.report:
            report = {"calls": self.source.calls, "counted": self.source.counted}
            Path(self.options.report).write_text(json.dumps(report), encoding="utf-8")
        self.app.exit(0)

    def action_change(self) -> None:
        index = self.rows.index
        self.source.changed[index] = "now"
        self.rows.refresh_rows()

    def action_command(self) -> None:
        self.bar.ask("command", (Span(" :", "key"),), history=("first", "second"), limit=60)

    def action_severity(self) -> None:
        self.bar.choose("severity", (Span(" severity "),), (Choice("1", "high"), Choice("2", "low")))

    def action_stop(self) -> None:
        self.bar.confirm(self.confirmation())

    def action_wide(self) -> None:
        self.bar.confirm(self.confirmation()._replace(trigger="W", typed="tofa", purpose="wide"))

    def confirmation(self) -> Confirmation:
        title = self.options.text(HOSTILE[0]) if self.options.hostile else "Pharmacy bot"
        fake = "press x to cancel   (nothing is done)"
        return Confirmation(
            "stop",
            (
                (Span(" stop > tofa ", "title"), Span(title)),
                (Span(" 2 endpoints   4,000 people in the last hour"),),
                (Span(f" {fake}"),),
            ),
            accept="f",
            words="send",
            trigger="exclamation_mark",
            also=(Choice("d", "dry run"),),
        )

    def on_virtual_list_chosen(self, message: VirtualList.Chosen) -> None:
        self.detail.show(((Span(f" chosen {message.key}"),),))

    def on_prompt_bar_submitted(self, message: PromptBar.Submitted) -> None:
        self.bar.say((Span(f" {message.purpose} got: {message.text}|"),))

    def on_prompt_bar_confirmed(self, message: PromptBar.Confirmed) -> None:
        self.bar.say((Span(f" sent {message.purpose}"),))

    def on_prompt_bar_cancelled(self, message: PromptBar.Cancelled) -> None:
        self.bar.say((Span(f" left {message.purpose}"),))


class FormScreen(CalmScreen):
    """The triage form as the widget shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.form = Form(
            (
                Question("harm", "Has harm happened?", ("yes", "likely", "no", "unknown")),
                Question("reach", "Who is reached?", ("few", "hundreds", "thousands", "unknown")),
                Question("undo", "Can it be undone?", ("yes", "partly", "no")),
                Question("going", "Still going on?", ("yes", "stopped", "unknown")),
            ),
            FreeText("why", "why", "your words, kept with the decision"),
        )

    def compose(self) -> ComposeResult:
        yield StatusLine(Status((Span("triage tofa"),)))
        yield self.form
        yield PromptBar()

    def on_mount(self) -> None:
        self.header()

    def on_form_answered(self, message: Form.Answered) -> None:
        self.header()
        self.query_one(PromptBar).say((Span(f" saved {message.field}={message.value}"),))

    def header(self) -> None:
        answered = len(self.form.answers)
        self.form.show(
            ((Span(f" triage tofa   {answered} of 4 answered"),), ()),
            ((), (Span(" criteria  formal incident: no"),)),
        )


class Demo(CalmApp):
    """The app of the demo."""

    def __init__(self, options: Options) -> None:
        seen = look(os.environ)
        super().__init__(seen.palette, seen.theme, gate.clean if options.net else str)
        self.options = options

    def on_mount(self) -> None:
        self.push_screen(FormScreen() if self.options.form else DemoScreen(self.options))


def main(words: Sequence[str]) -> int:
    """Run the demo; 2 where the terminal cannot show it."""
    try:
        size = shutil.get_terminal_size()
        terminal_check(os.environ, sys.stdin.isatty() and sys.stdout.isatty(), (size.columns, size.lines))
    except UsageError as error:
        sys.stderr.write(" ".join(error.sentences()) + "\n")
        return error.code
    return Demo(Options(words)).run(mouse=False) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
