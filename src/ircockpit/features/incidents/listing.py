"""The queue as a command prints it: read a page at a time, so that a very long one takes no more memory than a short one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ircockpit.command.action import Result, Rows
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import group_row, incident_row, page_width, safe_data
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.intake.queries import GroupRow, group_data, groups, places_to_review
from ircockpit.features.queue.queries import filtered, group_numbers, ids_of, in_order, incident_places
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import is_safe, safely
from ircockpit.inert.gate import clean
from ircockpit.render.queue import group_line, incident_line, rule
from ircockpit.store.workstation import Workstation

PAGE = 500
"""Rows that are in memory at once."""


def queue_page(station: Workstation, *, closed: bool, asked: str) -> Result:
    """The whole queue, or what a filter asks of it; with ``closed``, what is closed behind what is open."""
    width, now = page_width(), station.clock.wall_us()
    found = filtered(station, asked) if asked else None
    numbers = [number for _, number in incident_places(station, found)]
    if closed and not (found is not None and found.closed):
        numbers.extend(number for _, number in incident_places(station, filtered(station, f"closed {asked}")))
        numbers = in_order(station, numbers)
    waiting = [number for _, number in places_to_review(station.view)]
    if found is not None:
        hits = group_numbers(station, found)
        waiting = [number for number in waiting if number in hits]
    safe = is_safe()

    def of_incidents(made: Callable[[IncidentRow], Any]) -> Iterator[list[Any]]:
        for idents in _pages(station, numbers):
            with safely(safe):
                page = [made(row) for row in queries.incidents(station.view, idents)]
            yield page

    def of_groups(made: Callable[[GroupRow], Any]) -> Iterator[list[Any]]:
        for idents in _pages(station, waiting):
            with safely(safe):
                page = [made(group) for group in groups(station.view, idents)]
            yield page

    def lines() -> Iterator[list[Any]]:
        yield from of_incidents(lambda row: incident_line(incident_row(row, now), width))
        if waiting:
            yield [rule("to review", width)]
        yield from of_groups(lambda group: group_line(group_row(group, now), width, short=group.short))

    data = {
        "incidents": Rows(lambda: of_incidents(lambda row: {**queries.data_of(row), **safe_data(row)})),
        "to_review": Rows(lambda: of_groups(lambda group: {**group_data(group), **_safe_group(group)})),
    }
    none = f"nothing matches {clean(asked)}" if asked else "nothing is open and nothing waits for review"
    return Result(data, Rows(lines), "" if numbers or waiting else none)


def _pages(station: Workstation, numbers: Sequence[int]) -> Iterator[list[str]]:
    for start in range(0, len(numbers), PAGE):
        yield list(ids_of(station, numbers[start : start + PAGE]).values())


def _safe_group(group: GroupRow) -> dict[str, Any]:
    if not is_safe():
        return {}
    shown = group_row(group, 0)
    return {
        "title": shown.title,
        "severity": shown.severity,
        "system": shown.impact,
        "source": blanked(group.source),
        "reason": blanked(group.reason),
    }
