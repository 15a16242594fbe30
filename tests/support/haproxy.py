"""A real HAProxy in front of two upstreams, with both doors of its administration: the runtime API and the statistics page."""

import socket
from typing import ClassVar

from tests.support.daemon import Gateway, chat

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
    acl blocked_key req.hdr(authorization) -i -m str -f keys.lst
    acl bad_prompt req.body -i -m sub -f prompts.lst
    acl halted str(llm),map(switches.map,off) -m str on
    acl beyond sc_http_req_rate(0),sub(txn.limit) gt 0
    stick-table type ip size 1k expire 600s store http_req_rate(600s)
    http-request track-sc0 src
    http-request set-var(txn.limit) str(llm),map_str_int(limits.map,1000000)
    http-request return status 503 content-type text/plain string "halted by incident response" if halted
    http-request return status 429 content-type text/plain string "limited by incident response" if beyond
    http-request return status 403 content-type text/plain string "key blocked" if blocked_key
    http-request return status 451 content-type text/plain string "prompt blocked" if bad_prompt
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


class HAProxy(Gateway):
    """``control`` is the statistics page, ``runtime`` the runtime API; ``fallback`` is a backup server."""

    name: ClassVar[str] = "haproxy"
    package: ClassVar[str] = "haproxy"

    @property
    def runtime(self) -> str:
        """Address of the runtime API."""
        return f"tcp://127.0.0.1:{self.ports[2]}"

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        # Lists may be empty at first; a key of a map has to be there, or the runtime API knows nothing to set.
        lists = {"keys.lst": "", "prompts.lst": "", "switches.map": "llm off", "limits.map": "llm 1000000"}
        for name, text in lists.items():
            (self.folder / name).write_text(f"{text}\n" if text else "")
        config = self.folder / "haproxy.cfg"
        config.write_text(
            CONFIG.format(
                stats=self.ports[0],
                front=self.ports[1],
                runtime=self.ports[2],
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
        with socket.create_connection(("127.0.0.1", self.ports[2]), timeout=5) as line:
            line.sendall(command.encode() + b"\n")
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts).decode()
