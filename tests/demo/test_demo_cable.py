"""The cable carries bytes while it is in, and nothing at all while it is out."""

import contextlib
import socket
from urllib.parse import urlsplit

import pytest
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.core.errors import ConflictError
from ircockpit.demo.cable import Cable


def hub(_: Received, line: Line) -> None:
    line.send(answer(200, b"here"))


def ask(url: str) -> bytes:
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5) as end:
        end.sendall(b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n")
        raw = b""
        while data := end.recv(4096):
            raw += data
    return raw


def test_in_it_carries_and_out_nobody_answers() -> None:
    with Scripted(hub) as there:
        cable = Cable()
        cable.lead_to(there.url)
        assert ask(cable.url).endswith(b"here")
        assert cable.toggle() is False
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the system puts it
            ask(cable.url)
        assert ask(there.url).endswith(b"here"), "only the cable is out, not the hub"
        assert cable.toggle() is True
        assert ask(cable.url).endswith(b"here")
        cable.pull()


def test_pulling_it_out_cuts_what_is_open() -> None:
    with Scripted(lambda _, line: line.hang()) as there:
        cable = Cable()
        cable.lead_to(there.url)
        with socket.create_connection(("127.0.0.1", urlsplit(cable.url).port or 0), timeout=5) as end:
            end.sendall(b"GET / HTTP/1.1\r\n\r\n")
            cable.pull()
            with contextlib.suppress(ConnectionResetError):
                assert end.recv(1) == b""


def test_a_port_taken_meanwhile_is_told_in_a_sentence() -> None:
    cable = Cable()
    port = urlsplit(cable.url).port or 0
    cable.pull()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(ConflictError, match="taken by another"):
        cable.put_back()
    cable.put_back()
    cable.pull()
