"""An organisation's own rules: proposed by one, approved by another, and then in force with all, by hub and by bundle."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features.bundles.actions import export, take
from ircockpit.features.catalogue import open_workstation, settle
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.disclosure.queries import matrix_of, shipped
from ircockpit.features.ownfiles import AGREED
from ircockpit.features.record.doctor import examine
from ircockpit.features.response.reading import of_profile
from ircockpit.features.response.reading import shipped as shipped_book
from ircockpit.features.settings import rulefiles
from ircockpit.features.settings.agreed import PLACES, in_force, is_place, recorded, used
from ircockpit.features.triage.actions import answer
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation

CONTRACT = """form: 1
title: Contract with the hospital
facts:
  - {id: hospital_affected, ask: Is the hospital affected?}
clocks:
  - id: contract-notice
    regime: Contract 4711
    article: "12.3"
    title: Written notice
    applies: {fact: hospital_affected, is: yes}
    due:
      - {from: aware, period: 3, unit: hours, quote: within 3 hours}
    recipient: hospital administration
    checklist: [what happened]
    binding: contract
    binding_why: we signed it
    source: contract 4711, section 12
    retrieved_on: 2026-11-01
    confidence: high
"""
WHY = "read it, it is the contract's words"


def source(*path: str) -> str:
    import ircockpit.features as features

    return Path(features.__file__).parent.joinpath(*path).read_text("utf-8")


def criteria(reason: str) -> str:
    return source("triage", "criteria.yaml").replace("reason: harm realised\n", f"reason: {reason}\n")


def lay(who: Workstation, place: str, text: str) -> str:
    path = who.profile.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return str(path)


def agree(pair: Pair, place: str, text: str) -> str:
    """``a`` proposes, ``b`` approves; the short id."""
    short = str(rulefiles.propose(pair.a, file=lay(pair.a, place, text)).data["short"])
    pair.together()
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    pair.together()
    for who in (pair.a, pair.b):
        settle(who)
    return short


def test_what_one_proposed_and_another_approved_is_in_force_with_both(pair: Pair) -> None:
    place = "clocks/contract.yaml"
    short = str(rulefiles.propose(pair.a, file=lay(pair.a, place, CONTRACT)).data["short"])
    pair.together()
    settle(pair.b)
    assert "contract-notice" in rulebook(pair.a.profile.folder).book.clocks, (
        "a file of one's own counts here at once"
    )
    assert "contract-notice" not in rulebook(pair.b.profile.folder).book.clocks, "proposed is not approved"
    assert any(short in plain(line) for line in rulefiles.list_all(pair.b).lines)
    assert CONTRACT.strip() == rulefiles.show(pair.b, rulefile=short).data["text"]
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    assert "contract-notice" in rulebook(pair.b.profile.folder).book.clocks
    pair.together()
    settle(pair.a)
    for who in (pair.a, pair.b):
        (row,) = [each for each in used(who) if each.place == place]
        assert row.agreed is not None
        assert (row.agreed.short, row.sha256, row.differs) == (
            short,
            sha256(CONTRACT.encode()).hexdigest(),
            False,
        )


def test_each_kind_of_rules_is_read_where_it_was_agreed_on(pair: Pair) -> None:
    agree(pair, "triage/criteria.yaml", criteria("somebody was hurt"))
    agree(pair, "triage/forms/poisoning.yaml",
          source("triage", "forms", "poisoning.yaml").replace("title: ", "title: Ours, "))  # fmt: skip
    agree(
        pair,
        "response/escalation.yaml",
        source("response", "book", "escalation.yaml").replace("SEV1: 5", "SEV1: 7"),
    )
    matrix = source("disclosure", "matrix.yaml").replace("marking: GREEN", "marking: AMBER")
    agree(pair, "disclosure.yaml", matrix.replace("audiences: [affected, partners,", "audiences: [partners,"))
    assert list((pair.b.profile.folder).glob("triage")) == [], "the control: it has none of its own"
    said = answer(pair.b, incident=pair.incident, harm="yes", reach="few", reversible="yes").data
    assert "somebody was hurt" in said["reasons"]
    assert said["criteria_refused"] == ""
    from ircockpit.features.triage.branches import branches_in

    form = branches_in(pair.b.profile.folder).of("poisoning")
    assert form is not None
    assert form.file.title.startswith("Ours, ")
    book = of_profile(pair.b.profile.folder)
    assert book.own == ("escalation.yaml",)
    assert book.escalation != shipped_book().escalation
    assert matrix_of(pair.b) != shipped()


def test_nobody_approves_what_they_proposed_and_a_forged_approval_counts_for_nothing(pair: Pair) -> None:
    place = "clocks/contract.yaml"
    short = str(rulefiles.propose(pair.a, file=lay(pair.a, place, CONTRACT)).data["short"])
    with pytest.raises(RefusedError, match="two different people"):
        rulefiles.approve(pair.a, rulefile=short, why=WHY)
    (each,) = recorded(pair.a.view)
    forged = {"place": place, "sha256": each.sha256}
    pair.a.append([Draft(pair.a.identity.org_stream, "rulefile.approved", each.ident, (forged,))])
    assert in_force(recorded(pair.a.view)) == {}
    pair.together()
    wrong = {"place": place, "sha256": "0" * 64}
    pair.b.append([Draft(pair.b.identity.org_stream, "rulefile.approved", each.ident, (wrong,))])
    assert in_force(recorded(pair.b.view)) == {}, "an approval of other bytes"
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    assert list(in_force(recorded(pair.b.view))) == [place]


def test_an_own_file_that_differs_is_not_used_and_it_is_said(pair: Pair) -> None:
    place = "triage/criteria.yaml"
    lay(pair.b, place, criteria("only here"))
    alone = [each for each in examine(pair.b) if each.about == "rules"]
    assert [each.state for each in alone] == ["warn"]
    assert "this device alone" in alone[0].what
    agree(pair, place, criteria("agreed"))
    assert "agreed" in answer(pair.b, incident=pair.incident, harm="yes").data["reasons"]
    (row,) = rulefiles.list_all(pair.b).data["used"]
    assert (row["differs"], row["agreed"]) == (True, True)
    assert any(
        "differs" in plain(line) and "not used" in plain(line) for line in rulefiles.list_all(pair.b).lines
    )
    differs = [each for each in examine(pair.b) if each.about == "rules"]
    assert "is not what was agreed on" in differs[0].what
    (pair.b.profile.folder / place).unlink()
    assert [each.state for each in examine(pair.b) if each.about == "rules"] == ["ok"]


def test_the_newest_approval_counts_and_retiring_goes_back_to_the_one_before(pair: Pair) -> None:
    place = "triage/criteria.yaml"
    agree(pair, place, criteria("first"))
    second = agree(pair, place, criteria("second"))
    assert "second" in answer(pair.b, incident=pair.incident, harm="yes").data["reasons"]
    assert "-" in rulefiles.show(pair.b, rulefile=second, diff=True).data["text"] or second
    said = rulefiles.retire(pair.b, rulefile=second, why="too strict").said
    assert "counts for triage/criteria.yaml" in said
    assert "first" in answer(pair.b, incident=pair.incident, harm="yes").data["reasons"]
    rulefiles.retire(pair.b, rulefile=second, why="it was right", withdraw=True)
    assert "second" in answer(pair.b, incident=pair.incident, harm="yes").data["reasons"]
    for each in recorded(pair.b.view):
        rulefiles.retire(pair.b, rulefile=each.short, why="none of them")
    assert not list((pair.b.profile.folder / AGREED).rglob("*.yaml"))
    assert "harm realised" in answer(pair.b, incident=pair.incident, harm="yes").data["reasons"]


def test_it_travels_by_bundle_and_is_in_force_at_the_next_start(pair: Pair, tmp_path: Path) -> None:
    place = "clocks/contract.yaml"
    short = str(rulefiles.propose(pair.a, file=lay(pair.a, place, CONTRACT)).data["short"])
    export(pair.a, to=str(tmp_path / "there"), all=True)
    take(pair.b, folders=[str(tmp_path / "there")], yes=True)
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    export(pair.b, to=str(tmp_path / "back"), all=True)
    take(pair.a, folders=[str(tmp_path / "back")], yes=True)
    written = pair.a.profile.folder / AGREED / place
    assert not written.exists()
    with open_workstation(pair.a.profile.folder):
        assert written.read_text() == CONTRACT
    written.write_text("changed by hand")
    with open_workstation(pair.a.profile.folder):
        assert written.read_text() == CONTRACT, "what was agreed on comes from the record"


@pytest.mark.parametrize(
    ("place", "text", "says"),
    [
        ("clocks/contract.yaml", CONTRACT.replace("period: 3", "period: 4"), "contract.yaml, line"),
        ("clocks/words.yaml", CONTRACT, "one of the program's own files"),
        ("triage/criteria.yaml", "form: 1\n", "triage/criteria.yaml"),
        ("triage/forms/poisoning.yaml", "form: 2\n", "poisoning.yaml"),
        ("response/raci.yaml", "form: 1\n", "raci.yaml"),
        ("disclosure.yaml", "form: 1\n", "disclosure.yaml"),
        ("clocks/../../x.yaml", CONTRACT, "no rules are read from"),
        ("keys/device.yaml", CONTRACT, "no rules are read from"),
    ],
)  # fmt: skip
def test_a_file_that_its_readers_would_refuse_is_not_proposed(
    station: Workstation, tmp_path: Path, place: str, text: str, says: str
) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    count = station.log.count()
    with pytest.raises(BadInput, match=says):
        rulefiles.propose(station, file=str(file), place=place)
    assert station.log.count() == count
    with pytest.raises(BadInput, match="nothing says which rules"):
        rulefiles.propose(station, file=str(file))
    with pytest.raises(NotFound):
        rulefiles.propose(station, file=str(tmp_path / "none.yaml"))


def test_an_entry_that_names_another_place_writes_nothing(pair: Pair, tmp_path: Path) -> None:
    assert all(is_place(each.replace("NAME", "x")) for each in PLACES)
    short = str(rulefiles.propose(pair.a, file=lay(pair.a, "clocks/contract.yaml", CONTRACT)).data["short"])
    (each,) = recorded(pair.a.view)
    draft = pair.a.set_field(
        pair.a.identity.org_stream, "rulefile.set", each.ident, "place", "../../escaped.yaml"
    )
    pair.a.append([draft])
    pair.together()
    rows = recorded(pair.b.view)
    assert [row.place for row in rows] == ["../../escaped.yaml"], "the control: the record says so"
    facts = {"place": each.place, "sha256": each.sha256}
    pair.b.append([Draft(pair.b.identity.org_stream, "rulefile.approved", each.ident, (facts,))])
    settle(pair.b)
    assert short
    assert not [name for _, _, names in os.walk(tmp_path) for name in names if name == "escaped.yaml"]


def test_roles_and_table_that_name_each_other_count_once_both_are_agreed_on(pair: Pair) -> None:
    roles = source("response", "book", "roles.yaml").replace("id: scribe", "id: clerk")
    raci = source("response", "book", "raci.yaml").replace("scribe", "clerk")
    with pytest.raises(BadInput, match="there is no role 'scribe'"):
        rulefiles.propose(pair.a, file=lay(pair.a, "response/roles.yaml", roles))
    table = lay(pair.a, "response/raci.yaml", raci)
    first = rulefiles.propose(pair.a, file=lay(pair.a, "response/roles.yaml", roles)).data["short"]
    pair.together()
    with pytest.raises(BadInput, match="there is no role 'scribe'"):
        rulefiles.approve(pair.b, rulefile=first, why="the table is not proposed yet")
    second = rulefiles.propose(pair.a, file=table).data["short"]
    pair.together()
    rulefiles.approve(pair.b, rulefile=first, why=WHY)
    assert "clerk" not in of_profile(pair.b.profile.folder).roles, (
        "the table in force does not know the role yet"
    )
    assert of_profile(pair.b.profile.folder).refused
    rulefiles.approve(pair.b, rulefile=second, why=WHY)
    assert "clerk" in of_profile(pair.b.profile.folder).roles
    assert not of_profile(pair.b.profile.folder).refused
