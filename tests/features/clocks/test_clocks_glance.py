"""What must not wait for the rule book says nothing before it is read, and is made anew only where something changed."""

from pathlib import Path

from tests.support.hub import declare

from ircockpit.features.catalogue import actions as registry
from ircockpit.features.clocks import actions, queries
from ircockpit.features.clocks.boards import board, recorded
from ircockpit.features.clocks.queries import FOLDER
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.clocks.rules import fact_id
from ircockpit.features.incidents.called import called
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.incidents.queries import incident as row_of
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation


def test_nothing_is_said_of_clocks_before_the_book_is_read(station: Workstation) -> None:
    row = row_of(station.view, declare(station, "x"))
    assert queries.next_words(station, row) == ("", "")
    assert queries.banners(station, row, 80) == []
    assert station.profile.folder not in queries.AT_HAND
    rulebook(station.profile.folder)
    words, _ = queries.next_words(station, row)
    assert "not decided" in words
    assert queries.next_words(station, row, timed=True) == ("", ""), (
        "a row of the queue names what has a time"
    )
    actions.anchor(station, incident=row.ident, name="aware", time="2020-01-01T10:00Z")
    assert queries.next_words(station, row, timed=True)[0]


def test_a_copy_is_looked_at_without_the_book_where_nobody_answered(station: Workstation) -> None:
    row = row_of(station.view, declare(station, "x"))
    assert queries.forbidden(station, row.ident, row.stream, "copy") == []
    assert station.profile.folder not in queries.AT_HAND
    actions.fact(station, incident=row.ident, fact="child_abuse_material", answer="yes")
    assert [each.id for each in queries.forbidden(station, row.ident, row.stream, "copy")] == [
        "child-abuse-never-copy"
    ]


def test_what_is_recorded_is_read_again_only_after_a_change(station: Workstation) -> None:
    row = row_of(station.view, declare(station, "x"))
    rules = rulebook(station.profile.folder)
    first = recorded(station, row, rules)
    assert recorded(station, row, rules) is first
    actions.fact(station, incident=row.ident, fact="death", answer="yes")
    assert recorded(station, row, rules).record.facts == {"death": "yes"}
    folder = station.profile.folder / FOLDER
    folder.mkdir()
    (folder / "organisation.yaml").write_text("form: 1\nfacts: {gdpr_role: neither}\n", "utf-8")
    assert board(station, row).kept.record.facts == {"death": "yes", "gdpr_role": "neither"}


def test_another_record_says_nothing_about_an_incident(station: Workstation) -> None:
    first, second = (row_of(station.view, declare(station, title)) for title in ("a", "b"))
    actions.fact(station, incident=second.ident, fact="death", answer="yes")
    foreign = Draft(first.stream, "fact.asked", fact_id(first.ident, "dora_major"), (
        {"incident": second.ident, "question": "dora_major", "answer": "yes"},
    ))  # fmt: skip
    wrong = Draft(second.stream, "fact.asked", station.new_id(second.stream), (
        {"incident": second.ident, "question": "dora_major", "answer": "yes"},
    ))  # fmt: skip
    station.append([foreign, wrong])
    assert board(station, first).kept.record.facts == {}
    assert board(station, second).kept.record.facts == {"death": "yes"}
    right = Draft(second.stream, "fact.asked", fact_id(second.ident, "dora_major"), wrong.parts)
    station.append([right])
    assert board(station, second).kept.record.facts == {"death": "yes", "dora_major": "yes"}, "control"


def test_names_are_completed_once_the_book_is_read(station: Workstation, tmp_path: Path) -> None:
    del tmp_path
    by_id = {each.id: each for each in registry()}
    clock = next(param for param in by_id["clock.filed"].params if param.name == "clock")
    assert called(station, clock, "eu-gdpr") == []
    rulebook(station.profile.folder)
    assert [word for word, _ in called(station, clock, "eu-gdpr-33")] == ["eu-gdpr-33-1", "eu-gdpr-33-2"]


def test_the_detail_of_a_row_names_the_most_urgent_clock(station: Workstation) -> None:
    ident = declare(station, "leak")
    for question, word in (
        ("gdpr_role", "controller"),
        ("personal_data_breach", "yes"),
        ("risk_to_persons", "high"),
    ):
        actions.fact(station, incident=ident, fact=question, answer=word)
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z")
    lines = [plain(line) for line in detail_lines(station, row_of(station.view, ident))]
    assert any(line.startswith("clocks   GDPR Art. 33(1) over by") for line in lines)
