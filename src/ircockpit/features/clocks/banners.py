"""Duties without a time: what must not be done, from when a fact is known until an event is recorded."""

from typing import NamedTuple

from ircockpit.features.clocks.book import Book, ReadyBanner
from ircockpit.features.clocks.calendars import Calendars
from ircockpit.features.clocks.form import Banner
from ircockpit.features.clocks.standing import Record, in_force, question


class Shown(NamedTuple):
    """A banner for one incident."""

    banner: Banner
    stands: bool
    unknown: tuple[str, ...] = ()
    """Facts that would decide whether it stands."""
    why: str = ""
    """A legal question that is open while it stands, or why it does not stand."""


def shown(ready: ReadyBanner, record: Record, now_us: int, calendars: Calendars) -> Shown:
    """Whether a banner stands. An open legal question does not take it away: what is frozen can be thawed."""
    banner = ready.banner
    if (said := record.not_reportable.get(banner.id)) is not None:
        return Shown(banner, False, why=f"{said.who}: {said.why}")
    if any(record.of(name) for name in banner.until):
        return Shown(banner, False, why="what it waited for is recorded")
    day = calendars.named("weekends").day_of(now_us)
    if why := in_force(banner, day, day):
        return Shown(banner, False, why=why)
    applies = ready.applies(record.facts)
    if not isinstance(applies, bool) and (apart := record.apart.intersection(applies)):
        return Shown(banner, True, why=f"people disagree about {', '.join(sorted(apart))}")
    if applies is not True:
        return Shown(banner, False, unknown=() if applies is False else applies)
    asked = "" if banner.id in record.counsel_says else question(ready.counsel, record.facts, day)
    return Shown(banner, True, why=asked)


def standing_banners(book: Book, record: Record, now_us: int, calendars: Calendars) -> list[Shown]:
    """Every banner that stands for an incident."""
    found = (shown(ready, record, now_us, calendars) for ready in book.banners.values())
    return [each for each in found if each.stands]


def forbids(book: Book, record: Record, now_us: int, calendars: Calendars, act: str) -> list[Banner]:
    """The banners that forbid an act (``copy``, ``alter_system``) on this incident now."""
    return [
        each.banner
        for each in standing_banners(book, record, now_us, calendars)
        if act in each.banner.forbids
    ]
