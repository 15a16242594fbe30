"""What real servers give to be preserved: read whole, within bounds, changing nothing, and without any secret."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.live.station import revealed
from tests.support.caddy import Caddy
from tests.support.daemon import ask, chat
from tests.support.envoy import Envoy
from tests.support.tap import Tap

from ircockpit.core.clock import SystemClock
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import Value
from ircockpit.features.containment.engine.preserving import Captured, bind, capture
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport

pytestmark = pytest.mark.live


def captured(control: str, name: str, ident: str, params: Mapping[str, Value] | None = None) -> Captured:
    """Read it as a plan that opens does."""
    target = Target("the server", control)
    measure, spec = bind(connector.shipped(name), ident, params or {}, target)
    with TargetTransport(target, revealed) as transport:
        return capture(transport, measure, spec, SystemClock(), lambda: False)


def rows(found: Captured) -> list[Any]:
    return [json.loads(each) for each in found.lines]


def methods(heard: list[bytes]) -> set[bytes]:
    return {each.split(b" ", 1)[0] for each in heard}


def test_envoys_statistics_tell_what_went_through_it(envoy: Envoy) -> None:
    for _ in range(3):
        chat(envoy.front, {})
    with Tap(envoy.control) as tap:
        found = captured(f"http://127.0.0.1:{tap.port}", "envoy", "stats")
        assert methods(tap.heard()) == {b"GET"}
    assert (found.why, found.pages) == ("", 1)
    counts = {each["name"]: each.get("value") for each in rows(found)}
    completed = [value for name, value in counts.items() if name.endswith("downstream_rq_completed")]
    assert max(completed) >= 3
    assert captured(envoy.control, "envoy", "runtime").why == ""


def test_caddys_configuration_is_what_its_admin_api_says(caddy: Caddy) -> None:
    with Tap(caddy.control) as tap:
        found = captured(f"http://127.0.0.1:{tap.port}", "caddy", "config")
        heard = methods(tap.heard())
    if found.why:  # it asks by which name it is reached; a tap has another one
        assert "403" in found.why
        found = captured(caddy.control, "caddy", "config")
    assert heard == {b"GET"}
    assert found.why == ""
    assert rows(found) == [ask("GET", f"{caddy.control}/config/").body]
