"""Proofs outside of incidents on real servers: each there and back, on record for a colleague, and by a schedule."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.caddy import Caddy
from tests.support.daemon import ask
from tests.support.envoy import Envoy
from tests.support.etcd import FLAG, Etcd
from tests.support.pair import Pair

from ircockpit.core.errors import RefusedError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.actions import trust
from ircockpit.features.readiness import actions
from ircockpit.features.readiness.local import schedules
from ircockpit.features.readiness.queries import ControlStands, readiness
from ircockpit.features.readiness.rules import HEALTHY, NEVER, PROVED
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Workstation

pytestmark = pytest.mark.live
CONNECTORS = (
    Path(__file__).resolve().parents[2] / "src" / "ircockpit" / "features" / "containment" / "connectors"
)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with open_workstation(tmp_path / "home") as opened:
        yield opened


def stands(station: Workstation, name: str) -> ControlStands:
    [system] = readiness(station, ["bot"])
    return next(each for each in system.controls if each.control.name == name)


def proved(station: Workstation, name: str) -> None:
    """Look, prove, and see that readiness says both."""
    assert stands(station, name).word == NEVER
    actions.show(station, check=True)
    assert stands(station, name).probe.word == HEALTHY, stands(station, name).probe
    done = actions.prove(station, system="bot", control=name, yes=True, confirm=f"bot/{name}")
    assert done.code == 0, done
    assert done.data["proofs"][0]["course"] == ["effective", "reverted"]
    found = stands(station, name)
    assert found.word == PROVED
    assert found.proof is not None
    assert found.proof.server, "the version of the server, or that it does not state one"


def test_envoy_is_proved_and_its_users_are_served_again(station: Workstation, envoy: Envoy) -> None:
    add_system(
        station, name="bot", target=[f"eu-1={envoy.admin},{envoy.listener}"],
        control=["halt=envoy/halt@eu-1", "fallback=envoy/fallback@eu-1"],
    )  # fmt: skip
    for name in ("halt", "fallback"):
        proved(station, name)
        assert ask("GET", f"{envoy.listener}/").status == 200


def test_caddy_is_proved(station: Workstation, caddy: Caddy) -> None:
    add_system(
        station, name="bot", target=[f"eu-1={caddy.control},{caddy.front}"],
        control=[f"fallback=caddy/fallback@eu-1:dial=127.0.0.1:{caddy.fallback.port}"],
    )  # fmt: skip
    proved(station, "fallback")
    assert ask("GET", f"{caddy.front}/").status == 200


def test_etcd_is_proved_by_a_schedule_and_a_byte_more_is_refused(
    station: Workstation, etcd: Etcd, tmp_path: Path
) -> None:
    """A copy of the connector that one may change; it is due at once by the file that says when it was approved."""
    source = (CONNECTORS / "etcd.yaml").read_text("utf-8")
    own = source + "# our own copy\n"
    path = station.profile.connectors / "etcd.yaml"
    path.write_text(own)
    trust(station, connector="etcd")
    file = tmp_path / "bot.yaml"
    file.write_text(
        f'name: bot\ntargets: {{eu-1: {{admin: "{etcd.control}", probe: "{etcd.agent_url}", canary: nobody}}}}\n'
        f'controls: [{{name: halt, connector: etcd, action: flag, target: eu-1, params: {{key: "{FLAG}"}}}}]\n'
    )
    add_system(station, name=str(file))
    done = actions.schedule(station, system="bot", control="halt", every="1h", yes=True, confirm="bot/halt")
    assert done.code == 0, done
    assert actions.prove(station, due=True, yes=True).said == "nothing is due"
    kept = station.profile.folder / "proofs.json"
    kept.write_text(kept.read_text().replace(str(schedules(station.profile)[0].approved_us), "1"))
    path.write_text(own + "# one byte\n")
    trust(station, connector="etcd")
    refused = actions.prove(station, due=True, yes=True)
    assert "the connector file changed" in refused.data["proofs"][0]["said"]
    assert etcd.get(FLAG) == "true"
    path.write_text(own)
    assert actions.prove(station, due=True, yes=True).code == 0
    assert stands(station, "halt").word == PROVED
    assert etcd.get(FLAG) == "true"
    assert actions.prove(station, due=True, yes=True).said == "nothing is due"


def test_a_colleague_reads_of_a_proof_on_a_real_server(tmp_path: Path, envoy: Envoy) -> None:
    both = Pair(tmp_path)
    try:
        mira, jo = both.a, both.b
        add_system(
            mira,
            name="bot",
            target=[f"eu-1={envoy.admin},{envoy.listener}"],
            control=["halt=envoy/halt@eu-1"],
        )
        both.together()
        assert stands(jo, "halt").word == NEVER
        proved(mira, "halt")
        both.together()
        found = stands(jo, "halt")
        assert found.word == PROVED
        assert found.proof is not None
        assert not found.proof.here
        with pytest.raises(RefusedError, match="not accepted"):  # what she accepted, he has not
            actions.prove(jo, system="bot", control="halt", yes=True, confirm="bot/halt")
    finally:
        both.close()
