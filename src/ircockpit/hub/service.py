"""The hub without a network: one request in, one answer out; any number of these may share a database."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator

from ircockpit.blobs.manifest import MAX_FILE, read_manifest
from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    ConflictError,
    NotFound,
    RefusedError,
    StoreError,
    TrustError,
)
from ircockpit.hub.asking import (
    BODY_BYTES,
    Answer,
    Asked,
    LimitedError,
    answer_of,
    object_of,
    refusal,
    text_of,
)
from ircockpit.hub.decisions import decide
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.generations import look_back
from ircockpit.hub.manifests import Manifests
from ircockpit.hub.members import Members, ShutOutError
from ircockpit.hub.reading import reader
from ircockpit.hub.sessions import SignedOutError
from ircockpit.hub.streams import PAGE_EVENTS, PUSH_EVENTS, Streams
from ircockpit.hub.uploads import Uploads
from ircockpit.ledger import joining
from ircockpit.ledger.fields import UUID
from ircockpit.ledger.signing import key_id

HEADS = 1000
"""Streams named in one answer about heads."""


class Hub:
    """Answers requests; keeps nothing of its own but what it can read again from its folder."""

    def __init__(
        self,
        folder: HubFolder,
        *,
        clock: Clock | None = None,
        rand: Callable[[int], bytes] = os.urandom,
        complain: Callable[[CockpitError], None] = lambda _: None,
    ) -> None:
        """``complain`` is called, from any thread, with what keeps this hub from answering: its operator must know."""
        self.folder = folder
        self._complain = complain
        self.store = folder.store
        self._clock = clock or SystemClock()
        self.was_put_back = look_back(self.store, folder.mark, self._clock.wall_us())
        """Whether the database was found older than what lies beside it."""
        self._run = rand(8).hex()
        self.members = Members(folder, self._clock, rand)
        self.uploads = Uploads(folder.uploads, folder.blobs)
        self.manifests = Manifests(folder.blobs)
        self._org = key_id(folder.root)
        self.streams = Streams(folder, self.members, self._clock)
        self.store.forget_invitations(self._clock.wall_us())
        folder.clear_away()
        self.uploads.sweep()

    def answer(self, asked: Asked) -> Answer:
        """The answer to any request; refusals are answers with the reason as a sentence."""
        try:
            return self._route(asked)
        except LimitedError as error:
            return refusal(429, error, ("retry-after", str(error.retry_s)))
        except BadInput as error:
            return refusal(400, error)
        except SignedOutError as error:
            return refusal(401, error)
        except TrustError as error:
            return refusal(403, error)
        except NotFound as error:
            return refusal(404, error)
        except ConflictError as error:
            return refusal(409, error)
        except RefusedError as error:
            return refusal(413, error)
        except CockpitError as error:
            return self.out_of_order(error)
        except OSError as error:
            return self.out_of_order(_disk(error))

    def out_of_order(self, error: CockpitError) -> Answer:
        """The answer where the fault is this hub's: nothing is acknowledged, and the same request is welcome later."""
        self._complain(error)
        return refusal(503, error)

    def keep(self, sha256: str, chunks: Iterable[bytes]) -> Answer:
        """Keep an evidence file that comes as a stream; only whole, and only when it hashes to its name."""
        try:
            blob = self.folder.blobs.put_chunks(_bounded(chunks), expect=sha256)
            self._drop_late(sha256)
        except RefusedError as error:
            return refusal(413, error)
        except TrustError as error:
            return refusal(422, error)
        except BadInput as error:
            return refusal(400, error)
        except CockpitError as error:
            return self.out_of_order(error)
        return Answer(201, text_of({"have": blob.size}))

    def _drop_late(self, sha256: str) -> None:
        """A file that was erased before a device that had not heard of it sent it goes again at once."""
        if sha256 in self.store.files_to_go():
            self.folder.drop_file(sha256)

    def closed_to(self, device: str, asked: Asked) -> frozenset[str] | None:
        """Streams that who asks is told nothing of; ``None`` for all, where they belong here no more.

        Where the sign-in that they listen with has ended, all that are privileged.
        """
        try:
            self.members.check_open_to(device, asked)
        except ShutOutError:
            return None
        try:
            return reader(self.members, self.store, asked).closed
        except TrustError:
            return self.store.privileged()

    def _route(self, asked: Asked) -> Answer:
        answer = self._of_everybody(asked)
        if answer is not None:
            return answer
        try:
            device = self.members.signed_in(asked)
        except TrustError as error:
            return refusal(401, error)
        self.members.check_open_to(device, asked)
        answer = self._of_members(asked)
        return self._of_a_thing(asked, device) if answer is None else answer

    def _of_everybody(self, asked: Asked) -> Answer | None:
        match asked.method, asked.path:
            case "GET", "/v1/hello":
                return self._hello(asked)
            case "GET", "/v1/challenge":
                return self.members.challenge(asked)
            case "POST", "/v1/session":
                return self.members.session(asked)
            case "POST", "/v1/enroll":
                return self.members.enroll(asked)
        return None

    def _of_members(self, asked: Asked) -> Answer | None:
        match asked.method, asked.path:
            case "POST", "/v1/authority":
                return self._decide(asked)
            case "POST", "/v1/renew":
                return self.members.renew(asked)
            case "GET", "/v1/heads":
                return self._heads(asked)
            case "GET", "/v1/status":
                return self._status(asked)
            case "GET", "/v1/certificates":
                return self.members.certificates(asked)
            case "POST", "/v1/certificates":
                return self.members.add_certificates(asked)
        return None

    def _of_a_thing(self, asked: Asked, device: str) -> Answer:
        match asked.path.split("/"):
            case ["", "v1", "streams", stream, what] if UUID.holds(stream):
                return self.streams.answer(asked, stream, what)
            case ["", "v1", "blobs", sha256] if asked.method == "HEAD":
                return Answer(200 if self.folder.blobs.has(sha256) else 404)
            case ["", "v1", "blobs", sha256, "manifest"] if asked.method == "GET":
                try:
                    found = self.manifests.of(sha256)
                except TrustError as error:
                    return refusal(422, error)
                return Answer(202) if found is None else answer_of(found.to_wire())
            case ["", "v1", "uploads", *parts]:
                try:
                    return self._of_upload(asked, parts, device)
                except TrustError as error:
                    return refusal(422, error)
        raise NotFound("the hub has no such address")

    def _hello(self, _: Asked) -> Answer:
        return answer_of(
            {
                "hub": "ircockpit",
                "protocol": joining.PROTOCOL,
                "org": self._org,
                "org_root": self.folder.root.hex(),
                "org_stream": self.folder.org_stream,
                "authority_stream": self.folder.authority_stream,
                "time": self._clock.wall_us(),
                "limits": {"push_events": PUSH_EVENTS, "body_bytes": BODY_BYTES, "page_events": PAGE_EVENTS},
                "certificates": [joining.certificate_to_wire(c) for c in self.folder.own_certificates()],
            }
        )

    def _heads(self, asked: Asked) -> Answer:
        """Heads of what changed since the mark of an earlier answer, a bounded number; all of them without one."""
        who = reader(self.members, self.store, asked)
        # Marks count on within one run of the hub: a database put back while it did not run counts otherwise.
        # And within what somebody may know: what is opened to them later has not changed by that.
        within = hashlib.sha256(f"{self._run}/{who.widest}".encode()).hexdigest()[:16]
        run, _, after = asked.query.get("since", "").partition(".")
        known = run == within and after.isascii() and after.isdigit() and len(after) < 16
        found = self.store.heads(int(after) if known else 0, HEADS + 1, who.reads_all)
        page = found[:HEADS]
        last = page[-1].changed if page else int(after) if known else 0
        heads = [
            {"stream": each.stream, "gen": each.gen, "seq": each.seq, "root": each.root} for each in page
        ]
        said = {"since": f"{within}.{last}", "all": not known, "more": len(found) > HEADS}
        return answer_of({"heads": heads, **said, "role": who.role, "reads": who.widest})

    def _decide(self, asked: Asked) -> Answer:
        answer = decide(self.members, asked)
        self.streams.hint(self.members.authority.stream)
        return answer

    def _status(self, asked: Asked) -> Answer:
        counts = self.store.counts(reader(self.members, self.store, asked).reads_all)
        members = [
            {"device": d.device, "user": d.user, "name": d.name, "role": d.role} for d in self.store.devices()
        ]
        return answer_of({**counts._asdict(), "members": members, "time": self._clock.wall_us()})

    def _of_upload(self, asked: Asked, parts: list[str], device: str) -> Answer:
        match asked.method, parts:
            case "POST", []:
                manifest = read_manifest(object_of(asked.body))
                # Of a file that was erased nothing is taken in; who sends it has not heard of that yet.
                gone = manifest.sha256 in self.store.files_to_go()
                missing = None if gone else self.uploads.begin(manifest, device)
                return answer_of(
                    {"manifest": manifest.digest, "have": missing is None, "missing": missing or []}
                )
            case "GET", [sha256, digest]:
                missing = self.uploads.missing(sha256, digest)
                return answer_of({"manifest": digest, "have": missing is None, "missing": missing or []})
            case "PUT", [sha256, digest, index] if index.isascii() and index.isdigit() and len(index) < 8:
                self.uploads.take(sha256, digest, int(index), asked.body)
                return Answer(204)
            case "POST", [sha256, digest, "commit"]:
                done = self.uploads.commit(sha256, digest)
                self._drop_late(sha256)
                return Answer(200 if done else 202, text_of({"have": done}))
        raise NotFound("the hub has no such address")


def _disk(error: OSError) -> StoreError:
    return StoreError(
        f"the hub cannot read or write its files: {os.strerror(error.errno or errno.EIO)}",
        safe="nothing of this request was acknowledged", fix="check the disk of the hub's data folder",
    )  # fmt: skip


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same, ended where it comes to more than any file has: a stream without end would fill the disk."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_FILE:
            raise RefusedError(f"a file has at most {MAX_FILE:,} bytes", safe="nothing of it was kept")
        yield chunk
