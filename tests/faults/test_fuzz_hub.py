"""A hub that is asked every wrong thing, by strangers and by members with a key: it refuses by name and loses nothing."""

import json
import os
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Say
from tests.support.conversation import Recorded, Recorder, conversation, wired
from tests.support.hub import Made, declare, ids, sync
from tests.support.mutations import Mutator, dumped
from tests.sync.conftest import Team

from ircockpit.features import table
from ircockpit.hub.asking import Answer, Asked
from ircockpit.ledger import event as events
from ircockpit.ledger import parts
from ircockpit.ledger.envelope import event_id, next_lam
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.fields import UUID
from ircockpit.store.workstation import Workstation

EXPECTED = frozenset({200, 201, 202, 204, 206, 400, 401, 403, 404, 405, 409, 413, 416, 422, 429})
"""What a hub may answer to anything at all while its disk is well."""
ROUNDS = 2500
SIGNED_ROUNDS = 600
WIRE_ROUNDS = 120
LONG_S = 120.0


class Hostile:
    """Makes wrong requests out of right ones."""

    def __init__(self, seed: int, asked: list[Asked]) -> None:
        self.mutator = Mutator(seed)
        self._asked = asked

    def request(self) -> Asked:
        """One of them with one to three things changed."""
        rng = self.mutator.rng
        asked = rng.choice(self._asked)
        for _ in range(rng.choice((1, 1, 2, 3))):
            asked = self._changed(asked, rng.choice(self._asked))
        return asked

    def _changed(self, asked: Asked, other: Asked) -> Asked:
        mutator, rng = self.mutator, self.mutator.rng
        match rng.randrange(8):
            case 0:
                return asked._replace(method=rng.choice(("GET", "POST", "PUT", "HEAD", "DELETE")))
            case 1:
                return asked._replace(path=other.path)
            case 2:
                pieces = asked.path.split("/")
                at = rng.randrange(len(pieces))
                return asked._replace(
                    path="/".join([*pieces[:at], mutator.word(pieces[at]), *pieces[at + 1 :]])
                )
            case 3:
                names = list(asked.query) or ["after"]
                return asked._replace(query={**asked.query, rng.choice(names): mutator.word("1")})
            case 4:
                name = rng.choice(("authorization", "content-range", "range", "content-type"))
                return asked._replace(
                    headers={**asked.headers, name: mutator.word(asked.headers.get(name, ""))}
                )
            case 5:
                return asked._replace(headers=other.headers, body=asked.body or other.body)
            case 6:
                return asked._replace(body=mutator.raw(asked.body, other.body))
            case _:
                return asked._replace(body=self._json(asked.body))

    def _json(self, body: bytes) -> bytes:
        try:
            return self.mutator.text(json.loads(body))
        except (ValueError, RecursionError):  # made so by an earlier change
            return self.mutator.raw(body)


def hold_answer(asked: Asked, answer: Answer) -> None:
    assert answer.status in EXPECTED, (answer, asked)
    if answer.status >= 400 and answer.body:
        told = json.loads(answer.body)
        assert told.get("reset") or told["error"]["what"], (answer, asked)


def hold_together(team: Team, before: set[str]) -> None:
    """Both workstations take over what the hub holds, agree, and lack nothing."""
    for who in (team.a, team.b, team.a):
        done = team.sync(who)
        assert done.trouble == ()
    assert ids(team.a) == ids(team.b) >= before
    assert team.a.view.dump() == team.b.view.dump()
    assert team.a.log.unconfirmed_count() == team.b.log.unconfirmed_count() == 0


def ask_wrong_things(
    team: Team, newcomer: Workstation, seed: int, enough: Callable[[int], bool]
) -> dict[int, int]:
    """Statuses of the answers, counted."""
    hostile = Hostile(seed, conversation(team, newcomer))
    before = ids(team.a) | ids(team.b)
    statuses: dict[int, int] = {}
    tries = 0
    while not enough(tries):
        tries += 1
        asked = hostile.request()
        answer = team.hub.hub.answer(asked)
        hold_answer(asked, answer)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    hold_together(team, before)
    return statuses


def test_wrong_requests_are_refused_and_lose_nothing(
    team: Team, made: Made, tmp_path: Path, say: Say
) -> None:
    with made.copy("c", tmp_path / "c") as newcomer:
        statuses = ask_wrong_things(team, newcomer, 7, lambda tries: tries >= ROUNDS)
    say(f"{ROUNDS} wrong requests: {dict(sorted(statuses.items()))}")
    assert statuses[400] > ROUNDS // 20
    assert {200, 401, 404} <= statuses.keys()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_wrong_requests_for_long(team: Team, made: Made, tmp_path: Path, say: Say) -> None:
    seed, until = int.from_bytes(os.urandom(4)), time.monotonic() + LONG_S
    with made.copy("c", tmp_path / "c") as newcomer:
        statuses = ask_wrong_things(team, newcomer, seed, lambda _: time.monotonic() > until)
    say(f"seed {seed}: {sum(statuses.values())} wrong requests: {dict(sorted(statuses.items()))}")


def on_the_wire(asked: Asked) -> bytes:
    """The request as it crosses a socket."""
    query = "&".join(f"{key}={value}" for key, value in asked.query.items())
    target = f"{asked.path}?{query}" if query else asked.path
    headers = {**asked.headers, "host": "hub", "connection": "close", "content-length": str(len(asked.body))}
    lines = [f"{asked.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + asked.body


def spoken(port: int, raw: bytes) -> bytes:
    """What comes back first for these bytes, and nothing more of them."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        try:
            line.sendall(raw)
            if not select.select([line], [], [], 0.2)[0]:
                line.shutdown(socket.SHUT_WR)  # it waits for more, which does not come
            return line.recv(65536)
        except ConnectionError:
            return b""


def test_bytes_that_are_no_requests_bring_no_hub_down(
    team: Team, made: Made, tmp_path: Path, say: Say
) -> None:
    """Cut off, garbled and smuggled requests over real sockets: no answer is a failure of the hub."""
    mutator = Mutator(7)
    with made.copy("c", tmp_path / "c") as newcomer:
        asked = wired(conversation(team, newcomer))
    before = ids(team.a) | ids(team.b)
    team.hub.start(team.a, team.b)
    statuses: dict[str, int] = {}
    for _ in range(WIRE_ROUNDS):
        raw = on_the_wire(mutator.rng.choice(asked))
        if mutator.rng.random() < 0.2:
            raw = raw[: mutator.rng.randint(0, len(raw))]
        else:
            head, _, body = raw.partition(b"\r\n\r\n")
            raw = mutator.raw(head, raw) + b"\r\n\r\n" + body
        answer = spoken(team.hub.port, raw)
        status = answer[9:12].decode() or "none"
        statuses[status] = statuses.get(status, 0) + 1
        assert status < "500" or status in ("none", "503"), (raw, answer)
        assert status != "503", (raw, answer)
    say(f"{WIRE_ROUNDS} garbled requests on a socket: {dict(sorted(statuses.items()))}")
    assert statuses["400"] > 20
    assert sum(count for status, count in statuses.items() if status != "none") > WIRE_ROUNDS // 3
    hold_together(team, before)


class Member:
    """A member with a key of a device, whose program signs anything."""

    def __init__(self, seed: int, who: Workstation, other: Workstation) -> None:
        self.mutator = Mutator(seed)
        self._key, self._stranger = who.key(), other.key()
        self._held = [stored.event for stored in who.log.since(0, 1000)]
        self.stream = self._held[0].envelope.stream
        """The stream of the event made last."""
        self._epoch = "f" * 16
        self._heads: dict[str, SignedEvent] = {}
        self._next: SignedEvent | None = None
        self._own = [each for each in self._held if each.envelope.device == who.identity.device]

    def event(self) -> SignedEvent:
        """An event of a form no honest program writes, mostly with a signature that holds."""
        rng = self.mutator.rng
        begun = rng.choice(self._own)
        held = tuple(self._part(each) for each in begun.parts) if rng.random() < 0.5 else begun.parts
        said = json.loads(begun.raw)
        said["body"] = parts.body_digest(held) if rng.random() < 0.9 else said["body"]
        for _ in range(rng.choice((0, 1, 1, 2))):
            said = self._said(said)
        if UUID.holds(said["stream"]):
            self.stream = said["stream"]
        raw = dumped(said) if rng.random() < 0.9 else self.mutator.text(said)
        key = self._key if rng.random() < 0.9 else self._stranger
        made = SignedEvent(raw, key.sign(events.PURPOSE, bytes.fromhex(event_id(raw))), held)
        return (
            made
            if rng.random() < 0.95
            else made._replace(sig=self.mutator.raw(made.sig)[:64].ljust(64, b"\0"))
        )

    def following(self) -> SignedEvent:
        """An event in its right place of a lane, of a known type, that says anything about anything."""
        rng = self.mutator.rng
        begun, held = rng.choice(self._own), rng.choice(self._held)
        stream = self.stream = begun.envelope.stream
        head = self._heads.get(stream)
        opening = next(e for e in self._own if e.envelope.n == 1 and e.envelope.stream == stream)
        if head is None:
            body, said = opening.parts, opening.envelope
        else:
            body = tuple(self._part(each) for each in held.parts)
            base = (held.id,) if held.envelope.stream == stream and rng.random() < 0.5 else ()
            said = begun.envelope._replace(
                type=rng.choice(sorted(set(table.events().types) - {"lane.opened", "stream.opened"})), base=base,
                field=rng.choice(("severity", "title", "status", "owner", "tags", "name", None)),
                ent=rng.choice([e for e in self._held if e.envelope.stream == stream or rng.random() < 0.1]).envelope.ent,
                tv=rng.choice((1, 1, 1, 2)),
                occurred=rng.choice((None, "2026-11-23T14:03+01:00", "0001-01-01T00:00Z")),
            )  # fmt: skip
        known = [head.envelope.lam if head else 0, *(held.envelope.lam for _ in said.base)]
        self._next = events.seal(
            said._replace(epoch=self._epoch, n=head.envelope.n + 1 if head else 1, prev=head.id if head else None,
                          lam=next_lam(known), seen=None, body=""),
            self._key, body,
        )  # fmt: skip
        return self._next

    def took(self, outcome: Any) -> None:
        """What the hub did with an event: a lane goes on from what it took."""
        if self._next is not None and (outcome["id"], outcome["word"]) in {
            (self._next.id, word) for word in ("ok", "quarantined")
        }:
            self._heads[self._next.envelope.stream] = self._next

    def _said(self, said: Any) -> Any:
        """Another place in the lane, another thing, another type, another version: or anything."""
        rng = self.mutator.rng
        other = rng.choice(self._held)
        others = json.loads(other.raw)
        name = rng.choice(tuple(said) if isinstance(said, dict) and said else ("v",))
        match rng.randrange(4):
            case 0:
                return {
                    **said,
                    "n": others["n"] + rng.randint(0, 2),
                    "prev": other.id,
                    "lam": rng.randint(1, 99),
                }
            case 1 if name in others:
                return {**said, name: others[name]}
            case 2:
                return {**said, "type": rng.choice(("incident.set", "incident.noted", "incident.declared", "x.y")),
                        "field": rng.choice(("severity", "title", "x", None)), "base": [other.id]}  # fmt: skip
            case _:
                changed = self.mutator.value(said)
                return changed if isinstance(changed, dict) and changed.keys() == said.keys() else said

    def _part(self, part: parts.Part) -> parts.Part:
        if part.data is None:
            return part
        said = json.loads(part.data)
        changed = self.mutator.value(said)
        raw = dumped(changed) if isinstance(changed, dict) else self.mutator.text(said)
        padded = raw.ljust(parts.padded_size(len(raw))) if self.mutator.rng.random() < 0.95 else raw
        return parts.seal_part(b"\5" * 16, padded)

    def wire(self) -> Any:
        """As it is pushed."""
        made = self.event() if self.mutator.rng.random() < 0.5 else self.following()
        return {**to_wire(made._replace(raw=b"")), "e": made.raw.decode("utf-8", "replace")}


def push_anything(team: Team, seed: int, enough: Callable[[int], bool]) -> dict[str, int]:
    """What the hub said of a member's strange events, counted."""
    recorder = Recorder(team.hub.hub)
    declare(team.b, "wrong dose")
    for who in (team.b, team.a):
        sync(who, lambda _: Recorded(recorder))
    before = ids(team.a) | ids(team.b)
    push = next(
        asked for asked in recorder.asked if asked.path.endswith("/events") and asked.method == "POST"
    )
    member = Member(seed, team.b, team.a)
    words: dict[str, int] = {}
    tries = 0
    while not enough(tries):
        tries += 1
        wires = [member.wire()]
        path = f"/v1/streams/{member.stream}/events"
        asked = push._replace(
            path=path if member.mutator.rng.random() < 0.95 else push.path, body=dumped({"events": wires})
        )
        answer = team.hub.hub.answer(asked)
        hold_answer(asked, answer)
        for outcome in json.loads(answer.body).get("outcomes", ()):
            member.took(outcome)
            key = f"{outcome['word']} {outcome['reason']}".strip()
            words[key] = words.get(key, 0) + 1
    hold_together(team, before)
    return words


def test_a_member_who_signs_anything_stops_nobody(team: Team, say: Say) -> None:
    words = push_anything(team, 7, lambda tries: tries >= SIGNED_ROUNDS)
    say(f"{sum(words.values())} strange events: {dict(sorted(words.items()))}")
    assert words["invalid form"] > 10
    assert words["invalid signature"] > 10
    assert words["ok"] > 50, "much of it has to go through, or the workstations were not tried"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_member_who_signs_anything_for_long(team: Team, say: Say) -> None:
    seed, until = int.from_bytes(os.urandom(4)), time.monotonic() + LONG_S
    words = push_anything(team, seed, lambda _: time.monotonic() > until)
    say(f"seed {seed}: {sum(words.values())} strange events: {dict(sorted(words.items()))}")


def test_a_fuzzer_that_finds_nothing_would_miss_this(team: Team, made: Made, tmp_path: Path) -> None:
    """The control: a hub that reads one number carelessly is found."""

    def careless(asked: Asked, name: str, default: int = 0) -> int:
        return int(asked.query.get(name, default))

    with made.copy("c", tmp_path / "c") as newcomer, pytest.MonkeyPatch.context() as patch:
        patch.setattr("ircockpit.hub.streams.count_of", careless)
        with pytest.raises(ValueError, match=r"int"):
            ask_wrong_things(team, newcomer, 7, lambda tries: tries >= ROUNDS)
