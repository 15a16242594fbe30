"""What a newcomer is told to put into a gateway's configuration, with the parameters as they are answered."""

import pytest

from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.engine.measure import partly_bound
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.template import fill_text


@pytest.mark.parametrize("given", ["switches.map", "/opt/switches.map"])
def test_what_haproxy_is_told_to_load_is_named_by_an_absolute_path(given: str) -> None:
    connector = shipped("haproxy")
    for name in ("halt", "limit", "block-key", "block-prompt"):
        action = connector.action(name)
        which = "map" if "map" in action.params else "list"
        params = {which: given, "key": "llm"} if name in ("halt", "limit") else {which: given}
        measure = partly_bound(connector, name, params, Target("it", "unix:/run/haproxy.sock"))
        told = fill_text(action.prepare, measure.scope)
        path = given if given.startswith("/") else f"/etc/haproxy/{given}"
        assert told.count(path) == 2
        assert told.count("switches.map") == 2, "and by no other one"
        assert f"as the parameter {which}" in told
