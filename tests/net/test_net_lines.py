"""One command a connection: nothing is sent twice, nothing waits for ever, and what is not known is said."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ircockpit.core.errors import OfflineError, UsageError
from ircockpit.net.giveup import GiveUp
from ircockpit.net.http import UnknownOutcome
from ircockpit.net.lines import ask

Serve = Callable[[socket.socket, bytes], None]


@contextmanager
def served(serve: Serve, unix: str = "") -> Iterator[tuple[str, list[bytes]]]:
    """A server of lines at an address; ``serve`` gets each connection with the command that came."""
    listening = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    listening.bind(unix or ("127.0.0.1", 0))
    listening.listen(4)
    received: list[bytes] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                line = b""
                while not line.endswith(b"\n") and (part := connection.recv(4096)):
                    line += part
                received.append(line)
                with suppress(OSError):  # the client may have gone
                    serve(connection, line)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield (
            (f"unix:{unix}", received)
            if unix
            else (f"tcp://127.0.0.1:{listening.getsockname()[1]}", received)
        )
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(60)


def says(text: bytes) -> Serve:
    return lambda connection, _: connection.sendall(text)


def test_the_whole_answer_is_what_came_until_the_other_side_closed(tmp_path: Path) -> None:
    for unix in ("", str(tmp_path / "sock")):
        with served(says(b"one\n\ntwo\n"), unix) as (address, received):
            assert ask(address, "show stat", 5).body == b"one\n\ntwo\n"
            assert received == [b"show stat\n"]


def test_an_empty_answer_is_an_answer() -> None:
    with served(says(b"")) as (address, _):
        assert ask(address, "set server a/b state maint", 5).body == b""


@pytest.mark.parametrize("command", ["", "a\nb", "a\x00", "ä", "a\x1b[2J"])
def test_what_is_not_one_line_is_not_sent(command: str) -> None:
    with served(says(b"")) as (address, received):
        with pytest.raises(UsageError):
            ask(address, command, 5)
        assert received == []


def test_nobody_there_means_nothing_was_sent(tmp_path: Path) -> None:
    with served(says(b"")) as (address, _):
        pass
    for gone in (address, f"unix:{tmp_path}/none"):
        with pytest.raises(OfflineError) as caught:
            ask(gone, "x", 5)
        assert caught.value.safe == "Nothing was sent."


def test_silence_an_endless_answer_and_a_slow_one_end_with_the_outcome_unknown() -> None:
    over = threading.Event()

    def endless(connection: socket.socket, _: bytes) -> None:
        while not over.is_set():
            connection.sendall(b"x" * 4096)

    def hang(connection: socket.socket, _: bytes) -> None:
        over.wait(60)

    def drip(connection: socket.socket, _: bytes) -> None:
        while not over.wait(0.05):
            connection.sendall(b"x")

    scripts: list[tuple[Serve, str]] = [
        (hang, "in time"),
        (drip, "in time"),
        (endless, "more than 10000 bytes"),
    ]
    for serve, why in scripts:
        over.clear()
        with served(serve) as (address, received):
            began = time.monotonic()
            with pytest.raises(UnknownOutcome, match=why):
                ask(address, "x", 0.5, most=10_000)
            over.set()
            assert time.monotonic() - began < 10
            assert received == [b"x\n"]


def test_a_wait_can_be_given_up_from_another_thread() -> None:
    give_up, over = GiveUp(), threading.Event()

    def hang(connection: socket.socket, _: bytes) -> None:
        give_up.now()
        over.wait(60)

    with served(hang) as (address, _):
        with pytest.raises(UnknownOutcome, match="given up"):
            ask(address, "x", 60, give_up=give_up)
        over.set()
        with pytest.raises(OfflineError, match="given up"):
            ask(address, "x", 60, give_up=give_up)
