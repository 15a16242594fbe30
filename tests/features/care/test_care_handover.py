"""The page for the next shift: everything that is left open, in safe words alone, beginning where the last one ended."""

import json
import re
from pathlib import Path

import pytest
from tests.features.care.stage import FOREIGN, foreign_record, in_force
from tests.support.hub import declare, set_field
from tests.support.pair import Pair

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import random_uuid
from ircockpit.features.care import actions
from ircockpit.features.care.handover import MOST, handover
from ircockpit.features.care.handover_page import data_of, known, lines, pieces
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.incidents import actions as incidents
from ircockpit.render.span import cells, plain
from ircockpit.store.workstation import Draft, Workstation


def page(station: Workstation) -> str:
    return "\n".join(plain(line) for line in actions.handover(station).lines)


def section(text: str, title: str) -> str:
    """The lines below a rule, up to the next one."""
    return text.split(f" {title} -", 1)[1].split("\n", 1)[1].split(" --", 1)[0]


def test_it_says_what_is_left_and_nothing_in_the_words_of_others(
    station: Workstation, tmp_path: Path
) -> None:
    ident = foreign_record(station, tmp_path)
    set_field(station, ident, "severity", FOREIGN)
    text = page(station)
    assert FOREIGN not in text
    assert FOREIGN not in json.dumps(actions.handover(station).data)
    short = incidents.show(station, incident=ident).data["short"]
    assert f"SEV?~ {short}" in section(text, "open (1)")
    assert "■ effective" in section(text, "running or in force")
    assert "  proved" in section(text, "running or in force")
    assert "status due" in section(text, "due")
    assert "6 answers missing" in section(text, "not decided")
    assert "which system it is about" in section(text, "not decided")
    assert "1 high, 1 other" in section(text, "not decided")
    assert "a control effective" in section(text, "since then")
    assert "severity changed" in section(text, "since then")


@pytest.mark.parametrize(("width", "offset"), [(78, 0), (78, 330), (60, 0), (98, 330)])
def test_a_time_is_not_parted_from_its_zone(
    station: Workstation, tmp_path: Path, width: int, offset: int
) -> None:
    foreign_record(station, tmp_path)
    shown = [plain(line).rstrip() for line in lines(handover(station)._replace(offset=offset), width)]
    (reminds,) = [line for line in shown if "reminds" in line]
    assert re.search(r"reminds [-\d ]*\d\d:\d\d(:\d\d)? (UTC|[+-]\d{4})$", reminds), reminds
    assert width < 78 or offset or "proved" in reminds, "one row is enough at 80 columns"
    assert all(cells(line) < width for line in shown)


@pytest.mark.parametrize("width", [80, 100, 60])
def test_it_can_be_printed(station: Workstation, tmp_path: Path, width: int) -> None:
    foreign_record(station, tmp_path)
    for number in range(70):
        declare(station, f"{number}")
    shown = lines(handover(station), width)
    assert max(cells(plain(line)) for line in shown) <= width
    assert any("11 more" in plain(line) for line in shown)
    out = tmp_path / "page.txt"
    done = actions.handover(station, out=str(out))
    assert done.lines == ()
    assert all(len(line) <= 80 for line in out.read_text().splitlines())
    assert "open (71)" in out.read_text()


def test_an_empty_record_says_so_in_each_part(station: Workstation) -> None:
    text = page(station)
    for title, words in (
        ("open (0)", "nothing is open"), ("running or in force", "nothing is switched on"), ("due", "no status"),
        ("not decided", "nothing"), ("disagreements", "none"), ("since then", "nothing was recorded"),
    ):  # fmt: skip
        assert words in section(text, title)
    assert "when the shift began" in text


def test_the_next_page_begins_where_it_was_handed_over(station: Workstation) -> None:
    ident = declare(station, "x")
    incidents.note(station, incident=ident, text="before")
    assert "2 new entries" in section(page(station), "since then")
    given = actions.handover(station, give=True)
    assert given.data["given"]
    text = page(station)
    assert "handed over by" in text
    assert "nothing was recorded" in section(text, "since then")
    incidents.note(station, incident=ident, text="after")
    assert "1 new entry" in section(page(station), "since then")
    assert actions.handover(station).data["given"] == "", "looking at it hands nothing over"
    assert "1 new entry" in section(page(station), "since then")


def test_to_whom_must_be_somebody(station: Workstation) -> None:
    before = station.log.count()
    with pytest.raises(NotFound, match="0 people"):
        actions.handover(station, to="nobody at all")
    assert station.log.count() == before


def test_what_was_written_apart_and_comes_later_is_new_to_whoever_reads(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        incidents.note(pair.b, incident=pair.incident, text="written before, unsent")
        actions.handover(pair.a, to="Bo")
        assert "nothing was recorded" in section(page(pair.a), "since then")
        assert "in 1 record not confirmed" in section(page(pair.a), "not sent")
        assert "2 entries in 1 record" in section(page(pair.b), "not sent")
        pair.together()
        assert "a note" in section(page(pair.a), "since then")
        assert "to Bo" in page(pair.b)
        assert "everything is sent" in section(page(pair.b), "not sent")
    finally:
        pair.close()


def test_a_control_on_its_way_and_one_that_is_off_are_told_apart(station: Workstation) -> None:
    ident = declare(station, "x")
    in_force(station, ident, "sent", "reverted")
    assert "nothing is switched on" in section(page(station), "running or in force")
    in_force(station, ident, "sent", "accepted")
    held = section(page(station), "running or in force")
    assert "◐ accepted" in held
    assert "never proved" in held
    assert "on its way" in held


def test_none_is_said_of_no_more_than_was_looked_at(station: Workstation, tmp_path: Path) -> None:
    ident = declare(station, "x")
    assert "nothing is switched on\n" in section(page(station), "running or in force")
    for _ in range(MOST):
        set_field(station, declare(station, "y"), "severity", "SEV1")
    text = page(station)
    assert f"nothing is switched on, of the {MOST} above" in section(text, "running or in force")
    assert f"none, of the {MOST} above" in section(text, "disagreements")
    assert "there is no hub" in section(text, "not sent")
    incidents.close(station, incident=ident, why="over")


def test_what_was_closed_or_came_in_is_no_silence(station: Workstation, tmp_path: Path) -> None:
    ident = declare(station, "x")
    actions.handover(station, give=True)
    assert "nothing was recorded" in section(page(station), "since then")
    incidents.close(station, incident=ident, why="over")
    news = section(page(station), "since then")
    assert "nothing was recorded" not in news
    assert "1 new entry in other records" in news


def test_evidence_that_the_hub_lacks_is_not_sent(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        exhibit = tmp_path / "exhibit.txt"
        exhibit.write_text("x")
        evidence.add(pair.a, file=str(exhibit), incident=pair.incident, origin="a log")
        assert "1 evidence file that the hub may lack" in section(page(pair.a), "not sent")
    finally:
        pair.close()


def test_a_disagreement_about_a_system_is_one(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        stream = pair.a.identity.org_stream
        ident = random_uuid()
        pair.a.append([Draft(stream, "system.recorded", ident, ({"name": "bot", "owner": "a"},))])
        pair.together()
        for who, owner in ((pair.a, "b"), (pair.b, "c")):
            who.append([who.set_field(stream, "system.set", ident, "owner", owner)])
        pair.together()
        assert "disagree about 1 signal group or system" in section(page(pair.a), "disagreements")
    finally:
        pair.close()


def test_everything_that_is_known_of_the_page_is_in_some_part_of_it(station: Workstation) -> None:
    """A key in no part would never be given to anybody."""
    page = handover(station)
    parts = [piece.content for piece in pieces(page)]
    assert set(data_of(page, parts)) == set(known(page))


def test_legal_clocks_are_due_by_name_and_time_alone_and_open_duties_are_counted(
    station: Workstation,
) -> None:
    ident = declare(station, FOREIGN)
    clocks.fact(station, incident=ident, fact="gdpr_role", answer="controller", why=FOREIGN)
    clocks.fact(station, incident=ident, fact="personal_data_breach", answer="yes")
    clocks.fact(station, incident=ident, fact="risk_to_persons", answer="likely")
    clocks.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z", why=FOREIGN)
    text, data = page(station), actions.handover(station).data
    due = section(text, "due")
    assert "eu-gdpr-33-1: overdue, due 2020-01-04 10:00 UTC" in due
    assert "duties of 1 incident not decided" in due
    assert "confirm with counsel" in " ".join(due.split())
    assert FOREIGN not in text + json.dumps(data)
    (clock,) = [each for each in data["clocks"] if each["clock"] == "eu-gdpr-33-1"]
    assert clock["late"]
    clocks.filed(station, incident=ident, clock="eu-gdpr-33-1", reference=FOREIGN)
    assert "eu-gdpr-33-1" not in page(station), "control: what is filed is due no more"
