"""The thread beside the screen that keeps this device and its hub together; no key press ever waits for it."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.clock import Clock, SystemClock, elapsed_s
from ircockpit.core.errors import CockpitError, DeadlineError, OfflineError
from ircockpit.ledger.certificate import decode
from ircockpit.store import outbox
from ircockpit.store.lanemark import begin_epoch
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import alarms
from ircockpit.sync.client import BusyError, HubClient, Me
from ircockpit.sync.engine import Engine
from ircockpit.sync.enrolment import own_certificate
from ircockpit.sync.state import Link, Sending, SyncState
from ircockpit.sync.transport import Headers, HttpTransport, Reply, Transport

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey

POLL_S = 60.0
"""A round at least this often, whatever hints say or do not say; after a suspend of that length at once."""
LOOK_S = 0.2
"""How often the log is looked at for entries of another window or command."""
BACKOFF_S = (0.5, 30.0)
"""First and longest span from which the wait after a failure is drawn (full jitter)."""
EARS_S = 3.0
"""The longest wait before listening again while rounds go through: news of others waits so long."""
QUIT_S = 0.15
"""How long :meth:`SyncWorker.stop` waits; a thread still in a socket call then is left to die with the process."""
SHORT_S = 5.0
"""Seconds that a stream of hints has to last to be worth beginning at once when it breaks."""
WAIT_S = 8
"""How long one long poll waits; less than a request may be silent (:data:`transport.REQUEST_S`)."""
AGAIN_S = 300.0
"""After so long of long polls a stream of hints is tried again."""
EVERYTHING = "*"
"""What a hint names instead of a stream where too many have changed."""
LAST_OK = "sync.last_ok"


class Connection(NamedTuple):
    """An engine with what it stands on, for one identity."""

    log: Log
    client: HubClient
    engine: Engine
    identity: Identity

    def close(self) -> None:
        """Let go of the database and the network."""
        self.client.close()
        self.log.close()


def connect(
    profile: Profile,
    identity: Identity,
    transport: Callable[[str], Transport],
    clock: Clock,
    say: Callable[[str], None] | None = None,
) -> Connection:
    """Open the log and make ready to talk to the hub the profile has joined; nothing is sent yet."""
    log = Log(profile.log_db, open_database=profile.open_database)
    try:
        certificate = own_certificate(log, identity)
        key = _device_key(profile, identity, decode(certificate.raw).key)
        me = Me(identity.org, identity.device, certificate, key.sign)
        client = HubClient(transport(identity.hub), me)
        return Connection(log, client, Engine(log, client, profile, identity, clock, say=say), identity)
    except BaseException:
        log.close()
        raise


def state_of(
    link: Link,
    connection: Connection,
    *,
    last_ok_us: int,
    trouble: str = "",
    uploading: int = 0,
    sending: Sending | None = None,
    held_up: str = "",
) -> SyncState:
    """The state as the log and the engine know it."""
    log, engine = connection.log, connection.engine
    waiting = sum(each.events for each in engine.waiting().values())
    return SyncState(
        link, connection.identity.hub, engine.unsent(), waiting,
        outbox.quarantined_count(log), len(engine.refused), last_ok_us,
        uploading, sending, trouble, tuple(alarms(log)), held_up,
    )  # fmt: skip


class SyncWorker:
    """Runs rounds in its own daemon thread, with its own connection to the log.

    ``tell`` is called in that thread with each new :class:`SyncState`, and ``changed`` after events of others
    came in; both only post messages. Network threads never outlive the program: they are daemons.
    """

    def __init__(
        self,
        profile: Profile,
        gate_of: exhibits.GateOf,
        tell: Callable[[SyncState], None],
        changed: Callable[[], None] = lambda: None,
        *,
        transport: Callable[[str], Transport] = HttpTransport,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._profile = profile
        self._gate_of = gate_of
        self._tell = tell
        self._changed = changed
        self._transport = transport
        self._clock = clock or SystemClock()
        self._rng = rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._telling = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._mended = threading.Event()
        """The link is back, or the program ends: whoever waits to listen again need not."""
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._hinted: set[str] = set()
        self._owed = threading.Event()
        """Hints may have been missed: only a whole round tells what the hub has."""
        self._whole_at = 0.0
        """When a whole round was begun that went through."""
        self._mark = ""
        """The hub's mark of what that round has seen."""
        self._listening = False
        self._short = 0
        """How many streams of hints in a row broke as soon as they had begun."""
        self._carrying = False
        self._seeking = exhibits.Seeking()
        self._uploading = 0
        self._sending: Sending | None = None
        self._held_up = ""
        self.state = SyncState(Link.ALONE)
        """The newest state; may be read from any thread."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something was written here: send it now. Never blocks."""
        self._wake.set()

    def stop(self, wait_s: float = QUIT_S) -> None:
        """End within ``wait_s`` seconds, however long the hub takes to answer."""
        self._stopping.set()
        self._mended.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def unplug(self) -> None:
        """Behave as if the cable were out, until :meth:`plug`."""
        self._unplugged.set()
        self._wake.set()

    def plug(self) -> None:
        """Put the cable back in and try at once."""
        self._unplugged.clear()
        self._wake.set()

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                identity = self._profile.identity()
                if not identity.hub:
                    self._post(SyncState(Link.ALONE))
                    self._pause(LOOK_S * 5)
                    continue
                with suppress(_Rejoined):
                    self._serve(identity)
            except CockpitError as error:
                self._fall_back(error.what)
            except Exception as error:  # a defect must be seen, and must not end synchronisation for good
                self._fall_back(f"an unexpected failure: {type(error).__name__}")

    def _fall_back(self, trouble: str) -> None:
        """Say why nothing moves, with the counts last known, and try again later."""
        self._amend(link=Link.OFFLINE, trouble=trouble)
        self._pause(BACKOFF_S[1])

    def _serve(self, identity: Identity) -> None:
        """Work for one identity until stopped or until the profile's identity changes."""
        connection = connect(self._profile, identity, self._guarded, self._clock)
        try:
            self._rounds(connection)
        finally:
            connection.close()

    def _rounds(self, connection: Connection) -> None:
        stamp = self._profile.stamp()
        last_ok = int(connection.log.meta(LAST_OK) or "0")
        failures = 0
        while not self._stopping.is_set():
            self._wake.clear()
            version = connection.log.data_version()
            try:
                done = self._one_round(connection, last_ok)
                if failures:
                    self._mended.set()
                failures, last_ok = 0, self._clock.wall_us()
                with connection.log.writing() as writer:
                    writer.set_meta(LAST_OK, str(last_ok))
                self._post(self._look(Link.LIVE, connection, last_ok, "; ".join(done)))
                self._listen(connection.identity)
                self._start_carrying(connection)
                self._wait(connection, version, stamp, POLL_S)
            except (OfflineError, DeadlineError) as error:
                failures += 1
                self._post(self._look(Link.OFFLINE, connection, last_ok, error.what))
                self._wait_offline(connection, version, stamp, self._backoff(failures, error), last_ok)
            if self._profile.stamp() != stamp:
                stamp = self._profile.stamp()
                if self._profile.identity() != connection.identity:
                    raise _Rejoined

    def _one_round(self, connection: Connection, last_ok: int) -> tuple[str, ...]:
        hinted, self._hinted = self._hinted, set()
        if self.state.link is not Link.LIVE or connection.engine.unsent():
            self._post(self._look(Link.SYNCING, connection, last_ok, ""))
        engine = connection.engine
        now = elapsed_s()
        due = now - self._whole_at >= POLL_S  # hints without end must not put it off
        short = bool(hinted) and not due and not self._owed.is_set() and not engine.waiting()
        self._owed.clear()
        try:
            done = engine.pull_hinted(hinted) if short else engine.round()
            if not short:
                self._whole_at, self._mark = now, engine.since
        except CockpitError:
            self._owed.set()
            raise
        if done.pulled:
            self._changed()
        return done.trouble

    def _look(self, link: Link, connection: Connection, last_ok: int, trouble: str) -> SyncState:
        return state_of(
            link,
            connection,
            last_ok_us=last_ok,
            trouble=trouble,
            uploading=self._uploading,
            sending=self._sending,
            held_up=self._held_up,
        )

    def _post(self, state: SyncState) -> None:
        self._amend(**state._asdict())

    def _amend(self, **changed: Any) -> None:
        """Change what is said of the state: both the rounds and the carrying of files do."""
        with self._telling:
            state = self.state._replace(**changed)
            if state != self.state:
                self.state = state
                self._tell(state)

    def _wait(self, connection: Connection, version: int, stamp: tuple[object, ...], seconds: float) -> None:
        """Until something was written here or there, at most so long."""
        until = elapsed_s() + seconds
        while elapsed_s() < until and not self._wake.wait(LOOK_S):
            if self._profile.stamp() != stamp:
                return
            now = connection.log.data_version()
            if now != version and connection.engine.unsent():
                return
            version = now

    def _wait_offline(
        self, connection: Connection, version: int, stamp: tuple[object, ...], seconds: float, last_ok: int
    ) -> None:
        """The same without tries for what is written meanwhile; the count of the unsent stays right."""
        until = elapsed_s() + seconds
        while elapsed_s() < until and not self._wake.wait(min(LOOK_S, seconds)):
            now = connection.log.data_version()
            if now != version:
                version = now
                self._post(self._look(Link.OFFLINE, connection, last_ok, self.state.trouble))
            if self._profile.stamp() != stamp:
                return

    def _backoff(self, failures: int, error: CockpitError | None = None) -> float:
        if isinstance(error, BusyError):
            return error.retry_s
        first, longest = BACKOFF_S
        return self._rng.uniform(0, min(longest, first * 2 ** min(failures - 1, 10)))

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _guarded(self, url: str) -> Transport:
        return _Plug(self._transport(url), self._unplugged, self._stopping)

    # -- hints -------------------------------------------------------------------------------------

    def _listen(self, identity: Identity) -> None:
        if not self._listening and not self._stopping.is_set():
            self._listening = True
            threading.Thread(target=self._hear, args=(identity,), name="hints", daemon=True).start()

    def _hear(self, identity: Identity) -> None:
        """Read hints until the stream breaks; the next round that goes through starts it again."""
        began = elapsed_s()
        try:
            connection = connect(self._profile, identity, self._guarded, self._clock)
            try:
                if self._short > 1:  # no stream of hints comes through here: ask and wait instead
                    self._ask_and_wait(connection.client)
                else:
                    self._follow(connection.client)
            finally:
                connection.close()
        except CockpitError:
            return
        finally:
            # Something on the way may not let it through at all: then it must not become a round without end.
            self._short = 0 if elapsed_s() - began > SHORT_S else self._short + 1
            if self._short > 1:
                self._mended.clear()
                longest = EARS_S if self.state.link is Link.LIVE else BACKOFF_S[1]
                self._mended.wait(min(self._backoff(self._short), longest))
            self._listening = False
            self._wake.set()

    def _follow(self, client: HubClient) -> None:
        heard = False
        for stream in client.hints():
            if self._stopping.is_set() or self._unplugged.is_set():
                return
            if not heard or stream == EVERYTHING:
                # What changed between the last round and now was told to nobody, or is too much to name.
                heard = True
                self._owed.set()
                self._wake.set()
            elif stream:
                self._hinted.add(stream)
                self._wake.set()

    def _ask_and_wait(self, client: HubClient) -> None:
        """Long polls, until a stream of hints is worth another try."""
        until = elapsed_s() + AGAIN_S
        mark = self._mark
        while elapsed_s() < until and not self._stopping.is_set() and not self._unplugged.is_set():
            asked = elapsed_s()
            page = client.heads(mark, WAIT_S)
            mark = page.since
            if not page.heads and elapsed_s() - asked < WAIT_S / 2:
                self._stopping.wait(
                    WAIT_S / 2
                )  # something on the way answers at once: that must not become a loop
            if page.whole:
                self._owed.set()
            self._hinted |= page.heads.keys()
            if page.heads or page.whole:
                self._wake.set()

    # -- evidence ----------------------------------------------------------------------------------

    def _start_carrying(self, connection: Connection) -> None:
        """Send evidence files in a thread and on a connection of their own: events never wait for them."""
        if self._carrying or self._stopping.is_set():
            return
        found = self._seeking.pending(connection.log, FileBlobs(self._profile.blobs))
        if found.files:
            self._carrying = True
            self._uploading = len(found.files)
            whose = (connection.identity, found)
            threading.Thread(target=self._carry, args=whose, name="exhibits", daemon=True).start()

    def _carry(self, identity: Identity, found: exhibits.Pending) -> None:
        blobs = FileBlobs(self._profile.blobs)
        try:
            connection = connect(self._profile, identity, self._guarded, self._clock)
            try:
                with self._gate_of(self._profile, self._clock) as gate:
                    sent = exhibits.send_all(
                        connection.log, connection.client, found, blobs, gate,
                        lambda: self._guarded(identity.hub), self._progress, self._stopping.is_set,
                    )  # fmt: skip
                self._held_up = sent.words
            finally:
                connection.close()
        except CockpitError as error:
            self._held_up = error.what  # what is not there yet is found again after a later round
        finally:
            self._uploading, self._sending = 0, None
            self._carrying = False
            self._amend(uploading=0, sending=None, held_up=self._held_up)

    def _progress(self, sending: Sending) -> None:
        self._sending = sending
        self._amend(sending=sending)


class _Rejoined(Exception):
    """The profile's identity changed: begin anew under it."""


class _Plug:
    """A transport with a switch: what the cable is to the machine."""

    def __init__(self, inner: Transport, out: threading.Event, stopping: threading.Event) -> None:
        self._inner = inner
        self._out = out
        self._stopping = stopping

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        self._check()
        return self._inner.send(method, path, body, headers)

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        self._check()
        return self._inner.lines(path, headers)

    def close(self) -> None:
        self._inner.close()

    def _check(self) -> None:
        if self._out.is_set() or self._stopping.is_set():
            raise OfflineError("the hub is unplugged here", safe="everything is kept and is sent later")


def _device_key(profile: Profile, identity: Identity, public: str) -> "SigningKey":
    from ircockpit.store.newkey import key_in_force

    key, changed = key_in_force(profile, identity, public)
    if changed:
        begin_epoch(profile.lane_mark)
    return key
