"""A real Caddy in front of two upstreams, with the ids that the shipped connector works on."""

import json
import subprocess
from typing import Any, ClassVar

from tests.support.daemon import Gateway, ask
from tests.support.surroundings import clean_environment

UNUSED_KEY = "sk-nobody-has-this-key"
"""Keeps the list of blocked keys from being empty: an empty list matches every request that has a key."""

LONGEST = 100_000
"""Bytes of a prompt."""

CADDYFILE = """\
{{
	admin 127.0.0.1:{admin}
	auto_https off
}}
http://127.0.0.1:{front} {{
	reverse_proxy 127.0.0.1:{prod}
}}
"""


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


class ByCaddyfile(Caddy):
    """Started with a Caddyfile, as most people have one: nothing in it has an id."""

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        file = self.folder / "Caddyfile"
        file.write_text(CADDYFILE.format(admin=self.ports[0], front=self.ports[1], prod=self.prod.port))
        return [self.program(), "run", "--config", str(file), "--adapter", "caddyfile"]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/config/").status != 200:
            raise ValueError("the configuration is not loaded")
        ask("GET", f"{self.front}/")

    def follow_the_hint(self) -> None:
        """What ``prepare`` of its connector says: adapt it, put the id on the handler, reload that."""
        adapted = json.loads(self._said("adapt", "--config", "Caddyfile"))
        [server] = adapted["apps"]["http"]["servers"].values()
        marked = json.dumps(server).replace(
            '"handler": "reverse_proxy"', '"@id": "llm-proxy", "handler": "reverse_proxy"'
        )
        assert marked.count("@id") == 1
        adapted["apps"]["http"]["servers"] = {"llm": json.loads(marked)}
        (self.folder / "caddy.json").write_text(json.dumps(adapted))
        self.reload("caddy.json")

    def reload(self, name: str) -> None:
        """Put a file to use, as people do."""
        self._said("reload", "--config", name)

    def _said(self, *words: str) -> str:
        home = self.folder / "home"
        environment = {**clean_environment(home), "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        done = subprocess.run(
            [self.program(), *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout
