"""A real HAProxy in front of two upstreams, with both doors of its administration: the runtime API and the statistics page."""

import socket
from typing import ClassVar

from tests.support.daemon import Daemon, chat
from tests.support.upstream import Upstream

CONFIG = """\
global
    stats socket ipv4@127.0.0.1:{runtime} level admin
    hard-stop-after 1s
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
frontend llm
    bind 127.0.0.1:{front}
    option http-buffer-request
    acl blocked_key req.hdr(authorization),lower -m str -f {folder}/blocked_keys.lst
    acl bad_prompt req.body,lower -m sub -f {folder}/bad_prompts.lst
    http-request return status 403 content-type application/json string '{{"error":"key blocked"}}' if blocked_key
    http-request return status 451 content-type application/json string '{{"error":"prompt blocked"}}' if bad_prompt
    default_backend llm
backend llm
    server prod 127.0.0.1:{prod} check inter 500ms rise 1
    server fallback 127.0.0.1:{fallback} check inter 500ms rise 1 backup
frontend stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /stats
    stats admin if TRUE
"""


class HAProxy(Daemon):
    """``control`` is the statistics page, ``runtime`` the runtime API; ``fallback`` is a backup server."""

    name: ClassVar[str] = "haproxy"
    package: ClassVar[str] = "haproxy"
    port_count: ClassVar[int] = 3
    prod: Upstream
    fallback: Upstream

    def behind(self, prod: Upstream, fallback: Upstream) -> "HAProxy":
        """Say what stands behind it."""
        self.prod, self.fallback = prod, fallback
        return self

    @property
    def runtime(self) -> tuple[str, int]:
        """Address of the runtime API."""
        return "127.0.0.1", self.ports[2]

    @property
    def keys(self) -> str:
        """The list of blocked keys, as the runtime API names it."""
        return str(self.folder / "blocked_keys.lst")

    @property
    def prompts(self) -> str:
        """The list of blocked words of prompts, as the runtime API names it."""
        return str(self.folder / "bad_prompts.lst")

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        for each in (self.keys, self.prompts):
            with open(each, "w", encoding="ascii"):
                """Both lists are empty at first."""
        config = self.folder / "haproxy.cfg"
        config.write_text(
            CONFIG.format(
                stats=self.ports[0],
                front=self.ports[1],
                runtime=self.ports[2],
                folder=self.folder,
                prod=self.prod.port,
                fallback=self.fallback.port,
            )
        )
        return [self.program(), "-db", "-f", str(config)]

    def check_ready(self) -> None:
        """See :class:`Daemon`; both servers must have passed their first check."""
        if chat(self.front).status != 200 or self.say("show servers state llm").count(" 2 0 1 1 ") < 1:
            raise ValueError("no server is up")

    def say(self, command: str) -> str:
        """One command of the runtime API by hand, as another person would, and its answer."""
        with socket.create_connection(self.runtime, timeout=5) as line:
            line.sendall(command.encode() + b"\n")
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts).decode()
