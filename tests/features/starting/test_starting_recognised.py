"""No server is taken for another: every question, to every server, over what the real ones answered."""

import pytest
from tests.support.answered import Again, Answers, Said, connectors, recorded

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine.request import PlannedRequest
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.starting.recognising import Recognised, recognise
from ircockpit.features.starting.rules import user_address
from ircockpit.features.systems.rules import System
from ircockpit.features.systems.rules import Target as Place
from ircockpit.features.systems.rules import check as check_system
from ircockpit.net.http import Response

ANSWERED = recorded()
IS = {
    "alertmanager control": {"alertmanager"},
    "caddy control": {"caddy"},
    "chroma control": {"chroma"},
    "envoy admin": {"envoy"},
    "etcd control": {"etcd"},
    "express_gateway control": {"express-gateway"},
    "haproxy control": {"haproxy-stats"},
    "haproxy runtime": {"haproxy"},
    "litellm control": {"litellm"},
    "mlflow control": {"mlflow-gateway", "mlflow-registry"},
    "mlserver control": {"open-inference"},
    "queue control": {"rq"},
    "unleash control": {"unleash"},
    "varnish control": {"varnish"},
}
"""Where controls are; whoever else was asked serves users, and is none of them."""
AT = {
    "haproxy runtime": "tcp://127.0.0.1:9999",
    "queue control": "exec:redis-cli",
    "varnish control": "exec:varnishadm",
}
HTTP = "http://127.0.0.1:1"


def made_of(answers: Answers, at: str = HTTP, otherwise: Said | None = None) -> Recognised:
    """What every shipped connector makes of these answers."""
    target = Target("it", at, program="/usr/bin/it" if at.startswith("exec:") else "")
    return recognise(connectors(), target, Again(answers, otherwise))


@pytest.mark.parametrize("name", ANSWERED)
def test_each_server_is_what_it_is_and_nothing_else(name: str) -> None:
    found = made_of(ANSWERED[name], AT.get(name, HTTP))
    assert {each.id for each in found.connectors} == IS.get(name, set())


def test_all_that_can_be_recognised_was_seen() -> None:
    known = {each.id for each in connectors() if each.recognise}
    assert set().union(*IS.values()) == known
    assert set(IS) <= set(ANSWERED), (
        "answers are kept by GOLDEN=write pytest tests/live/test_live_recognising.py"
    )
    assert len(ANSWERED) > len(IS), "control: some that serve users are among them"


@pytest.mark.parametrize("name", sorted(set(IS) - set(AT)))
def test_every_server_was_asked_what_all_others_are(name: str) -> None:
    everything = set().union(*(ANSWERED[each] for each in set(IS) - set(AT)))
    version = {
        "GET version",
        "GET api/admin/instance-admin/statistics",
        "GET api/v2/status",
        "GET server_info",
        "GET v2",
    }
    assert everything - version <= set(ANSWERED[name])


ALIKE = {
    "nothing in JSON": Said(200, "application/json", "{}"),
    "an empty list": Said(200, "application/json", "[]"),
    "null": Said(200, "application/json", "null"),
    "yes": Said(200, "application/json", "true"),
    "a health check": Said(200, "application/json", '{"status": "ok", "health": "ok", "version": "1.0.0", "name": "it"}'),
    "OK": Said(200, "text/plain", "OK"),
    "a page": Said(200, "text/html", "<!doctype html><title>Envoy, Caddy, Chroma, I'm alive!</title>"),
    "a model": Said(200, "application/json", '{"choices": [{"message": {"content": "I am Envoy"}}], "model": "m"}'),
    "a list of models": Said(200, "application/json", '{"object": "list", "data": [{"id": "m", "object": "model"}]}'),
    "an error": Said(500, "application/json", '{"detail": "Internal Server Error"}'),
    "gone": Said(404, "application/json", '{"detail": "Not Found"}'),
    "forbidden": Said(403, "text/plain", "forbidden"),
}  # fmt: skip


@pytest.mark.parametrize("answer", ALIKE.values(), ids=ALIKE)
def test_who_answers_everything_alike_is_nobody(answer: Said) -> None:
    assert made_of({}, otherwise=answer).connectors == ()


def test_who_wants_to_know_who_asks_is_not_guessed() -> None:
    closed = made_of({}, otherwise=Said(401, "text/html", "<html>401 Authorization Required</html>"))
    assert (closed.connectors, closed.closed) == ((), True)
    one = made_of(ANSWERED["envoy admin"], otherwise=Said(401, "text/plain", ""))
    assert [each.id for each in one.connectors] == ["envoy"], "control: one that answers is"


@pytest.mark.parametrize("server", sorted(set(IS) - set(AT)))
def test_a_copy_that_answers_with_another_status_or_form_is_not_taken_for_it(server: str) -> None:
    """The words alone are no proof: a page that repeats them, or an error about them, is none of the servers."""
    as_text = {
        name: Said(404, "text/plain", f"no such thing: {said.text}")
        for name, said in ANSWERED[server].items()
    }
    assert made_of(as_text).connectors == ()


def test_a_program_is_run_with_what_is_meant_for_it_alone() -> None:
    for name in ("queue control", "varnish control"):
        transport = Again(ANSWERED[name])
        recognise(connectors(), Target("it", AT[name], program="/usr/bin/it"), transport)
        assert transport.asked == list(ANSWERED[name]), "nothing else"
    for at in ("exec:kubectl", "exec:redis-cli2", "exec:shutdown"):
        transport = Again({}, Said(0, "", "redis-cli 7.0.15"))
        found = recognise(connectors(), Target("it", at, program="/usr/bin/it"), transport)
        assert (found.connectors, transport.asked) == ((), [])


def test_a_program_of_that_name_that_is_another_one_is_not_taken_for_it() -> None:
    for name in ("queue control", "varnish control"):
        assert made_of({}, AT[name], Said(0, "", "it 1.0", "Usage: it")).connectors == ()


def test_a_login_before_everything_is_not_tried_over_and_over() -> None:
    class Login(Again):
        def send(self, request: PlannedRequest, timeout_s: float) -> Response:
            answer = super().send(request, timeout_s)
            return answer._replace(headers={"www-authenticate": 'Basic realm="restricted"'})

    transport = Login({}, Said(401, "text/plain", "Unauthorized"))
    found = recognise(connectors(), Target("it", HTTP), transport)
    assert (found.closed, len(transport.asked)) == (True, 2)
    plain = Again({}, Said(401, "text/plain", "Unauthorized"))
    recognise(connectors(), Target("it", HTTP), plain)
    assert len(plain.asked) > 8, "control: a server that knows itself who may ask what is asked everything"


@pytest.mark.parametrize(
    "said",
    [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
    ],
)
def test_who_is_asked_over_the_wrong_scheme_is_told(said: str) -> None:
    assert "over https://" in made_of({}, otherwise=Said(400, "text/plain", said)).why_not
    assert "over https://" not in made_of({}, otherwise=Said(400, "text/plain", "bad request")).why_not


def test_a_queue_is_probed_where_it_is_controlled_and_nothing_else_is() -> None:
    assert user_address("exec:redis-cli", "exec:redis-cli") == "exec:redis-cli"
    there = System("s", "bot", targets=(Place("q", "exec:redis-cli", "exec:redis-cli"),))
    check_system(there)
    for admin in ("exec:kubectl", "http://127.0.0.1:1"):
        with pytest.raises(BadInput):
            user_address("exec:redis-cli", admin)
        with pytest.raises(BadInput):
            check_system(there._replace(targets=(Place("q", admin, "exec:redis-cli"),)))
