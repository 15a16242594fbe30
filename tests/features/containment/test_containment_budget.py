"""What a stop and its lifting send, request by request: the change of the plan, and the readings and probes that are stated."""

from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import Stage, stop

from ircockpit.features.containment import actions

READ, CHANGE, PROBE = f"GET {FLAG_PATH}", f"PUT {FLAG_PATH}", "POST /chat"
ROW = 2
"""Probes in a row that make it effective, as the connector of these tests states."""
PLANNED = [READ, PROBE]
"""The state before, and that the probe can fail."""
SENT = [READ, CHANGE, READ, *[PROBE] * ROW, READ]
"""As it was right before sending, the change, that it is recorded, what users get, and that nobody changed it meanwhile."""


def since(stage: Stage, count: int) -> list[str]:
    return [f"{each.method} {each.path}" for each in stage.gateway.server.received[count:]]


def test_a_stop_and_its_lifting_send_what_is_stated_and_no_more(stage: Stage) -> None:
    ident = stop(stage)
    assert since(stage, 0) == [*PLANNED, *SENT]

    before, row = len(stage.gateway.server.received), stage.action(ident)
    assert actions.check(stage.station, action=row.short).data["state"] == "effective"
    assert since(stage, before) == [READ, PROBE]

    before = len(stage.gateway.server.received)
    actions.revert(stage.station, action=row.short, reason="fixed", confirm=row.short, yes=True)
    assert since(stage, before) == [READ, *SENT]


def test_a_plan_that_is_only_looked_at_sends_two_requests(stage: Stage) -> None:
    actions.stop(stage.station, target=stage.incident, control="1", dry_run=True)
    assert since(stage, 0) == PLANNED
