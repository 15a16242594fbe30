"""A real Caddy in front of two upstreams, with the ids that the shipped connector works on."""

import json
from typing import Any, ClassVar

from tests.support.daemon import Gateway, ask

UNUSED_KEY = "sk-nobody-has-this-key"
"""Keeps the list of blocked keys from being empty: an empty list matches every request that has a key."""

LONGEST = 100_000
"""Bytes of a prompt."""


class Caddy(Gateway):
    """Routes to ``prod``; ``fallback`` is where it can be sent."""

    name: ClassVar[str] = "caddy"
    package: ClassVar[str] = "caddy"

    @property
    def tap_port(self) -> int:
        """The one other port at which Caddy's admin API lets itself be called."""
        return self.ports[2]

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        config = self.folder / "caddy.json"
        config.write_text(json.dumps(self.config()))
        return [self.program(), "run", "--config", str(config)]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/id/llm-proxy/upstreams").status != 200:
            raise ValueError("the configuration is not loaded")
        ask("GET", f"{self.front}/")

    def config(self) -> dict[str, Any]:
        """All of its configuration."""
        blocklist = {
            "@id": "blocklist",
            "match": [{"header": {"Authorization": [f"Bearer {UNUSED_KEY}"]}}],
            "handle": [{"handler": "static_response", "status_code": 403, "body": "key blocked"}],
            "terminal": True,
        }
        halted = {
            "@id": "halted-tools",
            "match": [{"path": ["/tools/nobody-has-this-tool"]}],
            "handle": [{"handler": "static_response", "status_code": 403, "body": "tool halted"}],
            "terminal": True,
        }
        # What is longer is refused: Caddy looks for words in the whole of what it takes.
        bounded = {"handle": [{"handler": "request_body", "max_size": LONGEST}]}
        forbidden = {
            "@id": "forbidden-prompts",
            "match": [{"vars_regexp": {"{http.request.body}": {"pattern": "nobody ever says this"}}}],
            "handle": [{"handler": "static_response", "status_code": 451, "body": "prompt blocked"}],
            "terminal": True,
        }
        proxy = {
            "@id": "llm-proxy",
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"127.0.0.1:{self.prod.port}"}],
        }
        server = {
            "listen": [f"127.0.0.1:{self.ports[1]}"],
            "automatic_https": {"disable": True},
            "routes": [blocklist, halted, bounded, forbidden, {"handle": [proxy]}],
        }
        origins = [f"127.0.0.1:{port}" for port in (self.ports[0], self.tap_port)]
        return {
            "admin": {"listen": origins[0], "origins": origins, "config": {"persist": False}},
            "apps": {"http": {"servers": {"llm": server}}},
        }
