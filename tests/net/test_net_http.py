"""The client against a server that lies, stalls and breaks off: what was sent is never left open."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import Line, Received, Script, Scripted, answer
from tests.support.tls import certificate, serving

from ircockpit.core.errors import (
    CockpitError,
    DeadlineError,
    OfflineError,
    RefusedError,
    TrustError,
    UsageError,
)
from ircockpit.net.http import HttpClient, Request, UnknownOutcome, check_url


def fetch(
    script: Script, *, timeout_s: float = 2.0, method: str = "GET", body: bytes | None = None
) -> object:
    with Scripted(script) as server, HttpClient() as client:
        return client.send(Request(method, server.url + "/x", (), body), timeout_s)


def test_who_speaks_no_tls_is_told_apart_from_who_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_in_the_clear() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")

        thread = Thread(target=answer_in_the_clear, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/x"
        with (
            HttpClient() as client,
            pytest.raises(OfflineError, match=r"speaks no TLS, .*; http:// may be meant"),
        ):
            client.send(Request("GET", url), 10.0)
        thread.join()


def test_the_request_goes_out_as_it_was_written_and_nothing_else() -> None:
    with (
        Scripted(lambda _, line: line.send(answer(201, b"made", {"X-Kind": "A"}))) as server,
        HttpClient() as client,
    ):
        url = server.url + "/a%2Fb;v=1/(c)?q=%26&r=a+b"
        got = client.send(Request("PUT", url, (("X-Two", "2"),), b'{"a":1}'), 2.0)
    assert (got.status, got.body, got.headers["x-kind"]) == (201, b"made", "A")
    assert got.elapsed_us > 0
    [received] = server.received
    assert (received.method, received.target, received.body) == (
        "PUT",
        "/a%2Fb;v=1/(c)?q=%26&r=a+b",
        b'{"a":1}',
    )
    assert set(received.headers) == {"host", "content-length", "user-agent", "accept-encoding", "x-two"}


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with Scripted(lambda _, line: line.send(answer(303, b"", {"Location": "/elsewhere"}))) as server:
        with HttpClient() as client:
            assert client.send(Request("POST", server.url + "/x"), 2.0).status == 303
        assert [received.path for received in server.received] == ["/x"]


def test_where_a_redirect_leads_is_not_even_read() -> None:
    with (
        Scripted(lambda _, line: line.send(answer(302, b"", {"Location": "http://\x1b]0;x\x07/"}))) as server,
        HttpClient() as client,
    ):
        assert client.send(Request("PUT", server.url + "/x", (), b"1"), 2.0).status == 302


def test_an_answer_adds_nothing_to_the_next_request() -> None:
    with Scripted(
        lambda _, line: line.send(answer(200, b"", {"Set-Cookie": "a=b; Path=/"})), keep=True
    ) as server:
        with HttpClient() as client:
            for _ in range(2):
                client.send(Request("GET", server.url + "/x"), 2.0)
        assert ["cookie" in received.headers for received in server.received] == [False, False]


def test_the_environment_sets_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(lambda _, line: line.send(answer(500))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with Scripted(lambda _, line: line.send(answer(200))) as server, HttpClient() as client:
            assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
    assert proxy.connections == 0


def test_ipv6_literals_are_reached() -> None:
    try:
        server = Scripted(lambda _, line: line.send(answer(200, b"six")), family=socket.AF_INET6)
    except OSError:
        pytest.skip("elsewhere: this system has no IPv6 loopback")
    with server, HttpClient() as client:
        assert client.send(Request("GET", server.url + "/x"), 2.0).body == b"six"


def test_a_refused_connection_means_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with HttpClient() as client, pytest.raises(OfflineError) as caught:
        client.send(Request("POST", f"http://127.0.0.1:{port}/x"), 2.0)
    assert "refused" in caught.value.what
    assert caught.value.safe == "Nothing was sent."


def test_a_connection_nobody_accepts_ends_after_the_connect_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        started = time.monotonic()
        with HttpClient(connect_s=0.3) as client, pytest.raises(OfflineError):
            client.send(Request("POST", f"http://127.0.0.1:{full.getsockname()[1]}/x"), 5.0)
        assert time.monotonic() - started < 3
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    "script",
    [
        lambda _, line: line.hang(),
        lambda _, line: line.drip(answer(200, b"x" * 1000), 0.05),
        lambda _, line: (line.send(answer(200, b"x" * 1000)[:-900]), line.drip(b"x" * 900, 0.05)),
        lambda _, line: (line.send(b"HTTP/1.1 200 OK\r\n"), line.drip(b"x-slow: 1\r\n" * 99, 0.02)),
    ],
    ids=["silence", "a dripping head", "a dripping body", "endless headers"],
)
def test_a_slow_answer_ends_at_the_deadline_and_the_outcome_is_unknown(script: Script) -> None:
    started = time.monotonic()
    with pytest.raises(UnknownOutcome):
        fetch(script, timeout_s=0.5, method="POST", body=b"{}")
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "script",
    [
        lambda _, line: line.reset(),
        lambda _, line: None,
        lambda _, line: line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        lambda _, line: line.send(b"SSH-2.0-OpenSSH_9.2\r\n"),
        lambda _, line: (line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"), line.reset()),
    ],
    ids=["reset", "closed", "half a body", "another protocol", "reset within the body"],
)
def test_a_broken_answer_is_an_unknown_outcome(script: Script) -> None:
    with pytest.raises(UnknownOutcome):
        fetch(script, method="POST", body=b"{}")


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    sent = 0

    def flood(_: Received, line: Line) -> None:
        nonlocal sent
        line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n")
        for _number in range(3000):
            line.send(b"x" * 65536)
            sent += 65536

    with (
        Scripted(flood) as server,
        HttpClient(body_bytes=100_000) as client,
        pytest.raises(UnknownOutcome, match="more than 100000 bytes"),
    ):
        client.send(Request("GET", server.url + "/x"), 5.0)
    assert sent < 50_000_000


def test_a_body_of_exactly_the_cap_is_read() -> None:
    with (
        Scripted(lambda _, line: line.send(answer(200, b"x" * 1000))) as server,
        HttpClient(body_bytes=1000) as client,
    ):
        assert len(client.send(Request("GET", server.url + "/x"), 2.0).body) == 1000


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "127.0.0.1/x",
        "http:///x",
        "http://me:word@127.0.0.1/x",
        "http://me@127.0.0.1/x",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nx: y",
        "http://127.0.0.1/a#part",
        "http://127.0.0.1/a/../b",
        "http://127.0.0.1/./b",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://[::1/x",
        "http://127.0.0.1\\@evil.example/x",
        "http://exämple.org/",
        "http://gateway..example/",
        f"http://{'a' * 64}.example/",
    ],
)
def test_urls_that_are_not_plain_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(UsageError):
        check_url(url)
    with HttpClient() as client, pytest.raises(UsageError):
        client.send(Request("GET", url), 1.0)


def test_plain_urls_pass() -> None:
    for url in (
        "http://127.0.0.1",
        "https://[::1]:8443/a?b=c",
        "http://host.example:9901/x;y?q=%20",
        "http://host.:80/",
    ):
        check_url(url)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_url_carries_a_line_end_or_blank(text: str) -> None:
    url = "http://127.0.0.1:1/" + text
    try:
        check_url(url)
    except UsageError:
        return
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' #"<>\\^`{|}')


@pytest.mark.parametrize(
    "header",
    [("x", "s3cret\r\nb: c"), ("x\r\nb", "s3cret"), ("x y", "s3cret"), ("x", "s3cret\0"), ("x", "s3cret€")],
)
def test_a_header_cannot_end_its_line(header: tuple[str, str]) -> None:
    with Scripted(lambda _, line: line.send(answer(200))) as server, HttpClient() as client:
        with pytest.raises(UsageError) as caught:
            client.send(Request("GET", server.url + "/x", (header,)), 1.0)
        assert server.received == []
    assert "s3cret" not in " ".join(caught.value.sentences())


def test_idle_connections_are_kept_only_when_wanted() -> None:
    for keep_alive, connections in ((True, 1), (False, 2)):
        with Scripted(lambda _, line: line.send(answer(200)), keep=True) as server:
            with HttpClient(keep_alive=keep_alive) as client:
                for _ in range(2):
                    assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
            assert server.connections == connections


def test_a_stream_gives_lines_as_they_come() -> None:
    def events(_: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: on")
        line.send(b"e\r\n\r\ndata: tw\xc3")
        line.send(b"\xb6\n\n")

    with Scripted(events) as server, HttpClient() as client:
        got = list(client.stream_lines(Request("GET", server.url + "/x"), 2.0))
    assert got == ["data: one", "", "data: twö", ""]


def test_a_stream_lasts_longer_than_its_read_time_as_long_as_it_speaks() -> None:
    def slow(_: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        line.drip(b"\n" * 8, 0.1)

    with Scripted(slow) as server, HttpClient() as client:
        assert len(list(client.stream_lines(Request("GET", server.url + "/x"), 0.5))) == 8


def test_a_silent_stream_ends_with_a_deadline() -> None:
    def silent(_: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n")
        line.hang()

    with Scripted(silent) as server, HttpClient() as client:
        lines = client.stream_lines(Request("GET", server.url + "/x"), 0.3)
        assert next(lines) == "data: 1"
        with pytest.raises(DeadlineError, match="no sign"):
            next(lines)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (lambda _, line: line.send(answer(401)), RefusedError),
        (lambda _, line: (line.send(b"HTTP/1.1 200 OK\r\n\r\n"), line.send(b"x" * 99_999)), RefusedError),
        (lambda _, line: line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1\n"), OfflineError),
    ],
    ids=["not 200", "a line without end", "broken off"],
)
def test_a_stream_that_is_none_is_told(script: Script, error: type[CockpitError]) -> None:
    with Scripted(script) as server, HttpClient() as client, pytest.raises(error):
        list(client.stream_lines(Request("GET", server.url + "/x"), 2.0))


def test_the_heavy_library_is_loaded_only_when_a_request_is_made() -> None:
    code = "import sys, json, ircockpit.net.http; print(json.dumps(list(sys.modules)))"
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    loaded = set(json.loads(done.stdout))
    assert "ircockpit.net.http" in loaded
    assert not loaded & {"httpx", "httpcore", "ssl"}


def test_only_the_authority_named_is_believed(tmp_path: Path) -> None:
    authority, stranger = certificate(tmp_path, "authority"), certificate(tmp_path, "stranger")
    server_pem = certificate(tmp_path, "server", issuer=authority)
    with Scripted(lambda _, line: line.send(answer(200, b"hi")), serving(server_pem)) as server:
        with HttpClient(ca_file=str(authority)) as client:
            assert client.send(Request("GET", server.url + "/x"), 2.0).body == b"hi"
        for wrong in (str(stranger), None):
            with HttpClient(ca_file=wrong) as client, pytest.raises(TrustError) as caught:
                client.send(Request("GET", server.url + "/x"), 2.0)
            assert caught.value.safe == "Nothing was sent."
        assert len(server.received) == 1


def test_a_client_certificate_is_shown_and_named_by_its_fingerprint(tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority")
    server_pem, mine = (certificate(tmp_path, name, issuer=authority) for name in ("server", "mine"))
    with Scripted(lambda _, line: line.send(answer(200)), serving(server_pem, authority)) as server:
        with HttpClient(ca_file=str(authority), client_cert=str(mine)) as client:
            assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
            fingerprint = x509.load_pem_x509_certificate(mine.read_bytes()).fingerprint(hashes.SHA256()).hex()
            assert client.trust.endswith(f"client certificate sha256:{fingerprint}")
        with HttpClient(ca_file=str(authority)) as client, pytest.raises(CockpitError):
            client.send(Request("GET", server.url + "/x"), 2.0)


def test_trust_follows_the_file_that_was_read(tmp_path: Path) -> None:
    one, two = certificate(tmp_path, "one"), certificate(tmp_path, "two")
    assert HttpClient().trust == "system ca"
    assert HttpClient(ca_file=str(one)).trust != HttpClient(ca_file=str(two)).trust
    client = HttpClient(ca_file=str(one))
    before = client.trust
    one.write_bytes(two.read_bytes())
    assert client.trust == before


@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_a_certificate_file_that_is_none_is_told(option: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n")
    with pytest.raises(TrustError):
        HttpClient(**{option: str(tmp_path / "absent.pem")})  # type: ignore[arg-type]
    client = HttpClient(**{option: str(broken)})  # type: ignore[arg-type]
    with pytest.raises(TrustError):
        client.send(Request("GET", "https://127.0.0.1:1/x"), 1.0)


def test_plain_http_spoken_on_an_https_port_is_offline_not_unknown() -> None:
    with (
        Scripted(lambda _, line: line.send(answer(200))) as server,
        HttpClient(connect_s=0.3) as client,
        pytest.raises(OfflineError),
    ):
        client.send(Request("GET", server.url.replace("http:", "https:") + "/x"), 2.0)
