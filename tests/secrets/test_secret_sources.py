import copy
import json
import logging
import os
import pickle
import sys
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import SecretError
from ircockpit.secrets.secret import Secret
from ircockpit.secrets.sources import MAX_BYTES, SecretSource, resolve

VALUE = "s3cret-välue/+"


@pytest.fixture
def private(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(VALUE + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def refused(uri: str, environ: dict[str, str] | None = None, timeout_s: float = 3) -> SecretError:
    with pytest.raises(SecretError) as caught:
        resolve(uri, environ=environ, timeout_s=timeout_s)
    error = caught.value
    assert error.fix
    assert VALUE not in " ".join(error.sentences())
    assert VALUE not in "".join(traceback.format_exception(error))
    return error


@pytest.mark.parametrize(
    ("uri", "scheme", "rest"),
    [
        ("keyring:ircockpit/mira", "keyring", "ircockpit/mira"),
        ("keyring:https://hub/x/mira", "keyring", "https://hub/x/mira"),
        ("file:/run/secrets/token", "file", "/run/secrets/token"),
        ("file:~/token", "file", "~/token"),
        ("env:UNLEASH_TOKEN", "env", "UNLEASH_TOKEN"),
        ("cred:token", "cred", "token"),
        ('cmd:["pass","show","x"]', "cmd", '["pass","show","x"]'),
        ("prompt:the token", "prompt", "the token"),
    ],
)
def test_sources(uri: str, scheme: str, rest: str) -> None:
    source = SecretSource.parse(uri)
    assert source == (scheme, rest)
    assert source.uri == uri


def test_the_last_slash_parts_service_and_user() -> None:
    assert SecretSource.parse("keyring:https://hub/x/mira").service_and_user() == ("https://hub/x", "mira")
    assert SecretSource.parse('cmd:["a","b c"]').argv() == ["a", "b c"]


@pytest.mark.parametrize(
    "uri",
    [
        "", "sk-live-abcdef", "vault:x", "KEYRING:a/b", "keyring:", "keyring:service", "keyring:/user",
        "keyring:service/", "file:", "file:relative", "file:/", "file:/dir/", "file:/a\x1bb", "env:",
        "env:1A", "env:A B", "env:A\n", "cred:", "cred:a/b", "cred:..", "cmd:", "cmd:pass show x", "cmd:[]",
        "cmd:[1]", 'cmd:[""]', "cmd:[", "prompt:",
    ],
)  # fmt: skip
def test_what_is_no_source_is_refused(uri: str) -> None:
    refused(uri)


@given(st.text())
def test_a_secret_pasted_in_place_of_its_source_is_not_repeated(pasted: str) -> None:
    word = "hunter2" + pasted
    with pytest.raises(SecretError) as caught:
        SecretSource.parse(word)
    assert "hunter2" not in " ".join(caught.value.sentences())


def test_a_secret_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(VALUE, "env:X")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{[secret]}",
        "{!r}".format({"k": secret}),
    ]
    logging.getLogger("x").error("%s %r", secret, secret)
    shown.append(caplog.text)
    assert not [text for text in shown if VALUE in text]
    assert secret.reveal() == VALUE
    with pytest.raises(TypeError):
        json.dumps(secret)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)
    assert not hasattr(secret, "__dict__")


def test_control_a_plain_string_does_show_itself() -> None:
    assert VALUE in repr([VALUE])


def test_from_the_environment() -> None:
    secret = resolve("env:TOKEN", environ={"TOKEN": VALUE + "\r\n"})
    assert secret.reveal() == VALUE
    assert secret.source == "env:TOKEN"
    assert "not set" in refused("env:TOKEN", {}).what
    assert "empty" in refused("env:TOKEN", {"TOKEN": "\n"}).what
    assert "UTF-8" in refused("env:TOKEN", {"TOKEN": os.fsdecode(b"\xff" + VALUE.encode())}).what


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", VALUE)
    assert resolve(SecretSource("env", "SOME_TOKEN")).reveal() == VALUE


def test_from_a_file(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(f"file:{private}").reveal() == VALUE
    monkeypatch.setenv("HOME", str(private.parent))
    assert resolve("file:~/secret").reveal() == VALUE
    private.chmod(0o400)
    assert resolve(f"file:{private}").reveal() == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o644, 0o777])
def test_a_file_others_can_use_is_refused(private: Path, mode: int) -> None:
    private.chmod(mode)
    error = refused(f"file:{private}")
    assert f"{mode:04o}" in error.what
    assert f"chmod 600 {private}" in error.fix


def test_files_that_are_none(private: Path, tmp_path: Path) -> None:
    assert "No such file" in refused(f"file:{tmp_path}/absent").what
    assert "not a regular file" in refused(f"file:{tmp_path}").what
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    assert "not a regular file" in refused(f"file:{fifo}").what
    private.write_bytes(b"")
    assert "empty" in refused(f"file:{private}").what
    private.write_bytes(b"\xff\xfe" + VALUE.encode())
    assert "UTF-8" in refused(f"file:{private}").what
    private.write_bytes(b"x" * (MAX_BYTES + 1))
    assert "more than" in refused(f"file:{private}").what


def test_a_link_is_followed_within_its_directory_only(private: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.symlink_to("secret")
    assert resolve(f"file:{inside}").reveal() == VALUE
    versioned = tmp_path / "..data"  # as orchestrators mount secrets
    versioned.mkdir()
    private.rename(versioned / "token")
    (tmp_path / "token").symlink_to("..data/token")
    assert resolve(f"file:{tmp_path}/token").reveal() == VALUE
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to(versioned / "token")
    assert "link to another directory" in refused(f"file:{elsewhere}/link").what
    (elsewhere / "loop").symlink_to("loop")
    refused(f"file:{elsewhere}/loop")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="elsewhere: only root can give files away"
)
def test_a_file_of_another_user_is_refused(private: Path) -> None:
    os.chown(private, 12345, -1)
    assert "another user" in refused(f"file:{private}").what


def test_from_the_credentials_directory(private: Path, tmp_path: Path) -> None:
    private.chmod(0o440)  # as an access list shows; the directory keeps others out
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert resolve("cred:secret", environ=environ).reveal() == VALUE
    assert "LoadCredential" in refused("cred:secret", {}).fix
    refused("cred:absent", environ)
    (tmp_path / "link").symlink_to(private)
    assert "not a regular file" in refused("cred:link", environ).what


def command(*argv: str) -> str:
    return "cmd:" + json.dumps(argv)


def test_from_a_command() -> None:
    python = sys.executable
    assert resolve(command(python, "-c", f"print({VALUE!r})")).reveal() == VALUE
    assert (
        resolve(command("sh", "-c", 'printf "%s" "$X"'), environ={"X": VALUE, "PATH": os.defpath}).reveal()
        == VALUE
    )
    assert "cannot be started" in refused(command("no-such-program")).what
    assert "code 3" in refused(command(python, "-c", f"print({VALUE!r}); raise SystemExit(3)")).what
    assert "empty" in refused(command("true")).what
    assert "more than" in refused(command(python, "-c", f"print('x' * {MAX_BYTES + 1})")).what


def test_what_a_command_says_on_its_error_output_is_not_repeated(capfd: pytest.CaptureFixture[str]) -> None:
    refused(command(sys.executable, "-c", f"import sys; print({VALUE!r}, file=sys.stderr); sys.exit(1)"))
    assert capfd.readouterr() == ("", "")


def test_a_command_can_neither_prompt_nor_hang() -> None:
    asks = "import sys; print(repr(sys.stdin.read()), end=''); open('/dev/tty')"
    assert "failed with code" in refused(command(sys.executable, "-c", asks)).what
    start = time.monotonic()
    # the grandchild holds the pipe open after its parent is gone
    assert "no answer within 0.3 s" in refused(command("sh", "-c", "sleep 60 & sleep 60"), timeout_s=0.3).what
    assert "no answer within 0.3 s" in refused(command("sh", "-c", "sleep 60 &"), timeout_s=0.3).what
    assert time.monotonic() - start < 10
    environ = {"GPG_TTY": "/dev/pts/0", "PATH": os.defpath}
    assert "empty" in refused(command("sh", "-c", 'printf "%s" "$GPG_TTY"'), environ).what


def test_nobody_is_prompted() -> None:
    assert "prompt" in refused("prompt:token").what


@pytest.mark.parametrize("to", ["stdout", "stderr"])
def test_a_command_that_prints_without_end_is_ended(to: str) -> None:
    endless = f"import sys\nwhile True: sys.{to}.write('x' * 65536)"
    with pytest.raises(SecretError, match="is no secret"):
        resolve(command(sys.executable, "-c", endless), timeout_s=20)
