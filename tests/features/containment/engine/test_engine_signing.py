"""Who sends: signatures as AWS publishes them, tokens that live in memory, and secrets that stand in no record."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from tests.features.containment.engine.gateway import Bench
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.core.errors import OfflineError, SecretError
from ircockpit.features.containment.engine.request import bound, shown
from ircockpit.features.containment.engine.signing import sigv4
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Auth, OAuth2, SigV4
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.net.http import Request

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FORM = (("content-type", "application/x-www-form-urlencoded"),)
EXAMPLE = "https://example.amazonaws.com"


# The published vectors of AWS (aws-sig-v4-test-suite), by their names, and the example of its user guide.
@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "signature"),
    [
        ("GET", f"{EXAMPLE}/", (), None, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET", f"{EXAMPLE}/?Param1=value1", (), None,
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        (
            "GET", f"{EXAMPLE}/?Param2=value2&Param1=value1", (), None,
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("POST", f"{EXAMPLE}/", (), None, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "POST", f"{EXAMPLE}/", FORM, b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=[
        "get-vanilla", "get-vanilla-empty-query-key", "get-vanilla-query-order-key-case", "post-vanilla",
        "post-x-www-form-urlencoded",
    ],
)  # fmt: skip
def test_the_published_vectors(
    method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes | None, signature: str
) -> None:
    how = SigV4("us-east-1", "service", "env:K", "env:S")
    signed = sigv4(Request(method, url, headers, body), how, KEY, SECRET, "", AT)
    assert dict(signed.headers)["authorization"].endswith(f"Signature={signature}")


def test_the_example_of_the_user_guide() -> None:
    how = SigV4("us-east-1", "iam", "env:K", "env:S")
    headers = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
    url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"
    signed = sigv4(Request("GET", url, headers), how, KEY, SECRET, "", AT)
    assert dict(signed.headers)["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request,"
        " SignedHeaders=content-type;host;x-amz-date,"
        " Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_a_session_token_and_the_hash_of_the_body_are_signed_where_they_belong() -> None:
    how = SigV4("eu-central-1", "s3", "env:K", "env:S", "env:T")
    signed = dict(sigv4(Request("PUT", f"{EXAMPLE}/a%20b", (), b"x"), how, KEY, SECRET, "tok", AT).headers)
    assert "x-amz-content-sha256;x-amz-date;x-amz-security-token" in signed["authorization"]
    assert set(how.adds) == signed.keys()


SECRETS = {"env:K": KEY, "env:S": SECRET, "env:C": "client-secret-9d1", "env:P": "pass word/1"}


def revealing(bench: Bench) -> None:
    bench.transport = TargetTransport(bench.target, SECRETS.__getitem__)
    bench.runner._around = bench.runner._around._replace(transport=bench.transport)


def everything(bench: Bench) -> str:
    return repr(bench.journal.steps) + repr(bench.journal.samples) + repr(bench.journal.snapshots)


def test_a_signed_plan_names_what_signing_adds_and_the_wire_holds_the_rest_byte_for_byte() -> None:
    with Bench(auth=SigV4("eu-central-1", "wafv2", "env:K", "env:S")) as bench:
        revealing(bench)
        plan = bench.plan()
        assert (
            "authorization, x-amz-date: <AWS signature for eu-central-1/wafv2 with env:K and env:S>"
            in shown(plan.requests[0])
        )
        assert bench.go(plan).state is State.EFFECTIVE
        [sent] = bench.gateway.changes
        planned = plan.requests[0]
        own = {"host", "user-agent", "accept-encoding", "content-length"}
        assert sent.headers.keys() - own == {h.name for h in planned.headers} | {
            "authorization",
            "x-amz-date",
        }
        assert sent.body.decode() == planned.body
        assert f"Credential={KEY}/" in sent.headers["authorization"]
        assert SECRET not in everything(bench) + repr(bound(planned))


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Auth("Authorization", "env:P", "Basic ", user="mira"), "authorization", "Basic bWlyYTpwYXNzIHdvcmQvMQ=="),
        (Auth("Authorization", "env:C", "Bearer "), "authorization", "Bearer client-secret-9d1"),
    ],
)  # fmt: skip
def test_basic_and_bearer(auth: Auth, header: str, value: str) -> None:
    with Bench(auth=auth) as bench:
        revealing(bench)
        assert bench.go().state is State.EFFECTIVE
        assert bench.gateway.changes[0].headers[header] == value
        assert SECRETS[auth.secret] not in everything(bench)
        assert value.partition(" ")[2] not in everything(bench)


def test_a_secret_of_the_query_stands_on_the_wire_alone() -> None:
    with Bench(auth=Auth("api_key", "env:P", query=True)) as bench:
        revealing(bench)
        plan = bench.plan()
        assert "api_key=<env:P> in the query" in shown(plan.requests[0])
        assert bench.go(plan).state is State.EFFECTIVE
        encoded = quote(SECRETS["env:P"], safe="")
        assert bench.gateway.changes[0].target == f"/flags/chat.enabled?api_key={encoded}"
        assert encoded not in everything(bench) + repr(bound(plan.requests[0]))


def test_each_way_of_showing_who_sends_counts_in_the_hash() -> None:
    ways: tuple[Any, ...] = (
        None,
        Auth("Authorization", "env:P", "Basic ", user="mira"),
        Auth("Authorization", "env:P", "Basic ", user="ola"),
        Auth("Authorization", "env:P", query=True),
        SigV4("a", "b", "env:K", "env:S"),
        SigV4("a", "b", "env:K", "env:S", "env:T"),
        OAuth2("https://login.example.org/t", "c", "env:C"),
        OAuth2("https://login.example.org/t", "c", "env:C", "write"),
    )
    hashes = set()
    with Bench() as bench:
        plan = bench.plan()
        for auth in ways:
            measure = bench.measure()._replace(target=bench.target._replace(auth=auth))
            reading = bench.runner.read(bench.measure())
            made = bench.plan_of(measure, reading)
            hashes.add(made._replace(nonce="n", expires_us=plan.expires_us, until_us=plan.until_us).hash)
    assert len(hashes) == len(ways)


# Tokens


class Issuer:
    """Gives tokens, and counts them."""

    def __init__(self) -> None:
        self.given = 0
        self.lives: Any = 3600
        self.status = 200
        self.body: Any = None
        self.server = Scripted(self._serve)

    def _serve(self, received: Received, line: Line) -> None:
        self.given += 1
        token = {"access_token": f"token-{self.given}-{'x' * 20}", "token_type": "Bearer"}
        said = token | ({"expires_in": self.lives} if self.lives is not None else {})
        line.send(answer(self.status, said if self.body is None else self.body))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    with issuer.server:
        yield issuer


def with_tokens(issuer: Issuer) -> Bench:
    return Bench(auth=OAuth2(f"{issuer.server.url}/token", "responder", "env:C", "control.write"))


def test_one_token_serves_until_it_expires_and_stands_in_no_record(issuer: Issuer) -> None:
    with with_tokens(issuer) as bench:
        revealing(bench)
        assert bench.go().state is State.EFFECTIVE
        assert issuer.given == 1
        [asked] = issuer.server.received
        assert asked.body == b"grant_type=client_credentials&scope=control.write"
        assert asked.headers["authorization"].startswith("Basic ")
        assert bench.gateway.changes[0].headers["authorization"] == "Bearer token-1-" + "x" * 20
        # Echoed by the target, neither token nor secret reaches the record.
        bench.gateway.lies["PUT", "/flags/chat.enabled"] = lambda received, line: line.send(
            answer(500, f"{received.headers['authorization']} {SECRETS['env:C']}".encode())
        )
        bench.gateway.set("chat.enabled", True)
        bench.journal.steps.clear()
        bench.go()
        assert "[secret]" in everything(bench)
        assert "token-1-" not in everything(bench)
        assert SECRETS["env:C"] not in everything(bench)


@pytest.mark.parametrize("how", ["expired", "refused"])
def test_a_token_that_is_over_is_got_anew(issuer: Issuer, how: str) -> None:
    issuer.lives = 0.000_001 if how == "expired" else 3600
    with with_tokens(issuer) as bench:
        revealing(bench)
        measure = bench.measure()
        bench.runner.read(measure)
        if how == "refused":
            bench.gateway.lie_once("GET", "/flags/chat.enabled", lambda _, line: line.send(answer(401, b"")))
            with pytest.raises(Exception, match="answered 401"):
                bench.runner.read(measure)
        bench.runner.read(measure)
        assert issuer.given == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, None), (200, b"no json"), (200, []), (200, {}), (200, {"access_token": "a\r\nb"}),
        (200, {"access_token": "a", "token_type": "mac"}), (200, b"[" * 100_000),
        (200, b'{"access_token": "first", "access_token": "second"}'),
    ],
)  # fmt: skip
def test_without_a_token_nothing_is_sent(issuer: Issuer, status: int, body: Any) -> None:
    issuer.status, issuer.body = status, body
    with with_tokens(issuer) as bench:
        revealing(bench)
        with pytest.raises(SecretError) as caught:
            bench.runner.read(bench.measure())
        assert caught.value.safe == "Nothing was sent."
        assert SECRETS["env:C"] not in str(caught.value.sentences())
        assert bench.gateway.server.received == []


def test_a_life_that_no_token_has_is_none_stated(issuer: Issuer) -> None:
    issuer.lives = 10**400  # no float holds it
    with with_tokens(issuer) as bench:
        revealing(bench)
        for _ in range(2):
            bench.runner.read(bench.measure())
        assert issuer.given == 1


def test_an_issuer_that_is_away_is_told_and_nothing_is_sent(issuer: Issuer) -> None:
    with with_tokens(issuer) as bench:
        revealing(bench)
        issuer.server.close()
        with pytest.raises((SecretError, OfflineError), match="no token was to be had"):
            bench.runner.read(bench.measure())
        assert bench.gateway.server.received == []
