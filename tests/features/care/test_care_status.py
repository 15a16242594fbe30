"""A status for others: none of anybody's words, on record without a name, and the time to the next one begins anew."""

from pathlib import Path

import pytest
from tests.features.care.stage import in_force
from tests.support.hub import declare, set_field
from tests.support.pair import Pair

from ircockpit.core.errors import StoreError
from ircockpit.features.care import actions
from ircockpit.features.care.queries import Due, due
from ircockpit.features.erasure.actions import erase
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import triage_of
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

FOREIGN = "zebra tells a child the dose"
MINUTE_US = 60_000_000


def row_of(station: Workstation, ident: str) -> queries.IncidentRow:
    return queries.incidents(station.view, [ident])[0]


def test_it_says_what_is_known_in_words_of_the_program_alone(station: Workstation) -> None:
    ident = declare(station, FOREIGN)
    incidents.note(station, incident=ident, text=FOREIGN)
    text = actions.brief(station, incident=ident).data["text"]
    assert "zebra" not in text
    assert "Impact: not known yet. Containment: nothing is in force yet. Owner: nobody." in text
    incidents.take(station, incident=ident)
    answer(station, incident=ident, harm="yes", reach="thousands", ongoing="stopped")
    shown = actions.brief(station, incident=ident)
    assert "harm has happened, thousands of people reached, stopped" in shown.data["text"]
    assert "SEV1" in shown.data["text"]
    assert shown.clip == shown.data["text"] == Path(shown.data["file"]).read_text().strip()
    assert all(len(plain(line)) <= 76 for line in shown.lines[:-1])


def test_an_impact_in_free_words_is_not_repeated_and_not_denied(station: Workstation) -> None:
    ident = declare(station, "x")
    set_field(station, ident, "impact", FOREIGN)
    short = row_of(station, ident).short
    text = actions.brief(station, incident=ident).data["text"]
    assert f"Impact: stated in words not shown here: ircockpit show {short}." in text
    assert "zebra" not in text
    answer(station, incident=ident, harm="yes", personal="sensitive")
    text = actions.brief(station, incident=ident).data["text"]
    assert "harm has happened, sensitive personal data, more is stated in words not shown here" in text
    assert "not known yet" not in text


def test_an_answer_in_words_nobody_here_knows_and_one_withheld_are_not_denied(station: Workstation) -> None:
    ident = declare(station, "x")
    answer(station, incident=ident, harm="unknown")
    assert "Impact: not known yet." in actions.brief(station, incident=ident).data["text"]
    triage = triage_of(station.view, ident).ident
    stream = row_of(station, ident).stream
    station.append([station.set_field(stream, "triage.answered", triage, "harm", FOREIGN)])
    assert "Impact: stated in words not shown here" in actions.brief(station, incident=ident).data["text"]
    other = declare(station, "y")
    set_field(station, other, "impact", FOREIGN)
    [(event,)] = station.view.rows("SELECT event FROM head WHERE ent=? AND field='impact'", (other,))
    erase(station, entry=[event], reason="a name in it", yes=True, confirm=event[:12])
    text = actions.brief(station, incident=other).data["text"]
    assert "Impact: stated in words that are withheld or erased." in text


def test_a_system_not_described_here_and_a_control_that_is_off_again_are_said_so(
    station: Workstation,
) -> None:
    ident = declare(station, "x")
    set_field(station, ident, "system", "0" * 32)
    in_force(station, ident, "sent", "reverted")
    text = actions.brief(station, incident=ident).data["text"]
    assert "a system that is not described here" in text
    assert "nothing is in force any more" in text


def test_a_name_or_system_that_is_no_plain_one_is_not_said(station: Workstation) -> None:
    ident = declare(station, "x")
    set_field(station, ident, "owner", station.me)
    draft = station.set_field(
        station.identity.org_stream, "person.set", station.me, "name", f"{FOREIGN}!" * 2
    )
    station.append([draft])
    text = actions.brief(station, incident=ident).data["text"]
    assert "zebra" not in text
    assert f"Owner: someone {station.me[:4]}." in text


def test_what_stays_on_record_has_no_name(station: Workstation) -> None:
    ident = declare(station, "x")
    set_field(station, ident, "owner", station.me)
    draft = station.set_field(station.identity.org_stream, "person.set", station.me, "name", "Mira Sol")
    station.append([draft])
    assert "Owner: Mira Sol." in actions.brief(station, incident=ident).data["text"]
    [(body,)] = station.view.rows("SELECT body FROM entry WHERE type='incident.briefed'")
    assert "Owner: taken." in body
    assert "Mira" not in body


def test_the_next_is_due_by_severity_and_begins_anew(station: Workstation) -> None:
    ident = declare(station, "x")
    first = due(station, row_of(station, ident))
    assert first is not None
    assert first.at_us - row_of(station, ident).opened_us == 30 * MINUTE_US
    (station.profile.folder / "config.toml").write_text("[care]\nupdate_minutes_sev1 = 7\n")
    set_field(station, ident, "severity", "SEV1")
    given = actions.brief(station, incident=ident).data
    later = due(station, row_of(station, ident))
    assert later is not None
    assert abs(later.at_us - given["next_us"]) < MINUTE_US
    assert later.at_us - later.last_us == 7 * MINUTE_US
    (station.profile.folder / "config.toml").unlink()
    assert due(station, row_of(station, ident)) == later, "what was promised holds"
    incidents.close(station, incident=ident, why="over")
    assert due(station, row_of(station, ident)) is None
    assert "It is closed." in actions.brief(station, incident=ident).data["text"]


def test_it_is_said_in_words_where_the_incident_is(station: Workstation) -> None:
    now = 1_800_000_000_000_000
    assert Due(now + 90 * 1_000_000, 0).words(now).endswith("in 2 minutes")
    assert Due(now + 30_000_000, 0).words(now).endswith("in 1 minute")
    assert Due(now - 30_000_000, 0).words(now).endswith("less than a minute late")
    late = Due(now - 125 * MINUTE_US, 0)
    assert late.late(now)
    assert late.words(now).endswith("2 hours 5 minutes late")
    ident = declare(station, "x")
    owner = next(
        plain(line) for line in detail_lines(station, row_of(station, ident)) if "owner" in plain(line)
    )
    assert "status due" in owner


def test_shown_only_it_restarts_nothing_and_a_file_that_fails_records_nothing(
    station: Workstation, tmp_path: Path
) -> None:
    ident = declare(station, "x")
    before = station.log.count()
    assert "Incident" in actions.brief(station, incident=ident, dry_run=True).data["text"]
    with pytest.raises(StoreError):
        actions.brief(station, incident=ident, out=str(tmp_path / "no" / "such" / "folder.txt"))
    assert station.log.count() == before
    actions.brief(station, incident=ident, out=str(tmp_path / "status.txt"))
    assert (tmp_path / "status.txt").read_text().startswith("Incident ")
    assert station.log.count() == before + 1


def test_a_status_of_one_device_restarts_the_time_on_all(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        actions.brief(pair.a, incident=pair.incident)
        pair.together()
        one, other = (due(who, row_of(who, pair.incident)) for who in (pair.a, pair.b))
        assert one == other
        assert one is not None
        assert one.last_us
    finally:
        pair.close()
