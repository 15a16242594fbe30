"""Mutual TLS by a private authority: the certificate that may switch things is shown to the control alone."""

import ssl
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.engine.gateway import Bench
from tests.support.scripted import Line, Received, Scripted
from tests.support.tls import certificate, serving

from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.features.containment.engine.states import State


class Seen:
    """A plane of a gateway that notes who showed a certificate."""

    def __init__(self, bench: list[Bench], context: ssl.SSLContext) -> None:
        self.shown: list[bool] = []
        self.certificates: list[bytes] = []
        self._bench = bench
        self.server = Scripted(self._serve, context)

    def _serve(self, received: Received, line: Line) -> None:
        sock: Any = line._sock
        self.shown.append(sock.getpeercert() is not None and bool(sock.getpeercert()))
        self.certificates.append(sock.getpeercert(binary_form=True) or b"")
        self._bench[0].gateway.truth(received, line)


def test_a_certificate_is_shown_to_the_control_and_to_nobody_else(tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority")
    mine = certificate(tmp_path, "mine", issuer=authority)
    pem = certificate(tmp_path, "server", issuer=authority)
    asking = serving(pem, authority)
    optional = serving(pem, authority)
    optional.verify_mode = ssl.CERT_OPTIONAL
    held: list[Bench] = []
    control, front = Seen(held, asking), Seen(held, optional)
    with control.server, front.server:
        given: dict[str, Any] = {
            "base_url": control.server.url, "probe_url": front.server.url, "ca_file": str(authority),
        }  # fmt: skip
        with Bench(**given, client_cert=str(mine)) as bench:
            held.append(bench)
            plan = bench.plan()
            assert "client certificate sha256:" in plan.trust.partition(";")[0]
            assert "client certificate" not in plan.trust.partition(";")[2]
            assert bench.go(plan).state is State.EFFECTIVE
        assert all(control.shown)
        assert control.shown
        assert not any(front.shown)
        assert front.shown
        with Bench(**given) as bench:
            held[:] = [bench]
            asked = len(control.shown)
            with pytest.raises(CockpitError):
                bench.runner.read(bench.measure())
            assert len(control.shown) == asked, "control: without it the gateway answers nobody"


def test_a_certificate_that_is_another_by_now_is_neither_shown_nor_sent_with(tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority")
    mine, other, pem = (certificate(tmp_path, name, issuer=authority) for name in ("mine", "other", "server"))
    asking = serving(pem, authority)
    held: list[Bench] = []
    control = Seen(held, asking)
    with control.server:
        given: dict[str, Any] = {"base_url": control.server.url, "ca_file": str(authority)}
        place = tmp_path / "client.pem"
        place.write_bytes(mine.read_bytes())
        with Bench(**given, client_cert=str(place)) as bench:
            held.append(bench)
            given["probe_url"] = bench.gateway.server.url
            place.write_bytes(other.read_bytes())  # renewed while the plan is made
            plan = bench.plan()
            assert sha256(control.certificates[-1]).hexdigest() in plan.trust
            with Bench(**given, client_cert=str(place)) as later:
                asked = len(control.shown)
                with pytest.raises(RefusedError, match="certificates are configured otherwise") as caught:
                    later.go(plan)
                assert caught.value.safe == "Nothing was sent."
                assert len(control.shown) == asked
                assert later.runner.read(later.measure()).state is True, "control: it is a good one, too"
            assert control.certificates[-1] != control.certificates[0]
            place.write_bytes(mine.read_bytes())  # the one that was approved is back: it may be sent
            with Bench(**given, client_cert=str(place)) as again:
                proof = bench.runner.prove(plan.measure)
                place.write_bytes(other.read_bytes())  # and away again before its first use
                assert again.go(plan, proof).state is State.EFFECTIVE
            assert control.certificates[-1] == control.certificates[0]
