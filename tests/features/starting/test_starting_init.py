"""`ircockpit init`: every question, each answer that cannot be, servers that are something else, leaving and going on."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.features.starting.gateway import Gateway, typing
from tests.support.scripted import Line, Received, Scripted, answer
from tests.support.tls import certificate, serving

from ircockpit.command.progress import telling
from ircockpit.core.errors import CockpitError, ExitCode, UsageError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.shelf import trust
from ircockpit.features.containment.trying import badges
from ircockpit.features.starting.actions import init
from ircockpit.features.systems.queries import TRUST_FILE, is_accepted, system, systems
from ircockpit.inert.gate import printable
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

FIRST = ("Mira", "bot", "", "")
"""Name, system, and the defaults of owner and on-call."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as made:
        yield made


def whole(gateway: Gateway, *last: str) -> tuple[str, ...]:
    """What a newcomer types up to the confirmation: address, users' address, first control, signals."""
    return (*FIRST, gateway.url, gateway.url, "", "", *last)


def test_from_nothing_to_a_proved_control(station: Workstation, gateway: Gateway) -> None:
    with typing(*whole(gateway, "halt")) as typist:
        done = init(station)
    assert (done.code, done.data["proved"], done.data["course"]) == (0, True, ["effective", "reverted"] * 2)
    assert done.data["badge"]["server"] == "1.40.0"
    assert gateway.changes == [f"/runtime_modify?ir.halt_pct={value}" for value in ("100", "", "100", "")]
    assert len(typist.questions) == 9
    assert typist.afresh == [typist.questions[-1]], "only what sends something forgets what was typed before"
    found = system(station.view, "bot")
    assert (found.owner, found.match) == ("Mira", ((("service", "bot"),),))
    assert all(is_accepted(station.profile, target) for target in found.targets)
    assert station.identity.name == "Mira"
    page = [plain(line) for line in done.lines]
    assert [line.split()[0] for line in page if not line.startswith("  ")] == [
        "recorded", "control", "target", "proved", "badge", "next"
    ]  # fmt: skip
    assert sum("ircockpit" in line for line in page) == 3, "the three next commands"


@pytest.mark.parametrize("cut", range(9))
def test_left_at_any_question_nothing_is_half_made_and_it_goes_on(
    station: Workstation, gateway: Gateway, cut: int
) -> None:
    lines = whole(gateway, "halt")
    with typing(*lines[:cut]):
        left = init(station)
    assert left.code == ExitCode.INTERRUPTED
    assert gateway.changes == []
    recorded = cut == 8  # the plan stands there, and what it is about is recorded
    assert [each.name for each in systems(station.view)] == (["bot"] if recorded else [])
    assert (station.profile.folder / TRUST_FILE).exists() == recorded
    assert ("bot is recorded" if recorded else "nothing recorded or switched") in left.said
    assert "ircockpit init goes on" in left.said
    if cut:
        assert (station.profile.folder / "starting.json").stat().st_mode & 0o777 == 0o600
    with typing(*lines[cut:]) as typist:
        done = init(station)
    assert done.data["proved"]
    assert len(typist.questions) == 9 - cut, "what was answered is not asked again"
    assert not (station.profile.folder / "starting.json").exists()


def test_what_was_kept_can_be_forgotten_or_damaged(station: Workstation, gateway: Gateway) -> None:
    with typing(*FIRST):
        init(station)
    with typing() as typist:
        init(station, fresh=True)
    assert typist.questions[0].startswith("your name")
    for damage in (
        "{",
        "[]",
        '{"answers": 5, "recorded": true}',
        '{"answers": {"system": 7}, "recorded": false}',
    ):
        (station.profile.folder / "starting.json").write_text(damage)
        with typing() as typist:
            init(station)
        assert typist.questions[0].startswith("your name")


@pytest.mark.parametrize("name", ["bot", "other-bot"])
def test_what_was_answered_about_another_system_is_left_aside(
    station: Workstation, gateway: Gateway, name: str
) -> None:
    with typing(*whole(gateway)[:6]):
        init(station)
    with typing() as typist:
        init(station, system=name)
    same = name == "bot"
    assert typist.questions[0].startswith("which control" if same else "address of the gateway's control API")
    assert ("answered about bot is left aside" in typist.text) is not same
    assert "Mira" in typist.text


def test_help_and_the_way_back(station: Workstation, gateway: Gateway) -> None:
    lines = (
        "?",
        "Mira",
        "bad name",
        "bot",
        "<",
        "other-bot",
        "",
        "",
        gateway.url,
        gateway.url,
        "?",
        "2",
        "<",
        "1",
        "",
        "d",
    )
    with typing(*lines) as typist:
        done = init(station)
    assert done.data["system"]["name"] == "other-bot"
    assert done.data["system"]["controls"][0]["action"] == "halt"
    assert not done.data["proved"]
    assert gateway.changes == []
    assert "Colleagues see it" in typist.text
    assert "small letters" in typist.text


def test_enter_and_another_word_confirm_nothing(station: Workstation, gateway: Gateway) -> None:
    with typing(*whole(gateway, "", "y", "yes", "HALT", "halt ")) as typist:
        done = init(station)
    assert done.data["proved"], "control: the word itself does"
    assert sum(question.startswith(" type halt") for question in typist.questions) == 5


def page(_: Received, line: Line) -> None:
    line.send(
        answer(200, b"<!DOCTYPE html><title>It works\x1b]0;owned\x07</title>", {"content-type": "text/html"})
    )


def elsewhere(_: Received, line: Line) -> None:
    line.send(answer(302, b"", {"location": "https://login.example.org/"}))


def giant(_: Received, line: Line) -> None:
    line.send(b"HTTP/1.1 200 said\r\ncontent-length: 9000000\r\n\r\n")
    line.send(b"x" * 2_000_000)


def stranger(_: Received, line: Line) -> None:
    line.send(answer(200, {"hello": "\x1b[2J\x1b]0;owned\x07 type halt"}))


def broken(_: Received, line: Line) -> None:
    line.reset()


@pytest.mark.parametrize(
    ("script", "said"),
    [(giant, "more than 1048576 bytes"), (broken, "broke before the answer was complete")],
)
def test_who_does_not_answer_is_told_and_asked_for_again(
    station: Workstation, gateway: Gateway, script: Any, said: str
) -> None:
    with Scripted(script) as other, typing(*FIRST, other.url, *whole(gateway, "halt")[4:]) as typist:
        done = init(station)
    assert done.data["proved"]
    assert said in typist.text
    addresses = [question for question in typist.questions if question.startswith("address of the gateway")]
    assert len(addresses) == 2
    assert other.url in addresses[1], "what was typed is there to be mended"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (page, "a web page answers there"), (elsewhere, "redirects to https://login.example.org/"),
        (stranger, "none of the servers known here"),
    ],
)  # fmt: skip
def test_who_is_something_else_is_told_and_a_connector_can_be_chosen(
    station: Workstation, script: Any, said: str
) -> None:
    with (
        Scripted(script) as other,
        typing(*FIRST, other.url, "?", "no-such", "envoy", "none", "", "") as typist,
    ):
        left = init(station)
    assert left.code == ExitCode.INTERRUPTED
    assert said in typist.text
    assert "unverified template" in typist.text
    assert all(printable(line) for line in typist.told if "owned" in line), (
        "their words pass the gate before a terminal"
    )
    assert any(question.startswith("Enter looks again") for question in typist.questions), (
        "it is not ready, and says so"
    )
    assert "static_layer: {ir.halt_pct: 0}" in typist.text, "what to put into its configuration"
    assert systems(station.view) == []


def test_nobody_there(station: Workstation, gateway: Gateway) -> None:
    with Scripted(stranger) as gone:
        pass
    with typing(
        *FIRST, gone.url, "nonsense:", "ftp://host", "http://user:pw@host", *whole(gateway, "halt")[4:]
    ) as typist:
        done = init(station)
    assert done.data["proved"]
    assert "cannot be reached" in typist.text
    assert "must not hold a password" in typist.text
    assert "pw@" not in json.dumps(done.data)


def test_a_login_is_asked_for_once_it_is_wanted_and_the_secret_is_never_kept(
    station: Workstation, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.token = "sk-right"
    monkeypatch.setenv("WRONG", "sk-wrong")
    monkeypatch.setenv("RIGHT", "sk-right")
    with typing(
        *FIRST, gateway.url, "sk-right", "env:NOT_THERE", "env:WRONG", "env:RIGHT", gateway.url, "", "", "env:RIGHT", "halt"
    ) as typist:  # fmt: skip
        done = init(station)
    assert done.data["proved"]
    assert "wants to know who asks" in typist.text
    assert "does not accept these credentials" in typist.text
    assert "NOT_THERE" in typist.text
    [target] = done.data["system"]["targets"]
    assert (target["auth"], target["probe_auth"]) == ("bearer env:RIGHT",) * 2
    held = b"".join(path.read_bytes() for path in station.profile.folder.rglob("*") if path.is_file())
    assert b"sk-right" not in held
    assert b"env:RIGHT" in held, "control: what is kept would be found"


def test_a_certificate_nobody_vouches_for_asks_for_the_authority(
    station: Workstation, tmp_path: Path
) -> None:
    pem = certificate(tmp_path, "server")
    with Gateway(serving(pem)) as gateway, typing(
        *FIRST, gateway.url, str(tmp_path / "none.pem"), str(pem), gateway.url, "", "", "halt"
    ) as typist:  # fmt: skip
        done = init(station)
    assert done.data["proved"]
    assert "is not trusted" in typist.text
    assert done.data["system"]["targets"][0]["ca"] == str(pem)


def test_a_gateway_that_is_not_ready_says_what_it_needs_and_is_looked_at_again(
    station: Workstation, gateway: Gateway
) -> None:
    gateway.declared = False
    lines = list(whole(gateway))
    with typing(*lines, "x", "p", KEY_TYPED, "admin", "d") as typist:
        done = init(station)
    assert not done.data["proved"]
    assert "abort_percent_runtime: ir.halt_pct" in typist.text
    assert "abort_percent_runtime: ir.other_pct" in typist.text, "with the parameter as it was answered"
    assert done.data["system"]["controls"][0]["params"] == {"key": KEY_TYPED, "layer": "admin"}
    assert gateway.changes == []


KEY_TYPED = "ir.other_pct"


def test_an_answer_can_be_changed_and_the_change_left(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    with typing(*whole(gateway, "c", "99", "c", "6", "<", "c", "2", "other", "d")) as typist:
        done = init(station)
    assert done.data["system"]["name"] == "other", "the one that was changed"
    assert done.data["system"]["targets"][0]["admin"] == gateway.url, "and none that was left again"
    assert not any(line.split()[1:2] == ["connector"] for line in typist.told if line), (
        "what was found out is nobody's answer"
    )


def test_the_address_of_the_control_is_seldom_that_of_users(station: Workstation, gateway: Gateway) -> None:
    with typing(*whole(gateway, "d")) as typist:
        init(station)
    assert "users seldom reach that one" in typist.text


def test_a_probe_that_is_not_served_proves_nothing_and_is_not_tried(
    station: Workstation, gateway: Gateway
) -> None:
    gateway.healthy = False
    with typing(*whole(gateway)) as typist:
        init(station)
    assert "it would prove nothing" in typist.text.replace("\n    ", " ")
    assert f"POST {gateway.url}/v1/chat/completions" in typist.text, "what was asked"
    assert "What the gateway needs" not in typist.text, "nobody is served, which is another matter"
    assert gateway.changes == []


def test_a_control_that_changes_nothing_for_users_is_not_called_proved(
    tmp_path: Path, gateway: Gateway
) -> None:
    gateway.follows = False
    with open_workstation(tmp_path / "home") as station:  # with a clock that goes on while the probe waits
        hurried = shipped("envoy").source.replace(b"within_s: 30", b"within_s: 0.5")
        (station.profile.connectors / "envoy.yaml").write_bytes(hurried)
        trust(station.profile, sha256(hurried).hexdigest())
        with typing(*whole(gateway, "halt", "d")) as typist:
            done = init(station)
        assert (done.data["proved"], done.code) == (False, ExitCode.FAILED)
        assert "still served" in typist.text
        assert "perhaps that address leads past this gateway" in typist.text.replace("\n    ", " ")
        assert len(gateway.changes) == 2
        assert gateway.percent == "", "it was taken back"
        assert badges(station) == {}


SURE = {"yes": True, "confirm": "halt"}


def given(gateway: Gateway, **more: Any) -> dict[str, Any]:
    return {"system": "bot", "admin": gateway.url, "probe": gateway.url, **more}


def test_without_a_terminal_everything_is_a_flag(station: Workstation, gateway: Gateway) -> None:
    looked = init(station, **given(gateway, dry_run=True))
    assert (looked.code, looked.data["proved"], gateway.changes) == (0, False, [])
    done = init(station, **given(gateway, **SURE))
    assert (done.code, done.data["proved"]) == (0, True)
    assert len(system(station.view, "bot").controls) == 1, "the same control once more is the same control"
    assert not (station.profile.folder / "starting.json").exists()


@pytest.mark.parametrize("missing", ["system", "admin", "probe"])
def test_what_is_missing_is_named(station: Workstation, gateway: Gateway, missing: str) -> None:
    flags = {"system": "SYSTEM", "admin": "--admin ADDRESS", "probe": "--probe ADDRESS"}
    with pytest.raises(UsageError) as caught:
        init(station, **{**given(gateway, **SURE), missing: None})
    assert flags[missing] in caught.value.fix
    assert systems(station.view) == []
    assert gateway.changes == []


def test_neither_confirmed_nor_looked(station: Workstation, gateway: Gateway) -> None:
    with pytest.raises(UsageError, match="nobody can be asked here") as caught:
        init(station, **given(gateway))
    assert "--yes" in caught.value.fix
    assert "--dry-run" in caught.value.fix


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"admin": "http://127.0.0.1:1"}, "cannot be reached"), ({"connector": "no-such"}, "no connector"),
        ({"control": "no-such"}, "no control"), ({"control": "limit"}, "--confirm names .halt."),
        ({"confirm": None}, "and not what"), ({"param": ["key"]}, "NAME=VALUE"), ({"match": "service"}, "NAME=VALUE"),
        ({"system": "A B"}, "small letters"), ({"auth": "sk-pasted"}, "secret source"),
        ({"param": ["key=a b"]}, "not of its form"),
    ],
)  # fmt: skip
def test_a_flag_that_cannot_be_ends_it_with_nothing_recorded(
    station: Workstation, gateway: Gateway, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(CockpitError, match=said):
        init(station, **given(gateway, **SURE) | more)
    assert systems(station.view) == []
    assert gateway.changes == []


def test_a_script_is_told_what_the_gateway_needs(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    told: list[str] = []
    with telling(told.append):
        refused = init(station, **given(gateway, **SURE))
    assert refused.code == ExitCode.REFUSED
    assert systems(station.view) == []
    assert any("abort_percent_runtime" in line for line in told)
    gateway.token = "sk-x"
    with pytest.raises(CockpitError) as caught:
        init(station, **given(gateway, **SURE))
    assert "--auth" in caught.value.fix


def test_a_second_control_joins_the_first(station: Workstation, gateway: Gateway) -> None:
    init(station, **given(gateway, dry_run=True, owner="team"))
    init(station, **given(gateway, dry_run=True, control="limit"))
    found = system(station.view, "bot")
    assert [(each.name, each.target) for each in found.controls] == [
        ("halt", "gateway"),
        ("limit", "gateway"),
    ]
    assert (found.owner, len(found.targets), len(found.match)) == ("team", 1, 1)
    with Gateway() as other:
        init(station, **given(other, dry_run=True))
    found = system(station.view, "bot")
    assert [(each.name, each.target) for each in found.controls][2:] == [("halt-2", "gateway-2")]
