"""A workstation against a hub that lies in every way: typed refusals, nothing lost, and all is well once it tells the truth."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.support.hub import DirectTransport, Made, declare, ids
from tests.support.mutations import Mutator
from tests.sync.conftest import Team

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import CockpitError
from ircockpit.hub.service import Hub
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import client as clients
from ircockpit.sync import exhibits, fetching
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.transport import Headers, Reply
from ircockpit.sync.worker import connect

ROUNDS = 150
LONG_S = 120.0
STATUSES = (200, 201, 202, 204, 206, 301, 400, 401, 403, 404, 409, 413, 416, 418, 422, 429, 500, 503)
NAMES = ("upload-offset", "content-range", "retry-after")
MOST = 400
"""Requests of one round at most: a hub that lies can make a workstation ask no end of things otherwise."""


class LyingHub(DirectTransport):
    """The true answers of a hub, about one in so many of them made wrong."""

    def __init__(self, hub: Callable[[], Hub], mutator: Mutator, share: float) -> None:
        super().__init__(hub)
        self._mutator = mutator
        self._share = share
        self._left = MOST
        self._before: list[bytes] = [b"{}"]

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        self._left -= 1
        assert self._left, f"no end of requests: {method} {path}"
        asking_for_blob = method == "GET" and path.startswith("/v1/blobs/") and "range" in dict(headers)
        reply = (
            self._piece(path, dict(headers)) if asking_for_blob else super().send(method, path, body, headers)
        )
        rng = self._mutator.rng
        if rng.random() >= self._share:
            self._before.append(reply.body)
            return reply
        match rng.randrange(5):
            case 0:
                return reply._replace(status=rng.choice(STATUSES))
            case 1:
                name = rng.choice(NAMES)
                said = self._mutator.word(reply.headers.get(name, "0"))
                return Reply(rng.choice((reply.status, 206, 429)), {**reply.headers, name: said}, reply.body)
            case 2:
                return reply._replace(body=rng.choice(self._before))  # an answer to something else
            case _:
                return reply._replace(body=self._wrong(reply.body))

    def _piece(self, path: str, headers: dict[str, str]) -> Reply:
        """What the web server does by itself."""
        blobs, sha256 = self._hub().folder.blobs, path.rpartition("/")[2]
        if not blobs.has(sha256):
            return Reply(404, {}, b"")
        first, last = map(int, headers["range"].removeprefix("bytes=").split("-"))
        data = blobs.path(sha256).read_bytes()
        span = f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"
        return Reply(206, {"content-range": span}, data[first : last + 1])

    def _wrong(self, body: bytes) -> bytes:
        lines = body.split(b"\n")
        at = self._mutator.rng.randrange(len(lines))
        try:
            lines[at] = self._mutator.text(json.loads(lines[at]))
        except ValueError:
            lines[at] = self._mutator.raw(lines[at], body)
        return b"\n".join(lines)

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        good = (b'data: {"i":"00000000-0000-0000-0000-000000000000","g":1,"h":3}', b": heartbeat", b"")
        for _ in range(50):
            raw = self._mutator.rng.choice(good)
            yield (self._mutator.raw(raw) if self._mutator.rng.random() < 0.5 else raw).decode(
                "utf-8", "replace"
            )


def write(who: Workstation, number: int) -> None:
    ident = declare(who, f"wrong dose {number}")
    stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    data = f"what the model said {number}".encode() * 20
    sha256 = FileBlobs(who.profile.blobs).put_bytes(data).sha256
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": len(data)}
    who.append([Draft(stream, "evidence.added", who.new_id(stream), (body,))])


def one_lie(team: Team, who: Workstation, mutator: Mutator, number: int) -> str:
    """A round, evidence and hints against a hub that lies; how it ended."""
    lying = LyingHub(lambda: team.hub.hub, mutator, mutator.rng.choice((0.05, 0.2, 0.5)))
    connection = connect(who.profile, who.identity, lambda _: lying, who.clock)
    blobs = FileBlobs(who.profile.blobs)
    try:
        if mutator.rng.random() < 0.1:
            for _ in connection.client.hints():
                pass
        done = connection.engine.round()
        found = exhibits.pending(connection.log, blobs)
        exhibits.send_all(
            connection.log, connection.client, found, blobs, open_to_all, lambda: lying, lambda _: None
        )
        if found.files:
            wanted, fetched = (
                mutator.rng.choice(found.files),
                FileBlobs(who.profile.folder / f"fetched-{number}"),
            )
            path = exhibits.fetch_blob(connection.client, fetched, wanted, open_to_all)
            assert path.read_bytes() == blobs.path(wanted).read_bytes()
    except CockpitError as error:
        return type(error).__name__ if error.what else "an error without words"
    finally:
        connection.close()
        who.refresh()
    return "trouble" if done.trouble else "done"


def lie(team: Team, seed: int, enough: Callable[[int], bool]) -> dict[str, int]:
    """How rounds against a lying hub ended, counted; then the hub tells the truth."""
    mutator = Mutator(seed)
    ends: dict[str, int] = {}
    tries = 0
    while not enough(tries):
        who = team.b if mutator.rng.random() < 0.7 else team.a
        if tries % 10 == 0:
            write(who, tries)
        tries += 1
        before = ids(who)
        end = one_lie(team, who, mutator, tries)
        ends[end] = ends.get(end, 0) + 1
        assert ids(who) >= before, "what is held is kept"
    every = ids(team.a) | ids(team.b)
    for who in (team.a, team.b, team.a):
        done = team.sync(who)
        assert done.trouble == ()
    assert ids(team.a) == ids(team.b) == every
    assert team.a.view.dump() == team.b.view.dump()
    for who in (team.a, team.b):
        assert who.log.unconfirmed_count() == 0
    return ends


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lie is not waited for as a broken link is."""
    monkeypatch.setattr(fetching, "PAUSES_S", (0.0, 0.01))
    monkeypatch.setattr(fetching, "FIRST_S", 0.05)


def test_a_lying_hub_takes_nothing_and_ends_nothing(team: Team, say: Say) -> None:
    ends = lie(team, 7, lambda tries: tries >= ROUNDS)
    say(f"{ROUNDS} rounds with a lying hub: {dict(sorted(ends.items()))}")
    assert ends["TrustError"] > 10
    assert "an error without words" not in ends
    assert ends["done"] > 10


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_lying_hub_for_long(team: Team, say: Say) -> None:
    seed, until = int.from_bytes(os.urandom(4)), time.monotonic() + LONG_S
    ends = lie(team, seed, lambda _: time.monotonic() > until)
    say(f"seed {seed}: {sum(ends.values())} rounds with a lying hub: {dict(sorted(ends.items()))}")


def test_nobody_joins_a_hub_that_lies_while_being_joined(
    team: Team, made: Made, tmp_path: Path, say: Say
) -> None:
    mutator = Mutator(7)
    ends: dict[str, int] = {}
    with made.copy("c", tmp_path / "c") as newcomer:
        before = newcomer.identity
        for number in range(100):
            lying = LyingHub(lambda: team.hub.hub, mutator, 0.9)
            try:
                enroll(newcomer, lying, team.hub.url, team.hub.code(f"Cy {number}"))
                end = "joined"
                assert newcomer.identity.root == team.a.identity.root
                newcomer.profile.save_identity(before)
                newcomer.follow()
            except CockpitError as error:
                end = type(error).__name__
            ends[end] = ends.get(end, 0) + 1
            assert newcomer.profile.identity() == before
    say(f"joining a lying hub: {dict(sorted(ends.items()))}")
    assert ends.get("TrustError", 0) + ends.get("OfflineError", 0) > 5


def test_a_client_that_trusts_a_number_is_found(team: Team) -> None:
    """The control."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "_whole", lambda said, key: said[key])
        with pytest.raises((TypeError, KeyError, AttributeError, AssertionError)):
            lie(team, 7, lambda tries: tries >= 1000)
