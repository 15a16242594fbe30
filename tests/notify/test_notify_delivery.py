"""Messages to real receivers on this machine: what arrives, and that every outcome is what happened."""

import json
import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.mail import mail_server
from tests.support.scripted import Line, Received, Scripted, answer
from tests.support.tls import certificate, serving

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.notify import delivery
from ircockpit.notify.delivery import DELIVERED, FAILED, UNKNOWN, look, send
from ircockpit.secrets.secret import Secret

PASSWORD = "hunter22secret"
ENOUGH_S = 20.0
SHORT_S = 3.0


def says(status: int, body: object = b"ok", **headers: str) -> Callable[[Received, Line], None]:
    return lambda _, line: line.send(answer(status, body, headers))


def to_json(server: Scripted, path: str = "hook") -> Secret:
    scheme = "jsons" if server.url.startswith("https") else "json"
    return Secret(f"{scheme}://mira:{PASSWORD}@127.0.0.1:{server.port}/{path}")


def test_a_message_arrives_as_it_was_written() -> None:
    with Scripted(says(200)) as server:
        done = send(to_json(server), "SEV1 kavu", "fallback effective & <ok>", timeout_s=ENOUGH_S)
    assert (done.outcome, done.reason) == (DELIVERED, "")
    (got,) = server.received
    body = json.loads(got.body)
    assert (body["title"], body["message"]) == ("SEV1 kavu", "fallback effective & <ok>")
    assert got.headers["user-agent"] == "ircockpit"


@pytest.mark.parametrize(
    ("scheme", "path", "field"), [("ntfy", "duty-topic", "message"), ("gotify", "AbcdefToken1234", "message"),
     ("mmost", "abcdefghijklmnopqrstuvwx12", "text")],
)  # fmt: skip
def test_receivers_that_read_markup_get_plain_words(scheme: str, path: str, field: str) -> None:
    with Scripted(says(200, {"id": "1"})) as server:
        done = send(
            Secret(f"{scheme}://127.0.0.1:{server.port}/{path}"),
            "SEV1",
            "a *b* _c_ 1 < 2",
            timeout_s=ENOUGH_S,
        )
    assert done.outcome == DELIVERED
    # Where there is no subject, it stands before the text.
    assert json.loads(server.received[0].body)[field] in ("a *b* _c_ 1 < 2", "SEV1\r\na *b* _c_ 1 < 2")


def test_a_mail_arrives_as_plain_text() -> None:
    with mail_server() as (box, port):
        url = f"mailto://127.0.0.1:{port}?from=cockpit@example.org&to=legal@example.org"
        done = send(Secret(url), "SEV1 kavu", "fallback effective <b>", timeout_s=ENOUGH_S)
    assert (done.outcome, done.reason) == (DELIVERED, "")
    (mail,) = box.taken
    assert mail.rcpt_tos == ["legal@example.org"]
    raw = mail.content if isinstance(mail.content, bytes) else str(mail.content).encode()
    assert b"text/plain" in raw
    assert b"text/html" not in raw


@pytest.mark.parametrize(
    ("said", "reason"), [("550 no", "it answered 550"), ("451 later", "it answered 451")]
)
def test_a_mail_that_is_refused_has_failed(said: str, reason: str) -> None:
    with mail_server(said) as (_, port):
        url = f"mailto://127.0.0.1:{port}?from=cockpit@example.org&to=legal@example.org"
        done = send(Secret(url), "SEV1", "text", timeout_s=ENOUGH_S)
    assert (done.outcome, done.reason) == (FAILED, reason)


def test_a_mail_server_without_tls_gets_no_password() -> None:
    with mail_server() as (box, port):
        url = f"mailtos://mira:{PASSWORD}@127.0.0.1:{port}?from=cockpit@example.org&to=legal@example.org&mode=starttls"
        done = send(Secret(url), "SEV1", "text", timeout_s=ENOUGH_S)
    assert done.outcome == FAILED
    assert "nothing was sent" in done.reason
    assert not box.taken


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_no_is_a_failure_with_its_number(status: int) -> None:
    with Scripted(says(status, PASSWORD.encode())) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S)
    assert (done.outcome, done.reason) == (FAILED, f"it answered {status}")


def test_a_gateway_that_lost_its_server_leaves_it_unknown() -> None:
    with Scripted(says(504)) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S)
    assert done.outcome == UNKNOWN


def test_a_redirect_is_not_followed() -> None:
    with Scripted(says(200)) as elsewhere, Scripted(says(302, location=elsewhere.url + "/login")) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S)
        assert done.outcome == FAILED
        assert "pointed elsewhere" in done.reason
        assert not elsewhere.received
        # The control: where it points to would have said yes.
        assert send(to_json(elsewhere), "SEV1", "text", timeout_s=ENOUGH_S).outcome == DELIVERED


def test_nobody_there_is_a_failure_in_which_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = send(Secret(f"json://127.0.0.1:{port}/x"), "SEV1", "text", timeout_s=ENOUGH_S)
    assert (done.outcome, done.reason) == (FAILED, "not reached; nothing was sent")


def test_silence_after_the_message_was_taken_is_unknown() -> None:
    with Scripted(lambda _, line: line.hang()) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=SHORT_S)
        assert len(server.received) == 1
    assert done.outcome == UNKNOWN
    assert "may have arrived" in done.reason


def test_a_connection_that_breaks_after_the_message_is_unknown() -> None:
    with Scripted(lambda _, line: line.reset()) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S)
        assert len(server.received) == 1
    assert done.outcome == UNKNOWN


def test_an_answer_without_end_is_cut_off_and_its_status_counts() -> None:
    def endless(_: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 said\r\n\r\n")
        while True:
            line.send(b"x" * 65536)

    with Scripted(endless) as server:
        done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S)
    assert done.outcome == DELIVERED
    assert done.ms < ENOUGH_S * 1000


def test_one_that_drips_its_answer_cannot_hold_it_for_longer_than_its_time() -> None:
    with Scripted(
        lambda _, line: line.drip(b"HTTP/1.1 200 said\r\ncontent-length: 5\r\n\r\nhello", 0.5)
    ) as server:
        began = time.monotonic()
        done = send(to_json(server), "SEV1", "text", timeout_s=SHORT_S)
    assert done.outcome == UNKNOWN
    assert time.monotonic() - began < SHORT_S + delivery.GRACE_S + 10


def test_it_can_be_given_up() -> None:
    with Scripted(lambda _, line: line.hang()) as server:
        done = send(
            to_json(server), "SEV1", "text", timeout_s=ENOUGH_S, given_up=lambda: bool(server.received)
        )
    assert (done.outcome, done.reason) == (UNKNOWN, "it was given up; it may have arrived")


def test_only_the_authority_named_is_believed(tmp_path: Path) -> None:
    authority, stranger = certificate(tmp_path, "authority"), certificate(tmp_path, "stranger")
    pem = certificate(tmp_path, "server", issuer=authority)
    with Scripted(says(200), serving(pem)) as server:
        for wrong in ("", str(stranger)):
            done = send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S, ca=wrong)
            assert (done.outcome, done.reason) == (FAILED, "its certificate is not trusted; nothing was sent")
        assert not server.received
        assert (
            send(to_json(server), "SEV1", "text", timeout_s=ENOUGH_S, ca=str(authority)).outcome == DELIVERED
        )


def test_neither_proxies_nor_passwords_of_this_account_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login netrc password netrcsecret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Scripted(says(200)) as proxy, Scripted(says(200)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        done = send(Secret(f"json://127.0.0.1:{server.port}/x"), "SEV1", "text", timeout_s=ENOUGH_S)
        assert done.outcome == DELIVERED
        assert not proxy.received
        assert "authorization" not in server.received[0].headers


def test_what_the_service_says_of_it_and_the_address_are_in_no_word_that_is_kept(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Scripted(says(500, PASSWORD.encode())) as server:
        done = send(to_json(server, "tok3nvalue"), "SEV1", "text", timeout_s=ENOUGH_S)
    out, err = capfd.readouterr()
    kept = f"{done}{out}{err}{caplog.text}"
    assert PASSWORD not in kept
    assert "tok3nvalue" not in kept
    # The control: that the secret was in play at all.
    assert "tok3nvalue" in server.received[0].target


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "find_spec", lambda _: None)
    with pytest.raises(RefusedError) as caught:
        send(Secret("json://127.0.0.1/x"), "SEV1", "text")
    assert "ircockpit[notify]" in caught.value.fix
    assert caught.value.safe == "nothing was sent"


@pytest.mark.parametrize("url", ["slack://onlyone", "json://", "tgram://x"])
def test_half_an_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        look(Secret(url))
    assert "onlyone" not in str(caught.value)
    assert send(Secret(url), "SEV1", "text", timeout_s=ENOUGH_S).outcome == FAILED


MASKED = {
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general": ("TIiajkdnlazkcOXrIdevi7FQ", "A1BRTD4JD"),
    "tgram://123456789:abcdefg_hijklmnop/lead2gold": ("abcdefg_hijklmnop", "123456789"),
    "mailtos://me:pass123word@example.com?to=you@example.org": ("pass123word",),
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": ("JHMHI8qBe7bk2ZwO5U711o3dV_js", "4174216298"),
    "pagerduty://integrationkeyabc@apikeyxyz123": ("integrationkeyabc", "apikeyxyz123"),
    "twilio://AC735c307c62944b5a:e29dfbcebf390dee9@+12015550100/+15558675309": ("e29dfbcebf390dee9", "AC735c307c62944b5a"),
    f"jsons://mira:{PASSWORD}@host.example:8443/tok3nvalue?+X=headersecret": (PASSWORD, "tok3nvalue", "headersecret"),
    "ntfys://ntfy.example.org/duty-topic-secret": ("duty-topic-secret",),
}  # fmt: skip


@pytest.mark.parametrize("url", MASKED)
def test_a_shown_address_holds_no_secret(url: str) -> None:
    found = look(Secret(url))
    assert found.masked
    assert found.service
    for secret in MASKED[url]:
        assert secret in url
        assert secret not in f"{found}"


def test_a_mails_recipients_are_shown() -> None:
    assert "you@example.org" in look(Secret("mailtos://me:pass123word@example.com?to=you@example.org")).masked
