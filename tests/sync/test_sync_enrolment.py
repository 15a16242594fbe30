"""Joining: only with a code that is whole, fresh, unused and of this hub; otherwise nothing changes."""

import json
import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, LocalHub, declare, station
from tests.sync.conftest import Team

from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    ConflictError,
    ExitCode,
    OfflineError,
    RefusedError,
    TrustError,
)
from ircockpit.hub.enrolment import MAX_ATTEMPTS, VALID_US
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import decode, verify_chain
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.workstation import Workstation
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.transport import Headers, HttpTransport, Reply


def direct(hub: LocalHub) -> DirectTransport:
    return DirectTransport(lambda: hub.hub)


def state(who: Workstation) -> tuple[object, ...]:
    return (
        who.identity,
        who.profile.identity(),
        who.epoch(),
        len(who.log.certificates()),
        who.log.head_arrival(),
    )


def refused(who: Workstation, hub: LocalHub, code: str, error: type[CockpitError], words: str) -> None:
    before = state(who)
    with pytest.raises(error, match=words) as told:
        enroll(who, direct(hub), hub.url, code)
    assert state(who) == before
    assert told.value.safe
    assert told.value.code != ExitCode.OK


def test_a_device_keeps_its_id_key_and_name_and_gets_a_certificate(team: Team, newcomer: Workstation) -> None:
    declare(newcomer, "alone")
    before = newcomer.identity
    lanes = {stream: newcomer.log.last_lane(stream, before.device) for stream in newcomer.log.streams()}
    joined = enroll(newcomer, direct(team.hub), "http://hub.invalid/", team.hub.code("Cy"))
    me = newcomer.profile.identity()
    assert (me.device, me.user, me.name) == (before.device, before.user, "Cy")
    assert (me.org, me.org_stream) == (team.a.identity.org, team.a.identity.org_stream)
    assert (me.hub, me.hub_log_key) == ("http://hub.invalid", team.hub.folder.log_key.public.hex())
    own = verify_chain(joined.certificates[0], team.hub.folder.root, joined.certificates)
    assert (own.device, own.key) == (me.device, newcomer.key().public.hex())
    for stream, head in lanes.items():
        opened = newcomer.log.lane_head(stream, me.device, newcomer.epoch())
        assert opened.n >= 1
        first = next(s for s in newcomer.log.of_stream(stream) if s.event.envelope.epoch == newcomer.epoch())
        body = json.loads(first.event.parts[0].data or b"")
        assert body == {"certificate": me.certificate, "predecessor": head}


def test_case_dashes_and_mistaken_letters_do_not_matter(team: Team, newcomer: Workstation) -> None:
    code = team.hub.code()
    spoken = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    enroll(newcomer, direct(team.hub), team.hub.url, spoken)
    assert newcomer.identity.hub


def test_any_wrong_letter_is_seen_before_anything_is_sent() -> None:
    text, code = joining.make_code(os.urandom, SigningKey.generate().public)
    assert joining.read_code(text) == code
    caught = 0
    letters = text.replace("-", "")
    for at in range(len(letters)):
        other = joining.ALPHABET[(joining.ALPHABET.index(letters[at]) + 7) % 32]
        try:
            joining.read_code(letters[:at] + other + letters[at + 1 :])
        except BadInput:
            caught += 1
    assert caught >= len(letters) - 1  # ten bits of check: one in a thousand may slip through to the hub
    for short in ("", text[:-1], text + "A", text.replace(text[0], "!", 1)):
        with pytest.raises(BadInput):
            joining.read_code(short)


def test_a_made_up_code_is_refused(team: Team, newcomer: Workstation) -> None:
    text, _ = joining.make_code(os.urandom, team.hub.folder.root)
    refused(newcomer, team.hub, text, TrustError, "not valid")


def test_a_code_of_another_hub_is_not_even_sent(team: Team, newcomer: Workstation) -> None:
    text, _ = joining.make_code(os.urandom, SigningKey.generate().public)
    refused(newcomer, team.hub, text, TrustError, "not the one the code was made for")
    assert not team.hub.hub.members._failures


def test_a_used_code_is_refused_but_not_to_the_same_device(
    team: Team, newcomer: Workstation, tmp_path: Path
) -> None:
    code = team.hub.code()
    first = enroll(newcomer, direct(team.hub), team.hub.url, code)
    again = enroll(newcomer, direct(team.hub), team.hub.url, code)  # its answer may have been lost
    assert first.certificates[0] == again.certificates[0]
    with station(tmp_path / "second") as other:
        refused(other, team.hub, code, TrustError, "not valid")


def test_an_old_code_is_refused(team: Team, newcomer: Workstation) -> None:
    now = newcomer.clock.wall_us()
    refused(newcomer, team.hub, team.hub.code(now_us=now - VALID_US - 1), TrustError, "not valid")


class Meddling(DirectTransport):
    """Somebody on the way who changes what is said, without knowing the code."""

    def __init__(self, hub: LocalHub, change: Callable[[str, dict[str, object]], None]) -> None:
        super().__init__(lambda: hub.hub)
        self._change = change

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        if body is not None:
            said = json.loads(body)
            self._change("request", said)
            body = json.dumps(said).encode()
        reply = super().send(method, path, body, headers)
        heard = json.loads(reply.body)
        self._change("reply", heard)
        return reply._replace(body=json.dumps(heard).encode())


def _own_key(side: str, said: dict[str, object]) -> None:
    if side == "request":
        said["request"]["key"] = SigningKey.generate().public.hex()  # type: ignore[index]


def _own_root(side: str, said: dict[str, object]) -> None:
    if "org_root" in said:
        said["org_root"] = SigningKey.generate().public.hex()


def _own_stream(side: str, said: dict[str, object]) -> None:
    if "answer" in said:
        said["answer"]["org_stream"] = "00000000-0000-8000-8000-000000000000"  # type: ignore[index]


@pytest.mark.parametrize("change", [_own_key, _own_root, _own_stream])
def test_who_stands_between_can_change_nothing(
    team: Team, newcomer: Workstation, change: Callable[[str, dict[str, object]], None]
) -> None:
    before = state(newcomer)
    with pytest.raises(TrustError):
        enroll(newcomer, Meddling(team.hub, change), team.hub.url, team.hub.code())
    assert state(newcomer) == before


def test_the_same_way_works_when_nobody_meddles(team: Team, newcomer: Workstation) -> None:
    enroll(newcomer, Meddling(team.hub, lambda side, said: None), team.hub.url, team.hub.code())
    assert newcomer.identity.org == team.a.identity.org


def test_a_code_is_void_after_failed_proofs(team: Team, newcomer: Workstation) -> None:
    code = team.hub.code()
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(TrustError):
            enroll(newcomer, Meddling(team.hub, _own_key), team.hub.url, code)
    refused(newcomer, team.hub, code, TrustError, "not valid")


def test_guessing_is_slowed_down(team: Team, newcomer: Workstation) -> None:
    told = set()
    for _ in range(25):
        text, _ = joining.make_code(os.urandom, team.hub.folder.root)
        with pytest.raises((TrustError, OfflineError)) as error:
            enroll(newcomer, direct(team.hub), team.hub.url, text)
        told.add(type(error.value).__name__)
    assert told == {"TrustError", "BusyError"}


def test_the_code_is_kept_nowhere(team: Team) -> None:
    code = team.hub.code()
    secret = joining.read_code(code).secret
    team.hub.folder.store.close()
    kept = b"".join(file.read_bytes() for file in team.hub.path.rglob("*") if file.is_file())
    assert secret.encode() not in kept
    assert joining.invitation_id(secret).encode() in kept


def test_a_known_person_or_device_cannot_be_taken_over(
    team: Team, newcomer: Workstation, tmp_path: Path
) -> None:
    newcomer.identity = newcomer.identity._replace(user=team.b.me)
    newcomer.profile.save_identity(newcomer.identity)
    refused(newcomer, team.hub, team.hub.code(), ConflictError, "person is known")
    newcomer.identity = newcomer.identity._replace(device=team.b.identity.device)
    newcomer.profile.save_identity(newcomer.identity)
    refused(newcomer, team.hub, team.hub.code(), ConflictError, "device is known")


def test_a_profile_that_runs_a_hub_joins_no_other(team: Team, tmp_path: Path) -> None:
    with station(tmp_path / "c") as other:
        second = LocalHub(tmp_path / "hub2", other)
        refused(team.a, second, second.code(), RefusedError, "hub of its own")
        second.close()


def test_an_unreachable_hub_is_one_sentence(newcomer: Workstation) -> None:
    text, _ = joining.make_code(os.urandom, SigningKey.generate().public)
    before = state(newcomer)
    with pytest.raises(OfflineError, match="cannot be reached"):
        enroll(newcomer, HttpTransport("http://127.0.0.1:9"), "http://127.0.0.1:9", text)
    assert state(newcomer) == before


class _Page(BaseHTTPRequestHandler):
    body = b"<html>hello</html>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        return


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"{}", b"[1]", b"\xff\xfe", b'{"hub":"other"}'])
def test_what_is_no_hub_is_one_sentence(newcomer: Workstation, body: bytes) -> None:
    handler = type("Page", (_Page,), {"body": body})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        text, _ = joining.make_code(os.urandom, SigningKey.generate().public)
        before = state(newcomer)
        transport = HttpTransport(url)
        with pytest.raises(OfflineError, match="not a hub"):
            enroll(newcomer, transport, url, text)
        transport.close()
        server.shutdown()
    assert state(newcomer) == before


def test_the_root_never_reaches_the_hub(team: Team) -> None:
    root = (team.a.profile.root_key.read_text().strip(), team.a.key().raw().hex())
    team.hub.folder.store.close()
    kept = b"".join(file.read_bytes() for file in team.hub.path.rglob("*") if file.is_file())
    for secret in root:
        assert secret.encode() not in kept
        assert bytes.fromhex(secret) not in kept
    modes = {file.name: file.stat().st_mode & 0o777 for file in team.hub.path.glob("*.key")}
    assert modes == {"hub-log.key": 0o600, "hub-authority.key": 0o600}
    assert all(decode(each.raw).org == team.a.identity.org for each in team.hub.folder.own_certificates())


def test_joining_cut_off_before_the_countersigning_is_finished_by_the_next_try(
    team: Team, newcomer: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(newcomer, "alone")
    streams = newcomer.log.streams()
    code = team.hub.code("Cy")

    def pulled(_: Workstation) -> list[str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Workstation, "countersign", pulled)
        with pytest.raises(KeyboardInterrupt):
            enroll(newcomer, direct(team.hub), team.hub.url, code)
    enroll(newcomer, direct(team.hub), team.hub.url, code)
    for stream in streams:
        assert newcomer.log.lane_head(stream, newcomer.identity.device, newcomer.epoch()).n == 1


def test_a_device_whose_older_log_lacks_its_certificate_joins_again(
    team: Team, newcomer: Workstation, tmp_path: Path
) -> None:
    newcomer.log.db.execute("VACUUM INTO ?", (str(tmp_path / "older"),))
    enroll(newcomer, direct(team.hub), team.hub.url, team.hub.code("Cy"))
    folder, me = newcomer.profile.folder, newcomer.profile.identity()
    newcomer.close()
    for name in ("log.db-wal", "log.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (tmp_path / "older").replace(folder / "log.db")
    with station(folder) as again:
        with pytest.raises(TrustError, match="certificate"):
            team.sync(again)
        enroll(again, direct(team.hub), team.hub.url, team.hub.code("Cy"))
        assert again.identity == me
        team.sync(again)
        assert again.log.unconfirmed_count() == 0
