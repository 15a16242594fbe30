"""What the approval shows is what is sent, and its hash binds everything that decides what happens."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.containment.engine.gateway import FLAG, Bench
from tests.support.scripted import Received, Scripted, answer

from ircockpit.core.errors import BadInput, ConflictError, RefusedError, SecretError, UsageError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.answer import Exchange, Reading
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.plan import Observed, Plan, bound_fields
from ircockpit.features.containment.engine.probe import Proof
from ircockpit.features.containment.engine.request import Header, PlannedRequest, shown, wire
from ircockpit.features.containment.engine.target import Auth, Target, check_target
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.features.containment.offers import Offer
from ircockpit.features.containment.pages import plan_lines
from ircockpit.features.containment.stopping import Prepared
from ircockpit.features.systems.rules import Control
from ircockpit.render.span import plain

ADDED = {"host", "content-length", "user-agent", "accept-encoding"}
"""Headers the client adds to every request; they decide nothing."""
HONEST = Reading(True, False, (), Exchange("GET", "http://127.0.0.1:1/", 200, 1, ""))
ANYTHING = FLAG.replace(b'pattern: "[a-z.]{1,40}", ', b"")
CHANGES = {
    "json": b'json: {"${p.flag}": "${p.flag}", kept: "${before}", n: [1, true, null, 0.5]}',
    "form": b'form: {a: "${p.flag}", "${p.flag}": "b c"}',
    "query": b'query: {q: "${p.flag}", "${p.flag}": x}, headers: {X-Why: "because ${p.word}, so"}',
}


def page(plan: Plan) -> list[str]:
    """What stands on the screen before this plan is approved, without the words in front."""
    control = Control("off", "switch it off", "flags", "off", "eu")
    offer = Offer(1, control, control.title, None, "", "", None, 0)
    proof = Proof(could_fail=True, reason="", samples=(), probe=plan.probe, mono_us=0)
    return [plain(line)[11:] for line in plan_lines(0, Prepared(offer, plan, proof))]


def test_the_plan_of_a_connector_that_was_never_run_says_so() -> None:
    with Bench(FLAG) as bench:
        assert "flags: unverified template; prove it where nothing hangs on it" in page(
            bench.plan(bench.measure())
        )
    with Bench(FLAG.replace(b"docs: none", b"docs: none\ntested_with: ['1']")) as bench:
        assert not any("unverified template" in line for line in page(bench.plan(bench.measure())))


def as_shown(received: Received, server: Scripted, secrets: dict[str, str]) -> tuple[str, ...]:
    """How a request that came off the wire would be shown, each secret by its reference."""
    headers = []
    for name, value in received.headers.items():
        if name not in ADDED:
            for secret, reference in secrets.items():
                value = value.replace(secret, f"<{reference}>")
            headers.append(f"{name}: {value}")
    body = received.body.decode("ascii")
    return (f"{received.method} {server.url}{received.target}", *headers, *(body.split("\n") if body else ()))


@pytest.mark.parametrize("kind", CHANGES)
def test_what_the_approval_shows_is_what_is_sent(kind: str) -> None:
    source = ANYTHING.replace(b"json: {enabled: false}", CHANGES[kind]).replace(
        b"      flag: {", b"      word: {help: w, pattern: '[ -~]*', default: w}\n      flag: {"
    )
    auth = Auth("Authorization", "env:TOKEN", "Bearer ")
    with Bench(source, secret="s3cret-token", auth=auth) as bench:
        server = bench.gateway.server

        @settings(max_examples=30)
        @given(
            st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(str.isprintable),
            st.text(st.sampled_from("abc -:;=\"'\\<>"), max_size=10).map(str.strip),
            st.recursive(
                st.none() | st.booleans() | st.text(), lambda x: st.lists(x, max_size=2), max_leaves=4
            ),
        )
        def holds(flag: str, word: str, before: Any) -> None:
            if flag in (".", "..", "a", "kept", "n", "q"):
                return
            measure = bind(bench.connector, "off", {"flag": flag, "word": word}, bench.target)
            plan = bench.plan_of(measure, HONEST._replace(state=before))
            [request] = plan.requests
            server.received.clear()
            bench.transport.send(request, 2.0)
            [received] = server.received
            assert as_shown(received, server, {"s3cret-token": "env:TOKEN"}) == shown(request)
            for line in shown(request):
                assert line in page(plan)
                assert line.isascii()
                assert line.isprintable()
            assert "s3cret" not in repr(plan)

        holds()


def test_no_control_character_reaches_the_body_as_itself() -> None:
    state = "".join(map(chr, range(0xA0))) + "\u2028\u202e\U000e0041"
    with Bench() as bench:
        [request] = bench.plan_of(bench.measure(), HONEST._replace(state=state)).way_back
    assert request.body is not None
    assert request.body.isprintable()
    assert json.loads(request.body) == {"enabled": state}


def test_a_difference_would_be_seen() -> None:
    """The control of the test above: another body, header or target does not look the same."""
    with Bench() as bench:
        [request] = bench.plan().requests
        bench.transport.send(request._replace(body='{"enabled": true}'), 2.0)
        received = bench.gateway.server.received[-1]
        assert as_shown(received, bench.gateway.server, {}) != shown(request)


def test_the_hash_binds_each_thing_that_decides() -> None:
    with Bench() as bench:
        plan = bench.plan()
        [request] = plan.requests
        assert plan.probe is not None
        other_file = connector.load(FLAG + b"# changed\n")
        altered = {
            "url": plan._replace(requests=(request._replace(url=request.url + "x"),)),
            "method": plan._replace(requests=(request._replace(method="POST"),)),
            "body": plan._replace(requests=(request._replace(body="{}"),)),
            "header": plan._replace(requests=(request._replace(headers=(Header("a", "b"),)),)),
            "secret": plan._replace(requests=(request._replace(headers=(Header("a", "", "env:B"),)),)),
            "order": plan._replace(requests=(request, request)),
            "way back": plan._replace(way_back=()),
            "probe": plan._replace(probe=plan.probe._replace(url="http://127.0.0.1:1/")),
            "read": plan._replace(read=plan.read._replace(url="http://127.0.0.1:1/")),
            "connector": plan._replace(measure=plan.measure._replace(connector=other_file)),
            "before": plan._replace(before=1),
            "goal": plan._replace(goal=True),
            "trust": plan._replace(trust="system ca"),
            "device": plan._replace(device="other"),
            "nonce": plan._replace(nonce="n-9"),
            "expiry": plan._replace(expires_us=plan.expires_us + 1),
            "until": plan._replace(until_us=plan.until_us + 1),
            "boot": plan._replace(boot="another"),
            "direction": plan._replace(direction="revert"),
        }
        hashes = {name: each.hash for name, each in altered.items()}
        assert len(set(hashes.values()) | {plan.hash}) == len(altered) + 1
        assert (
            bench.plan_of(plan.measure, bench.runner.read(plan.measure))
            ._replace(**plan.expiry._asdict())
            .hash
            == plan.hash
        )


def test_the_secret_s_value_is_not_bound_and_not_held() -> None:
    hashes = set()
    for secret in ("one-secret", "two-secret"):
        with Bench(secret=secret, auth=Auth("Authorization", "env:TOKEN")) as bench:
            plan = bench.plan()
            assert secret not in repr(plan) + json.dumps(bound_fields(plan)) + "\n".join(page(plan))
            hashes.add(
                json.dumps(bound_fields(plan)["requests"]).replace(str(bench.gateway.server.port), "PORT")
            )
    assert len(hashes) == 1


def test_the_line_of_the_change_comes_from_what_was_read() -> None:
    with Bench() as bench:
        plan = bench.plan()
        assert plan.shift == ("chat.enabled", "true", "false", "true")
        assert "chat.enabled = true      after  false      back to  true" in page(plan)


def test_hostile_state_is_inert_in_the_line_of_the_change() -> None:
    with Bench() as bench:
        bench.gateway.set("chat.enabled", "\x1b[2Jgone\u202e" + "x" * 500)
        plan = bench.plan()
        assert plan.shift.now.isprintable()
        assert len(plan.shift.now) <= 80
        assert all(line.isprintable() for line in page(plan))


def test_without_a_way_back_nothing_is_planned() -> None:
    source = FLAG.replace(b'"/flags/${p.flag}", json: {enabled: "${before}"}', b'"/flags/${before.name}"')
    assert source != FLAG
    with Bench(source) as bench, pytest.raises(BadInput, match="no value that can be written"):
        bench.plan()


def test_going_back_restores_what_was_observed_not_a_default() -> None:
    with Bench() as bench:
        bench.gateway.set("chat.enabled", ["beta", "staff"])
        plan = bench.plan()
        outcome = bench.go(plan)
        way_back = bench.back(plan, outcome)
        assert json.loads(way_back.requests[0].body or "") == {"enabled": ["beta", "staff"]}
        assert way_back.hash != plan.hash


def test_going_back_is_refused_after_drift() -> None:
    with Bench() as bench:
        plan = bench.plan()
        outcome = bench.go(plan)
        bench.gateway.set("chat.enabled", "somebody else's")
        with pytest.raises(ConflictError, match="drifted"):
            bench.back(plan, outcome)


def test_going_back_without_an_observed_state_needs_the_control_to_read_contained() -> None:
    with Bench() as bench:
        plan = bench.plan()
        outcome = bench.go(plan)._replace(observed=None)
        assert not bench.back(plan, outcome).nothing_to_do
        bench.gateway.set("chat.enabled", 0)
        with pytest.raises(ConflictError):
            bench.back(plan, outcome)
        assert bench.back(plan, outcome._replace(observed=Observed(0))).goal is True


CAPTURING = FLAG.replace(
    b"json: {enabled: false}, timeout_s: 1}", b"json: {enabled: false}, capture: {id: body.said}}"
).replace(b'json: {enabled: "${before}"}', b'headers: {X-Id: "${var.id}"}, json: {enabled: "${before}"}')


def test_ids_made_by_the_change_lead_the_way_back() -> None:
    with Bench(CAPTURING) as bench:
        plan = bench.plan()
        assert Header("x-id", "<id>") in plan.way_back[0].headers
        outcome = bench.go(plan)
        assert outcome.captures == {"id": "ok"}
        assert Header("x-id", "ok") in bench.back(plan, outcome).requests[0].headers
        with pytest.raises(BadInput, match="the way back needs id"):
            bench.back(plan, outcome._replace(captures={}))


# Where it may go


@pytest.mark.parametrize(
    "target",
    [
        Target("t", "ftp://127.0.0.1"),
        Target("t", "http://me:word@127.0.0.1"),
        Target("t", "http://127.0.0.1/?a=b"),
        Target("t", "http://127.0.0.1", "127.0.0.1"),
        Target("t", "http://127.0.0.1", auth=Auth("Authorization", "")),
        Target("t", "http://127.0.0.1", auth=Auth("A: b", "env:X")),
        Target("t", "http://127.0.0.1", auth=Auth("A", "env:X", "b\r\n")),
    ],
)
def test_addresses_must_be_plain(target: Target) -> None:
    with pytest.raises(UsageError):
        check_target(target)


def test_only_allowed_hosts_are_planned_for() -> None:
    target = Target(
        "t", "http://127.0.0.1:9901", "http://127.0.0.1:80", hosts=("127.0.0.1:9901", "127.0.0.1:80")
    )
    check_target(target)
    with pytest.raises(RefusedError, match="not among the hosts allowed"):
        check_target(target._replace(base_url="http://127.0.0.1:9902"))
    with pytest.raises(RefusedError):
        bind(connector.load(FLAG), "off", {}, target._replace(probe_url="http://169.254.169.254"))


def test_a_request_that_leaves_its_target_is_not_sent() -> None:
    with Bench() as bench, Scripted(lambda _, line: line.send(answer(200))) as elsewhere:
        [request] = bench.plan().requests
        with pytest.raises(RefusedError, match="leaves its target"):
            bench.transport.send(request._replace(url=elsewhere.url + "/x"), 1.0)
        assert elsewhere.received == []


def test_a_base_path_stands_before_the_connector_s() -> None:
    with Bench() as bench:
        below = bench.target._replace(base_url=bench.target.base_url + "/admin/")
        measure = bind(bench.connector, "off", {}, below)
        plan = bench.plan_of(measure, bench.runner.read(bench.measure()))
        assert plan.requests[0].url.endswith("/admin/flags/chat.enabled")


# Secrets


REQUEST = PlannedRequest(
    "control", "POST", "http://127.0.0.1:1/", (Header("authorization", "Bearer ", "env:T"),), None
)


@pytest.mark.parametrize("secret", ["", "a\r\nb", "ä", "a\0"])
def test_a_secret_that_no_header_can_carry_stops_before_sending(secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        wire(REQUEST, lambda _: secret)
    assert caught.value.safe == "Nothing was sent."
    assert not secret or secret not in " ".join(caught.value.sentences())


def test_a_missing_secret_means_nothing_is_sent() -> None:
    def absent(_: str) -> str:
        raise SecretError("TOKEN is not set")

    with (
        Bench(auth=Auth("Authorization", "env:TOKEN")) as bench,
        TargetTransport(bench.target, absent) as transport,
    ):
        with pytest.raises(SecretError):
            transport.send(bench.plan_of(bench.measure(), HONEST).requests[0], 1.0)
        assert bench.gateway.server.received == []


def test_control_and_probe_show_their_own_credentials_only() -> None:
    auth, other = Auth("Authorization", "env:ADMIN"), Auth("X-Key", "env:USER")
    with Bench(auth=auth, probe_auth=other) as bench:
        with TargetTransport(bench.target, lambda uri: f"value-of-{uri[4:]}") as transport:
            plan = bench.plan_of(bench.measure(), HONEST)
            assert plan.probe is not None
            transport.send(plan.read, 1.0)
            transport.send(plan.probe, 1.0)
        control, probe = bench.gateway.server.received
    assert (control.headers["authorization"], "x-key" in control.headers) == ("value-of-ADMIN", False)
    assert (probe.headers["x-key"], "authorization" in probe.headers) == ("value-of-USER", False)


def test_a_header_set_twice_is_refused() -> None:
    source = FLAG.replace(
        b"state: body.flag.enabled", b"headers: {authorization: x}, state: body.flag.enabled"
    )
    with (
        Bench(source, auth=Auth("Authorization", "env:TOKEN")) as bench,
        pytest.raises(BadInput, match="sent twice"),
    ):
        bench.runner.read(bench.measure())


def test_the_certificate_that_switches_is_not_shown_to_the_data_plane(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    class Noted:
        trust = "as noted"

        def __init__(self, **options: object) -> None:
            made.append(options)

    monkeypatch.setattr("ircockpit.net.http.HttpClient", Noted)
    target = Target(
        "t", "https://127.0.0.1:1", "http://127.0.0.1:2", ca_file="ca.pem", client_cert="mine.pem"
    )
    transport = TargetTransport(target, lambda uri: uri)
    assert [options.get("client_cert") for options in made] == ["mine.pem", None]
    assert [options.get("ca_file") for options in made] == ["ca.pem", "ca.pem"]
    assert transport.trust == "control: as noted; probe: plain http"
