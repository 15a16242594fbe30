"""moto, a simulator of AWS that checks signatures and rights: a user with a key, and an IP set of its firewall."""

import json
import re
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from tests.support.daemon import Daemon, ask

from ircockpit.features.containment.engine.signing import sigv4
from ircockpit.features.containment.engine.target import SigV4
from ircockpit.net.http import HttpClient, Request, Response

REGION = "us-east-1"
SETTING_UP = 3
"""Requests that moto takes before it asks who sends."""
IP_SET = "blocked"


class Moto(Daemon):
    """``key`` and ``secret`` are those of a user who may do everything; ``ip_set`` is the id of the set."""

    name: ClassVar[str] = "moto_server"
    package: ClassVar[str] = "python3-moto, or: pip install 'moto[server]'"
    port_count: ClassVar[int] = 1
    key, secret, ip_set = "", "", ""

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        return [self.program(), "-H", "127.0.0.1", "-p", str(self.ports[0])]

    def environment(self) -> dict[str, str]:
        """See :class:`Daemon`."""
        return {"INITIAL_NO_AUTH_ACTION_COUNT": str(SETTING_UP)}

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/moto-api/data.json").status != 200:
            raise ValueError("not ready")

    def set_up(self) -> None:
        """Make the user, their key and the IP set."""
        self._iam("Action=CreateUser&UserName=responder")
        made = self._iam("Action=CreateAccessKey&UserName=responder").body.decode()
        [self.key] = re.findall("<AccessKeyId>(.*?)<", made)
        [self.secret] = re.findall("<SecretAccessKey>(.*?)<", made)
        rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        document = quote(json.dumps(rights), safe="")
        self._iam(f"Action=PutUserPolicy&UserName=responder&PolicyName=all&PolicyDocument={document}")
        made_set = {
            "Name": IP_SET,
            "Scope": "REGIONAL",
            "IPAddressVersion": "IPV4",
            "Addresses": ["192.0.2.1/32"],
        }
        self.ip_set = self.waf("CreateIPSet", made_set)["Summary"]["Id"]

    def waf(self, action: str, body: dict[str, Any]) -> Any:
        """Ask the firewall, as somebody else would."""
        headers = (
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", f"AWSWAF_20190729.{action}"),
        )
        said = self._send("wafv2", headers, json.dumps(body).encode())
        assert said.status == 200, said
        return json.loads(said.body)

    def _iam(self, form: str) -> Response:
        headers = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
        said = self._send("iam", headers, f"{form}&Version=2010-05-08".encode())
        assert said.status == 200, said
        return said

    def _send(self, service: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Response:
        request = Request("POST", f"{self.control}/", headers, body)
        how = SigV4(REGION, service, "", "")
        signed = sigv4(request, how, self.key or "AKIDEXAMPLE", self.secret or "none", "", datetime.now(UTC))
        with HttpClient(keep_alive=False) as client:
            return client.send(signed, 10.0)
