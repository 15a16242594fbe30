"""Names looked up before planning, values offered for parameters, switches named either way, and declared holes."""

import json
from collections.abc import Iterator

import pytest
from tests.features.containment.engine.gateway import FLAG, Bench, says
from tests.support.scripted import Line, Received, answer, json_of

from ircockpit.core.errors import BadInput, NotFound, RefusedError, UsageError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.plan import Plan
from ircockpit.features.containment.engine.request import shown
from ircockpit.features.containment.engine.resolving import Choice, choices
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State

RESOLVING = FLAG.replace(
    b'    read: {method: GET, path: "/flags/${p.flag}"',
    b"    resolve:\n"
    b"      - name: fid\n"
    b"        method: GET\n"
    b"        path: /names\n"
    b"        pick: \"where(body.flags, 'name', p.flag) | [0].id\"\n"
    b"        hint: The names are those of the project.\n"
    b'    read: {method: GET, path: "/flags/${var.fid}"',
).replace(b'{method: PUT, path: "/flags/${p.flag}"', b'{method: PUT, path: "/flags/${var.fid}"')


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(RESOLVING) as bench:
        bench.gateway.flags["id.seven"] = True
        bench.gateway.lies["GET", "/names"] = says(
            200, {"flags": [{"name": "other", "id": "x"}, {"name": "chat.enabled", "id": "id.seven"}]}
        )
        yield bench


def resolved(bench: Bench) -> Plan:
    return bench.plan(bench.runner.resolve(bench.measure()))


def test_a_name_becomes_the_id_that_every_request_uses_and_the_approval_binds(bench: Bench) -> None:
    plan = resolved(bench)
    assert plan.measure.found == {"fid": "id.seven"}
    assert plan.requests[0].url.endswith("/flags/id.seven")
    assert restore(snapshot(plan, 5), bench.target).plan.hash == plan.hash
    other = plan._replace(measure=plan.measure._replace(found={"fid": "id.eight"}))
    assert other.hash != plan.hash


def test_a_name_the_target_does_not_know_is_told_before_anything_is_planned(bench: Bench) -> None:
    with pytest.raises(NotFound) as caught:
        bench.runner.resolve(bench.measure(flag="none"))
    assert "knows no fid" in caught.value.what
    assert caught.value.fix == "The names are those of the project."
    bodies: list[object] = [{"flags": [{"name": "chat.enabled", "id": {"a": 1}}]}, {"flags": []}]
    for body in bodies:
        bench.gateway.lies["GET", "/names"] = says(200, body)
        with pytest.raises(NotFound):
            bench.runner.resolve(bench.measure())
    bench.gateway.lies["GET", "/names"] = says(500, {})
    with pytest.raises(RefusedError, match="so what fid is cannot be told"):
        bench.runner.resolve(bench.measure())


def test_without_looking_up_nothing_can_be_read_or_sent(bench: Bench) -> None:
    with pytest.raises(BadInput):
        bench.plan()


# Pickers

PICKING = FLAG.replace(
    b"default: chat.enabled}",
    b"default: chat.enabled, source: {method: GET, path: /names,"
    b" pick: 'body.flags[].{value: id, label: name}'}}",
)


def test_a_parameter_offers_what_the_target_lists() -> None:
    with Bench(PICKING) as bench:
        listed = [{"name": "Chat\x1b[2J", "id": "chat.enabled"}, {"name": "n", "id": None}, {"id": "b"}]
        bench.gateway.lies["GET", "/names"] = says(200, {"flags": [*listed, listed[0]]})
        found = choices(bench.transport, bench.measure(), "flag")
        assert [each.value for each in found] == ["chat.enabled", "b"]
        assert "\x1b" not in found[0].label
        assert found[1] == Choice("b", "b")
        bench.gateway.lies["GET", "/names"] = says(200, {"flags": {}})
        with pytest.raises(BadInput, match="did not answer with a list"):
            choices(bench.transport, bench.measure(), "flag")
    with Bench() as bench:
        assert choices(bench.transport, bench.measure(), "flag") == ()


# Polarity

POLAR = (
    FLAG.replace(
        b"      flag: {",
        b"      stops: {help: the position that stops, type: polarity, default: 'off'}\n      flag: {",
    )
    .replace(b"contained: state == `false`", b"contained: state == (p.stops == 'on')", 1)
    .replace(b"json: {enabled: false}", b"json: {enabled: \"${p.stops == 'on'}\"}")
    .replace(b'after: "false"', b'after: "${p.stops}"')
)


def test_a_switch_may_contain_in_either_position() -> None:
    with Bench(POLAR) as bench:
        bench.gateway.flags["stop.it"] = False
        off, on = bench.measure(), bench.measure(flag="stop.it", stops="on")
        assert json.loads(bench.plan(off).requests[0].body or "") == {"enabled": False}
        assert json.loads(bench.plan(on).requests[0].body or "") == {"enabled": True}
        assert (
            bench.go(bench.plan(on)).state is State.UNVERIFIED
        )  # this gateway's traffic follows another flag
        assert bench.gateway.flags["stop.it"] is True
        with pytest.raises(UsageError, match="on or off"):
            bench.measure(stops="true")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"contained: state == (p.stops == 'on')", b"contained: state == `false`", "contained"),
        (b"json: {enabled: \"${p.stops == 'on'}\"}", b"json: {enabled: false}", "apply"),
    ],
)
def test_a_file_that_does_not_ask_for_the_polarity_is_refused(old: bytes, new: bytes, where: str) -> None:
    with pytest.raises(BadInput, match=rf"actions\[0\]\.{where}: the polarity p\.stops is not asked for"):
        connector.load(POLAR.replace(old, new, 1))


# Captures between changes

TWO_STEPS = FLAG.replace(
    b'      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: false}, timeout_s: 1}\n',
    b"      - {method: POST, path: /drafts, json: {flag: '${p.flag}'}, ok: status == `201`, capture: {draft: body.id}}\n"
    b'      - {method: PUT, path: "/drafts/${var.draft}", json: {publish: "${var.draft}"}}\n',
)


class Drafts:
    """Drafts of a change, published by the id that making one gave."""

    def __init__(self, bench: Bench, given: object) -> None:
        self.bench, self.given = bench, given
        bench.gateway.lies["POST", "/drafts"] = lambda _, line: line.send(answer(201, {"id": given}))
        bench.gateway.lies["PUT", "/drafts/d%207"] = self._publish

    def _publish(self, received: Received, line: Line) -> None:
        if json_of(received) == {"publish": self.given}:
            self.bench.gateway.set("chat.enabled", False)
        line.send(answer(200, {}))


def test_a_change_uses_what_an_earlier_answer_gave_and_the_plan_declares_it() -> None:
    with Bench(TWO_STEPS) as bench:
        Drafts(bench, "d 7")
        plan = bench.plan()
        request = plan.requests[1]
        assert request.holes == ("draft",)
        assert request.url.endswith("/drafts/<draft>")
        assert "<draft> is filled in from the answer of an earlier change" in shown(request)
        outcome = bench.go(plan)
        assert outcome.state is State.EFFECTIVE, outcome.reason
        [published] = bench.gateway.changes
        assert (published.target, json_of(published)) == ("/drafts/d%207", {"publish": "d 7"})


@pytest.mark.parametrize(
    "given", [None, "", {"a": 1}, True, "x\x1b[2J", "x" * 300, "../../flags/other.enabled"]
)
def test_what_an_answer_gave_is_no_more_than_one_value_in_its_place(given: object) -> None:
    with Bench(TWO_STEPS) as bench:
        Drafts(bench, given)
        outcome = bench.go()
        if isinstance(given, str) and given.startswith(".."):
            assert bench.gateway.changes[0].target == "/drafts/..%2F..%2Fflags%2Fother.enabled"
        else:
            assert outcome.state is State.PARTIAL
            assert "gave no usable draft" in outcome.reason
            assert bench.gateway.changes == []
        assert bench.gateway.flags == {"chat.enabled": True, "other.enabled": True}
