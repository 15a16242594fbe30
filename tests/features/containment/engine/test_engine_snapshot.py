"""A snapshot alone leads back, and one that was tampered with leads nowhere."""

import json

import pytest
from tests.features.containment.engine.gateway import FLAG, Bench

from ircockpit.core.errors import BadInput, CockpitError, RefusedError, TrustError
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Auth


def test_a_snapshot_holds_the_way_back_even_when_the_connector_is_gone() -> None:
    with Bench() as bench:
        outcome = bench.go()
        [raw] = bench.journal.snapshots
        restored = restore(raw, bench.target)
        assert restored.as_approved
        assert restored.plan.measure.connector.source == FLAG
        way_back = bench.back(restored.plan, outcome)
        assert bench.runner.revert(way_back, way_back.hash).state is State.REVERTED
        assert bench.gateway.flags["chat.enabled"] is True


def test_a_snapshot_names_secrets_and_holds_none() -> None:
    with Bench(secret="tok-3f9a1c77", auth=Auth("Authorization", "env:T")) as bench:
        bench.go()
        [raw] = bench.journal.snapshots
    assert b"tok-3f9a1c77" not in raw


def test_another_secret_source_restores_and_is_told() -> None:
    with Bench(auth=Auth("Authorization", "env:T"), secret="x") as bench:
        raw = snapshot(bench.plan(), 5)
        assert restore(raw, bench.target).as_approved
        other = bench.target._replace(auth=Auth("Authorization", "env:OTHER"))
        assert not restore(raw, other).as_approved
        assert restore(raw, bench.target).taken_us == 5


def test_another_address_is_refused() -> None:
    with Bench() as bench:
        raw = snapshot(bench.plan(), 5)
        with pytest.raises(RefusedError, match="another address"):
            restore(raw, bench.target._replace(base_url="http://127.0.0.1:1"))


def test_an_altered_connector_is_not_believed() -> None:
    with Bench() as bench:
        held = json.loads(snapshot(bench.plan(), 5))
        held["connector"] = held["connector"].replace("/flags/", "/other/")
        with pytest.raises(TrustError):
            restore(json.dumps(held).encode(), bench.target)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b'{"v": 1}', b"\xff"])
def test_what_is_no_snapshot_is_refused(raw: bytes) -> None:
    with Bench() as bench, pytest.raises(BadInput):
        restore(raw, bench.target)


def test_each_field_is_needed_and_no_other_is_taken() -> None:
    with Bench() as bench:
        held = json.loads(snapshot(bench.plan(), 5))
        since = {
            "resolved",
            "version",
            "made_us",
            "probe_beside",
            "replicas",
        }  # those of an earlier program's snapshot are read without
        assert restore(json.dumps({k: v for k, v in held.items() if k not in since}).encode(), bench.target)
        for name in held.keys() - since:
            less = {key: value for key, value in held.items() if key != name}
            with pytest.raises(CockpitError):
                restore(json.dumps(less).encode(), bench.target)
        with pytest.raises(BadInput):
            restore(json.dumps({**held, "more": 1}).encode(), bench.target)
