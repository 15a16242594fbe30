"""What is kept of an answer: the state and a safe excerpt, without secrets and without what is to be redacted."""

import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Bench, says
from tests.support.scripted import Line, Received, answer

from ircockpit.core.errors import BadInput, RefusedError, SecretError
from ircockpit.features.containment.engine.answer import EXCERPT, same
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Auth
from ircockpit.features.containment.engine.transport import TargetTransport

TOKEN = "tok-3f9a1c77"


def everything(bench: Bench) -> str:
    """All that a run hands to the record."""
    return repr(bench.journal.steps) + repr(bench.journal.samples) + repr(bench.journal.snapshots)


def test_a_secret_that_is_echoed_reaches_no_record() -> None:
    with Bench(secret=TOKEN, auth=Auth("Authorization", "env:T"), probe_auth=Auth("X-Key", "env:T")) as bench:
        echo = {"said": f"hello {TOKEN}", "choices": []}
        bench.gateway.lies["PUT", FLAG_PATH] = says(500, echo)
        bench.gateway.lies["POST", "/chat"] = says(200, echo)
        outcome = bench.go()
        sent = [received.headers for received in bench.gateway.server.received]
    assert any(headers.get("authorization") == TOKEN for headers in sent)
    assert "[secret]" in everything(bench)
    assert TOKEN not in everything(bench) + repr(outcome)


@pytest.mark.parametrize(
    "spell",
    [
        lambda secret: b64encode(b"mira:" + secret.encode()).decode(),
        lambda secret: quote(secret, safe=""),
        lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    ],
    ids=["as Basic credentials", "percent-encoded", "in JSON within JSON"],
)
def test_a_secret_that_is_echoed_in_another_spelling_reaches_no_record(spell: Callable[[str], str]) -> None:
    secret = "Zq8/x+Tw q9"
    said = spell(secret)
    with Bench(secret=secret, auth=Auth("Authorization", "env:T")) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = says(500, f"denied: {said}".encode())
        bench.go()
    kept = everything(bench)
    assert "denied" in kept  # the control: the answer itself is there
    assert said[4:-4] not in kept


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ([{"type": "text", "text": f"take ten times the dose, {TOKEN}"}], "array"),
        ({"text": f"take ten times the dose, {TOKEN}"}, "object"),
        (None, "null"),
    ],
)
def test_an_expression_that_an_answer_does_not_fit_repeats_nothing_of_it(said: object, how: str) -> None:
    own = b"starts_with(body.choices[0].message.content, '[fixed')"
    source = FLAG.replace(b"status == `403` && body.by == 'flag'", own)
    chat = {"choices": [{"message": {"content": said}}]}
    with Bench(source, secret=TOKEN, auth=Auth("Authorization", "env:T")) as bench:
        bench.gateway.lies["POST", "/chat"] = says(200, chat)
        bench.journal.at["recorded"] = lambda: bench.gateway.lies.update({("POST", "/chat"): says(202, chat)})
        outcome = bench.go()
    assert outcome.state is State.UNVERIFIED
    kept = "".join(sample.why for sample, _, _ in bench.journal.samples) + outcome.reason
    kept += repr(outcome.warnings) + repr([step.said for step in bench.journal.steps])
    assert f"starts_with() takes string, and was given {how}" in kept
    assert "ten times" not in kept
    assert TOKEN not in everything(bench) + repr(outcome)


def test_a_state_that_repeats_the_secret_is_not_kept() -> None:
    with Bench(secret=TOKEN, auth=Auth("Authorization", "env:T")) as bench:
        bench.gateway.set("chat.enabled", {"by": TOKEN})
        with pytest.raises(BadInput, match="repeats the secret") as caught:
            bench.plan()
    assert TOKEN not in " ".join(caught.value.sentences())


def test_the_key_of_the_data_plane_in_the_state_of_the_control_is_not_kept_before_it_was_ever_used() -> None:
    secrets = {"env:CONTROL": TOKEN, "env:USERS": "key-of-the-users-7f3a"}
    control, users = (Auth("Authorization", uri) for uri in secrets)
    with Bench(auth=control, probe_auth=users) as bench:
        bench.gateway.set("chat.enabled", {"key": secrets["env:USERS"]})
        for known, refused in ((secrets, True), ({"env:CONTROL": TOKEN}, False)):

            def reveal(uri: str, known: dict[str, str] = known) -> str:
                if uri not in known:
                    raise SecretError("it is not set")
                return known[uri]

            with TargetTransport(bench.target, reveal) as transport:
                bench.runner._around = bench.runner._around._replace(transport=transport)
                if refused:
                    with pytest.raises(BadInput, match="repeats the secret"):
                        bench.runner.read(bench.measure())
                else:  # what is not to be had cannot be told from other words, and holds nobody up
                    bench.runner.read(bench.measure())


def test_a_state_is_not_kept_that_could_not_be_read_back_from_the_way_back() -> None:
    whole = FLAG.replace(b"state: body.flag.enabled", b"state: body")
    for depth, kept in ((63, True), (64, False)):
        with Bench(whole) as bench:
            nested = b'{"a":' * depth + b"1" + b"}" * depth
            bench.gateway.lies["GET", FLAG_PATH] = says(200, nested)
            if kept:
                reading = bench.runner.read(bench.measure())
                assert restore(snapshot(bench.plan_of(bench.measure(), reading), 1), bench.target)
            else:
                with pytest.raises(BadInput, match="nested too deep"):
                    bench.runner.read(bench.measure())


def test_an_id_that_is_the_secret_is_not_kept() -> None:
    capturing = FLAG.replace(
        b"{enabled: false}, timeout_s: 1}", b"{enabled: false}, capture: {ident: body.id}}"
    )
    with Bench(capturing, secret=TOKEN, auth=Auth("Authorization", "env:T")) as bench:
        for ident, kept in ((TOKEN, {}), ("id-7", {"ident": "id-7"})):

            def made(_: Received, line: Line, ident: str = ident) -> None:
                bench.gateway.set("chat.enabled", False)
                line.send(answer(200, {"id": ident}))

            bench.gateway.lies["PUT", FLAG_PATH] = made
            bench.gateway.set("chat.enabled", True)
            bench.journal.steps.clear()
            assert bench.go().captures == kept
            assert TOKEN not in everything(bench)
    looking = FLAG.replace(
        b"    read:", b"    resolve: [{name: fid, method: GET, path: /who, pick: body.id}]\n    read:"
    )
    with Bench(looking, secret=TOKEN, auth=Auth("Authorization", "env:T")) as bench:
        bench.gateway.lies["GET", "/who"] = says(200, {"id": TOKEN})
        with pytest.raises(BadInput, match="repeats the secret"):
            bench.runner.resolve(bench.measure())


REDACTING = FLAG.replace(
    b"state: body.flag.enabled,", b"state: body.flag, redact: [flag.key, flag.users.*.mail],"
).replace(b"contained: state == `false`", b"contained: state.enabled == `false`")


def test_what_is_to_be_redacted_is_gone_before_the_state_is_taken() -> None:
    held = {"flag": {"enabled": True, "key": "k-1234", "users": [{"mail": "a@b.example", "n": 1}]}}
    with Bench(REDACTING) as bench:
        bench.gateway.lies["GET", FLAG_PATH] = says(200, held)
        plan = bench.plan()
        kept = snapshot(plan, 1).decode() + repr(plan)
        assert plan.before == {"enabled": True, "key": None, "users": [{"mail": None, "n": 1}]}
        reading = bench.runner.read(plan.measure)
    assert "k-1234" not in kept + repr(reading)
    assert "a@b.example" not in kept + repr(reading)


def test_an_answer_that_cannot_be_redacted_is_not_excerpted() -> None:
    source = FLAG.replace(b"json: {enabled: false},", b"json: {enabled: false}, redact: [key],")
    with Bench(source) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = says(500, b"key=k-1234")
        outcome = bench.go()
    assert outcome.state is State.UNKNOWN
    assert "k-1234" not in everything(bench)


def test_excerpts_are_short_and_inert() -> None:
    with Bench() as bench:
        loud = b"\x1b]0;owned\x07 call +1 202 555 0147 \xe2\x80\xae" + b"x" * 9000
        bench.gateway.lies["POST", "/chat"] = says(200, loud)
        proof = bench.runner.prove(bench.measure())
    for sample in proof.samples:
        assert sample.exchange.excerpt.isprintable()
        assert len(sample.exchange.excerpt) <= EXCERPT
        assert "owned" in sample.exchange.excerpt
        assert "555 0147" not in sample.exchange.excerpt


def test_a_read_that_is_not_ok_says_what_to_check() -> None:
    source = FLAG.replace(
        b"state: body.flag.enabled,", b"state: body.flag.enabled, hint: Is it the right one?,"
    )
    with Bench(source) as bench, pytest.raises(RefusedError, match="answered 404") as caught:
        bench.runner.read(bench.measure(flag="absent"))
    assert caught.value.fix == "Is it the right one?"


def test_text_is_read_as_text_and_json_as_json() -> None:
    source = FLAG.replace(b"state: body.flag.enabled,", b"state: text, parse: text,")
    with Bench(source) as bench:
        bench.gateway.lies["GET", FLAG_PATH] = says(200, b"on\n")
        assert bench.runner.read(bench.measure()).state == "on\n"
    with Bench() as bench:
        bench.gateway.lies["GET", FLAG_PATH] = says(200, b"on\n")
        with pytest.raises(BadInput, match="did not answer with JSON"):
            bench.runner.read(bench.measure())


def test_json_nested_without_end_is_no_answer() -> None:
    source = FLAG.replace(b"state: body.flag.enabled,", b"state: body,")
    with Bench(source) as bench:
        for depth in (300, 900, 990, 5000, 100_000):
            bench.gateway.lies["GET", FLAG_PATH] = says(200, b'{"a":' * depth + b"1" + b"}" * depth)
            try:
                bench.runner.read(bench.measure())
            except BadInput:
                continue
            assert depth < 5000


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (True, 1, False),
        (False, 0, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (None, "", False),
        (1, 1, True),
    ],
)
def test_states_are_the_same_as_json(one: object, other: object, alike: bool) -> None:
    assert same(one, other) is alike
    assert same(json.loads(json.dumps([one])), [one])
