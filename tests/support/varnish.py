"""A real Varnish before a service whose pages it keeps, with a second configuration that keeps none."""

import shutil
import subprocess
from typing import ClassVar

from tests.support.daemon import Gateway, ask
from tests.support.servers import require

KEEPS = """\
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_deliver {{
    if (obj.uncacheable) {{
        set resp.http.x-cache = "pass";
    }} elsif (obj.hits > 0) {{
        set resp.http.x-cache = "hit";
    }} else {{
        set resp.http.x-cache = "miss";
    }}
}}
"""
PASSES = """\
vcl 4.1;
sub vcl_recv {{ return (pass); }}
include "{keeps}";
"""


class Varnish(Gateway):
    """Before ``prod``."""

    name: ClassVar[str] = "varnishd"
    package: ClassVar[str] = "varnish"
    port_count: ClassVar[int] = 2

    control: ClassVar[str] = "exec:varnishadm"
    """Switched by Varnish' own program."""

    @property
    def address(self) -> str:
        """Host and port of the administration."""
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def secret_file(self) -> str:
        """What proves to it who may."""
        return str(self.folder / "secret")

    @property
    def client(self) -> str:
        """Path of the program."""
        return require("varnishadm", shutil.which("varnishadm"), "apt install varnish")

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        keeps, passes = self.folder / "default.vcl", self.folder / "bypass.vcl"
        keeps.write_text(KEEPS.format(port=self.prod.port))
        passes.write_text(PASSES.format(keeps=keeps))
        (self.folder / "secret").write_text("only for this test\n")
        # Without a user of its own, which could not read this folder.
        words = [self.program(), "-j", "none", "-F"]
        words += ["-n", str(self.folder / f"work-{self.ports[0]}"), "-s", "malloc,16m"]
        words += ["-a", f"127.0.0.1:{self.ports[1]}", "-T", self.address, "-S", self.secret_file]
        return [*words, "-f", str(keeps)]

    def check_ready(self) -> None:
        """See :class:`Daemon`; both configurations must be loaded."""
        if ask("GET", f"{self.front}/ready").status != 200:
            raise ValueError("not ready")
        if "bypass" not in self.say("vcl.list"):
            self.say("vcl.load", "bypass", str(self.folder / "bypass.vcl"))

    def say(self, *words: str) -> str:
        """One command by hand, as another person would."""
        asked = [self.client, "-T", self.address, "-S", self.secret_file, *words]
        done = subprocess.run(
            asked, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=20
        )
        return done.stdout
