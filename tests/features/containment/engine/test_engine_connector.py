"""A connector file is exactly of its form, or it is refused with the place named."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG

from ircockpit.core.errors import BadInput, NotFound, UsageError
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.target import Target

TARGET = Target("t", "http://127.0.0.1:1", "http://127.0.0.1:2")


def changed(old: bytes, new: bytes) -> bytes:
    assert old in FLAG
    return FLAG.replace(old, new, 1)


def test_the_connector_is_known_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "flags.yaml"
    path.write_bytes(FLAG)
    loaded = connector.load(path)
    assert loaded.sha256 == sha256(FLAG).hexdigest()
    assert loaded == connector.load(FLAG)
    assert loaded != connector.load(FLAG + b"# a remark\n")


def test_actions_are_found_by_id() -> None:
    loaded = connector.load(FLAG)
    assert loaded.action("off").family == "disable_feature"
    with pytest.raises(NotFound, match="no action 'on'"):
        loaded.action("on")


@pytest.mark.parametrize("name", SHIPPED)
def test_connectors_that_come_with_the_program_load(name: str) -> None:
    assert connector.shipped(name).id == name


def test_no_other_name_reaches_a_file() -> None:
    for name in ("none", "../connectors/envoy", "/etc/passwd"):
        with pytest.raises(NotFound):
            connector.shipped(name)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"vendor: test", b"vendor: test\nbase_url: http://evil", "unknown field `base_url`"),
        (
            b"approval: none",
            b"approval: none\n    command: [rm]",
            r"line 34, actions\[0\].command: unknown field `command`",
        ),
        (
            b"timeout_s: 1}\n    contained",
            b"timeout_s: 1, url: x}\n    contained",
            r"line 13, actions\[0\].read.url: unknown field `url`",
        ),
        (b"schema_version: 1", b"schema_version: 2", "schema_version"),
        (b"schema_version: 1", b"schema_version: true", "schema_version"),
        (b"family: disable_feature", b"family: other", "family"),
        (b"consecutive: 3", b"consecutive: 1", "consecutive"),
        (b"tier: feature", b"tier: planet", "tier"),
        (b"approval: none", b"approval: off", "approval"),
        (b"    blast:", b"    blats:", "blats"),
        (b"approval: none", b"approval: none\n    proof: daily", "proof"),
        (
            b"approval: none",
            b"approval: two-person\n    proof: scheduled",
            r"actions\[0\].proof: what needs two people",
        ),
        (b"read: {method: GET,", b"read: {method: TRACE,", "method"),
        (b"        serving: status == `200` && type(body.choices) == 'array'\n", b"", "serving"),
        (b"contained: state == `false`", b"contained: stat == `false`", "'stat' does not exist here"),
        (b"contained: state == `false`", b"contained: nosuch(state)", "which does not exist"),
        (b"contained: state == `false`", b"contained: 'state =='", "not JMESPath"),
        (b"state: body.flag.enabled", b"state: before.enabled", "'before' does not exist here"),
        (b"{enabled: false}", b"{enabled: '${p.flog}'}", "no parameter is called 'flog'"),
        (b"{enabled: false}", b"{enabled: '${var.id}'}", "nothing captures var.id"),
        (b"{enabled: '${before}'}".replace(b"'", b'"'), b"{enabled: '${var.id}'}", "nothing captures var.id"),
        (b'"${p.flag}", value', b'"${state}", value', "'state' does not exist here"),
        (
            b'path: "/flags/${p.flag}", state',
            b'path: "http://evil/${p.flag}", state',
            "hosts come from the target",
        ),
        (
            b'path: "/flags/${p.flag}", state',
            b'path: "//evil/${p.flag}", state',
            "hosts come from the target",
        ),
        (b'path: "/flags/${p.flag}", state', b'path: "/flags?f=${p.flag}", state', "holds no query"),
        (
            b"state: body.flag.enabled",
            b"headers: {Host: evil}, state: body.flag.enabled",
            "'Host' cannot be set",
        ),
        (b"state: body.flag.enabled", b"headers: {'A: b': c}, state: body.flag.enabled", "cannot be set"),
        (
            b'path: "/flags/${p.flag}", state',
            rb'path: "/flags\r\nX: y/${p.flag}", state',
            "become a plain absolute path",
        ),
        (b'path: "/flags/${p.flag}", state', b'path: "/a/%2E%2e/${p.flag}", state', "leave its place"),
        (
            b"state: body.flag.enabled",
            rb'headers: {X-A: "c\r\nD: e"}, state: body.flag.enabled',
            "with a line end",
        ),
        (b"state: body.flag.enabled", b"json: {}, state: body.flag.enabled", "a GET has no body"),
        (b"{method: PUT", b"{method: GET", "a GET has no body"),
        (
            b"json: {enabled: false}",
            b"json: {enabled: false}, form: {a: b}",
            "only one of json, form and body",
        ),
        (b'"[a-z.]{1,40}"', b'"[a-z"', "no regular expression"),
        (b"default: chat.enabled", b"default: CHAT", "the default is refused"),
        (b"default: chat.enabled", b"default: 1", "the default is refused"),
    ],
)
def test_anything_else_is_refused_with_its_place(old: bytes, new: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        connector.load(changed(old, new))


def test_only_what_comes_back_by_itself_and_is_seen_to_work_is_proved_on_a_schedule() -> None:
    allowed = changed(b"approval: none", b"approval: none\n    proof: scheduled")
    assert connector.load(allowed).actions[0].proof == "scheduled", "control: this one may be"
    assert connector.load(FLAG).actions[0].proof == "by-hand"
    at, end = allowed.index(b"      probe:"), allowed.index(b"    blast:")
    with pytest.raises(BadInput, match="without a probe"):
        connector.load(allowed[:at] + allowed[end:])
    at, end = allowed.index(b"    revert:"), allowed.index(b"    verify:")
    with pytest.raises(BadInput, match="cannot be taken back is never proved"):
        connector.load(allowed[:at] + b"    reversible: false\n" + allowed[end:])


CAPTURING = FLAG.replace(
    b"false}, timeout_s: 1}\n",
    b"false}, capture: {id: body.id}}\n"
    b'      - {method: PUT, path: "/flags/${var.id}", json: {enabled: false}}\n',
)


def test_a_change_may_need_what_an_earlier_one_made_up_but_no_later_one() -> None:
    assert connector.load(CAPTURING).action("off").apply[0].capture == {"id": "body.id"}
    one, two = (b"false}, capture: {id: body.id}}", b'path: "/flags/${var.id}", json: {enabled: false}}')
    swapped = CAPTURING.replace(one, b"false}}").replace(two, two[:-1] + b", capture: {id: body.id}}")
    with pytest.raises(BadInput, match=r"nothing captures var\.id before it is needed here"):
        connector.load(swapped)


def test_two_actions_of_one_id_are_refused() -> None:
    _, action = FLAG.split(b"actions:\n")
    with pytest.raises(BadInput, match="stands before it"):
        connector.load(FLAG + action)


def test_the_file_is_named_in_the_refusal(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"id: x")
    with pytest.raises(BadInput, match=r"^mine.yaml, line 1: "):
        connector.load(path)
    with pytest.raises(BadInput, match=r"absent\.yaml: cannot be read"):
        connector.load(tmp_path / "absent.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BadInput, match=r"pipe\.yaml: cannot be read: it is no file"):
        connector.load(tmp_path / "pipe.yaml")


TYPED = FLAG.replace(
    b"      flag: {",
    b"      share: {help: per cent, type: int, enum: [50, 100], default: 100}\n"
    b"      hard: {help: at once, type: flag, default: false}\n"
    b"      who: {help: a name}\n"
    b"      flag: {",
)


def test_parameters_are_taken_as_text_or_as_their_type() -> None:
    typed = connector.load(TYPED)
    assert bind(typed, "off", {"who": "a"}, TARGET).params == {
        "share": 100,
        "hard": False,
        "who": "a",
        "flag": "chat.enabled",
    }
    given = bind(typed, "off", {"who": "a", "share": "50", "hard": "true"}, TARGET).params
    assert (given["share"], given["hard"]) == (50, True)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "needs the parameter who"),
        ({"who": "a", "what": "b"}, "no parameter 'what'"),
        ({"who": "a\nb"}, "printable"),
        ({"who": "a\x1b[2J"}, "printable"),
        ({"who": "a\u202e"}, "printable"),
        ({"who": "a" * 257}, "at most 256"),
        ({"who": 1}, "printable"),
        ({"who": "a", "share": "60"}, "share is one of 50, 100"),
        ({"who": "a", "share": "many"}, "whole number"),
        ({"who": "a", "share": True}, "whole number"),
        ({"who": "a", "hard": "yes"}, "true or false"),
        ({"who": "a", "flag": "UPPER"}, "not of its form"),
        ({"who": "a", "flag": "a\n"}, "printable"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(params: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        bind(connector.load(TYPED), "off", params, TARGET)


ASKS = b"recognise:\n  - {method: GET, path: /who, when: body.who == 'flags'}\n"


def test_how_a_server_is_recognised_and_prepared_is_kept() -> None:
    told = changed(b"actions:", ASKS + b'login: "bearer env:TOKEN"\none_address: true\nactions:')
    told = told.replace(
        b"    approval: none", b"    approval: none\n    prepare: switch ${p.flag} on first", 1
    )
    loaded = connector.load(told)
    [spec] = loaded.recognise
    assert (spec.path, spec.when) == ("/who", "body.who == 'flags'")
    assert (loaded.login, loaded.one_address) == ("bearer env:TOKEN", True)
    assert loaded.actions[0].prepare == "switch ${p.flag} on first"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"GET, path: /who", b"DELETE, path: /who", "what only reads is not sent with DELETE"),
        (b"path: /who", b'path: "/who/${p.flag}"', "nothing is known yet that could be filled in"),
        (b"body.who == 'flags'", b"p.who == 'flags'", "'p' does not exist here"),
        (b"body.who == 'flags'", b"body.who ==", "when"),
        (b"method: GET, path: /who", b'args: ["--version"]', "only where its name is known"),
        (b"method: GET", b"program: redis-cli, method: GET", "only where its name is known"),
        (b"method: GET, path: /who", b'program: a/b, args: ["--version"]', "program"),
        (b"when:", b"timeout_s: 60, when:", "<= 5"),
    ],
)
def test_a_question_that_could_do_harm_or_cannot_work_is_refused(old: bytes, new: bytes, why: str) -> None:
    assert old in ASKS
    with pytest.raises(BadInput, match=why):
        connector.load(changed(b"actions:", ASKS.replace(old, new) + b"actions:"))
    connector.load(changed(b"actions:", ASKS + b"actions:"))


def test_what_is_to_be_prepared_names_parameters_that_there_are() -> None:
    with pytest.raises(BadInput, match="no parameter is called 'nothing'"):
        connector.load(changed(b"approval: none", b"approval: none\n    prepare: switch ${p.nothing} on"))


def test_a_pattern_that_would_never_be_through_keeps_nobody_waiting() -> None:
    """A file is read before anybody trusts it, in the cockpit's own process."""
    raw = changed(
        b'pattern: "[a-z.]{1,40}", default: chat.enabled', b'pattern: "(a+)+b", default: "%s"' % (b"a" * 60)
    )
    with pytest.raises(BadInput, match="took too long to say"):
        connector.load(raw)
