"""What a newcomer is told where they hesitate, mistype or come back for the next control."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.features.starting.gateway import Gateway, Typist, typing
from tests.features.starting.test_starting_init import page, stranger, whole
from tests.support.scripted import Scripted

from ircockpit.features.starting.actions import init
from ircockpit.features.starting.guide import Guide
from ircockpit.features.starting.kept import Kept
from ircockpit.features.systems.recording import record
from ircockpit.features.systems.rules import Control, System, Target
from ircockpit.store.workstation import Workstation

FIRST = ("Mira", "bot", "", "")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as made:
        yield made


def unwrapped(typist: Any) -> str:
    return " ".join(typist.text.split())


@pytest.mark.parametrize("typed", ["?", "yes", "hlat", ""])
def test_what_confirms_nothing_is_answered_with_a_sentence(
    station: Workstation, gateway: Gateway, typed: str
) -> None:
    with typing(*whole(gateway, typed, "d")) as typist:
        init(station)
    assert "only halt in full does. While it is on: 503 to everyone who uses this listener" in unwrapped(
        typist
    )
    assert gateway.changes == []


@pytest.mark.parametrize("typed", ["?", "yes", "q"])
def test_who_does_not_know_what_looks_again_is_told(
    station: Workstation, gateway: Gateway, typed: str
) -> None:
    gateway.declared = False
    with typing(*whole(gateway, typed, "d")) as typist:
        init(station)
    assert "p asks for the parameters of this control" in unwrapped(typist)


def test_what_stays_the_same_may_lie_in_a_parameter(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    with typing(*whole(gateway)) as typist:
        init(station)
    assert "a parameter may differ" not in unwrapped(typist), "control: not at the first time"
    with typing("", "d") as typist:
        init(station)
    assert "a parameter may differ" in unwrapped(typist)


@pytest.mark.parametrize("script", [stranger, page])
def test_an_address_where_a_connector_is_asked_for_is_one(
    station: Workstation, gateway: Gateway, script: Any
) -> None:
    with (
        Scripted(script) as other,
        typing(*FIRST, other.url, gateway.url, gateway.url, "", "", "d") as typist,
    ):
        done = init(station)
    assert "Perhaps this is the address that users reach; < goes back" in unwrapped(typist)
    assert "that is an address: it is taken for that of the control API" in typist.text
    assert done.data["system"]["targets"][0]["admin"] == gateway.url


def test_a_path_that_is_too_much_is_named(station: Workstation, gateway: Gateway) -> None:
    with (
        Scripted(stranger) as other,
        typing(*FIRST, f"{other.url}/config/", gateway.url, gateway.url, "", "", "d") as typist,
    ):
        init(station)
    assert "the address that users reach, or the path /config is too much; < goes back" in unwrapped(typist)


def test_answers_keep_their_numbers_whichever_was_changed(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    with typing(
        *FIRST, gateway.url, gateway.url, "2", "", "c", "6", gateway.url + "/v2", "c", "", "d"
    ) as typist:
        init(station)
    shown = [
        row.split()[:2] for row in typist.text.splitlines() if row[:5].strip().isdigit() and row[4:5] == " "
    ]
    lists = [shown[at:] for at, row in enumerate(shown) if row == ["1", "your"]]
    first, second = lists[0][: len(lists[0]) - len(lists[1])], lists[1]
    assert ["6", "users"] in second
    assert first == second


def test_the_next_control_has_what_the_first_one_has(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    with typing(*whole(gateway, "p", "ir.other", "ours", "d")):
        init(station)
    with typing("", "", "limit", "?", "") as typist:
        init(station, system="bot")
    admin, probe, which, layer, again = typist.questions[:5]
    assert f"[{gateway.url}]" in admin
    assert f"[{gateway.url}]" in probe
    assert which.startswith("which control")
    assert layer.startswith("parameter layer: "), "what a parameter is called is no word of the program"
    assert layer.endswith("[ours]: "), "the key is another one for each control, the layer is not"
    assert "its configuration says it" in unwrapped(typist), "how the value is found"
    assert layer == again


def test_a_file_of_the_next_control_lies_beside_that_of_the_first(station: Workstation) -> None:
    first = Control(
        "halt", "", "haproxy", "halt", "gateway", (("key", "llm"), ("map", "/opt/lb/switches.map"))
    )
    place = Target("gateway", "tcp://127.0.0.1:9999", "http://127.0.0.1:8080")
    record(station, None, System("", "bot", targets=(place,), controls=(first,)), [])
    answers = {"system": "bot", "admin": place.admin, "connector": "haproxy", "action": "limit"}
    typist = Typist()
    asked = Guide(station, {}, typist, Kept(answers))
    assert [asked.inherited(name) for name in ("map", "key", "refused")] == [
        "/opt/lb/limits.map",
        "llm",
        None,
    ]
    assert Guide(station, {}, None, Kept(answers)).inherited("key") is None, "a script says what it means"


def test_another_address_leaves_the_other_answers(station: Workstation, gateway: Gateway) -> None:
    gateway.declared = False
    with (
        Gateway() as other,
        typing(*FIRST, gateway.url, gateway.url, "2", "", "c", "5", other.url, "d") as typist,
    ):
        done = init(station)
    assert "which control first" in typist.questions[6]
    assert not any(question.startswith("which c") for question in typist.questions[7:])
    control = done.data["system"]["controls"][0]
    assert (control["action"], done.data["system"]["targets"][0]["admin"]) == ("fallback", other.url)


def test_every_form_of_credentials_is_named(station: Workstation, gateway: Gateway) -> None:
    gateway.token = "sk-x"
    with typing(*FIRST, gateway.url, "?") as typist:
        init(station)
    for form in ("bearer env:", "X-Api-Key: env:", "basic USER env:NAME"):
        assert form in unwrapped(typist)


def broken(_: Any, line: Any) -> None:
    line.reset()


def test_who_breaks_off_may_speak_in_lines(station: Workstation) -> None:
    with Scripted(broken) as other, typing(*FIRST, other.url) as typist:
        init(station)
    assert "tcp://HOST:PORT" in typist.text


def test_back_from_the_credentials_leads_to_the_address_and_they_are_not_wanted_by_another_one(
    station: Workstation, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", "sesame")
    with Gateway() as closed:
        closed.token = "sesame"
        first = ("Mira", "bot", "", "", closed.url, "env:GATEWAY_TOKEN", "<", "<", gateway.url)
        with typing(*first, gateway.url, "", "", "d") as typist:
            done = init(station)
    asked = [question.partition(" [")[0].partition(":")[0] for question in typist.questions]
    at = asked.index("credentials for the control API")
    assert asked[at : at + 5] == [
        "credentials for the control API", "address that users reach", "credentials for the control API",
        "address of the gateway's control API", "address that users reach",
    ]  # fmt: skip
    assert done.data["system"]["targets"][0]["auth"] == ""
    assert all("authorization" not in each.headers for each in gateway.server.received)
