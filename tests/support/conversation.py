"""Every kind of request that workstations make of a hub, as they make it."""

from tests.support.hub import DirectTransport, declare, sync
from tests.sync.conftest import Team

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.blobs.manifest import manifest_of
from ircockpit.features.trust.enrolling import request_of
from ircockpit.hub.asking import Answer, Asked
from ircockpit.hub.service import Hub
from ircockpit.ledger.grant import sign_request
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import exhibits
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.worker import connect

DATA = b"what the model said" * 50


class Recorder:
    """Passes requests on to a hub and keeps them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.asked: list[Asked] = []

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self._hub.answer(asked)


class Recorded(DirectTransport):
    """A transport whose hub is a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(lambda: recorder)  # type: ignore[arg-type, return-value]  # it answers as a hub does


def conversation(team: Team, newcomer: Workstation) -> list[Asked]:
    """Every kind of request that workstations make, as they make it."""
    recorder = Recorder(team.hub.hub)
    transport = Recorded(recorder)
    sha256 = FileBlobs(team.b.profile.blobs).put_bytes(DATA).sha256
    for who in (team.a, team.b):
        ident = declare(who, "wrong dose")
        stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
        body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": len(DATA)}
        who.append([Draft(stream, "evidence.added", who.new_id(stream), (body,))])
        sync(who, lambda _: transport)
    connection = connect(team.b.profile, team.b.identity, lambda _: transport, team.b.clock)
    blobs = FileBlobs(team.b.profile.blobs)
    found = exhibits.pending(connection.log, blobs)
    exhibits.send_all(
        connection.log, connection.client, found, blobs, open_to_all, lambda: transport, lambda _: None
    )
    connection.client.status()
    reach = connection.log.reach(team.b.identity.org_stream)
    assert reach is not None
    connection.client.common(team.b.identity.org_stream, [(reach.seq, "0" * 64)])
    connection.client.add_certificates(connection.log.certificates())
    lead = connect(team.a.profile, team.a.identity, lambda _: transport, team.a.clock)
    lead.client.decide({"do": "role", "user": team.b.identity.user, "role": "responder", "why": "as before"})
    lead.close()
    stored = next(each for each in connection.log.of_stream(team.b.identity.org_stream))
    connection.client.parts(team.b.identity.org_stream, stored.event.id)
    key = SigningKey.generate()
    wanted = request_of(team.b, key, team.b.key().public.hex())
    connection.client.renew(sign_request(wanted, key, team.b.key()))
    manifest = manifest_of([DATA])
    signed_in = dict(connection.client.authorization())
    place = f"/v1/uploads/{manifest.sha256}/{manifest.digest}"
    for method, path in (("GET", place), ("GET", f"/v1/blobs/{manifest.sha256}/manifest")):
        recorder.answer(Asked(method, path, {}, signed_in))
    connection.close()
    enroll(newcomer, transport, team.hub.url, team.hub.code("Cy"))
    return recorder.asked


def wired(asked: list[Asked]) -> list[Asked]:
    """The same, and those that only the server before the hub answers: hints, and files in one piece."""
    signed_in = next(each.headers for each in asked if "authorization" in each.headers)
    place = f"/v1/blobs/{manifest_of([DATA]).sha256}"
    return [
        *asked,
        Asked("GET", "/v1/live", {}, signed_in),
        Asked("GET", "/v1/heads", {"wait": "1"}, signed_in),
        Asked("GET", place, {}, {**signed_in, "range": "bytes=0-9"}),
        Asked("PUT", place, {}, signed_in, DATA),
    ]
