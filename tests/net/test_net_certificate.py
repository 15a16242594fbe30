"""The certificate that shows who asks: what was read and hashed is what is shown, whatever its file holds by then."""

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from tests.support.scripted import Line, Received, Scripted, answer
from tests.support.tls import certificate, serving

from ircockpit.core.errors import TrustError
from ircockpit.net.http import HttpClient, Request


def test_the_certificate_that_was_hashed_is_the_one_that_is_shown(tmp_path: Path) -> None:
    """Its file is another one, then none, before the first request: what ``trust`` has named is shown all the same."""
    authority = certificate(tmp_path, "authority")
    server_pem, mine, other = (
        certificate(tmp_path, name, issuer=authority) for name in ("server", "mine", "other")
    )
    shown: list[bytes] = []

    def script(_: Received, line: Line) -> None:
        sock: Any = line._sock
        shown.append(sock.getpeercert(binary_form=True))
        line.send(answer(200))

    with Scripted(script, serving(server_pem, authority)) as server:
        for then in (other.read_bytes(), b"", None):
            place = tmp_path / "client.pem"
            place.write_bytes(mine.read_bytes())
            with HttpClient(ca_file=str(authority), client_cert=str(place)) as client:
                if then is None:
                    place.unlink()
                else:
                    place.write_bytes(then)
                assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
                client.close()  # and once more, by connections that are made anew
                assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
                assert all(client.trust.endswith(sha256(each).hexdigest()) for each in shown)
        assert len(shown) == 6
        # The control: a client that is made later shows what stands there by then.
        place.write_bytes(other.read_bytes())
        with HttpClient(ca_file=str(authority), client_cert=str(place)) as client:
            client.send(Request("GET", server.url + "/x"), 2.0)
            assert client.trust.endswith(sha256(shown[-1]).hexdigest())
    assert len(set(shown)) == 2


@pytest.mark.parametrize("beside", [b"", b"# words\n" * 40_000], ids=["as usual", "larger than a pipe"])
def test_no_end_of_a_pipe_is_left_open(beside: bytes, tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority")
    server_pem, mine = (certificate(tmp_path, name, issuer=authority) for name in ("server", "mine"))
    mine.write_bytes(mine.read_bytes() + beside)
    with Scripted(lambda _, line: line.send(answer(200)), serving(server_pem, authority)) as server:
        before = pipes()
        for _ in range(5):
            with HttpClient(ca_file=str(authority), client_cert=str(mine)) as client:
                assert client.send(Request("GET", server.url + "/x"), 2.0).status == 200
        assert pipes() == before


def pipes() -> int:
    """How many ends of pipes this process holds."""
    return sum(stat.S_ISFIFO(os.stat(each).st_mode) for each in Path("/dev/fd").iterdir() if each.exists())


@pytest.mark.parametrize("wrong", ["another key", "an encrypted key", "no key"])
def test_a_client_certificate_without_its_own_key_is_told(wrong: str, tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority")
    mine, other = (certificate(tmp_path, name, issuer=authority) for name in ("mine", "other"))
    held, key = mine.read_bytes().partition(b"-----BEGIN PRIVATE KEY-----")[0], b""
    if wrong == "another key":
        key = b"-----BEGIN PRIVATE KEY-----" + other.read_bytes().partition(b"-----BEGIN PRIVATE KEY-----")[2]
    elif wrong == "an encrypted key":
        loaded = serialization.load_pem_private_key(mine.read_bytes(), None)
        kind = serialization.BestAvailableEncryption(b"words")
        key = loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind)
    mine.write_bytes(held + key)
    with (
        HttpClient(ca_file=str(authority), client_cert=str(mine)) as client,
        pytest.raises(TrustError) as caught,
    ):
        client.send(Request("GET", "https://127.0.0.1:1/x"), 1.0)
    assert caught.value.safe == "Nothing was sent."
