"""A recorded target becomes what the engine takes: who sends, which certificate is shown, which program is run."""

from pathlib import Path

import pytest
from tests.features.containment.stage import Stage

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.features.containment import actions
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.target import Auth, Credentials, OAuth2, SigV4
from ircockpit.features.containment.offers import engine_target
from ircockpit.features.containment.shelf import PROGRAMS_FILE, programs
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import is_accepted, mark, system
from ircockpit.features.systems.rules import AUTH_FORMS, System, Target, check
from ircockpit.render.span import plain

URL = "http://127.0.0.1:9901"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Authorization: Bearer env:T", Auth("Authorization", "env:T", "Bearer ")),
        ("X-Key: env:T", Auth("X-Key", "env:T")),
        ("bearer env:T", Auth("Authorization", "env:T", "Bearer ")),
        ("basic mira env:P", Auth("Authorization", "env:P", "Basic ", user="mira")),
        ("query api_key env:K", Auth("api_key", "env:K", query=True)),
        ("sigv4 eu-central-1 wafv2 env:K env:S", SigV4("eu-central-1", "wafv2", "env:K", "env:S")),
        ("sigv4 eu-central-1 wafv2 env:K env:S env:T", SigV4("eu-central-1", "wafv2", "env:K", "env:S", "env:T")),
        ("oauth2 https://l.example.org/t me env:S a b", OAuth2("https://l.example.org/t", "me", "env:S", "a b")),
    ],
)  # fmt: skip
def test_each_way_of_showing_who_sends(stage: Stage, text: str, meant: Credentials) -> None:
    place = Target("eu", URL, auth=text, probe_auth=text, cert="/etc/mine.pem", ca="/etc/ca.pem")
    check(System("id", "bot", targets=(place,)))
    made = engine_target(stage.station.profile, place)
    assert made.auth == made.probe_auth == meant
    assert (made.client_cert, made.ca_file) == ("/etc/mine.pem", "/etc/ca.pem")


def test_the_examples_given_to_people_are_read() -> None:
    for text in AUTH_FORMS.values():
        check(System("id", "bot", targets=(Target("eu", URL, auth=text),)))


@pytest.mark.parametrize(
    "text",
    ["bearer", "bearer sk-pasted", "basic env:P", "basic mira secret", "sigv4 eu wafv2 env:K",
     "oauth2 env:S", "X-Key: sk-1", "none"],
)  # fmt: skip
def test_what_names_no_source_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(System("id", "bot", targets=(Target("eu", URL, auth=text),)))
    assert "sk-" not in str(caught.value.sentences())


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("tcp://127.0.0.1:9999", True), ("tcp://[::1]:9999", True), ("unix:/run/haproxy.sock", True), ("exec:kubectl", True),
        ("tcp://127.0.0.1", False), ("unix:run", False), ("exec:/bin/sh", False), ("exec:", False), ("file:///x", False),
    ],
)  # fmt: skip
def test_a_control_may_speak_no_http_but_its_probe_does(address: str, good: bool) -> None:
    if good:
        check(System("id", "bot", targets=(Target("eu", address),)))
    else:
        with pytest.raises(BadInput):
            check(System("id", "bot", targets=(Target("eu", address),)))
    with pytest.raises(BadInput):
        check(System("id", "bot", targets=(Target("eu", URL, address),)))


def test_what_was_accepted_before_is_so_still_and_each_new_field_counts(stage: Stage) -> None:
    plain = Target("eu-1", URL, URL)
    # As it was before a target could have these fields: whoever accepted it is not asked again.
    assert mark(plain) == "eca219fa5f2d305bb4e6e69c885ec8206bbfd29b9a56a1d249c203066a22946f"
    marks = {mark(plain), mark(plain._replace(cert="/x")), mark(plain._replace(probe_auth="bearer env:T"))}
    assert len(marks) == 3
    add_system(stage.station, name="other", target=[f"eu-1={URL}"])
    assert not is_accepted(stage.station.profile, Target("eu-1", URL, cert="/etc/other.pem"))


def test_only_a_program_that_this_device_allows_is_run(stage: Stage) -> None:
    profile = stage.station.profile
    place = Target("cluster", "exec:kubectl")
    assert engine_target(profile, place).program == ""
    scaling = connector.load(
        b"schema_version: 1\nid: t\nversion: 1\nvendor: t\ndocs: t\nactions:\n"
        b"  - {id: a, family: disable_model, title: t, read: {args: [get], state: text}, contained: state == 'x',"
        b" change: {what: t, value: state, after: x}, apply: [{args: [x]}], revert: [{args: [y]}], verify: {},"
        b" blast: {tier: endpoint, text: t}, approval: none}\n"
    )
    with pytest.raises(UsageError, match="does not say which program") as caught:
        bind(scaling, "a", {}, engine_target(profile, place))
    assert "connectors/programs.toml" in caught.value.fix
    path = profile.connectors / PROGRAMS_FILE
    path.write_text('kubectl = "/usr/bin/kubectl"\n', "utf-8")
    assert bind(scaling, "a", {}, engine_target(profile, place)).target.program == "/usr/bin/kubectl"
    for wrong in ('kubectl = "kubectl"', "kubectl = 1", "kubectl ="):
        path.write_text(wrong, "utf-8")
        with pytest.raises(BadInput):
            programs(profile)


def test_options_say_all_that_a_file_can_say_of_a_target(stage: Stage, tmp_path: Path) -> None:
    other = "http://127.0.0.1:9902"
    (tmp_path / "ca.pem").write_text("")
    add_system(
        stage.station, name="pair", target=[f"eu={URL},{URL}", "us=unix:/run/x.sock"], probe_auth=["eu=bearer env:U"],
        ca=[f"eu={tmp_path}/ca.pem"], cert=["eu=mine.pem"], probes=[f"eu={other}", "eu=http://127.0.0.1:9903"],
        replicas=["eu=3"],
    )  # fmt: skip
    (eu, us) = system(stage.station.view, "pair").targets
    assert eu == Target(
        "eu", URL, URL, ca=f"{tmp_path}/ca.pem", probe_auth="bearer env:U", cert=str(Path("mine.pem").absolute()),
        probes=(other, "http://127.0.0.1:9903"), replicas=3,
    )  # fmt: skip
    assert us == Target("us", "unix:/run/x.sock")
    made = engine_target(stage.station.profile, eu)
    assert (made.probe_beside, made.replicas) == (eu.probes, 3)
    assert is_accepted(stage.station.profile, eu)
    assert is_accepted(stage.station.profile, eu._replace(replicas=4)), "how many answer is no address"
    assert not is_accepted(stage.station.profile, eu._replace(probes=(other,)))


def test_a_file_names_probes_as_a_list(stage: Stage, tmp_path: Path) -> None:
    described = tmp_path / "pair.yaml"
    described.write_text(
        f"name: pair\ntargets:\n  eu: {{admin: {URL}, probes: [{URL}, 'http://127.0.0.1:9902'], replicas: 2}}\n"
    )
    add_system(stage.station, name=str(described))
    (eu,) = system(stage.station.view, "pair").targets
    assert (eu.probe, eu.probes, eu.replicas) == (URL, ("http://127.0.0.1:9902",), 2)
    assert add_system(stage.station, name=str(described)).said.endswith("recorded like that already")


@pytest.mark.parametrize(
    "stated",
    [
        "probes: 'http://a'", "probes: [1]", "replicas: many", "replicas: 0", "replicas: 21", "probes: ['tcp://a:1']",
        "probes: ['http://a', 'http://a/b c']",
    ],
)  # fmt: skip
def test_probes_and_replicas_of_another_form_are_refused(stage: Stage, tmp_path: Path, stated: str) -> None:
    described = tmp_path / "pair.yaml"
    described.write_text(f"name: pair\ntargets:\n  eu: {{admin: {URL}, {stated}}}\n")
    with pytest.raises(BadInput):
        add_system(stage.station, name=str(described))


@pytest.mark.parametrize(
    "option", [{"replicas": ["eu-1=x"]}, {"probes": ["nowhere=http://a"]}, {"ca": ["eu-1"]}]
)
def test_an_option_of_another_form_is_refused(stage: Stage, option: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput):
        add_system(stage.station, name="bot", **option)


def test_a_plan_names_the_addresses_it_asks_and_how_often(stage: Stage) -> None:
    url = stage.gateway.server.url
    localhost = url.replace("127.0.0.1", "localhost")
    add_system(stage.station, name="bot", probes=[f"eu-1={localhost}"], replicas=["eu-1=2"])
    shown = actions.stop(stage.station, target=stage.incident, control="1", dry_run=True)
    text = "\n".join(plain(line) for line in shown.lines)
    assert f"POST {url}/chat" in text
    assert f"POST {localhost}/chat" in text
    assert "6 in a row at each of 2 addresses" in text
    assert "at most 3%" in text
    assert shown.data["probe"]["in_a_row"] == 6
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert done.data["state"] == "effective"
    assert "2 addresses, 6 of 6 each, 2 replicas behind each" in done.data["detail"]
