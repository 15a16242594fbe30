"""A stranger's playbook is text alone, forged words count for nothing, and a run goes where its incident goes."""

import copy
import json
from hashlib import shake_256
from pathlib import Path

import pytest
from tests.features.playbooks.followed import NAME, state, written
from tests.features.playbooks.good import GOOD, PROOF, good, hostile_playbook
from tests.support.hostile import EVERYTHING, MARK, dangers
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, RefusedError, TrustError
from ircockpit.features.bundles import actions as bundles
from ircockpit.features.care.handover import handover
from ircockpit.features.care.handover_page import lines as handover_lines
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents import queries as incident_rows
from ircockpit.features.playbooks import actions, following, queries, shelf
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation


def test_a_hostile_playbook_is_followed_as_text_alone(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(hostile_playbook()))
    actions.take_in(pair.a, file=str(file), yes=True)
    pair.together()
    (held,) = shelf.recorded(pair.b.view)
    shown = [actions.approve(pair.b, playbook=held.short, why="to try it")]
    shown.append(following.begin(pair.b, incident=pair.incident, playbook=held.short))
    shown.append(following.list_steps(pair.b, incident=pair.incident))
    for number in range(1, len(shown[-1].data["steps"]) + 1):
        shown.append(following.show_step(pair.b, step=f"{pair.incident}/{number}"))
        if shown[2].data["steps"][number - 1]["type"] == "action":
            shown.append(following.done(pair.b, step=f"{pair.incident}/{number}", why=EVERYTHING[:1500]))
    row = incident_rows.incident(pair.b.view, pair.incident)
    shown.append(incidents.timeline(pair.b, incident=pair.incident))
    text = "\n".join(plain(line) for result in shown for line in result.lines) + queries.progress(pair.b, row)
    assert "a shell script, shown and not run here" in text
    assert MARK in text  # the control: the stranger's words are there
    assert dangers(text, newline=True) == []
    assert all(dangers(result.said) == [] for result in shown)
    assert not Path(PROOF).exists()


def test_an_approval_by_the_one_who_took_it_in_counts_for_nothing_even_if_written(
    station: Workstation, tmp_path: Path
) -> None:
    actions.take_in(station, file=str(written(tmp_path)), yes=True)
    (held,) = shelf.recorded(station.view)
    forged = {"name": held.name, "sha256": held.sha256}
    station.append([Draft(station.identity.org_stream, "playbook.approved", held.ident, (forged,))])
    (held,) = shelf.recorded(station.view)
    assert held.approved_by == ""
    with pytest.raises(RefusedError):
        following.begin(station, incident=declare(station, "x"), playbook=held.short)


def test_an_approval_of_other_bytes_counts_for_nothing(pair: Pair, tmp_path: Path) -> None:
    actions.take_in(pair.a, file=str(written(tmp_path)), yes=True)
    pair.together()
    (held,) = shelf.recorded(pair.b.view)
    other = {"name": held.name, "sha256": "0" * 64}
    pair.b.append([Draft(pair.b.identity.org_stream, "playbook.approved", held.ident, (other,))])
    assert shelf.recorded(pair.b.view)[0].approved_by == ""
    actions.approve(pair.b, playbook=held.short, why="read")  # the control: the right bytes count
    assert shelf.recorded(pair.b.view)[0].approved_by == "Bo"


def test_a_run_whose_file_is_another_is_named_and_hides_no_other(station: Workstation) -> None:
    ident = declare(station, "x")
    stream = incident_rows.incident(station.view, ident).stream
    facts = {
        "incident": ident,
        "name": "false",
        "playbook": "playbook--x",
        "version": "1",
        "sha256": "0" * 64,
        "left": "",
    }
    false = Draft(stream, "playbook.begun", queries.run_id(ident, "0" * 64), (facts, {"file.0": "AAAA"}))
    station.append([false])
    with pytest.raises(TrustError):
        following.list_steps(station, incident=ident)
    row = incident_rows.incident(station.view, ident)
    assert "cannot be shown" in queries.progress(station, row)
    following.begin(station, incident=ident, playbook=NAME)
    station.append([false._replace(ent=queries.run_id(ident, "1" * 64))])
    assert state(station, ident, 2) == "ready"
    assert following.leave(station, incident=ident, why="done").data["run"] != false.ent


def test_a_signature_that_does_not_hold_is_shown_to_whoever_takes_it_in_and_whoever_approves(
    station: Workstation, tmp_path: Path
) -> None:
    signed = copy.deepcopy(GOOD) | {
        "signatures": [
            {
                "type": "jss", "id": "jss--00000000-0000-4000-8000-000000000301", "created_by": GOOD["created_by"],
                "created": "2026-01-31T12:00:00.000Z", "modified": "2026-01-31T12:00:00.000Z", "signee": "somebody",
                "related_to": GOOD["id"], "related_version": GOOD["modified"], "hash_algorithm": "sha-256",
                "algorithm": "Ed25519", "public_key": "x" * 60, "value": "AAAA",
            }
        ]
    }  # fmt: skip
    file = tmp_path / "signed.json"
    file.write_text(json.dumps(signed))
    shown = actions.take_in(station, file=str(file), yes=True)
    assert any("signature" in plain(line) for line in shown.lines)
    (held,) = shelf.recorded(station.view)
    assert any("signature" in plain(line) for line in actions.show(station, playbook=held.short).lines)


def test_the_next_shift_and_the_incident_read_how_far_it_is(station: Workstation) -> None:
    ident = declare(station, "x")

    def told() -> list[str]:
        page = "\n".join(plain(line) for line in handover_lines(handover(station)))
        shown = "\n".join(plain(line) for line in incidents.show(station, incident=ident).lines)
        return [each for each in (page, shown) if "1 of 26, next: 2 Read the controls" in each]

    assert told() == []  # the control
    following.begin(station, incident=ident, playbook=NAME)
    assert len(told()) == 2


def test_a_bundle_carries_the_run_with_its_playbook_and_the_shelf(pair: Pair, tmp_path: Path) -> None:
    following.begin(pair.a, incident=pair.incident, playbook=NAME)
    following.done(pair.a, step=f"{pair.incident}/2")
    actions.take_in(pair.a, file=str(written(tmp_path)), yes=True)
    assert queries.runs(pair.b.view, pair.incident) == []  # the control: nothing has come by another way
    bundles.export(pair.a, incidents=[pair.incident], to=str(tmp_path / "stick"))
    bundles.take(pair.b, folders=[str(tmp_path / "stick")], yes=True)
    assert state(pair.b, pair.incident, 2) == "done"
    assert state(pair.b, pair.incident, 3) == "ready"
    (held,) = shelf.recorded(pair.b.view)
    assert shelf.file_of(pair.b, held) == (tmp_path / "own.json").read_bytes()


def test_a_playbook_too_large_to_travel_is_refused_when_it_is_taken_in_with_what_to_do(
    station: Workstation, tmp_path: Path
) -> None:
    words = shake_256(b"words").hexdigest(190_000)  # packed, half of it
    file = tmp_path / "large.json"
    file.write_text(json.dumps(good(description=words)))
    with pytest.raises(BadInput, match="has at most 224,000") as refused:
        actions.take_in(station, file=str(file))
    assert "ircockpit evidence add" in refused.value.fix
    assert shelf.recorded(station.view) == []
    file.write_text(json.dumps(good(description=words[:260_000])))
    assert actions.take_in(station, file=str(file), yes=True).said.startswith("taken in as")
