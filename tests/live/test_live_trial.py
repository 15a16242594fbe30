"""`connector try` and `connector record` on real servers: there and back twice, a badge, and exchanges that play again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.envoy import Envoy
from tests.support.haproxy import HAProxy
from tests.support.replayed import Replayed

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.connector_actions import try_out
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.rules import VERIFIED
from ircockpit.features.containment.trying import Ready, Trial, badges
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Workstation

pytestmark = pytest.mark.live


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with open_workstation(tmp_path / "home") as opened:
        yield opened


def test_envoy_is_tried_and_what_was_recorded_plays_again(
    station: Workstation, envoy: Envoy, tmp_path: Path
) -> None:
    add_system(station, name="bot", target=[f"eu-1={envoy.admin},{envoy.listener}"])
    to = tmp_path / "exchanges"
    done = try_out(
        station, connector="envoy", target="bot", only=["halt", "fallback"], confirm=["halt", "fallback"], yes=True,
        server="1.40.0", to=str(to),
    )  # fmt: skip
    assert done.code == 0, done
    assert [(row["word"], row["course"]) for row in done.data["tried"]] == [
        (VERIFIED, ["effective", "reverted"] * 2)
    ] * 2
    badge = badges(station)[connector.shipped("envoy").sha256]
    assert (badge.server, badge.actions) == ("1.40.0", ("halt", "fallback"))

    target = Target("eu-1", envoy.admin, envoy.listener)
    for action in ("halt", "fallback"):
        again = Trial(
            station, connector.shipped("envoy"), target, Replayed(to / f"envoy.{action}.json"), lambda _: None
        )
        ready = again.prepare(action, {})
        assert isinstance(ready, Ready), ready
        assert again.run(ready).word == VERIFIED


def test_haproxy_is_tried_over_its_socket_of_lines(station: Workstation, haproxy: HAProxy) -> None:
    add_system(station, name="bot", target=[f"eu-1={haproxy.runtime},{haproxy.front}"])
    done = try_out(
        station, connector="haproxy", target="bot", param=["backend=llm", "server=prod", "halt.key=llm"],
        only=["halt", "fallback", "block-key"],
        confirm=["halt", "fallback", "block-key"], yes=True, server="2.6",
    )  # fmt: skip
    words = {row["action"]: row["word"] for row in done.data["tried"]}
    assert words == {"halt": VERIFIED, "fallback": VERIFIED, "block-key": "not tried"}, done
    said = {row["action"]: row["said"] for row in done.data["tried"]}["block-key"]
    assert "needs the parameter" in said
