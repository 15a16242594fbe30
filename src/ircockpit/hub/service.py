"""The hub without a network: one request in, one answer out; any number of these may share a database."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.errors import BadInput, CockpitError, ConflictError, NotFound, RefusedError, TrustError
from ircockpit.core.jsontext import strict_loads
from ircockpit.hub import enrolment
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.intake import read_event
from ircockpit.hub.sessions import Sessions
from ircockpit.hub.store import Device, Incoming, Outcome, Page, Row, Word
from ircockpit.hub.uploads import Uploads
from ircockpit.ledger import checkpoint, joining
from ircockpit.ledger.certificate import DEVICE, CertificateError, SignedCertificate, decode, verify_chain
from ircockpit.ledger.checkpoint import Origin
from ircockpit.ledger.fields import UUID
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import key_id, verify

PUSH_EVENTS = 500
BODY_BYTES = 1024 * 1024
"""Bytes of a request's JSON; a piece of an evidence file may have :data:`uploads.PIECE_BYTES`."""
PAGE_EVENTS = 1000
PAGE_BYTES = 2 * 1024 * 1024
ROOTS = 64
CERTIFICATES = 500
MAX_FAILURES = 20
"""Failed requests to join, in one process, within :data:`FAILURE_US`, after which it answers 429."""
FAILURE_US = 60 * 1_000_000


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes = b""


class Answer(NamedTuple):
    """One answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


class LimitedError(CockpitError):
    """Too much at once; the same request is welcome later."""


def refusal(status: int, error: CockpitError, *headers: tuple[str, str]) -> Answer:
    """The answer that tells an expected failure."""
    said = {"what": error.what, "safe": error.safe, "fix": error.fix}
    return Answer(status, _text({"error": said}), (("content-type", "application/json"), *headers))


class Hub:
    """Answers requests; keeps nothing of its own but what it can read again from its folder."""

    def __init__(
        self,
        folder: HubFolder,
        *,
        clock: Clock | None = None,
        rand: Callable[[int], bytes] = os.urandom,
        changed: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.folder = folder
        self.store = folder.store
        self.changed = changed
        """Called with stream, gen and head after events were taken in: a hint, never needed for correctness."""
        self._root = folder.root
        self._org = key_id(self._root)
        self._clock = clock or SystemClock()
        self._rand = rand
        self._sessions = Sessions(folder.authority_key.raw(), self._clock, rand)
        self.uploads = Uploads(folder.uploads, folder.blobs)
        self._roster = Roster(self._root, self.store.certificates())
        self._lock = threading.Lock()
        self._failures: list[int] = []

    def answer(self, asked: Asked) -> Answer:
        """The answer to any request; refusals are answers with the reason as a sentence."""
        try:
            return self._route(asked)
        except LimitedError as error:
            return refusal(429, error, ("retry-after", "5"))
        except BadInput as error:
            return refusal(400, error)
        except TrustError as error:
            return refusal(403, error)
        except NotFound as error:
            return refusal(404, error)
        except ConflictError as error:
            return refusal(409, error)
        except RefusedError as error:
            return refusal(413, error)
        except CockpitError as error:
            return refusal(503, error)

    def signed_in(self, asked: Asked) -> str:
        """The device that asks; raises :class:`TrustError` where it has not signed in."""
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        device = self._sessions.device(token if scheme == "Bearer" else "")
        if not self._keys(device):
            raise TrustError("this device is not known here")
        return device

    def keep(self, sha256: str, chunks: Iterable[bytes]) -> Answer:
        """Keep an evidence file that comes as a stream; only whole, and only when it hashes to its name."""
        try:
            blob = self.folder.blobs.put_chunks(chunks, expect=sha256)
        except TrustError as error:
            return refusal(422, error)
        except BadInput as error:
            return refusal(400, error)
        except CockpitError as error:
            return refusal(503, error)
        return Answer(201, _text({"have": blob.size}))

    def _route(self, asked: Asked) -> Answer:
        open_routes = {
            ("GET", "/v1/hello"): self._hello,
            ("GET", "/v1/challenge"): self._challenge,
            ("POST", "/v1/session"): self._session,
            ("POST", "/v1/enroll"): self._enroll,
        }
        handler = open_routes.get((asked.method, asked.path))
        if handler is not None:
            return handler(asked)
        try:
            self.signed_in(asked)
        except TrustError as error:
            return refusal(401, error)
        routes = {
            ("GET", "/v1/heads"): self._heads,
            ("GET", "/v1/status"): self._status,
            ("GET", "/v1/certificates"): self._certificates,
            ("POST", "/v1/certificates"): self._add_certificates,
        }
        handler = routes.get((asked.method, asked.path))
        if handler is not None:
            return handler(asked)
        match asked.path.split("/"):
            case ["", "v1", "streams", stream, what] if UUID.holds(stream):
                return self._of_stream(asked, stream, what)
            case ["", "v1", "blobs", sha256]:
                return self._of_blob(asked, sha256)
        raise NotFound("the hub has no such address")

    def _hello(self, _: Asked) -> Answer:
        return _json(
            {
                "hub": "ircockpit",
                "protocol": joining.PROTOCOL,
                "org": self._org,
                "org_root": self._root.hex(),
                "org_stream": self.folder.org_stream,
                "time": self._clock.wall_us(),
                "limits": {"push_events": PUSH_EVENTS, "body_bytes": BODY_BYTES, "page_events": PAGE_EVENTS},
                "certificates": [joining.certificate_to_wire(c) for c in self.folder.own_certificates()],
            }
        )

    def _challenge(self, _: Asked) -> Answer:
        return _json({"nonce": self._sessions.challenge()})

    def _session(self, asked: Asked) -> Answer:
        said = _object(asked.body)
        device, nonce = said.get("device"), said.get("nonce")
        if not isinstance(device, str) or not UUID.holds(device) or not isinstance(nonce, str):
            raise BadInput("a session needs device, nonce and sig")
        raw = joining.signature_from_wire(said.get("sig"))
        self._sessions.check_challenge(nonce)
        keys, offered = self._keys(device), []
        if not keys and "certificate" in said:
            # A hub restored from a backup may have forgotten the device; its certificate still speaks for it.
            offered = [joining.certificate_from_wire(said["certificate"])]
            keys = Roster(self._root, [*self.store.certificates(), *offered]).keys(device)
        digest = joining.session_digest(self._org, device, nonce)
        if not any(verify(key, "session", digest, raw) for key in keys):
            raise TrustError(
                "this device is not known here", fix="join again with a new code: ircockpit enroll"
            )
        if offered:  # only now: nobody who has not shown a key adds to what the hub keeps
            self._take_certificates(offered)
        return _json({"token": self._sessions.token(device)})

    def _enroll(self, asked: Asked) -> Answer:
        now = self._clock.wall_us()
        with self._lock:
            self._failures = [at for at in self._failures if 0 <= now - at < FAILURE_US]
            if len(self._failures) >= MAX_FAILURES:
                raise LimitedError(
                    "too many wrong codes in the last minute", fix="wait a minute, then try again"
                )
        try:
            answer = enrolment.enroll(self.folder, _object(asked.body), self._clock)
        except TrustError:
            with self._lock:
                self._failures.append(now)
            raise
        self._reload()
        return _json(answer)

    def _heads(self, _: Asked) -> Answer:
        return _json({"heads": [head._asdict() for head in self.store.heads()]})

    def _status(self, _: Asked) -> Answer:
        members = [
            {"device": d.device, "user": d.user, "name": d.name, "role": d.role} for d in self.store.devices()
        ]
        return _json({**self.store.counts()._asdict(), "members": members, "time": self._clock.wall_us()})

    def _certificates(self, _: Asked) -> Answer:
        return _json({"certificates": [joining.certificate_to_wire(c) for c in self.store.certificates()]})

    def _add_certificates(self, asked: Asked) -> Answer:
        listed = _object(asked.body).get("certificates")
        if not isinstance(listed, list) or len(listed) > CERTIFICATES:
            raise BadInput(f"certificates must be a list of at most {CERTIFICATES}")
        return _json({"added": self._take_certificates(list(map(joining.certificate_from_wire, listed)))})

    def _take_certificates(self, offered: list[SignedCertificate]) -> int:
        """Keep those the root stands behind, and a known device's own earlier ones; the others are left out."""
        roster = Roster(self._root, [*self.store.certificates(), *offered])
        vouched = roster.vouched()
        kept = []
        for each in offered:
            try:
                stated = decode(each.raw)
            except CertificateError:
                continue
            if stated in vouched.values():
                kept.append(each)
        added = self.store.add_certificates(kept)
        if added:
            self._let_in(kept, roster)
            self._reload()
        return added

    def _let_in(self, kept: list[SignedCertificate], roster: Roster) -> None:
        known = {each.device for each in self.store.devices()}
        for each in kept:
            stated = decode(each.raw)
            if (
                stated in roster.certified.values()
                and stated.purpose == DEVICE
                and stated.device not in known
            ):
                verify_chain(each, self._root, self.store.certificates())
                self.store.add_device(
                    Device(stated.device, stated.subject, stated.key, "", "responder", self._clock.wall_us())
                )

    def _of_stream(self, asked: Asked, stream: str, what: str) -> Answer:
        match asked.method, what:
            case "POST", "events":
                return self._push(asked, stream)
            case "GET", "events":
                return self._pull(asked, stream)
            case "POST", "common":
                return self._common(asked, stream)
        raise NotFound("the hub has no such address")

    def _push(self, asked: Asked, stream: str) -> Answer:
        listed = _object(asked.body).get("events")
        if not isinstance(listed, list) or not listed:
            raise BadInput("events must be a list")
        if len(listed) > PUSH_EVENTS:
            raise RefusedError(f"{len(listed)} events at once: the limit is {PUSH_EVENTS}")
        read = [read_event(value, stream, self._roster) for value in listed]
        if any(isinstance(each, Outcome) and each.reason == "device" for each in read):
            self._reload()  # another process of this hub may have let the device in
            read = [read_event(value, stream, self._roster) for value in listed]
        batch = [each for each in read if isinstance(each, Incoming)]
        placed, page = self.store.append(stream, batch, self._clock.wall_us())
        waiting = iter(placed)
        outcomes = [each if isinstance(each, Outcome) else next(waiting) for each in read]
        taken = any(each.word in (Word.OK, Word.FORK, Word.QUARANTINED) for each in placed)
        if taken and self.changed is not None:
            self.changed(stream, page.gen, page.head)
        return _json(
            {
                "gen": page.gen,
                "head": page.head,
                "checkpoint": self._checkpoint(stream, page.gen, page.tree),
                "outcomes": [
                    {"id": each.event_id, "word": each.word.value, "seq": each.seq, "reason": each.reason}
                    for each in outcomes
                ],
            }
        )

    def _pull(self, asked: Asked, stream: str) -> Answer:
        after, gen = _count(asked, "after"), _count(asked, "gen")
        limit = min(max(_count(asked, "limit", PAGE_EVENTS), 1), PAGE_EVENTS)
        if after:
            held = self.store.tree(stream, after)
            if held is None or held[0] != gen or held[1].root().hex() != asked.query.get("root"):
                return self._reset(stream)
        page = self.store.page(stream, after, limit, PAGE_BYTES)
        if page is None:
            raise NotFound("the hub does not hold this stream")
        if after and page.gen != gen:
            return self._reset(stream)
        return Answer(200, self._page_body(stream, after, page), (("content-type", "application/x-ndjson"),))

    def _page_body(self, stream: str, after: int, page: Page) -> bytes:
        first = {
            "gen": page.gen, "head": page.head, "after": after, "count": len(page.rows),
            "checkpoint": self._checkpoint(stream, page.gen, page.tree),
        }  # fmt: skip
        return b"\n".join([_text(first), *map(_row, page.rows), b""])

    def _reset(self, stream: str) -> Answer:
        """The client's prefix is not this history's: it must find what they have in common."""
        found = self.store.tree(stream, 0)
        head = next((each for each in self.store.heads() if each.stream == stream), None)
        said = {"reset": True, "gen": found[0] if found else 0, "head": head.seq if head else 0}
        return Answer(409, _text(said))

    def _common(self, asked: Asked, stream: str) -> Answer:
        said = _object(asked.body)
        roots, gen = said.get("roots"), said.get("gen")
        if not isinstance(roots, list) or len(roots) > ROOTS or not all(map(_is_point, roots)):
            raise BadInput(f"roots must be a list of at most {ROOTS} pairs of size and root")
        common, present = 0, 0
        for size, root in sorted(roots):
            held = self.store.tree(stream, size)
            if held is None:
                continue
            present = held[0]
            if present == gen and held[1].root().hex() == root:
                common = max(common, size)
        return _json({"gen": present, "common": common})

    def _of_blob(self, asked: Asked, sha256: str) -> Answer:
        if asked.method == "HEAD":
            have, complete = self.uploads.state(sha256)
            return Answer(200 if complete else 404, b"", (("upload-offset", str(have)),))
        if asked.method == "PUT":
            have, complete = self.uploads.take(sha256, asked.headers.get("content-range"), asked.body)
            return Answer(201 if complete else 202, _text({"have": have}))
        raise NotFound("the hub has no such address")

    def _checkpoint(self, stream: str, gen: int, tree: Frontier) -> str:
        return checkpoint.make(Origin(self._org, stream, gen), tree.size, tree.root(), self.folder.log_key)

    def _keys(self, device: str) -> tuple[bytes, ...]:
        keys = self._roster.keys(device)
        if not keys:
            self._reload()
            keys = self._roster.keys(device)
        return keys

    def _reload(self) -> None:
        self._roster = Roster(self._root, self.store.certificates())


def _row(row: Row) -> bytes:
    # Receipt and envelope travel as JSON strings, their bytes exactly as signed; the parts as they were kept.
    head = json.dumps(
        {"r": row.receipt.decode(), "e": row.envelope.decode(), "s": joining.signature_to_wire(row.sig)}
    )
    return f'{head[:-1]}, "p": {row.parts}}}'.encode()


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and type(value[0]) is int and value[0] > 0
        and isinstance(value[1], str)
    )  # fmt: skip


def _count(asked: Asked, name: str, default: int = 0) -> int:
    text = asked.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadInput(f"{name} must be a whole number")
    return int(text)


def _object(body: bytes) -> dict[str, Any]:
    value = strict_loads(body)
    if not isinstance(value, dict):
        raise BadInput("the request must be a JSON object")
    return value


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _json(value: Any) -> Answer:
    return Answer(200, _text(value))
