"""The baseline for bytes: the same rows as Textual apps usually show them, in a DataTable with a Footer.

``python _table_app.py ROWS.json``; ``n`` asks in a modal screen, Enter opens a screen, ``q`` leaves.
"""

import json
import sys
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Footer, Input, Label, Static


class Ask(ModalScreen[None]):
    """A question in a box over the screen."""

    CSS = "Ask { align: center middle; } Ask > Input { width: 60; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+g", "dismiss", "Leave")]

    def compose(self) -> ComposeResult:
        yield Label("your note")
        field = Input()
        field.cursor_blink = False
        yield field


class Opened(Screen[None]):
    """What a row is about, on a screen of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "dismiss", "Back")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(self._text, markup=False)
        yield Footer()


class TableApp(App[None]):
    """Rows in a table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", "Down"),
        Binding("n", "ask", "Note"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, rows: list[list[str]]) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield DataTable[str](cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        self.animation_level = "none"
        shown = self.query_one(DataTable)
        for name, width in (("severity", 8), ("id", 7), ("title", 40), ("impact", 13)):
            shown.add_column(name, width=width)
        shown.add_rows(self._rows)

    def action_down(self) -> None:
        self.query_one(DataTable).action_cursor_down()

    def action_ask(self) -> None:
        self.push_screen(Ask())

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.push_screen(Opened("\n".join(str(cell) for cell in event.data_table.get_row(event.row_key))))


if __name__ == "__main__":
    TableApp(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))).run(mouse=False)
