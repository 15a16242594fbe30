"""Periods end where the calendar says: hours, days, months and business days, over every edge a year has."""

from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.clocks.times import BERLIN, NEW_YORK, a_clock, at, end

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks import calendars as calendars_module
from ircockpit.features.clocks.anchors import DAY, HOUR
from ircockpit.features.clocks.calendars import Calendars, calendars, us_federal_holidays, zone_named

EU = {"counting": "eu-1182-71", "calendar": "organisation"}
SEC = {"calendar": "us-federal", "zone": "America/New_York", "cutoff": "17:30"}
B, N = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize(
    ("period", "unit", "more", "zone", "begun", "strict", "extended"),
    [
        # Hours run as hours, also over the night in which the clock is put back or forward.
        (72, "hours", {}, B, "2026-10-23 12:00", "2026-10-26 11:00", "2026-10-26 11:00"),
        (72, "hours", {}, B, "2026-03-27 12:00", "2026-03-30 13:00", "2026-03-30 13:00"),
        (24, "hours", {}, N, "2026-10-31 12:00", "2026-11-01 11:00", "2026-11-01 11:00"),
        (24, "hours", {}, N, "2026-03-07 12:00", "2026-03-08 13:00", "2026-03-08 13:00"),
        # Art. 3(1) of Regulation 1182/71: the hour of the event does not count.
        (72, "hours", EU, B, "2026-11-26 10:20", "2026-11-29 10:20", "2026-11-29 11:00"),
        (24, "hours", EU, B, "2026-11-26 10:00", "2026-11-27 10:00", "2026-11-27 11:00"),
        # Days: the target is N times 24 hours, the rest of the last day is a remark.
        (15, "calendar_days", {}, B, "2026-11-01 09:30", "2026-11-16 09:30", "2026-11-16 24:00"),
        (2, "calendar_days", {}, B, "2026-12-30 23:00", "2027-01-01 23:00", "2027-01-01 24:00"),
        (10, "calendar_days", {}, B, "2028-02-20 08:00", "2028-03-01 08:00", "2028-03-01 24:00"),
        (10, "calendar_days", {}, B, "2027-02-20 08:00", "2027-03-02 08:00", "2027-03-02 24:00"),
        # Over the hour left out, 24 times 60 minutes would end on the day after the last one.
        (2, "calendar_days", {}, B, "2026-03-27 23:30", "2026-03-29 24:00", "2026-03-29 24:00"),
        (2, "calendar_days", {}, B, "2026-10-23 23:30", "2026-10-25 22:30", "2026-10-25 24:00"),
        (2, "calendar_days", {}, N, "2026-03-06 23:30", "2026-03-08 24:00", "2026-03-08 24:00"),
        (2, "calendar_days", {}, N, "2026-10-30 23:30", "2026-11-01 22:30", "2026-11-01 24:00"),
        # Art. 3(4): not on a Saturday, Sunday or holiday. Art. 3(5): two working days at least.
        (15, "calendar_days", EU, B, "2026-11-13 09:00", "2026-11-28 09:00", "2026-11-30 24:00"),
        (2, "calendar_days", EU, B, "2026-11-27 10:00", "2026-11-29 10:00", "2026-12-01 24:00"),
        (2, "calendar_days", EU, B, "2026-11-23 10:00", "2026-11-25 10:00", "2026-11-25 24:00"),
        (4, "weeks", EU, B, "2026-11-28 10:00", "2026-12-26 10:00", "2026-12-28 24:00"),
        (4, "weeks", {}, B, "2026-10-01 10:00", "2026-10-29 09:00", "2026-10-29 24:00"),
        # Months: the same day and time; where there is no such day, the month's end.
        (1, "months", {}, B, "2026-11-26 10:20", "2026-12-26 10:20", "2026-12-26 24:00"),
        (1, "months", {}, B, "2026-01-31 10:20", "2026-02-28 24:00", "2026-02-28 24:00"),
        (1, "months", {}, B, "2028-01-31 10:20", "2028-02-29 24:00", "2028-02-29 24:00"),
        (1, "months", {}, B, "2028-01-29 10:20", "2028-02-29 10:20", "2028-02-29 24:00"),
        (1, "months", {}, B, "2027-02-28 10:20", "2027-03-28 11:20", "2027-03-28 24:00"),
        (12, "months", {}, B, "2028-02-29 10:20", "2029-02-28 24:00", "2029-02-28 24:00"),
        (1, "months", {}, B, "2026-12-31 23:30", "2027-01-31 23:30", "2027-01-31 24:00"),
        (1, "months", EU, B, "2026-11-26 10:20", "2026-12-26 10:20", "2026-12-28 24:00"),
        # Business days: not the day itself, not Thanksgiving, not after the cutoff.
        (4, "business_days", SEC, N, "2026-11-16 10:00", "2026-11-20 10:00", "2026-11-20 17:30"),
        (4, "business_days", SEC, N, "2026-11-16 20:00", "2026-11-20 17:30", "2026-11-20 17:30"),
        (4, "business_days", SEC, N, "2026-11-24 10:00", "2026-12-01 10:00", "2026-12-01 17:30"),
        (4, "business_days", SEC, N, "2026-12-31 10:00", "2027-01-07 10:00", "2027-01-07 17:30"),
        # "begin to run on, and include, the first business day thereafter"
        (4, "business_days", SEC, N, "2026-11-21 10:00", "2026-11-27 17:30", "2026-11-27 17:30"),
        (4, "business_days", SEC, N, "2026-11-26 10:00", "2026-12-02 17:30", "2026-12-02 17:30"),
        (1, "business_days", {}, B, "2026-11-27 10:00", "2026-11-30 10:00", "2026-11-30 24:00"),
    ],
)  # fmt: skip
def test_the_table_of_ends(
    period: int, unit: str, more: dict[str, Any], zone: str, begun: str, strict: str, extended: str
) -> None:
    found = end(a_clock(period, unit, **more), at(begun, zone), calendars(zone))
    assert found == (at(strict, zone), at(extended, zone))
    assert end(a_clock(period + 1, unit, **more), at(begun, zone), calendars(zone)) > found


def test_the_same_instant_ends_elsewhere_in_another_zone() -> None:
    instant = at("2026-11-30 23:30")
    month = a_clock(1, "months")
    assert end(month, instant, Calendars())[0] == at("2026-12-30 23:30")
    assert end(month, instant, BERLIN)[0] == at("2027-01-01 00:30", B)
    assert end(month, at("2026-12-01 02:00"), NEW_YORK)[0] == at("2026-12-30 21:00", N)
    assert end(a_clock(72, "hours"), instant, BERLIN) == end(a_clock(72, "hours"), instant, NEW_YORK)


@pytest.mark.parametrize(
    ("discovered", "due"),
    [("2026-06-15 12:00", "2027-03-01 24:00"), ("2027-12-31 23:59", "2028-02-29 24:00"),
     ("2028-01-01 00:00", "2029-03-01 24:00")],
)  # fmt: skip
def test_sixty_days_after_the_end_of_the_year(discovered: str, due: str) -> None:
    clock = a_clock(60, "calendar_days", after="end_of_calendar_year")
    assert end(clock, at(discovered, N), NEW_YORK)[0] == at(due, N)


def test_own_holidays_lengthen_the_remark_and_never_the_target() -> None:
    clock = a_clock(15, "calendar_days", **EU)
    begun = at("2026-12-09 10:00", B)
    with_christmas = calendars(B, [date(2026, 12, 24), date(2026, 12, 25)])
    assert end(clock, begun, BERLIN) == (at("2026-12-24 10:00", B), at("2026-12-24 24:00", B))
    assert end(clock, begun, with_christmas) == (at("2026-12-24 10:00", B), at("2026-12-28 24:00", B))
    sec = a_clock(4, "business_days", **SEC)
    assert end(sec, begun, with_christmas) == end(sec, begun, BERLIN)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2028, "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
        (2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25"),
    ],
)
def test_the_federal_holidays_as_they_are_published(year: int, days: str) -> None:
    assert sorted(f"{day:%m-%d}" for day in us_federal_holidays(year)) == days.split()


def test_a_zone_that_is_not_there_is_told_from_a_machine_without_zones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert zone_named("UTC") is UTC
    for wrong in ("Europe/Atlantis", "../../etc/passwd", "", "Europe", "\x00", "a" * 300, "Ü"):
        with pytest.raises(BadInput, match="there is no time zone"):
            zone_named(wrong)

    def absent(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(calendars_module, "ZoneInfo", absent)
    with pytest.raises(BadInput, match="no time zone data") as told:
        zone_named("Europe/Rome")
    assert "tzdata" in told.value.fix
    assert zone_named("UTC") is UTC


INSTANTS = st.integers(at("1990-01-01 00:00"), at("2090-01-01 00:00"))
ZONES = st.sampled_from(
    [calendars(zone) for zone in ("UTC", B, N, "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")]
)
PERIODS = st.one_of(
    st.tuples(st.integers(1, 400), st.sampled_from(["hours", "calendar_days", "weeks", "months"])),
    st.tuples(st.integers(1, 40), st.just("business_days")),
)
MORE = st.sampled_from([{}, EU, {"calendar": "us-federal"}, {**EU, "calendar": "us-federal"}])


@given(PERIODS, MORE, ZONES, INSTANTS, st.integers(0, 40 * DAY))
def test_no_end_lies_before_its_beginning_and_a_later_beginning_never_ends_sooner(
    period: tuple[int, str], more: dict[str, Any], where: Calendars, begun: int, later: int
) -> None:
    clock = a_clock(*period, **more)
    strict, extended = end(clock, begun, where)
    assert begun < strict <= extended
    after = end(clock, begun + later, where)
    assert strict <= after[0]
    assert extended <= after[1]


@given(st.integers(1, 40), ZONES, INSTANTS, st.integers(0, 40 * DAY))
def test_a_cutoff_never_makes_a_later_determination_due_sooner(
    n: int, where: Calendars, begun: int, later: int
) -> None:
    clock = a_clock(n, "business_days", **SEC)
    strict, extended = end(clock, begun, where)
    assert begun < strict <= extended
    assert strict <= end(clock, begun + later, where)[0]


@given(st.integers(1, 60), ZONES, INSTANTS)
def test_the_strict_reading_never_lasts_longer_than_so_many_times_24_hours(
    n: int, where: Calendars, begun: int
) -> None:
    strict, _ = end(a_clock(n, "calendar_days", **EU), begun, where)
    assert begun + n * DAY - HOUR <= strict <= begun + n * DAY or where.zone.key == "Pacific/Apia"  # type: ignore[attr-defined]


def test_one_that_clamps_the_day_but_keeps_the_time_would_be_seen() -> None:
    """The usual way of adding a month makes the later of two events due sooner."""
    naive = at("2027-02-28 20:00"), at("2027-02-28 09:00")
    assert naive[0] > naive[1], "28 January 20:00 and 29 January 09:00"
    month = a_clock(1, "months")
    assert end(month, at("2027-01-28 20:00"), Calendars()) < end(month, at("2027-01-29 09:00"), Calendars())
    assert timedelta(microseconds=end(month, at("2027-01-29 09:00"), Calendars())[0] - naive[1]) == timedelta(
        hours=15
    )
