"""How long somebody had harmful words in sight: kept on their device, durable first, whatever the clocks do."""

import json
from pathlib import Path

import pytest
from tests.support.pair import Pair

from ircockpit.core.errors import RefusedError, StoreError
from ircockpit.features.care import actions
from ircockpit.features.care.exposure import sum_up, this_shift
from ircockpit.features.care.rules import Exposure, advice, category_of, exposure, is_blurred
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Workstation

HOUR_US = 3_600_000_000


class Clock:
    """Clocks that a test sets."""

    def __init__(self) -> None:
        self.wall, self.mono, self.name = 1_800_000_000_000_000, 50 * HOUR_US, "boot-1"

    def wall_us(self) -> int:
        return self.wall

    def mono_us(self) -> int:
        return self.mono

    def boot(self) -> str:
        return self.name

    def offset_minutes(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("names", "category"),
    [
        (("lmrc.SexualContent",), "sexual"),
        (("promptinject.HijackHateHumans",), "hate"),
        (("continuation.ContinueSlursReclaimedSlurs80",), "hate"),
        (("misleading.MustRefuteClaimModel", "snowball"), "wrong facts"),
        (("malwaregen.TopLevel",), "hostile code"),
        (("monitor", "wrong dose"), "dangerous advice"),
        (("CSAM classifier",), "children"),
        (("judge-7", "odd ratio"), "not known"),
    ],
)
def test_what_a_source_calls_it_says_which_harm(names: tuple[str, ...], category: str) -> None:
    assert category_of(*names) == category


def test_only_mild_words_of_a_quiet_source_are_not_blurred() -> None:
    assert is_blurred("not known", "info")
    assert is_blurred("hate", "low")
    assert is_blurred("injection", "high")
    assert is_blurred("injection", "SEV1")
    assert not is_blurred("injection", "low")
    assert not is_blurred("wrong facts", "SEV4")
    assert not is_blurred("hate", "SEV1", blur=False), "whoever sets it off has it off"


def test_a_sum_holds_when_the_wall_clock_jumps_either_way(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, clock)
    journal.begin("s", "output", "hate", 5)
    for jump in (-400 * 24 * HOUR_US, 800 * 24 * HOUR_US):
        clock.wall += jump
        assert exposure(journal.lifts(), clock, 8) == Exposure(5, 1)
    clock.mono += 8 * HOUR_US + 1
    assert exposure(journal.lifts(), clock, 8) == Exposure(0, 0), "the shift is over"
    clock.name = "boot-2"
    assert exposure(journal.lifts(), clock, 8) == Exposure(0, 0), "after a start only the wall clock can say"
    clock.wall -= 400 * 24 * HOUR_US
    assert exposure(journal.lifts(), clock, 8) == Exposure(5, 1)


def test_the_latest_word_about_a_lift_holds_and_a_torn_line_takes_no_other_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Clock())
    first = journal.begin("s", "output", "hate", 5)
    journal.state(first, 9)
    with (tmp_path / "exposure.jsonl").open("ab") as file:
        file.write(b'{"ident":"torn')
    journal.begin("t", "prompt", "hate", 5)
    assert [(each.signal, each.seconds) for each in journal.lifts()] == [("s", 9), ("t", 5)]
    assert (tmp_path / "exposure.jsonl").stat().st_mode & 0o777 == 0o600


def test_old_lines_go_and_those_of_a_shift_stay(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, clock)
    for _ in range(400):
        journal.begin("old", "output", "hate", 1)
    clock.wall += 20 * 24 * HOUR_US
    clock.name = "boot-2"
    journal.begin("new", "output", "hate", 1)
    assert {each.signal for each in journal.lifts()} == {"new"}


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "exposure.jsonl").mkdir()
    with pytest.raises(StoreError):
        Journal(tmp_path, Clock()).begin("s", "output", "hate", 5)


def test_after_much_of_it_a_sentence_suggests_to_hand_over() -> None:
    assert advice(Exposure(29 * 60, 100), 30, "H") == ""
    assert "hand" in advice(Exposure(30 * 60, 100), 30, "H")
    assert Exposure(200, 3).words() == "3 minutes 20 seconds of raw words"
    assert Exposure().words() == "no raw words seen"


def test_alone_nothing_is_told_and_one_sees_ones_own(station: Workstation) -> None:
    Journal(station.profile.folder, station.clock).begin("s", "output", "hate", 65)
    before = station.log.count()
    sum_up(station)
    assert station.log.count() == before
    shown = actions.show_exposure(station)
    assert shown.data == {"seconds": 65, "lifts": 1, "hours": 8, "advice": ""}
    (station.profile.folder / "config.toml").write_text("[care]\nexposure_minutes = 1\nshift_hours = 2\n")
    assert actions.show_exposure(station).data["hours"] == 2
    assert "H makes" in actions.show_exposure(station).data["advice"]


def test_the_team_hears_sums_that_only_leads_read(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        lead, other = pair.a, pair.b
        journal = Journal(other.profile.folder, other.clock)
        journal.begin("s-secret-signal", "output", "hate", 65)
        sum_up(other)
        sum_up(other)
        journal.begin("s-secret-signal", "output", "hate", 10)
        sum_up(other)
        Journal(lead.profile.folder, lead.clock).begin("s-x", "prompt", "hate", 5)
        sum_up(lead)
        pair.together()
        people = actions.show_exposure(lead, team=True).data["people"]
        assert [
            (each["name"], each["seconds"], each["lifts"]) for each in people if each["name"] == "Bo"
        ] == [("Bo", 75, 2)]
        assert len(people) == 2
        with pytest.raises(RefusedError, match="lead"):
            actions.show_exposure(other, team=True)
        rows = other.view.rows(
            "SELECT body, missing FROM entry WHERE type='exposure.summed' AND actor=?", (lead.me,)
        )
        assert [(json.loads(body), missing) for body, missing in rows] == [({}, "withheld")]
        told = lead.view.rows("SELECT body FROM entry WHERE type='exposure.summed' AND actor=?", (other.me,))
        assert len(told) == 2, "the same sum is told once"
        assert not any("secret" in body or "hate" in body for (body,) in told)
        assert this_shift(other).seconds == 75
    finally:
        pair.close()
