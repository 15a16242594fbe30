"""A hub on loopback, workstations that join it, and a link between them that can be made to fail."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.copies import copy_unnoticed

from ircockpit.core.errors import DeadlineError, OfflineError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.sharing import hosting
from ircockpit.hub.asking import Asked
from ircockpit.hub.enrolment import invite
from ircockpit.hub.folder import HubFolder, read_founding
from ircockpit.hub.service import Hub
from ircockpit.hub.serving import HubServer, listen
from ircockpit.store.outbox import begin_anew
from ircockpit.store.workstation import Workstation
from ircockpit.sync.engine import Round
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.transport import Headers, HttpTransport, Reply, Transport
from ircockpit.sync.worker import connect


class LocalHub:
    """A hub in this process: over sockets once started, or asked directly."""

    def __init__(self, path: Path, founder: Workstation, url: str = "http://hub.invalid") -> None:
        self.path = path
        self.folder = HubFolder(path)
        if self.folder.store.meta("org_root") is None:
            keys = {
                "log": self.folder.log_key.public.hex(),
                "authority": self.folder.authority_key.public.hex(),
            }
            self.folder.found(read_founding(hosting.founding(founder, {**keys, "org_root": None})), 1)
        self.hub = Hub(self.folder)
        self._server: HubServer | None = None
        self._thread: threading.Thread | None = None
        self.url = url
        self.port = 0
        self._point(founder)

    def _point(self, station: Workstation) -> None:
        if station.identity.hub_log_key not in ("", self.folder.log_key.public.hex()):
            begin_anew(station.log)
        me = station.identity._replace(
            hub=self.url, hub_log_key=self.folder.log_key.public.hex(), authority_stream=self.folder.authority_stream
        )  # fmt: skip
        station.profile.save_identity(me)
        station.identity = me

    def restart(self) -> None:
        """Open the folder anew, as the next start of the program does."""
        self.folder = HubFolder(self.path)
        self.hub = Hub(self.folder)

    def start(self, *stations: Workstation) -> str:
        """Listen on loopback (the same port again after a stop), and tell these stations where."""
        listener = listen("127.0.0.1", self.port)
        self.port = int(listener.getsockname()[1])
        ready = threading.Event()
        self._server = HubServer(self.folder, listener, ready.set)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        assert ready.wait(60)
        self.url = f"http://127.0.0.1:{self.port}"
        for station in stations:
            self._point(station)
        return self.url

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(60)
            assert not self._thread.is_alive()
            self._server = self._thread = None

    def close(self) -> None:
        """Stop, and let go of the database."""
        self.stop()
        self.folder.close()

    def code(self, name: str = "Bo", now_us: int | None = None) -> str:
        """A fresh invitation."""
        import time

        now = time.time_ns() // 1000 if now_us is None else now_us
        return invite(self.folder, name, "responder", now, os.urandom).code

    def back_up(self, to: Path) -> None:
        """A copy of the database as an administrator makes it: whole, of this moment."""
        self.folder.store.close()
        to.mkdir(exist_ok=True)
        for file in self.path.glob("hub.db*"):
            shutil.copy(file, to / file.name)

    def restore(self, backup: Path, *, whole: bool = False) -> None:
        """Put that copy back, silently: nobody is told. ``whole`` takes back the mark beside the database too."""
        running = self._server is not None
        self.stop()
        self.folder.close()
        for file in self.path.glob("hub.db*"):
            file.unlink()
        if whole:
            (self.path / "hub.mark").unlink(missing_ok=True)
        for file in backup.glob("hub.db*"):
            shutil.copy(file, self.path / file.name)
        self.folder = HubFolder(self.path)
        self.hub = Hub(self.folder)
        if running:
            self.start()


class DirectTransport:
    """Asks a hub in the same process; each request may be made to fail before or after the hub saw it."""

    def __init__(
        self, hub: Callable[[], Hub], fault: Callable[[str, str], str] = lambda method, path: ""
    ) -> None:
        self._hub = hub
        self._fault = fault

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        fault = self._fault(method, path)
        if fault == "lost request":
            raise OfflineError("the cable is out")
        place, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        asked = Asked(method, place, pairs, dict(headers), body or b"")
        answer = self._hub().answer(asked)
        if fault == "sent twice":
            answer = self._hub().answer(asked)
        if fault == "lost answer":
            raise DeadlineError("no answer")
        return Reply(answer.status, dict(answer.headers), answer.body)

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        raise OfflineError("no hints here")

    def close(self) -> None:
        return


def station(home: Path) -> Workstation:
    """A workstation with a profile of its own."""
    return open_workstation(home)


def join(hub: LocalHub, who: Workstation, name: str, transport: Transport | None = None) -> None:
    """Let a workstation join with a fresh code."""
    with_ = transport or HttpTransport(hub.url)
    try:
        enroll(who, with_, hub.url, hub.code(name))
    finally:
        with_.close()


class Made:
    """Profiles and a hub made once and copied for each test, since making them takes longer than most tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with station(folder / "a") as a, station(folder / "b") as b, station(folder / "c"):
            hub = LocalHub(folder / "hub", a)
            join(hub, b, "Bo", DirectTransport(lambda: hub.hub))
            hub.close()

    def copy(self, name: str, to: Path) -> Workstation:
        """A workstation: ``a`` founded the organisation, ``b`` joined it, ``c`` is alone."""
        copy_unnoticed(self._folder / name, to)
        return station(to)

    def hub(self, founder: Workstation, to: Path) -> LocalHub:
        """The hub that ``a`` founded and ``b`` joined, not listening."""
        shutil.copytree(self._folder / "hub", to)
        return LocalHub(to, founder)


def sync(who: Workstation, transport: Callable[[str], Transport] = HttpTransport) -> Round:
    """One full round, then the view is brought up."""
    connection = connect(who.profile, who.identity, transport, who.clock)
    try:
        return connection.engine.round()
    finally:
        connection.close()
        who.refresh()


def declare(who: Workstation, title: str) -> str:
    """Declare an incident; returns its id."""
    return str(incidents.declare(who, title=title).data["id"])


def set_field(who: Workstation, ident: str, field: str, value: str) -> None:
    """Write a field of an incident as its forms do."""
    stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    who.append([who.set_field(stream, "incident.set", ident, field, value)])


def ids(who: Workstation) -> set[str]:
    """Ids of every event held."""
    return {stored.event.id for stored in who.log.since(0, 1_000_000)}


class FaultProxy:
    """A TCP relay to a hub whose connections fail as told: ``pass``, ``lost request``, ``lost answer``, ``hang``, ``flip``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.mode = "pass"
        self.only = b""
        """The fault touches only connections whose request holds these bytes."""
        self.struck = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop accepting and end what is open."""
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        """One request after the other, so that a fault can choose by what is asked."""
        upstream: socket.socket | None = None
        try:
            while request := _read_message(client):
                mode = self.mode if self.only in request else "pass"
                self.struck += mode != "pass"
                if mode == "lost request":
                    return
                if mode == "hang":
                    threading.Event().wait(30)
                    return
                if upstream is None:
                    upstream = socket.create_connection(("127.0.0.1", self._port))
                    self._open.append(upstream)
                upstream.sendall(request)
                answer = _read_message(upstream)
                if mode == "lost answer":
                    return
                client.sendall(_flip(answer) if mode == "flip" else answer)
        except OSError:
            return
        finally:
            client.close()
            if upstream is not None:
                upstream.close()


def _read_message(sock: socket.socket) -> bytes:
    """One HTTP message with a Content-Length."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, rest = bytes(data).partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(rest) < length:
        chunk = sock.recv(65536)
        if not chunk:
            break
        rest += chunk
    return head + b"\r\n\r\n" + rest


def _flip(answer: bytes) -> bytes:
    """One letter of an event in the answer changed, so that it is still well-formed."""
    at = answer.find(b'"actor\\":\\"')
    if at < 0:
        return answer
    place = at + len(b'"actor\\":\\"')
    other = b"0" if answer[place : place + 1] != b"0" else b"1"
    return answer[:place] + other + answer[place + 1 :]
