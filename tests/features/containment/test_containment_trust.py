"""Nothing is sent with a connector, to an address or with parameters that nobody here has accepted."""

from pathlib import Path

import pytest
from tests.features.containment.stage import CONNECTOR, QUICK, Stage, staged, stop

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.features.containment import actions
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain


def test_a_connector_nobody_trusted_is_not_written_with(home: Path) -> None:
    with staged(home, trusted=False) as stage:
        assert "trusted" in stage.offer().why_not
        with pytest.raises(RefusedError, match="trusted"):
            actions.stop(stage.station, target=stage.incident, control="1", yes=True)
        assert stage.gateway.server.received == [], "not even read with"
        actions.trust(stage.station, connector="flags")
        assert stop(stage)


def test_one_changed_byte_takes_the_trust_away(stage: Stage) -> None:
    stop(stage)
    path = stage.station.profile.connectors / CONNECTOR
    path.write_bytes(QUICK.replace(b"switch the feature off", b"switch the feature of "))
    (row,) = [row for row in actions.connectors(stage.station).data if row["id"] == "flags"]
    assert row["origin"] == "not trusted"
    sent = len(stage.gateway.server.received)
    with pytest.raises(RefusedError, match="trusted"):
        actions.stop(stage.station, target=stage.incident, control="2", yes=True)
    assert len(stage.gateway.server.received) == sent
    path.write_bytes(QUICK)
    assert not stage.offer(2).why_not, "control: the very bytes that were read are trusted still"


def test_a_broken_connector_file_does_not_take_the_others_away(stage: Stage) -> None:
    (stage.station.profile.connectors / "half.yaml").write_bytes(b"schema_version: 1\nid: half\n")
    assert stop(stage)
    shown = [plain(line) for line in actions.connectors(stage.station).lines]
    assert any("half.yaml" in line for line in shown)
    (stage.station.profile.connectors / "flags.yaml").write_bytes(b"schema_version: 1\nid: flags\n")
    assert "flags.yaml" in stage.offer(2).why_not


def test_an_address_nobody_accepted_here_is_not_sent_to(stage: Stage) -> None:
    (stage.station.profile.folder / "targets.json").write_text("[]", "utf-8")
    assert "not accepted" in stage.offer().why_not
    with pytest.raises(RefusedError, match="not accepted"):
        actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert stage.gateway.server.received == []


@pytest.mark.parametrize("params", ["flag=../admin", "no_such=1", "flag=A B"])
def test_parameters_the_connector_does_not_allow(stage: Stage, params: str) -> None:
    count = stage.station.log.count()
    with pytest.raises(BadInput, match="control halt"):
        add_system(stage.station, name="bot", control=[f"halt=flags/off@eu-1:{params}"])
    assert stage.station.log.count() == count
    # As a device without the connector could have recorded it.
    name, _, value = params.partition("=")
    control = {"name": "halt", "title": "halt", "connector": "flags", "action": "off", "target": "eu-1"}
    stage.station.append(
        [
            stage.station.set_field(
                stage.station.identity.org_stream, "system.set", stage.row.system, "controls",
                [{**control, "params": {name: value}}],
            )
        ]
    )  # fmt: skip
    assert stage.offer().why_not
    with pytest.raises(RefusedError):
        actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert stage.gateway.changes == []
