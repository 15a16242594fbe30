"""Recording a system: taken whole or refused, changed without losing the rest, addresses accepted on this device only."""

from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import open_station

from ircockpit.command.progress import telling
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.systems import actions, queries
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

WHOLE: dict[str, Any] = {
    "owner": "team", "context": "internal", "match": ["source=garak,model=gpt-*"],
    "target": ["eu-1=http://127.0.0.1:9901,http://127.0.0.1:8080"], "auth": ["eu-1=Authorization: Bearer env:TOKEN"],
    "control": ["halt=envoy/halt@eu-1", "fall-back=envoy/fallback@eu-1:marker=[fallback"],
}  # fmt: skip
FILE = """
name: bot
owner: team
match:
  - source: garak
targets:
  eu-1: {admin: "http://127.0.0.1:9901", probe: "http://127.0.0.1:8080", auth: "Authorization: env:TOKEN"}
controls:
  - {name: halt, connector: envoy, action: halt, target: eu-1}
"""


def test_options_become_a_record_that_is_shown(station: Workstation) -> None:
    made = actions.add(station, name="bot", **WHOLE).data
    assert made == actions.show(station, name="bot").data
    assert [target["auth"] for target in made["targets"]] == ["Authorization: Bearer env:TOKEN"]
    assert [(c["name"], c["title"], c["params"]) for c in made["controls"]] == [
        ("halt", "halt", {}), ("fall-back", "fall back", {"marker": "[fallback"}),
    ]  # fmt: skip
    assert made["match"] == [{"source": "garak", "model": "gpt-*"}]
    page = "\n".join(plain(line) for line in actions.show(station, name="bot").lines)
    assert "accepted here" in page
    assert [row["name"] for row in actions.list_all(station).data] == ["bot"]


@pytest.mark.parametrize(
    ("control", "what", "fix"),
    [
        ("halt=envoy/hlat@eu-1", "no action 'hlat'", "envoy: halt, fallback"),
        ("halt=envoy/halt@eu-1:makrer=x", "no parameter 'makrer'", "envoy: halt, fallback"),
    ],
)
def test_a_control_that_its_connector_does_not_have_is_refused_with_what_there_is(
    station: Workstation, control: str, what: str, fix: str
) -> None:
    count = station.log.count()
    with pytest.raises(BadInput, match=what) as refused:
        actions.add(station, name="bot", **{**WHOLE, "control": [control]})
    assert fix in refused.value.fix
    assert station.log.count() == count
    assert not (station.profile.folder / queries.TRUST_FILE).exists(), "nor was anything accepted"


def told(station: Workstation, **given: Any) -> tuple[str, Any]:
    said: list[str] = []
    with telling(said.append):
        made = actions.add(station, name="bot", **given)
    return "\n".join(said), made.data


def test_what_cannot_be_checked_or_proved_here_is_recorded_with_a_warning(station: Workstation) -> None:
    assert told(station, **WHOLE)[0] == "", "control"
    said, made = told(station, control=["halt=their-gateway/halt@eu-1"])
    assert "no connector their-gateway; ircockpit contain connectors lists those it has" in said
    assert made["controls"][0]["connector"] == "their-gateway"
    assert told(station, owner="night shift")[0] == "", "what is not stated now is not in the way"
    said, made = told(station, target=["eu-1=http://127.0.0.1:9902"])
    assert (said, made["targets"][0]["probe"]) == ("", "http://127.0.0.1:8080"), "what is not given stays"
    said, made = told(station, target=["eu-2=http://127.0.0.1:9901"], control=["halt=envoy/halt@eu-2"])
    assert said == "target eu-2: no probe address: its stops stay unverified"
    assert made["targets"][0]["probe"] == ""
    page = "\n".join(plain(line) for line in actions.show(station, name="bot").lines)
    assert "no probe address" in page
    same = "eu-2=http://127.0.0.1:9901,http://127.0.0.1:9901"
    assert "asks the control's own address" in told(station, target=[same])[0]


def test_the_same_again_adds_nothing_and_a_change_leaves_the_rest(station: Workstation) -> None:
    before = actions.add(station, name="bot", **WHOLE).data
    count = station.log.count()
    assert "already" in actions.add(station, name="bot", **WHOLE).said
    assert station.log.count() == count
    after = actions.add(station, name="bot", owner="night shift").data
    assert after == {**before, "owner": "night shift"}, (
        "controls and targets must still be there on the night"
    )
    assert station.log.count() == count + 1
    token = actions.add(station, name="bot", auth=["eu-1=X-Key: env:OTHER"]).data
    assert token["targets"] == [{**before["targets"][0], "auth": "X-Key: env:OTHER"}]
    assert (
        actions.add(station, name="bot", control=["halt=envoy/halt@eu-1"]).data["targets"] == token["targets"]
    )


def test_a_first_record_serves_customers_unless_it_says_otherwise(station: Workstation) -> None:
    assert actions.add(station, name="bot").data["context"] == "customer-facing"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("target", "http://127.0.0.1"), ("target", "=http://127.0.0.1"), ("control", "halt"), ("control", "halt=envoy"),
        ("control", "halt=envoy/halt@"), ("control", "halt=envoy/halt@us-1"), ("match", "garak"), ("auth", "eu-1"),
        ("auth", "us-1=Authorization: env:TOKEN"), ("auth", "eu-1=Authorization: hunter2"),
    ],
)  # fmt: skip
def test_a_slip_in_an_option_records_and_accepts_nothing(
    station: Workstation, option: str, value: str
) -> None:
    before = station.log.count()
    with pytest.raises(BadInput):
        actions.add(station, name="bot", **{**WHOLE, option: [value]})
    assert station.log.count() == before
    assert queries.accepted(station.profile) == set()


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "bot.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_file_becomes_the_same_record(station: Workstation, tmp_path: Path) -> None:
    made = actions.add(station, name=written(tmp_path, FILE)).data
    assert made["targets"][0]["auth"] == "Authorization: env:TOKEN"
    assert made["controls"][0]["title"] == "halt"
    kept = actions.add(station, name=written(tmp_path, "name: bot\nowner: night shift\n")).data
    assert kept == {**made, "owner": "night shift"}


@pytest.mark.parametrize(
    ("good", "slip"),
    [
        ("owner:", "ownr:"), ("auth:", "auht:"), ("probe:", "prob:"), ("connector:", "conector:"),
        ("target: eu-1", "target: eu-1, parms: {marker: x}"), ("target: eu-1", "target: eu-1, params: [x]"),
        ("owner: team", "owner: 5"), ('auth: "Authorization: env:TOKEN"', "auth: 5"), ("  - source: garak", "  source: garak"),
        ("name: bot", "nam: bot"), ("name: halt", "name: 7"), ("controls:", "controls: none\nother:"),
    ],
)  # fmt: skip
def test_a_misspelt_file_is_refused_whole(station: Workstation, tmp_path: Path, good: str, slip: str) -> None:
    assert good in FILE
    before = station.log.count()
    with pytest.raises(BadInput) as refused:
        actions.add(station, name=written(tmp_path, FILE.replace(good, slip, 1)))
    assert refused.value.fix
    assert station.log.count() == before
    assert queries.accepted(station.profile) == set()


def test_files_that_are_none(station: Workstation, tmp_path: Path) -> None:
    for name in (str(tmp_path / "absent.yaml"), written(tmp_path, "- 1\n"), written(tmp_path, "x" * 300_000)):
        with pytest.raises(BadInput):
            actions.add(station, name=name)


def test_an_address_is_accepted_on_one_device_and_for_exactly_what_was_read(
    station: Workstation, tmp_path: Path
) -> None:
    actions.add(station, name="bot", **WHOLE)
    with open_station(tmp_path / "other") as other:
        with other.log.writing() as writer:
            for stored in station.log.of_stream(station.identity.org_stream):
                writer.add(stored.event)
        other.refresh()
        target = queries.system(other.view, "bot").targets[0]
        assert not queries.is_accepted(other.profile, target)
        assert "not accepted on this device" in "\n".join(
            plain(line) for line in actions.show(other, name="bot").lines
        )
        actions.trust(other, name="bot")
        assert queries.is_accepted(other.profile, target)
        for changed in (
            target._replace(admin=target.admin + "/"), target._replace(probe="http://127.0.0.1:1"),
            target._replace(auth=""), target._replace(ca="/ca.pem"),
        ):  # fmt: skip
            assert not queries.is_accepted(other.profile, changed)


@pytest.mark.parametrize("damage", ["", "{", "5", '{"a": 1}', "null"])
def test_a_damaged_list_of_accepted_addresses_accepts_nothing(station: Workstation, damage: str) -> None:
    actions.add(station, name="bot", **WHOLE)
    (station.profile.folder / queries.TRUST_FILE).write_text(damage, "utf-8")
    target = queries.system(station.view, "bot").targets[0]
    assert not queries.is_accepted(station.profile, target)


def test_a_name_that_is_none_is_told_with_those_there_are(station: Workstation) -> None:
    with pytest.raises(NotFound, match="no system is recorded yet"):
        actions.show(station, name="bot")
    actions.add(station, name="bot")
    with pytest.raises(NotFound) as told:
        actions.show(station, name="bob")
    assert "bot" in told.value.fix


def test_whoever_changes_the_owner_of_a_colleagues_system_has_not_read_its_addresses(
    station: Workstation,
) -> None:
    actions.add(station, name="bot", **WHOLE)
    [target] = queries.system(station.view, "bot").targets
    (station.profile.folder / queries.TRUST_FILE).unlink()  # as on a device that heard of it from the hub
    actions.add(station, name="bot", owner="somebody else")
    assert not queries.is_accepted(station.profile, target)
    actions.add(station, name="bot", target=WHOLE["target"])
    assert queries.is_accepted(station.profile, target), "control: who types the address has read it"
    actions.add(station, name="bot", owner="the team", probe_auth=["eu-1=bearer env:USER_KEY"])
    assert queries.is_accepted(station.profile, queries.system(station.view, "bot").targets[0])
