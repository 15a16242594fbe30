"""Secrets stored and tried: typed unseen, kept where only their owner reads them, and never printed by anything."""

import json
import os
import stat
import time
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, Done, command, surroundings
from tests.store.profiles import open_station
from tests.support.pty_screen import PtyScreen

from ircockpit.core.errors import ExitCode, SecretError
from ircockpit.features.containment.offers import offers
from ircockpit.features.credentials.queries import named_sources
from ircockpit.features.systems.actions import add
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import AUTH_FORMS
from ircockpit.secrets.sources import known_missing, resolve
from ircockpit.secrets.trial import missing
from ircockpit.store.workstation import Workstation

VALUE = "s3cret-välue-7"


def shown(done: Done) -> str:
    return (done.out + done.err).decode()


def test_a_secret_is_typed_unseen_and_kept_for_its_owner_alone(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "gateway.key"
    with PtyScreen([*PROGRAM, "secret", "set", f"file:{place}"], surroundings(home), (100, 24)) as screen:
        screen.wait_for(f"value of file:{place}")
        screen.send(f"{VALUE}\r")
        screen.wait_for("once more")
        screen.send(f"{VALUE}\r")
        screen.wait_for("kept in the file")
        assert screen.wait_exit() == 0
        assert VALUE.encode() not in bytes(screen.raw)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert resolve(f"file:{place}").reveal() == VALUE


def test_two_that_differ_store_nothing(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "gateway.key"
    with PtyScreen([*PROGRAM, "secret", "set", f"file:{place}"], surroundings(home), (100, 24)) as screen:
        screen.wait_for("value of")
        screen.send(f"{VALUE}\r")
        screen.wait_for("once more")
        screen.send("another\r")
        screen.wait_for("the two are not the same")
        assert screen.wait_exit() == ExitCode.USAGE
    assert not place.exists()


def test_a_script_is_never_asked_and_may_pipe(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "gateway.key"
    refused = command(home, "secret", "set", f"file:{place}", stdin=VALUE.encode())
    assert refused.code == ExitCode.USAGE
    assert "--stdin" in refused.said
    assert not place.exists()
    done = command(home, "secret", "set", f"file:{place}", "--stdin", stdin=f"{VALUE}\n".encode())
    assert done.code == 0, shown(done)
    assert place.read_text("utf-8") == VALUE
    again = command(home, "secret", "set", f"file:{place}", "--stdin", stdin=b"other\n")
    assert (again.code, place.read_text("utf-8")) == (ExitCode.REFUSED, VALUE), (
        "nothing is overwritten unasked"
    )
    replaced = command(home, "secret", "set", f"file:{place}", "--stdin", "--replace", stdin=b"other\n")
    assert (replaced.code, place.read_text("utf-8")) == (0, "other")
    for wrong in (b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 70_000):
        assert (
            command(home, "secret", "set", f"file:{place}", "--stdin", "--replace", stdin=wrong).code
            == ExitCode.USAGE
        )
    (tmp_path / "link").symlink_to(place)
    assert (
        command(home, "secret", "set", f"file:{tmp_path / 'link'}", "--stdin", "--replace", stdin=b"x").code
        == 7
    )
    assert place.read_text("utf-8") == "other"
    assert not any(VALUE in shown(each) for each in (refused, done, again, replaced))


def test_where_there_is_no_keyring_the_file_source_is_named(home: Path) -> None:
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    done = command(
        home, "secret", "set", "keyring:gateway/prod", "--stdin", stdin=f"{VALUE}\n".encode(), env=env
    )
    assert done.code == ExitCode.REFUSED
    assert "There is no keyring" in done.said
    assert "file:~/.ircockpit-prod" in done.said
    assert VALUE not in shown(done)
    null = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    lost = command(home, "secret", "set", "keyring:gateway/prod", "--stdin", stdin=b"x\n", env=null)
    assert (lost.code, "is refused" in lost.said) == (ExitCode.REFUSED, True)
    for source, word in (
        ("env:X", "export it"),
        ("cred:x", "LoadCredential"),
        ('cmd:["a"]', "the program"),
        ("prompt:x", "another"),
    ):
        done = command(home, "secret", "set", source, "--stdin", stdin=b"x\n")
        assert (done.code, word in done.said) == (ExitCode.REFUSED, True), done
    pasted = command(home, "secret", "set", VALUE, "--stdin", stdin=b"x\n")
    assert (pasted.code, VALUE in shown(pasted)) == (ExitCode.REFUSED, False)


def test_every_secret_that_a_system_names_is_tried_and_none_is_printed(home: Path, tmp_path: Path) -> None:
    open_file = tmp_path / "open.key"
    open_file.write_text(VALUE)
    open_file.chmod(0o644)
    with open_station(home) as station:
        add(
            station, name="bot", target=["a=http://127.0.0.1:1,http://127.0.0.1:2", "b=http://127.0.0.1:3,http://127.0.0.1:4"],
            auth=["a=Authorization: Bearer env:GATEWAY_KEY", "b=X-Key: env:NOT_SET"],
            probe_auth=["a=X-User: env:GATEWAY_KEY", f"b=X-User: file:{open_file}"],
        )  # fmt: skip
    env = {"GATEWAY_KEY": VALUE}
    done = command(home, "secret", "check", "--json", env=env)
    assert done.code == ExitCode.REFUSED
    rows = {row["source"]: row for row in done.data}
    assert rows["env:GATEWAY_KEY"]["there"]
    assert rows["env:GATEWAY_KEY"]["needed_by"] == ["bot/a control", "bot/a data plane"]
    assert "NOT_SET is not set" in rows["env:NOT_SET"]["why"]
    assert "can be read by others" in rows[f"file:{open_file}"]["why"]
    for words in (("secret", "check"), ("secret", "check", "--json"), ("secret", "check", "env:GATEWAY_KEY")):
        assert VALUE not in shown(command(home, *words, env=env))
    assert VALUE in os.fsdecode(env["GATEWAY_KEY"]), "the control: it was there to be printed"
    assert command(home, "secret", "check", "env:GATEWAY_KEY", env=env).code == 0


def test_each_kind_of_credentials_names_its_secrets(station: Workstation) -> None:
    for kind, line in AUTH_FORMS.items():
        add(station, name=kind, target=["a=http://127.0.0.1:1"], auth=[f"a={line}"])
    found = {each.uri: each.needed_by for each in named_sources(station.profile, systems(station.view))}
    assert set(found) == {
        "env:GATEWAY_TOKEN", "env:GATEWAY_PASSWORD", "env:GATEWAY_KEY", "env:AWS_ACCESS_KEY_ID",
        "env:AWS_SECRET_ACCESS_KEY", "env:CLIENT_SECRET",
    }  # fmt: skip
    assert found["env:AWS_ACCESS_KEY_ID"] == ("sigv4/a control",)
    assert set(found["env:GATEWAY_TOKEN"]) == {"header/a control", "bearer/a control"}


def test_what_hangs_or_fails_harms_only_itself(tmp_path: Path) -> None:
    began = time.monotonic()
    hung = missing('cmd:["sleep","30"]', timeout_s=0.5)
    assert hung is not None
    assert time.monotonic() - began < 20
    noisy = missing('cmd:["sh","-c","echo out; echo err >&2; exit 3"]')
    assert noisy is not None
    assert "code 3" in noisy.what
    assert missing('cmd:["echo","value"]') is None
    assert missing("env:HOME") is None
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    assert missing(f"file:{fifo}", timeout_s=1.0) is not None
    pasted = missing(VALUE)
    assert pasted is not None
    assert VALUE not in " ".join(pasted.sentences())


def test_a_missing_secret_disables_its_control_alone_with_the_reason(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    monkeypatch.setenv("GATEWAY_KEY", VALUE)
    add(
        station, name="bot", target=["a=http://127.0.0.1:1,http://127.0.0.1:2", "b=http://127.0.0.1:3,http://127.0.0.1:4"],
        auth=["a=X-Key: env:GATEWAY_KEY", "b=X-Key: env:NOT_SET"],
        control=["halt=envoy/halt@a", "other=envoy/halt@b"],
    )  # fmt: skip
    first, second = offers(station, "", systems(station.view)[0].ident)
    assert first.why_not == ""
    assert "NOT_SET is not set" in second.why_not
    monkeypatch.setenv("NOT_SET", VALUE)
    assert [each.why_not for each in offers(station, "", systems(station.view)[0].ident)] == ["", ""]


def test_what_has_to_be_asked_for_is_not_known_to_be_missing() -> None:
    assert known_missing("keyring:gateway/prod", {}) == ""
    assert known_missing('cmd:["false"]', {}) == ""
    assert known_missing("file:/nowhere/at/all", {}) == ""
    assert "no credentials directory" in known_missing("cred:key", {})
    assert known_missing("cred:key", {"CREDENTIALS_DIRECTORY": "/run/x"}) == ""
    assert "not a source" in known_missing("hunter2", {})
    with pytest.raises(SecretError):
        resolve("cred:key", environ={})
    assert json.dumps(known_missing("env:NOT_THERE", {}))
