"""`ircockpit init` on real gateways: typed on a real terminal from an empty profile, users asked all the while beside it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.e2e.stage import command
from tests.live.matrix import agent, one
from tests.live.walks import WALK_S, answer, asked, walking, watched
from tests.support.alertmanager import Alertmanager
from tests.support.etcd import FLAG

from ircockpit.core.errors import RefusedError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.engine.measure import partly_bound
from ircockpit.features.containment.engine.resolving import choices
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.features.containment.trying import badges
from ircockpit.features.systems.queries import is_accepted, system

pytestmark = pytest.mark.live


class Walk(NamedTuple):
    """What is typed for one gateway, after the questions that are the same for all; ``None`` takes the default."""

    server: str
    control: str
    """The property of the server that is the address typed."""
    front: str
    """The property that is the address of the users."""
    called: str
    """How the server is called once it was recognised."""
    answers: tuple[tuple[str, str], ...]
    """Beginning of a question, and what is typed; ``{fallback}`` is where the fallback listens."""
    confirm: str
    users: Callable[[Any], tuple[str, ...]]
    free: tuple[str, ...]
    held: tuple[str, ...]


def silenced(server: Alertmanager) -> tuple[str, ...]:
    """Whether Alertmanager itself says that the alerts of the service are silenced."""
    server.fire("support-chat")
    return ("silenced" if server.silences() else "paged",)


WALKS = (
    Walk("envoy", "admin", "listener", "Envoy proxy", (), "halt", one, ("prod",), ("503 fault filter abort",)),
    Walk(
        "caddy", "control", "front", "Caddy web server", (("parameter dial: ", "{fallback}"),), "fallback", one,
        ("prod",), ("fallback",),
    ),
    Walk(
        "haproxy", "runtime", "front", "HAProxy, runtime API", (), "halt", one, ("prod",),
        ("503 halted by incident response",),
    ),
    Walk(
        "etcd", "control", "agent_url", "etcd", (("parameter key: ", FLAG),), "flag", agent, ("agent",),
        ("halted by incident response",),
    ),
    Walk(
        "alertmanager", "control", "front", "Prometheus Alertmanager", (("parameter value: ", "support-chat"),),
        "silence", silenced, ("paged",), ("silenced",),
    ),
)  # fmt: skip


@pytest.mark.parametrize("walk", WALKS, ids=[walk.server for walk in WALKS])
def test_a_newcomer_proves_a_control(walk: Walk, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = request.getfixturevalue(walk.server)
    if walk.server == "etcd":
        server.put(FLAG, "true")
    fallback = f"127.0.0.1:{request.getfixturevalue('upstreams')[1].port}"
    home, control, front = tmp_path / "home", getattr(server, walk.control), getattr(server, walk.front)
    with watched(lambda: walk.users(server)) as seen, walking(home) as screen:
        answer(screen, "your name", "Mira")
        answer(screen, "name of the AI system", "support-bot")
        answer(screen, "who owns it [Mira]", "support team")
        answer(screen, "how its on-call", "")
        answer(screen, "address of the gateway", control)
        answer(screen, "address that users reach", "" if front == control else front)
        if walk.server != "alertmanager":
            answer(screen, "which control", "")
        for question, typed in walk.answers:
            answer(screen, question, typed.format(fallback=fallback))
        answer(screen, "which signals", "")
        asked(screen, "type ")
        assert walk.called in screen.text()
        assert 'reads "not contained" now' in screen.text()
        assert seen == [walk.free], "nothing is switched before it is confirmed"
        screen.send("\r")  # what takes a default everywhere else confirms nothing
        screen.wait_for(lambda text: text.count(" type ") == 2, WALK_S)
        assert seen == [walk.free]
        answer(screen, "type ", walk.confirm)
        assert screen.wait_exit(WALK_S) == 0
        assert f"{walk.confirm} of support-bot is proved" in screen.text()
    assert seen == [walk.free, walk.held, walk.free, walk.held, walk.free], (
        "the users' side of it, asked independently"
    )
    with open_workstation(home) as station:
        found = system(station.view, "support-bot")
        assert (found.owner, [each.name for each in found.controls]) == ("support team", [walk.confirm])
        assert all(is_accepted(station.profile, target) for target in found.targets)
        [badge] = badges(station).values()
        assert badge.actions == (walk.confirm,)
        assert not (station.profile.folder / "starting.json").exists()
        assert station.identity.name == "Mira"


def test_a_script_proves_a_control(envoy: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = [
        "init",
        "bot",
        "--admin",
        envoy.admin,
        "--probe",
        envoy.listener,
        "--control",
        "fallback",
        "--json",
    ]

    with watched(lambda: one(envoy)) as seen:
        looked = command(home, *words, "--dry-run")
        assert (looked.code, looked.data["proved"]) == (0, False), looked.said
        assert seen == [("prod",)]
        done = command(home, *words, "--yes", "--confirm", "fallback")
    assert (done.code, done.data["proved"], done.data["course"]) == (
        0,
        True,
        ["effective", "reverted"] * 2,
    ), done.said
    assert done.data["badge"]["actions"] == ["fallback"]
    assert seen == [("prod",), ("fallback",)] * 2 + [("prod",)]


def test_who_leaves_while_it_is_on_has_it_taken_back(envoy: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = ("bot", "--me", "Mira", "--owner", "team", "--on-call", "none", "--admin", envoy.admin, "--probe", envoy.listener,
             "--control", "halt", "--match", "none")  # fmt: skip
    with walking(home, *words) as screen:
        answer(screen, "type ", "halt")
        until = time.monotonic() + WALK_S
        while one(envoy) == ("prod",):
            assert time.monotonic() < until, "it never came on"
        screen.press("ctrl+c")
        assert screen.wait_exit(WALK_S) == 130
        assert "bot is recorded, nothing is on" in screen.text()
    assert one(envoy) == ("prod",)
    with walking(home) as screen:
        asked(screen, "type ")
        assert "kept from before" in screen.text()
        answer(screen, "type ", "d")
        assert screen.wait_exit(WALK_S) == 0
    assert one(envoy) == ("prod",)


def test_who_is_killed_while_it_is_on_has_it_taken_back_by_the_next_walk(envoy: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = ("bot", "--me", "Mira", "--owner", "team", "--on-call", "none", "--admin", envoy.admin, "--probe", envoy.listener,
             "--control", "halt", "--match", "none")  # fmt: skip
    with walking(home, *words) as screen:
        answer(screen, "type ", "halt")
        until = time.monotonic() + WALK_S
        while one(envoy) == ("prod",):
            assert time.monotonic() < until, "it never came on"
        screen.process.kill()
        screen.process.wait()
    assert one(envoy) != ("prod",), "control: it is left on"
    with walking(home) as screen:
        asked(screen, "type ")
        assert "takes back a trial that was cut off" in screen.text()
        screen.send("halt\r")
        screen.wait_for(lambda text: text.count(" type halt") == 2, WALK_S)
        assert one(envoy) == ("prod",)
        answer(screen, "type ", "halt")
        assert screen.wait_exit(WALK_S) == 0
        assert "is proved" in screen.text()
    assert one(envoy) == ("prod",)


def test_what_haproxy_says_about_a_map_it_does_not_have_is_no_list_of_keys(haproxy: Any) -> None:
    target = Target("it", haproxy.runtime)
    for name, keys in (("switches.map", ["llm"]), ("no-such.map", None)):
        measure = partly_bound(shipped("haproxy"), "halt", {"map": name}, target)
        with TargetTransport(target, lambda uri: uri) as transport:
            if keys is None:
                with pytest.raises(RefusedError, match="no list for key"):
                    choices(transport, measure, "key")
            else:
                assert [each.value for each in choices(transport, measure, "key")] == keys, "control"
