"""A stated time keeps what was said, no more and no less, whatever the clock and the zone of the writer."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import canonical_time, from_wall, read_moment, typed_time

MINUTE = 60_000_000
offsets = st.integers(-12 * 60, 14 * 60)
walls = st.integers(86_400, 4_000_000_000).map(lambda seconds: seconds * 1_000_000)


@pytest.mark.parametrize(
    ("typed", "offset", "stored", "precision"),
    [
        ("2026-11-23T13:22+01:00", None, "2026-11-23T13:22+01:00", "minute"),
        ("2026-11-23 13:22+0100", None, "2026-11-23T13:22+01:00", "minute"),
        ("2026-11-23T13:22:05.120Z", None, "2026-11-23T13:22:05.120Z", "fraction"),
        ("2026-11-23T13:22:05,120z", None, "2026-11-23T13:22:05.120Z", "fraction"),
        ("2026-11-23T13:22:05", None, "2026-11-23T13:22:05-00:00", "second"),
        ("2026-11-23T13:22", 0, "2026-11-23T13:22Z", "minute"),
        ("2026-11-23T13:22", -210, "2026-11-23T13:22-03:30", "minute"),
        ("2026-11-23", 345, "2026-11-23+05:45", "day"),
        (" 2016-12-31T23:59:60Z ", None, "2016-12-31T23:59:60Z", "second"),
    ],
)
def test_a_time_is_kept_as_it_was_said(typed: str, offset: int | None, stored: str, precision: str) -> None:
    assert canonical_time(typed, offset_minutes=offset) == stored
    assert read_moment(stored).precision == precision
    assert canonical_time(stored) == stored
    assert read_moment(stored).zone_known is not stored.endswith("-00:00")


@pytest.mark.parametrize(
    "typed",
    [
        "", "now", "2026-11-23T1:00Z", "2026-11-23T24:00Z", "2026-02-30", "2026-13-01", "2026-11-23T25:00Z", "2026-11-23T23:60Z",
        "2026-11-23T23:59:61Z", "2026-11-23T13:22+1:00", "2026-11-23T13:22+01:60", "2026-11-23T13:22+99:00",
        "0000-01-01", "20261123T132205Z", "2026-11-23T13:22:05.1234567890Z", "٢٠٢٦-11-23", "2026-11-23T13:22Z\nx",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_a_way_out(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        canonical_time(typed)
    assert refused.value.fix


def test_a_day_begins_where_it_was_said() -> None:
    here = read_moment("2026-11-23+05:45").earliest_us
    assert here == read_moment("2026-11-22T18:15Z").earliest_us


@given(walls, offsets)
def test_the_clock_s_own_form_is_exact_to_the_second(wall: int, offset: int) -> None:
    stored = from_wall(wall + 999_999, offset)
    assert read_moment(stored).earliest_us == wall
    assert read_moment(stored).zone_known
    assert stored == canonical_time(stored)


@given(walls, offsets, st.integers(0, 1439), st.none() | offsets)
def test_a_bare_clock_time_is_the_latest_that_has_been(
    wall: int, offset: int, minute: int, zone: int | None
) -> None:
    words = f"{minute // 60:02d}:{minute % 60:02d}"
    if zone is not None:
        words += "Z" if zone == 0 else f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"
    found = read_moment(typed_time(words, wall, offset))
    assert wall - 1440 * MINUTE < found.earliest_us <= wall
    there = timezone(timedelta(minutes=offset if zone is None else zone))
    shown = datetime.fromtimestamp(found.earliest_us // 1_000_000, UTC).astimezone(there)
    assert shown.strftime("%H:%M") == words[:5]


def test_a_full_time_is_never_moved() -> None:
    assert typed_time("2031-01-01T00:00Z", 1_000_000, 0) == "2031-01-01T00:00Z"
