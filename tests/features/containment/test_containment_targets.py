"""A recorded target becomes what the engine takes: who sends, which certificate is shown, which program is run."""

import pytest
from tests.features.containment.stage import Stage

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.target import Auth, Credentials, OAuth2, SigV4
from ircockpit.features.containment.offers import engine_target
from ircockpit.features.containment.shelf import PROGRAMS_FILE, programs
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import is_accepted, mark
from ircockpit.features.systems.rules import AUTH_FORMS, System, Target, check

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
