"""The stage of the demo: two workstations, a hub and a lab on this machine, made anew at every start."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ircockpit.command.progress import telling
from ircockpit.core.clock import Clock, SystemClock
from ircockpit.core.errors import ConflictError, UsageError
from ircockpit.core.occurred import from_wall
from ircockpit.demo import story
from ircockpit.demo.cable import Cable
from ircockpit.demo.crew import Helper
from ircockpit.features.catalogue import events, open_workstation
from ircockpit.features.people.birth import make_profile
from ircockpit.store.profile import HOME_VARIABLE, Profile, write_file
from ircockpit.store.workstation import Workstation

Say = Callable[[str], None]


class Earlier(SystemClock):
    """The machine's clock, some minutes ago: for what had happened before the demo began."""

    def __init__(self, minutes: float) -> None:
        super().__init__()
        self._back_us = int(minutes * story.MINUTE_US)

    def wall_us(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return super().wall_us() - self._back_us


class Exchange(NamedTuple):
    """What one of the lab's users asked and read."""

    at: str
    """``14:03:22``, UTC."""
    user: str
    bot: str


class Stage:
    """Everything the demo stands on; :meth:`strike` ends it all."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.you = home / "you"
        self.jo = home / "jo"
        self.cable = Cable()
        self.pharmacy = ""
        """Id of the incident the demo is about."""
        self.addresses: dict[str, str] = {}
        """Where lab and hub listen."""
        self.seen: Exchange | None = None
        """The newest exchange in the lab."""
        self._helpers: dict[str, Helper] = {}

    def build(self, say: Say) -> None:
        """Start and fill everything. Raises a :class:`CockpitError` where that cannot be."""
        with telling(lambda _: None):  # what the actions say of themselves is not the demo's story
            self._build(say)

    def _build(self, say: Say) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        token = self.home / "lab.token"
        write_file(token, secrets.token_hex(16).encode() + b"\n")
        say("demo: starting the lab and a hub on this machine")
        lab = self._start("lab", ["ircockpit.demo.lab", str(token)], self._hear_lab)
        self._make_profiles()
        hub = self._found_hub()
        self.addresses |= json.loads(lab.first())
        self._describe_systems(token)
        say("demo: a colleague, jo, joins the hub and writes what has happened so far")
        self.addresses["hub"] = _address(hub.first())
        self.cable.lead_to(self.addresses["hub"])
        self._let_jo_in()
        self._happen()
        self._take_in()
        self._meet()
        self._start("colleague", ["ircockpit.demo.colleague", str(self.jo), self.pharmacy], None).first()
        lab.cue("misbehave")

    def cue(self, **what: str) -> None:
        """Tell the colleague what her part is now."""
        self._helpers["colleague"].cue(json.dumps(what))

    def strike(self) -> None:
        """End everything that was started; may be called more than once."""
        self.cable.pull()
        for helper in reversed(self._helpers.values()):
            helper.let_go()
        for helper in self._helpers.values():
            helper.end()

    def left(self) -> list[str]:
        """What still runs or answers, by name; empty once the stage is struck."""
        running = [helper.name for helper in self._helpers.values() if helper.alive]
        doors = {**self.addresses, "cable": self.cable.url}
        return running + [f"the port of {name}" for name, url in doors.items() if _answers(url)]

    def _start(self, name: str, words: list[str], hear: Callable[[str], None] | None) -> Helper:
        # Whatever a helper opens, it is the demo's and never the user's own profile.
        self._helpers[name] = Helper(name, words, self.home, {HOME_VARIABLE: str(self.jo)}, hear)
        return self._helpers[name]

    def _hear_lab(self, line: str) -> None:
        with contextlib.suppress(ValueError, TypeError):
            self.seen = Exchange(**json.loads(line))

    def _make_profiles(self) -> None:
        make_profile(Profile(self.you), events(), clock=Earlier(180), demo=True)
        make_profile(Profile(self.jo), events(), name=story.COLLEAGUE, clock=Earlier(180), demo=True)
        for home in (self.you, self.jo):
            with open_workstation(home) as station:
                _trust_lab(station)

    def _found_hub(self) -> Helper:
        from ircockpit.features.sharing.hosting import found

        data = self.home / "hub"
        with open_workstation(self.you) as station:
            found(station, data, self.cable.url)
        words = ["ircockpit.demo.leash", "ircockpit.hub", "serve", "--data", str(data), "--port", "0"]
        return self._start("hub", words, None)

    def _describe_systems(self, token: Path) -> None:
        from ircockpit.features.systems.actions import add

        target = f"eu-1={self.addresses['admin']},{self.addresses['chat']}"
        auth = f"eu-1=Authorization: Bearer file:{token}"
        controls = {
            "pharmacy-bot": ("pharmacy", ("fallback", "halt")),
            "refund-agent": ("refund", ("halt",)),
            "orders-assistant": ("", ()),
        }  # fmt: skip
        with open_workstation(self.you, clock=Earlier(170)) as station:
            for name, (bot, offered) in controls.items():
                add(
                    station, name=name, owner="pharmacy team" if bot == "pharmacy" else "shop team",
                    match=[story.MATCHES[name]], target=[target] if offered else [], auth=[auth] if offered else [],
                    control=[f"{each}=lab/{each}@eu-1:bot={bot}" for each in offered],
                )  # fmt: skip

    def _let_jo_in(self) -> None:
        from ircockpit.features.sharing.hosting import invite
        from ircockpit.features.systems.actions import trust
        from ircockpit.sync.enrolment import enroll
        from ircockpit.sync.transport import HttpTransport

        with open_workstation(self.you) as station:
            bring_together(station)
            code = invite(station, name=story.COLLEAGUE, data=str(self.home / "hub")).data["code"]
        hub = self.addresses["hub"]
        with open_workstation(self.jo) as station, contextlib.closing(HttpTransport(hub)) as transport:
            enroll(station, transport, hub, code)
            bring_together(station)
            trust(station, name="refund-agent")

    def _happen(self) -> None:
        """What had happened before: jo declared, noted, triaged, and halted the refund agent."""
        for told in story.INCIDENTS:
            ident = self._declare(told)
            if told.title == story.PHARMACY:
                self.pharmacy = ident

    def _declare(self, told: story.Told) -> str:
        from ircockpit.features.containment.actions import stop
        from ircockpit.features.incidents.actions import declare, note, take
        from ircockpit.features.triage.actions import answer

        with self._jo_at(told.minutes) as station:
            ident = str(
                declare(
                    station, title=told.title, system=told.system, severity=told.severity, impact=told.impact
                ).data["id"]
            )
            if told.taken:
                take(station, incident=ident)
        if told.stopped:
            with self._jo_at(told.minutes - 1) as station:
                stop(
                    station,
                    target=ident,
                    control=told.stopped,
                    reason="queued refunds still go out",
                    yes=True,
                )
        if told.triage:
            with self._jo_at(told.minutes - 2) as station:
                answer(station, incident=ident, **dict(told.triage))
        for minutes, words in told.notes:
            with self._jo_at(minutes) as station:
                note(station, incident=ident, text=words)
        return ident

    def _take_in(self) -> None:
        """Signals that wait for review: a red-team run and a monitor's alert."""
        from ircockpit.features.intake.actions import intake

        clock = Earlier(6)
        began = from_wall(clock.wall_us(), 0)
        for name, raw, minutes in (
            ("red-team.jsonl", story.red_team_file(), 6),
            ("monitor.json", story.monitor_file(began), 5),
        ):
            path = self.home / name
            write_file(path, raw)
            with open_workstation(self.you, clock=Earlier(minutes)) as station:
                intake(station, file=str(path))

    def _meet(self) -> None:
        """Both workstations hold what the other wrote."""
        for home in (self.jo, self.you, self.jo):
            with open_workstation(home) as station:
                bring_together(station)

    @contextlib.contextmanager
    def _jo_at(self, minutes: float) -> Iterator[Workstation]:
        clock: Clock = Earlier(minutes)
        with open_workstation(self.jo, clock=clock) as station:
            yield station


@contextlib.contextmanager
def staged(home: Path, say: Say) -> Iterator[Stage]:
    """A stage in a folder, made anew, and struck whatever happens. Raises :class:`UsageError` without the hub's parts."""
    _check_installed()
    before = os.environ.get(HOME_VARIABLE)
    with _alone(home):
        _empty(home)
        stage = Stage(home)
        # Commands typed inside the demo belong to the demo as well.
        os.environ[HOME_VARIABLE] = str(stage.you)
        try:
            stage.build(say)
            yield stage
        finally:
            stage.strike()
            if before is None:
                os.environ.pop(HOME_VARIABLE, None)
            else:
                os.environ[HOME_VARIABLE] = before


def demo_home() -> Path:
    """The demo's own folder, beside and apart from the user's profile."""
    import platformdirs

    return Path(platformdirs.user_data_dir("ircockpit-demo", appauthor=False))


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One demo at a time in a folder; the system frees the lock when a demo dies."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(home.with_name(f"{home.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"the demo has no place for its files: {home.parent}: {error.strerror}", safe="nothing was started",
            fix="set XDG_DATA_HOME to a folder that can be written",
        ) from None  # fmt: skip
    try:
        with contextlib.suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConflictError(
                    "the demo is open in another terminal already", safe="it was left as it is",
                    fix="go on there, or end it there; ircockpit demo --check runs beside it",
                ) from None  # fmt: skip
        yield
    finally:
        os.close(handle)


def _empty(home: Path) -> None:
    try:
        if home.exists():
            shutil.rmtree(home)
    except OSError as error:
        raise UsageError(
            f"the last demo's files cannot be removed: {error.filename}: {error.strerror}", safe="nothing was started",
            fix=f"remove the folder {home}",
        ) from None  # fmt: skip


def _check_installed() -> None:
    from importlib.util import find_spec

    absent = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if absent:
        raise UsageError(
            f"the demo runs a hub, and that needs {' and '.join(absent)}, which are not installed",
            safe="nothing was started", fix="install them with: pip install 'ircockpit[hub]'",
        )  # fmt: skip


def _trust_lab(station: Workstation) -> None:
    from ircockpit.features.containment.actions import trust

    raw = files("ircockpit.demo").joinpath("lab.yaml").read_bytes()
    write_file(station.profile.connectors / "lab.yaml", raw)
    trust(station, connector="lab")


def _answers(url: str) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=1),
    ):
        return True
    return False


def _address(line: str) -> str:
    """The address in the hub's first line: ``hub listening on http://127.0.0.1:40001; …``."""
    return next(word.rstrip(";") for word in line.split() if word.startswith("http://"))


def bring_together(station: Workstation) -> None:
    """One round with the hub. Raises :class:`OfflineError` where it does not answer."""
    from ircockpit.sync.transport import HttpTransport
    from ircockpit.sync.worker import connect

    connection = connect(station.profile, station.identity, HttpTransport, station.clock)
    try:
        connection.engine.round()
    finally:
        connection.close()
    station.refresh()


def wait_until(holds: Callable[[], Any], seconds: float) -> bool:
    """Look until something holds, at most so long; returns whether it does."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
