"""LiteLLM without a database: its own validation takes the form of every request, although none is carried out."""

import json

import pytest
from tests.live.station import DEVICE, VALID_US
from tests.support.daemon import ask
from tests.support.litellm import MASTER_KEY, LiteLLM

from ircockpit.core.clock import SystemClock
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.answer import Exchange, Reading
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.plan import Expiry, make_plan
from ircockpit.features.containment.engine.request import PlannedRequest
from ircockpit.features.containment.engine.target import Auth, Target

pytestmark = [pytest.mark.live, pytest.mark.heavy]

REFUSED_FORM = {404, 405, 422}


def sent(server: LiteLLM, request: PlannedRequest, body: str | None) -> int:
    headers = {each.name: each.value + each.secret for each in request.headers}
    return ask(request.method, request.url, json.loads(body) if body else None, headers, timeout_s=30).status


def test_every_request_of_the_connector_has_a_form_that_litellm_takes(litellm: LiteLLM) -> None:
    shipped = connector.shipped("litellm")
    target = Target("litellm", litellm.control, auth=Auth("Authorization", MASTER_KEY, "Bearer "))
    for action in shipped.actions:
        measure = bind(shipped, action.id, {"key": "a" * 64}, target)
        for before in (False, 60, None):
            plan = make_plan(
                measure,
                Reading(before, False, (), Exchange("", "", None, 0, "")),
                trust="",
                device=DEVICE,
                nonce="n",
                expiry=Expiry.after(SystemClock(), VALID_US),
            )
            for request in (plan.read, *plan.requests, *plan.way_back):
                assert sent(litellm, request, request.body) not in REFUSED_FORM, request
        # The control: with the name of one field misspelt, or of the path, the same validation refuses.
        for request in (*plan.requests, *plan.way_back):
            assert request.body is not None
            assert sent(litellm, request, request.body.replace('"key"', '"kye"')) == 422
            assert sent(litellm, request._replace(url=request.url + "x"), request.body) in (404, 405)
    assert shipped.contract_with == (litellm.admin("GET", "/openapi.json").body["info"]["version"],)
