"""Replay through a real gateway: a mended model under another name, a control of the gateway, and what is lifted on it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.replay.stage import QUICK, declared
from tests.support.envoy import FALLBACK, HALT, UNUSED, Envoy
from tests.support.upstream import Upstream

from ircockpit.core.errors import BadInput
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment import actions as containment
from ircockpit.features.replay import actions, queries
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Workstation

pytestmark = pytest.mark.live
HARM = r"^\[prod:dose-bot-1\]"
"""What the model says under its old name."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with open_workstation(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def calm(envoy: Envoy, upstreams: tuple[Upstream, Upstream]) -> Iterator[Upstream]:
    """The model in production; afterwards everything is as it was."""
    prod, _ = upstreams
    yield prod
    prod.healthy = True
    for key in (HALT, FALLBACK, UNUSED):
        envoy.modify(key, "")


def sent(station: Workstation, ident: str) -> RunRow:
    actions.run(station, run=ident, yes=True)
    return queries.run(station.view, ident)


def test_behind_a_real_gateway_every_answer_is_what_it_is(
    station: Workstation, envoy: Envoy, calm: Upstream, tmp_path: Path
) -> None:
    add_system(
        station, name="bot", match=["source=monitor"], control=["halt=envoy/halt@eu-1"],
        target=[f"eu-1={envoy.admin},{envoy.listener}", f"canary={calm.url},{calm.url}"],
    )  # fmt: skip
    incident = declared(station, tmp_path)
    actions.seal(station, incident=incident, name="prompts")
    more: dict[str, Any] = {**QUICK, "pattern": HARM, "model": "dose-bot-1", "timeout": 20}
    before = sent(station, actions.plan(station, incident=incident, **more).data["id"])
    assert (before.counts.share, dict(before.named)) == ("20/20", {"dose-bot-1": 20})

    def after(**where: str) -> RunRow:
        return sent(station, actions.after(station, run=before.ident, **where).data["id"])

    renamed = after(model="dose-bot-2")
    assert (
        queries.line(station.view, incident)
        == "20/20 → 0/20 (0 of 20 still allows 16 %; asked of another model)"
    )
    assert dict(renamed.named) == {"dose-bot-2": 20}
    assert after().counts.share == "20/20", (
        "the control: the gateway still leads to the old one under its name"
    )

    calm.healthy = False
    assert (after().counts.share, dict(queries.runs(station.view, incident)[-1].counts.of)) == (
        "0/0",
        {"failed": 20},
    )
    calm.healthy = True

    halted = containment.stop(station, target=incident, control="1", yes=True)
    assert halted.data["state"] == "effective"
    assert dict(after().counts.of) == {"blocked": 20}, "the gateway's own answer is told from the outage"
    held = after(target="canary", model="dose-bot-2")
    assert dict(held.counts.of) == {"other": 20}
    row = halted.data["short"]
    with pytest.raises(BadInput, match="whether users get that is not on record"):
        containment.revert(station, action=row, verdict=held.short, yes=True, confirm=row)
    lifted = containment.revert(
        station, action=row, verdict=held.short, route="the app asks for dose-bot-2", yes=True, confirm=row
    )
    assert lifted.data["state"] == "reverted"
    assert after(model="dose-bot-2").counts.share == "0/20", "and that is what users get"
