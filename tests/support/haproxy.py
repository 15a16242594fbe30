"""A real HAProxy in front of two upstreams, with both doors of its administration: the runtime API and the statistics page."""

import socket
from typing import ClassVar

from tests.support.daemon import Gateway, chat

CONFIG = """\
global
    stats socket ipv4@127.0.0.1:{runtime} level admin
    hard-stop-after 1s
    tune.bufsize 32768
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
    acl told_length req.hdr(content-length) -m found
    acl unread req.body_size,sub(txn.seen) gt 0
    acl revoked http_auth_bearer,jwt_payload_query('$.jti') -m str -f revoked.lst
    acl withdrawn path,url_dec -m dir -f links.lst
    acl halted str(llm),map(switches.map,off) -m str on
    acl beyond sc_http_req_rate(0),sub(txn.limit) gt 0
    stick-table type ip size 1k expire 600s store http_req_rate(600s)
    http-request track-sc0 src
    http-request set-var(txn.limit) str(llm),map_str_int(limits.map,1000000)
    http-request return status 503 content-type text/plain string "halted by incident response" if halted
    http-request return status 429 content-type text/plain string "limited by incident response" if beyond
    http-request return status 403 content-type text/plain string "key blocked" if blocked_key
    http-request return status 401 content-type text/plain string "token revoked" if revoked
    http-request return status 410 content-type text/plain string "withdrawn" hdr x-refused withdrawn if withdrawn
    http-request set-var(txn.seen) req.body_len
    http-request return status 411 content-type text/plain string "say how long it is" if METH_POST !told_length
    http-request return status 413 content-type text/plain string "too long to be looked at" if unread
    http-request return status 451 content-type text/plain string "prompt blocked" if bad_prompt
    use_backend %[str(llm),map(versions.map,llm)]
    default_backend llm
frontend careless
    bind 127.0.0.1:{careless}
    option http-buffer-request
    acl bad_prompt req.body -i -m sub -f prompts.lst
    http-request return status 451 content-type text/plain string "prompt blocked" if bad_prompt
    default_backend llm
backend llm
    server prod 127.0.0.1:{prod} check inter 500ms rise 1
    server fallback 127.0.0.1:{fallback} check inter 500ms rise 1 backup
backend llm-known-good
    server one 127.0.0.1:{fallback} check inter 500ms rise 1
backend llm-away
    server one 127.0.0.1:{careless} disabled
backend llm-alone
    server prod 127.0.0.1:{prod} check inter 500ms rise 1
backend llm-left
    server prod 127.0.0.1:{prod} check inter 500ms rise 1
    server fallback 127.0.0.1:{fallback} disabled backup
frontend stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /stats
    stats admin if TRUE
"""


class HAProxy(Gateway):
    """``control`` is the statistics page, ``runtime`` the runtime API.

    ``fallback`` is a backup server, and the only one of the backend ``llm-known-good``.
    """

    name: ClassVar[str] = "haproxy"
    package: ClassVar[str] = "haproxy"
    port_count: ClassVar[int] = 4

    @property
    def careless(self) -> str:
        """Address of a frontend that looks for words, and takes prompts of any length."""
        return f"http://127.0.0.1:{self.ports[3]}"

    @property
    def runtime(self) -> str:
        """Address of the runtime API."""
        return f"tcp://127.0.0.1:{self.ports[2]}"

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        # Lists may be empty at first; a key of a map has to be there, or the runtime API knows nothing to set.
        lists = dict.fromkeys(("keys.lst", "prompts.lst", "revoked.lst", "links.lst"), "")
        maps = {"switches.map": "llm off", "limits.map": "llm 1000000", "versions.map": "llm llm"}
        for name, text in (lists | maps).items():
            (self.folder / name).write_text(f"{text}\n" if text else "")
        config = self.folder / "haproxy.cfg"
        config.write_text(
            CONFIG.format(
                stats=self.ports[0],
                front=self.ports[1],
                runtime=self.ports[2],
                careless=self.ports[3],
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
