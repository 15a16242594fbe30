"""What a hub can be asked, with answers read strictly and refusals turned into this program's errors."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from ircockpit.blobs.manifest import Manifest, read_manifest
from ircockpit.core.errors import (
    BadInput,
    ConflictError,
    NotFound,
    OfflineError,
    RefusedError,
    TrustError,
)
from ircockpit.core.jsontext import compact, strict_loads
from ircockpit.core.scopes import PRIVILEGED
from ircockpit.ledger import joining
from ircockpit.ledger.base64text import to_base64
from ircockpit.ledger.certificate import SignedCertificate
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.fields import DIGEST, UUID
from ircockpit.ledger.wire import read_row
from ircockpit.sync.transport import Headers, Reply, Transport

JSON = ("content-type", "application/json")
SHOWN = "ircockpit-checkpoint"
"""Header with the newest checkpoint held of a stream, in base64."""
SIGN_INS = 4
"""How often one request signs in: a machine that sleeps between two of its steps finds nonce or token too old."""
_MARK = re.compile(r"[0-9a-zA-Z.]{1,64}", re.ASCII).fullmatch


class _SignedOutError(OfflineError):
    """The hub's nonce grew too old on the way."""

    def __init__(self) -> None:
        super().__init__("signing in took too long", safe="everything is kept here and is sent later")


class BusyError(OfflineError):
    """The hub has too much to do now; nothing was taken in."""

    def __init__(self, retry_s: float) -> None:
        super().__init__("the hub is busy", safe="everything is kept here and is sent later")
        self.retry_s = retry_s


class Me(NamedTuple):
    """Who asks."""

    org: str
    device: str
    certificate: SignedCertificate
    sign: Callable[[str, bytes], bytes]
    """Signs a digest for a purpose with the device key."""


class RemoteHead(NamedTuple):
    """How far the hub says a stream goes; only a hint until pulled and verified."""

    gen: int
    seq: int
    root: str


class Pushed(NamedTuple):
    """What the hub did with one event; a hint as well."""

    event_id: str
    word: str
    seq: int
    reason: str


class RawPage(NamedTuple):
    """Events as received, nothing of it verified yet."""

    gen: int
    head: int
    checkpoint: str
    rows: list[dict[str, Any]]


class Heads(NamedTuple):
    """Some of the hub's heads."""

    heads: dict[str, RemoteHead]
    since: str
    """Mark to ask for what changes later with."""
    whole: bool
    """Whether they are the first of all heads: the mark asked with was not known."""
    more: bool
    """Whether there are further ones behind the mark already."""


class Common(NamedTuple):
    """What the hub has in common with the history this device verified."""

    gen: int
    size: int
    checkpoint: str
    """Signed for that size, in the hub's present generation."""


class Reset(NamedTuple):
    """The hub's history is not the one this device verified."""

    head: int
    common: Common
    """As far as the hub knows."""


class HubClient:
    """Asks one hub on behalf of one device; signs in by itself, and again when the hub has forgotten."""

    def __init__(self, transport: Transport, me: Me) -> None:
        self._transport = transport
        self._me = me
        self._token = ""
        self.role, self.reads = "", PRIVILEGED
        """This device's role, and the narrowest scope it reads, as the hub told with its newest heads."""

    def heads(self, since: str = "", wait_s: int = 0) -> Heads:
        """Heads of the streams that changed since an earlier answer's mark, of all without one; bounded in number.

        With ``wait_s`` the hub answers when something changes, or after so many seconds.
        """
        asked = [f"since={since}"] * bool(since) + [f"wait={wait_s}"] * bool(wait_s)
        said = self._ask("GET", "/v1/heads" + "?" * bool(asked) + "&".join(asked))
        found = {}
        if "reads" in said:
            self.role, self.reads = _word(said, "role"), _word(said, "reads")
        for each in _list(said, "heads"):
            if (
                not isinstance(each, dict)
                or not UUID.holds(each.get("stream"))
                or not DIGEST.holds(each.get("root"))
            ):
                raise _not_understood()
            found[each["stream"]] = RemoteHead(_whole(each, "gen"), _whole(each, "seq"), each["root"])
        mark = _word(said, "since")
        if not _MARK(mark):
            raise _not_understood()
        return Heads(found, mark, said.get("all") is True, said.get("more") is True)

    def push(self, stream: str, wires: Sequence[bytes], shown: str = "") -> tuple[list[Pushed], str]:
        """Send events in wire form; one outcome for each, in order, and the checkpoint the hub signed after them.

        ``shown`` is the newest checkpoint held of the stream, here and in the next two: what the hub has
        signed before proves to it that its database was put back, where it was.
        """
        body = b'{"events":[' + b",".join(wires) + b"]}"
        said = self._ask("POST", f"/v1/streams/{stream}/events", body, _showing(shown))
        outcomes = _list(said, "outcomes")
        if len(outcomes) != len(wires):
            raise _not_understood()
        return [
            Pushed(_word(each, "id"), _word(each, "word"), _whole(each, "seq"), _word(each, "reason"))
            for each in outcomes
        ], _word(said, "checkpoint")

    def pull(self, stream: str, after: int, gen: int, root: str, shown: str = "") -> RawPage | Reset:
        """The events after a verified prefix. Raises :class:`NotFound` for a stream the hub does not hold."""
        path = f"/v1/streams/{stream}/events?after={after}&gen={gen}&root={root}"
        reply = self._send("GET", path, None, _showing(shown))
        if reply.status == 409:
            said = _object(reply.body)
            return Reset(_whole(said, "head"), _common(said))
        _check(reply)
        head, *lines = [line for line in reply.body.split(b"\n") if line] or [b"{}"]
        first, rest = _object(head), [read_row(line) or _object(line) for line in lines]
        if _whole(first, "count") != len(rest) or _whole(first, "after") != after:
            raise TrustError("a page of the hub is cut off", safe="nothing of it was taken over")
        return RawPage(_whole(first, "gen"), _whole(first, "head"), _word(first, "checkpoint"), rest)

    def parts(self, stream: str, event_id: str) -> list[Any]:
        """The parts of one event in wire form. Raises :class:`NotFound`, :class:`TrustError` without the right."""
        body = json.dumps({"event": event_id}).encode()
        return _list(self._ask("POST", f"/v1/streams/{stream}/parts", body), "parts")

    def common(self, stream: str, roots: Sequence[tuple[int, str]], shown: str = "") -> Common:
        """The largest of these prefixes that the hub has too (0 for none)."""
        body = json.dumps({"roots": [list(each) for each in roots]}).encode()
        return _common(self._ask("POST", f"/v1/streams/{stream}/common", body, _showing(shown)))

    def certificates(self) -> list[SignedCertificate]:
        """The certificates the hub holds."""
        return list(
            map(joining.certificate_from_wire, _list(self._ask("GET", "/v1/certificates"), "certificates"))
        )

    def renew(self, request: dict[str, Any]) -> list[SignedCertificate]:
        """The certificate of a new key, and those of the hub behind it, for a signed request."""
        said = self._ask("POST", "/v1/renew", json.dumps(request).encode())
        return [
            joining.certificate_from_wire(each) for each in (said.get("certificate"), *_list(said, "hub"))
        ]

    def add_certificates(self, certificates: Sequence[SignedCertificate]) -> None:
        """Give the hub certificates it may lack."""
        wires = [joining.certificate_to_wire(each) for each in certificates]
        self._ask("POST", "/v1/certificates", json.dumps({"certificates": wires}).encode())

    def decide(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the organisation's authority for a decision about members; what was decided."""
        return self._ask("POST", "/v1/authority", json.dumps(dict(said)).encode())

    def status(self) -> dict[str, Any]:
        """What the hub says it holds."""
        return self._ask("GET", "/v1/status")

    def hints(self) -> Iterator[str]:
        """Streams that changed, as the hub notices; an empty text for a sign of life."""
        self._sign_in_once()
        for line in self._transport.lines("/v1/live", self.authorization()):
            if line.startswith("data:"):
                said = _object(line[5:].encode())
                yield _word(said, "i")
            elif line.startswith(":"):
                yield ""

    def has_blob(self, sha256: str) -> bool:
        """Whether the hub holds an evidence file whole."""
        reply = self._send("HEAD", f"/v1/blobs/{sha256}")
        if reply.status not in (200, 404):
            _check(reply)
            raise _not_understood()
        return reply.status == 200

    def begin_upload(self, manifest: Manifest) -> list[int] | None:
        """Begin or go on with an evidence file: the chunks the hub lacks, ``None`` where it has the file."""
        said = self._ask("POST", "/v1/uploads", json.dumps(manifest.to_wire()).encode())
        return _missing(said, manifest)

    def put_chunk(self, manifest: Manifest, index: int, data: bytes) -> None:
        """Send one chunk; in any order, and again where it is not known whether it arrived."""
        headers = (("content-type", "application/octet-stream"),)
        _check(self._send("PUT", f"{_upload(manifest)}/{index}", data, headers))

    def commit_upload(self, manifest: Manifest) -> bool:
        """Have the hub make the file: ``True`` once it has read the whole back and found its hash equal.

        ``False`` while it is at it: ask again. Raises :class:`ConflictError` where chunks are missing after
        all, :class:`TrustError` where what the hub has read back is another file.
        """
        reply = self._send("POST", f"{_upload(manifest)}/commit", b"")
        _check(reply)
        return reply.status == 200 and _object(reply.body).get("have") is True

    def blob_manifest(self, sha256: str) -> Manifest | None:
        """The chunks of an evidence file, ``None`` while the hub is still reading it. Raises :class:`NotFound`."""
        reply = self._send("GET", f"/v1/blobs/{sha256}/manifest")
        if reply.status == 202:
            return None
        _check(reply)
        try:
            found = read_manifest(_object(reply.body))
        except BadInput:
            raise _not_understood() from None
        if found.sha256 != sha256:
            raise _not_understood()
        return found

    def get_piece(self, sha256: str, first: int, size: int) -> tuple[bytes, int]:
        """A piece of an evidence file and the size of the whole. Raises :class:`NotFound`."""
        reply = self._send(
            "GET", f"/v1/blobs/{sha256}", None, (("range", f"bytes={first}-{first + size - 1}"),)
        )
        if reply.status == 200:
            return reply.body, len(reply.body)
        if reply.status == 416 and first == 0:
            return b"", 0
        total = _digits(reply.headers.get("content-range", "").rpartition("/")[2])
        if reply.status != 206 or total is None:
            _check(reply)
            raise _not_understood()
        return reply.body, total

    def beside(self, transport: Transport) -> "HubClient":
        """Another client of the same device, for another thread, signed in where this one is."""
        other = HubClient(transport, self._me)
        other._token = self._token
        return other

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Headers = ()
    ) -> dict[str, Any]:
        reply = self._send(method, path, body, ((JSON,) if body is not None else ()) + headers)
        _check(reply)
        return _object(reply.body)

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> Reply:
        for _ in range(SIGN_INS):
            with suppress(_SignedOutError):
                self._sign_in_once()
                reply = self._transport.send(method, path, body, (*self.authorization(), *headers))
                if reply.status != 401:
                    return reply
            self._token = ""  # too old, or the hub was restarted with other keys
        raise OfflineError(
            "the hub lets this device sign in and then asks it to sign in again",
            safe="everything is kept here and is sent later", fix="check the clock of the hub's machine",
        )  # fmt: skip

    def authorization(self) -> tuple[tuple[str, str], ...]:
        """The header that shows who asks."""
        return (("authorization", f"Bearer {self._token}"),)

    def _sign_in_once(self) -> None:
        if self._token:
            return
        nonce = _word(self._plain("GET", "/v1/challenge"), "nonce")
        digest = joining.session_digest(self._me.org, self._me.device, nonce)
        said = {
            "device": self._me.device,
            "nonce": nonce,
            "sig": joining.signature_to_wire(self._me.sign("session", digest)),
            "certificate": joining.certificate_to_wire(self._me.certificate),
        }
        self._token = _word(self._plain("POST", "/v1/session", json.dumps(said).encode()), "token")

    def _plain(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        reply = self._transport.send(method, path, body, (JSON,) if body is not None else ())
        if reply.status == 401:
            raise _SignedOutError
        _check(reply)
        return _object(reply.body)


def _showing(checkpoint: str) -> Headers:
    return ((SHOWN, to_base64(checkpoint.encode())),) if checkpoint else ()


def _common(said: dict[str, Any]) -> Common:
    return Common(_whole(said, "gen"), _whole(said, "common"), _word(said, "checkpoint"))


def _upload(manifest: Manifest) -> str:
    return f"/v1/uploads/{manifest.sha256}/{manifest.digest}"


def _missing(said: dict[str, Any], manifest: Manifest) -> list[int] | None:
    if said.get("have") is True:
        return None
    missing = _list(said, "missing")
    if not all(type(each) is int and 0 <= each < len(manifest.chunks) for each in missing):
        raise _not_understood()
    return missing


def event_wire(event: SignedEvent) -> bytes:
    """An event as it is pushed."""
    return compact(to_wire(event)).encode()


def ask_plain(transport: Transport, method: str, path: str, said: Any = None) -> dict[str, Any]:
    """Ask what needs no sign-in: ``hello``, or to join."""
    body = None if said is None else json.dumps(said).encode()
    reply = transport.send(method, path, body, (JSON,) if body is not None else ())
    _check(reply)
    return _object(reply.body)


def _check(reply: Reply) -> None:
    if 200 <= reply.status < 300:
        return
    try:
        said = _object(reply.body).get("error", {})
        what, safe, fix = (str(said.get(key, "")) for key in ("what", "safe", "fix"))
    except (BadInput, TrustError, AttributeError):
        what, safe, fix = "", "", ""
    _fail(reply, what or f"the hub answered {reply.status}", safe, fix)


def _fail(reply: Reply, what: str, safe: str, fix: str) -> NoReturn:
    match reply.status:
        case 401 | 403 | 422:
            raise TrustError(what, safe=safe or "nothing was changed here", fix=fix)
        case 404:
            raise NotFound(what, safe=safe, fix=fix or "check the address of the hub")
        case 409:
            raise ConflictError(what, safe=safe or "nothing was changed here", fix=fix)
        case 400 | 413:
            raise RefusedError(what, safe=safe or "nothing was changed here", fix=fix)
        case 429:
            wait = _digits(reply.headers.get("retry-after", "1"))
            raise BusyError(float(min(1 if wait is None else wait, 60)))
    raise OfflineError(what, safe=safe or "everything is kept here and is sent later", fix=fix)


def _digits(text: str) -> int | None:
    """The whole number in a header; ``²`` is a digit to Python, and no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _not_understood() -> TrustError:
    return TrustError(
        "what answers at this address is not a hub, or one of another version", safe="nothing was changed here",
        fix="check the address; update ircockpit where it is older",
    )  # fmt: skip


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = strict_loads(body)
    except BadInput:
        raise _not_understood() from None
    if not isinstance(value, dict):
        raise _not_understood()
    return value


def _list(said: dict[str, Any], key: str) -> list[Any]:
    value = said.get(key)
    if not isinstance(value, list):
        raise _not_understood()
    return value


def _word(said: Any, key: str) -> str:
    value = said.get(key) if isinstance(said, dict) else None
    if not isinstance(value, str):
        raise _not_understood()
    return value


def _whole(said: Any, key: str) -> int:
    value = said.get(key) if isinstance(said, dict) else None
    if type(value) is not int or value < 0:
        raise _not_understood()
    return value
