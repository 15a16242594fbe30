"""The lab: a small pharmacy chat service on loopback that gives wrong doses on cue, and can be told to stop."""

import contextlib
import hmac
import itertools
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from ircockpit.demo.leash import hear

MODES = ("serve", "fallback", "halt")
HALTED = "halted by its operator"
FIXED = "[fixed] Ask your pharmacist."
"""What everybody reads while the bot is on its fixed answers."""
PAUSE_S = 0.7
"""Seconds between two of the simulated users."""
MAX_BODY = 4096
KEPT, PAGE = 500, 20
"""Turns that the log keeps, and those on one page of it."""

RIGHT = "As the leaflet says, please."
WRONG = "Take ten times the leaflet."
# Medicines that do not exist: nothing said here can be done.
USERS = (
    "Examplin for my son?",
    "how much Placebin?",
    "Examplin dose, 9 kg?",
    "missed my Dummyprol",
    "Placebin twice a day?",
    "Dummyprol for mother?",
)


class Lag(NamedTuple):
    """How long a change takes, in seconds after the admin API has accepted it."""

    recorded: float
    replicas: tuple[float, ...]
    """When each replica of the data plane follows; requests go to them in turn."""


LAGS = {"pharmacy": Lag(0.5, (1.3, 2.1, 2.2)), "refund": Lag(0.05, (0.1, 0.1, 0.1))}


class Bot:
    """One chat service. Its state at any moment follows from the changes accepted and the time since."""

    def __init__(self, name: str, lag: Lag) -> None:
        self.name = name
        self.lag = lag
        self.wrong = False
        self._changes: list[tuple[float, str]] = [(float("-inf"), "serve")]
        self._turn = itertools.count()
        self._said = itertools.count(1)
        self._log: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def accept(self, mode: str) -> None:
        """Take a change in; it is in force later."""
        self._changes = [*self._changes, (time.monotonic(), mode)]

    def recorded(self) -> str:
        """The mode that the admin API reads back now."""
        return self._after(self.lag.recorded)

    def talk(self, message: str) -> tuple[int, dict[str, str]]:
        """Status and body for one message of a user, which the log keeps with its answer."""
        status, body = self.answer()
        self._log.append({"n": next(self._said), "user": message, "status": status, **body})
        return status, body

    def log(self, after: int) -> dict[str, Any]:
        """A page of the log, the turns after one; ``next`` asks for the following page."""
        turns = [each for each in tuple(self._log) if each["n"] > after]
        page = turns[:PAGE]
        return {
            "bot": self.name,
            "turns": page,
            **({"next": str(page[-1]["n"])} if len(turns) > PAGE else {}),
        }

    def answer(self) -> tuple[int, dict[str, str]]:
        """Status and body for one message, from the replica whose turn it is."""
        mode = self._after(self.lag.replicas[next(self._turn) % len(self.lag.replicas)])
        if mode == "halt":
            return 503, {"error": HALTED}
        if mode == "fallback":
            return 200, {"answer": FIXED}
        return 200, {"answer": WRONG if self.wrong else RIGHT}

    def _after(self, lag: float) -> str:
        now = time.monotonic()
        return next(mode for at, mode in reversed(self._changes) if at + lag <= now)


class _Plane(BaseHTTPRequestHandler):
    """What both sides of the lab have in common: JSON in, JSON out, no log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for the kernel of the other side
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing: standard output is for what users say and hear."""

    def say(self, status: int, body: dict[str, Any]) -> None:
        """Answer in JSON."""
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def heard(self) -> dict[str, Any]:
        """The JSON object sent, empty where it is none."""
        length = self.headers.get("Content-Length", "0")
        raw = self.rfile.read(min(int(length), MAX_BODY)) if length.isdecimal() else b""
        with contextlib.suppress(ValueError):
            if isinstance(said := json.loads(raw), dict):
                return said
        return {}

    def bot(self, pattern: str, path: str = "") -> Bot | None:
        """The bot that a path names: that of the request where no other is given."""
        found = re.fullmatch(pattern, path or self.path)
        return self.server.bots.get(found[1]) if found else None


class Admin(_Plane):
    """The admin API: GET and PUT of a bot's mode, with a bearer token."""

    def do_GET(self) -> None:
        """The mode on record, or a page of what users said and heard."""
        asked = urlsplit(self.path)
        log = re.fullmatch(r"/admin/([a-z]+)/log", asked.path)
        if log is None:
            if (bot := self._allowed()) is not None:
                self.say(200, {"bot": bot.name, "mode": bot.recorded()})
            return
        after = (parse_qs(asked.query).get("after") or ["0"])[0]
        if (bot := self._allowed(f"/admin/{log[1]}/control")) is not None:
            self.say(200, bot.log(int(after) if after.isdecimal() else 0))

    def do_PUT(self) -> None:
        """Accept another mode."""
        said = self.heard()
        if (bot := self._allowed()) is None:
            return
        if said.get("mode") not in MODES:
            self.say(422, {"error": f"a mode is one of {', '.join(MODES)}"})
            return
        bot.accept(said["mode"])
        self.say(202, {"bot": bot.name, "accepted": said["mode"]})

    def _allowed(self, path: str = "") -> Bot | None:
        bot = self.bot(r"/admin/([a-z]+)/control", path)
        shown = self.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self.server.token}".encode()):
            self.say(401, {"error": "the token is missing or wrong"})
            return None
        if bot is None:
            self.say(404, {"error": "there is no such bot"})
        return bot


class Chat(_Plane):
    """The data plane, as users reach it."""

    def do_POST(self) -> None:
        """One message, one answer."""
        said, bot = self.heard(), self.bot(r"/chat/([a-z]+)")
        if bot is None:
            self.say(404, {"error": "there is no such bot"})
        elif not isinstance(said.get("message"), str):
            self.say(422, {"error": "a message is a text"})
        else:
            self.say(*bot.talk(said["message"]))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, plane: type[_Plane], bots: dict[str, Bot], token: str = "") -> None:
        super().__init__(("127.0.0.1", 0), plane)
        self.bots = bots
        self.token = token

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is none of the lab's concern."""

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def _users(chat: str) -> Iterator[dict[str, str]]:
    """Simulated users, one after the other, over the same door as everybody."""
    port = int(chat.rpartition(":")[2])
    for message in itertools.cycle(USERS):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection):
            connection.request("POST", "/chat/pharmacy", json.dumps({"message": message}))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        heard = said.get("answer") or f"({answer.status}: {said.get('error')})"
        yield {"at": time.strftime("%H:%M:%S", time.gmtime()), "user": message, "bot": heard}
        time.sleep(PAUSE_S)


def main() -> None:
    """``python -m ircockpit.demo.lab TOKEN-FILE``: prints its addresses, then every exchange, as JSON lines.

    A line ``misbehave`` or ``behave`` on standard input is a cue; its end ends the lab.
    """
    bots = {name: Bot(name, lag) for name, lag in LAGS.items()}
    token = Path(sys.argv[1]).read_text("ascii").strip()
    admin, chat = _Server(Admin, bots, token), _Server(Chat, bots)
    for server in (admin, chat):
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def cue(word: str) -> None:
        bots["pharmacy"].wrong = word == "misbehave"

    hear(cue)
    _print({"admin": admin.url, "chat": chat.url})
    for exchange in _users(chat.url):
        _print(exchange)


def _print(said: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
