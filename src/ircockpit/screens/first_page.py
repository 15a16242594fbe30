"""The queue's first page in the form in which it is kept, made from the open profile."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.intake.queries import groups
from ircockpit.inert.foreign import is_safe, safely
from ircockpit.inert.gate import clean
from ircockpit.inert.output import to_ascii
from ircockpit.render.ages import age
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, fit_line
from ircockpit.screens.early import FIELD, RUN, can_be_shown, key_for, key_of
from ircockpit.screens.sources import QueueRows
from ircockpit.screens.theme import look
from ircockpit.store.kept import give_up, has_page, missed
from ircockpit.store.settings import place, read
from ircockpit.store.sqlite import told, write_tx

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation
    from ircockpit.widgets.ink import Palette

GUTTER, OTHER_LINES = 3, 12
"""Cells before a row of the queue, and lines of its screen that are no rows."""
MOST_CELLS = 1000
"""Of a terminal's width and height: for a larger one a command makes no page."""


def make_page(station: "Workstation", palette: "Palette") -> str:
    """The first page as it is now; it is kept for the next start. Raises :class:`CockpitError`."""
    return _make(station, palette, terminal_size(), key_of(str(station.profile.folder)))


def remake_pages(station: "Workstation") -> None:
    """Make the pages anew that a command has thrown away, so that the next start has one: at once, and of what is now.

    What stands in the way is no concern of the command, which is done.
    """
    view, folder = station.view, station.profile.folder
    with suppress(CockpitError, OSError):
        with told(view.path):
            keys = missed(view.db)
        settings, _ = read(place(folder))
        for key in keys:
            asked = _asked_by(key, str(folder))
            if asked is None:
                with write_tx(view.db, view.path):
                    give_up(view.db, key)
                continue
            size, env = asked
            palette = look(env, settings.theme, plain_letters=settings.ascii).palette
            with safely(settings.care.safe):
                _make(station, palette, size, key)


def _asked_by(key: str, home: str) -> tuple[tuple[int, int], dict[str, str]] | None:
    """Size and surroundings of the terminal that a page is for; ``None`` where no start asks for it any more."""
    try:
        _form, _version, size, *looks, _stamp = key.split("\n")
        width, height = map(int, size.split("x"))
        env = dict(each.split("=", 1) for each in looks)
    except ValueError:
        return None
    if max(width, height) > MOST_CELLS:
        return None
    return ((width, height), env) if key_for(home, (width, height), env) == key else None


def _make(station: "Workstation", palette: "Palette", size: tuple[int, int], key: str) -> str:
    view, (width, height) = station.view, size
    state = view.state
    page = "\n".join(_written(line, since, width, palette) for line, since in _lines(station, width, height))
    if view.on_disk and station.trouble is None:
        view.keep_page(key, page, state)
    return page


def keep_page(station: "Workstation") -> None:
    """Keep it as it is now, where none is kept; what stands in the way is no concern of whoever goes on or leaves."""
    view = station.view
    if not view.on_disk or not can_be_shown():
        return
    with suppress(CockpitError):
        with told(view.path):
            kept = has_page(view.db, key_of(str(station.profile.folder)))
        if not kept:
            settings, _ = read(place(station.profile.folder))
            if is_safe() != settings.care.safe:
                return  # switched for now only: the next start must not show what it is set not to
            make_page(station, look(os.environ, settings.theme, plain_letters=settings.ascii).palette)


def _lines(station: "Workstation", width: int, height: int) -> list[tuple[Line, tuple[str, int]]]:
    """Each line, and in it what an age looks like that counts from a time; an empty word where there is none."""
    rows, view = QueueRows(station), station.view
    shown = rows.first(max(height - OTHER_LINES, 1), width - GUTTER)
    keys = [row.key for row in shown if row.key and rows.due_row(row.key) is None]
    since = {row.ident: row.opened_us for row in incidents(view, keys)}
    since |= {group.ident: group.newest_us for group in groups(view, keys)}
    since |= rows.due_since()
    now = station.clock.wall_us()
    lines: list[tuple[Line, tuple[str, int]]] = [
        ((Span(" queue", "title"), Span(f"   {clean(station.identity.name)}")), ("", 0)),
        ((), ("", 0)),
    ]
    for row in shown:
        began = since.get(row.key, 0)
        said = age(max(now - began, 0) / 1e6) if began else ""
        lines.append(((Span(" " * (GUTTER if row.selectable else GUTTER - 2)), *row.line), (said, began)))
    return lines


def _written(line: Line, since: tuple[str, int], width: int, palette: "Palette") -> str:
    said, began = since
    letters = to_ascii if palette.ascii else str
    runs = [(palette.ink(role).sgr(), letters(text)) for text, role in fit_line(line, width)]
    at = max((i for i, (_, text) in enumerate(runs) if said and text.strip() == said), default=-1)
    return RUN.join(
        f"{ink}{FIELD}{text}" + (f"{FIELD}{began}" if i == at else "") for i, (ink, text) in enumerate(runs)
    )
