"""What a newcomer is told to put into a gateway's configuration, with the parameters as they are answered."""

import pytest

from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.engine.measure import partly_bound
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.template import fill_text
from ircockpit.features.starting.questions import laid_out


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


def test_sentences_are_broken_between_words_and_configuration_is_left_as_it_is() -> None:
    for name in SHIPPED:
        for action in shipped(name).actions:
            rows = list(laid_out(action.prepare))
            assert " ".join(" ".join(rows).split()) == " ".join(action.prepare.split()), "no word is lost"
            told = [row for row in rows if "${" not in row and not row.startswith(" ")]
            assert all(len(row) <= 72 for row in told), name
            indented = [row for row in action.prepare.splitlines() if row.startswith(" ")]
            assert [row for row in rows if row.startswith(" ")] == indented, "control: it can be copied"
