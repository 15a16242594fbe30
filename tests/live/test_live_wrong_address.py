"""`ircockpit init` at an address that is not the one meant, or lies behind something: a real Alertmanager behind Caddy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.live.walks import WALK_S, answer, asked, walking
from tests.support.alertmanager import Alertmanager
from tests.support.daemon import Daemon, ask, free_ports
from tests.support.pty_screen import PtyScreen
from tests.support.tls import certificate

pytestmark = pytest.mark.live

PASSWORD = "only-for-a-test"
HASHED = "$2b$04$YKSoEaKSDSTRUnorUmAz/.xmvTy2rf/nSBv.aHFqsXaoQxQgO49R2"
SECRETS = {"AM_PASSWORD": PASSWORD, "AM_WRONG": "not-it"}
SERVICE = "support-chat"
ADDRESS, CREDENTIALS = "address of the gateway", "credentials for the control API"


class Before(Daemon):
    """Five ways to one server: below a path, behind a login, over TLS, over IPv6, and one that answers {} to everything."""

    name: ClassVar[str] = "caddy"
    package: ClassVar[str] = "caddy"
    port_count: ClassVar[int] = 6

    def __init__(self, folder: Path, server: Alertmanager) -> None:
        super().__init__(folder)
        self._server = server
        self.authority = certificate(folder, "authority")
        self._certificate = certificate(folder, "server", issuer=self.authority)

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        dial = self._server.control.removeprefix("http://")
        passes = {"handler": "reverse_proxy", "upstreams": [{"dial": dial}]}
        account = {"username": "mira", "password": HASHED}
        provider = {"hash": {"algorithm": "bcrypt"}, "accounts": [account]}
        login = {"handler": "authentication", "providers": {"http_basic": provider}}
        below = {"handler": "rewrite", "strip_path_prefix": "/am"}
        empty = {"handler": "static_response", "status_code": 200, "body": "{}"}
        servers: dict[str, Any] = {
            "path": self._at(1, {"match": [{"path": ["/am/*"]}], "handle": [below, passes]}),
            "login": self._at(2, {"handle": [login, passes]}),
            "tls": self._at(3, {"handle": [passes]}) | {"tls_connection_policies": [{}]},
            "ipv6": {"listen": [f"[::1]:{self.ports[4]}"], "routes": [{"handle": [passes]}]},
            "empty": self._at(5, {"handle": [empty]}),
        }
        loaded = [{"certificate": str(self._certificate), "key": str(self._certificate)}]
        apps = {"http": {"servers": servers}, "tls": {"certificates": {"load_files": loaded}}}
        config = self.folder / "caddy.json"
        config.write_text(json.dumps({"admin": {"listen": f"127.0.0.1:{self.ports[0]}"}, "apps": apps}))
        return [self.program(), "run", "--config", str(config)]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.below_a_path}/api/v2/status").status != 200:
            raise ValueError("not ready")

    def _at(self, number: int, route: dict[str, Any]) -> dict[str, Any]:
        off = {"disable": True}
        return {"listen": [f"127.0.0.1:{self.ports[number]}"], "routes": [route], "automatic_https": off}

    @property
    def below_a_path(self) -> str:
        """The address with a path in front of the server's own."""
        return f"http://127.0.0.1:{self.ports[1]}/am"

    @property
    def behind_a_login(self) -> str:
        """Where a proxy wants a name and a password."""
        return f"http://127.0.0.1:{self.ports[2]}"

    @property
    def over_tls(self) -> str:
        """Where only TLS is spoken."""
        return f"https://127.0.0.1:{self.ports[3]}"

    @property
    def over_ipv6(self) -> str:
        """The same, at another sort of address."""
        return f"http://[::1]:{self.ports[4]}"

    @property
    def empty(self) -> str:
        """Where everything is answered alike, which one member of several servers' answers would be."""
        return f"http://127.0.0.1:{self.ports[5]}"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, alertmanager: Alertmanager) -> Iterator[Before]:
    with Before(tmp_path_factory.mktemp("before"), alertmanager) as proxy:
        yield proxy


def begun(screen: PtyScreen) -> None:
    """Up to the address."""
    for question, typed in (
        ("your name", "Mira"),
        ("name of the AI system", "bot"),
        ("who owns it", ""),
        ("how its on-call", ""),
    ):
        answer(screen, question, typed)


def proved(screen: PtyScreen, address: str, server: Alertmanager, *login: str) -> None:
    """From an address that was recognised to the end."""
    server.fire(SERVICE)
    answer(screen, f"address that users reach [{address}]", "")
    answer(screen, "parameter value: ", SERVICE)
    answer(screen, "which signals", "")
    for typed in login:
        answer(screen, "credentials for the address of the users", typed)
    answer(screen, "type ", "silence")
    assert screen.wait_exit(WALK_S) == 0
    assert "silence of bot is proved" in screen.text()


def said(screen: PtyScreen) -> str:
    """All that stands there, without where rows end."""
    return " ".join(screen.text().split())


def test_wrong_port_and_wrong_scheme_are_told_apart(
    before: Before, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    with walking(tmp_path / "home") as screen:
        begun(screen)
        answer(screen, ADDRESS, nobody)
        asked(screen, f"{ADDRESS}'s control API [{nobody}]")
        assert "cannot be reached: connection refused" in said(screen)
        answer(screen, ADDRESS, alertmanager.control.replace("http:", "https:"))
        asked(screen, f"{ADDRESS}'s control API [https")
        assert "speaks no TLS, or none that is spoken here; http:// may be meant" in said(screen)
        answer(screen, ADDRESS, before.over_tls.replace("https:", "http:"))
        answer(screen, "which connector", "<")
        assert "it wants to be asked over https://, and was asked over http://" in said(screen)
        answer(screen, ADDRESS, before.empty)
        answer(screen, "which connector", "<")
        assert "something answers there that is none of the servers known here" in said(screen)
        answer(screen, ADDRESS, before.below_a_path.removesuffix("/am"))
        asked(screen, "which connector")
        assert said(screen).count("none of the servers known here") == 2
        assert "that is Prometheus" not in said(screen)
        answer(screen, "which connector", "<")
        answer(screen, ADDRESS, before.below_a_path)
        asked(screen, "address that users reach")
        assert "that is Prometheus Alertmanager, 0.25.0" in said(screen), "control: the right one is found"
        proved(screen, before.below_a_path, alertmanager)


def test_behind_a_login_the_wrong_password_is_told_and_the_right_one_leads_on(
    before: Before, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    with walking(tmp_path / "home", env=SECRETS) as screen:
        begun(screen)
        answer(screen, ADDRESS, before.behind_a_login)
        answer(screen, CREDENTIALS, "basic mira env:AM_WRONG")
        answer(screen, f"{CREDENTIALS} [basic mira env:AM_WRONG]", "basic mira env:AM_PASSWORD")
        assert "it wants to know who asks" in said(screen)
        assert "it does not accept these credentials" in said(screen)
        asked(screen, "address that users reach")
        assert "that is Prometheus Alertmanager" in said(screen)
        proved(screen, before.behind_a_login, alertmanager, "basic mira env:AM_PASSWORD")
        assert PASSWORD not in screen.text()


def test_credentials_for_one_address_are_not_offered_to_another(
    before: Before, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    with walking(tmp_path / "home", env=SECRETS) as screen:
        begun(screen)
        answer(screen, ADDRESS, before.behind_a_login)
        answer(screen, CREDENTIALS, "basic mira env:AM_PASSWORD")
        answer(screen, "address that users reach", "<")
        answer(screen, CREDENTIALS, "<")
        answer(screen, ADDRESS, alertmanager.control)
        proved(screen, alertmanager.control, alertmanager)


def test_over_ipv6_and_over_tls_it_is_the_same_server(
    before: Before, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    with walking(tmp_path / "home") as screen:
        begun(screen)
        answer(screen, ADDRESS, before.over_tls)
        answer(screen, "file of the authority", str(before.authority))
        answer(screen, "address that users reach", "<")
        answer(screen, "file of the authority", "<")
        answer(screen, ADDRESS, before.over_ipv6)
        asked(screen, "address that users reach")
        assert said(screen).count("that is Prometheus Alertmanager, 0.25.0") == 2
        proved(screen, before.over_ipv6, alertmanager)
