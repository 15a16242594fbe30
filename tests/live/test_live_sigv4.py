"""Signed requests against a simulator of AWS that checks them, and a lock token that keeps two people apart."""

from collections.abc import Iterator

import pytest
from tests.live.station import Station
from tests.support.moto import IP_SET, REGION, Moto

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import SigV4, Target
from ircockpit.features.containment.engine.transport import TargetTransport

pytestmark = pytest.mark.live

WAF = b"""
schema_version: 1
id: waf
version: 1
vendor: AWS WAF
docs: https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateIPSet.html
actions:
  - id: block-address
    family: block_principal
    title: block an address
    params:
      set: {help: name of the IP set}
      address: {help: in CIDR form, pattern: "[0-9.]+/[0-9]+"}
    resolve:
      - name: id
        method: POST
        path: /
        headers: {Content-Type: application/x-amz-json-1.1, X-Amz-Target: AWSWAF_20190729.ListIPSets}
        json: {Scope: REGIONAL}
        pick: "where(body.IPSets, 'Name', p.set) | [0].Id"
    read:
      method: POST
      path: /
      headers: {Content-Type: application/x-amz-json-1.1, X-Amz-Target: AWSWAF_20190729.GetIPSet}
      json: {Name: "${p.set}", Scope: REGIONAL, Id: "${var.id}"}
      state: sort(body.IPSet.Addresses)
      version: body.LockToken
    contained: contains(state, p.address)
    change: {what: "${p.set}", value: "join(', ', state)", after: "and ${p.address}"}
    apply:
      - method: POST
        path: /
        headers: {Content-Type: application/x-amz-json-1.1, X-Amz-Target: AWSWAF_20190729.UpdateIPSet}
        json:
          Name: "${p.set}"
          Scope: REGIONAL
          Id: "${var.id}"
          Addresses: "${[before, [p.address]][]}"
          LockToken: "${version}"
        guard: contains(text, 'WAFOptimisticLockException')
    revert:
      - method: POST
        path: /
        headers: {Content-Type: application/x-amz-json-1.1, X-Amz-Target: AWSWAF_20190729.UpdateIPSet}
        json: {Name: "${p.set}", Scope: REGIONAL, Id: "${var.id}", Addresses: "${before}", LockToken: "${version}"}
        guard: contains(text, 'WAFOptimisticLockException')
    verify: {}
    blast: {tier: principal, text: one address}
    approval: none
"""
ADDRESS = "198.51.100.7/32"


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    with Moto(tmp_path_factory.mktemp("moto")) as server:
        server.set_up()
        yield server


def site(moto: Moto, secret: str = "") -> Iterator[Station]:
    target = Target("waf", moto.control, auth=SigV4(REGION, "wafv2", "env:K", "env:S"))
    secrets = {"env:K": moto.key, "env:S": secret or moto.secret}
    with TargetTransport(target, secrets.__getitem__) as transport:
        yield Station(transport, target)


def addresses(moto: Moto) -> list[str]:
    about = {"Name": IP_SET, "Scope": "REGIONAL", "Id": moto.ip_set}
    return sorted(moto.waf("GetIPSet", about)["IPSet"]["Addresses"])


def test_a_signed_change_goes_there_and_back(moto: Moto) -> None:
    for station in site(moto):
        measure = station.measure(connector.load(WAF), "block-address", {"set": IP_SET, "address": ADDRESS})
        measure = station.runner.resolve(measure)
        assert measure.found == {"id": moto.ip_set}
        before = addresses(moto)
        plan = station.plan(measure)
        outcome = station.go(plan)
        assert outcome.state is State.UNVERIFIED, outcome.reason  # a firewall's set has no traffic of its own
        assert addresses(moto) == sorted([*before, ADDRESS])
        station.journal.steps.clear()
        assert station.undo(plan, outcome).state is State.REVERTED
        assert addresses(moto) == before


def test_a_wrong_secret_is_refused_before_anything_is_planned(moto: Moto) -> None:
    for station in site(moto, secret="x" * 40):
        measure = station.measure(connector.load(WAF), "block-address", {"set": IP_SET, "address": ADDRESS})
        with pytest.raises(RefusedError, match="answered 403"):
            station.runner.resolve(measure)


def test_what_somebody_else_changed_is_not_overwritten(moto: Moto) -> None:
    for station in site(moto):
        measure = station.measure(connector.load(WAF), "block-address", {"set": IP_SET, "address": ADDRESS})
        plan = station.plan(station.runner.resolve(measure))
        about = {"Name": IP_SET, "Scope": "REGIONAL", "Id": moto.ip_set}
        token = moto.waf("GetIPSet", about)["LockToken"]
        theirs = {**about, "Addresses": ["192.0.2.1/32"], "LockToken": token}
        moto.waf("UpdateIPSet", theirs)  # the same addresses, and another version
        before = addresses(moto)
        assert station.go(plan).state is State.DRIFTED
        assert addresses(moto) == before
