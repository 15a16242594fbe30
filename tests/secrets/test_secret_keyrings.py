import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ircockpit.core.errors import SecretError
from ircockpit.secrets import ask, keyrings
from ircockpit.secrets.keyrings import store_in_keyring, try_keyring
from ircockpit.secrets.secret import Secret
from ircockpit.secrets.sources import resolve

VALUE = "s3cret-välue"

# A backend under an allow-listed name and one under the name of the plaintext file backend. They behave
# as BACKEND_MODE says, keep everything in one file and note how their process was started.
BACKEND = """
import getpass, json, os, sys, time
from pathlib import Path
from keyring.backend import KeyringBackend

class {name}(KeyringBackend):
    priority = 1
    kept = Path(os.environ["BACKEND_FILE"])
    mode = os.environ.get("BACKEND_MODE", "")

    def _all(self):
        note = self.kept.with_suffix(".started")
        note.write_text(repr((sys.orig_argv, dict(os.environ))))
        if self.mode == "hang":
            time.sleep(60)
        if self.mode == "prompt":
            getpass.getpass("Please set a password for your new keyring: ")
        if self.mode == "noise":
            print("password store is empty")
            print("gcr warning", file=sys.stderr)
            os.write(1, b"more noise")
        return json.loads(self.kept.read_text()) if self.kept.exists() else {{}}

    def get_password(self, service, username):
        return self._all().get(service + "|" + username)

    def set_password(self, service, username, password):
        if self.mode == "leak":
            raise ValueError("cannot store " + password)
        entries = self._all()
        if self.mode != "forget":
            entries[service + "|" + username] = password
        self.kept.write_text(json.dumps(entries))

    def delete_password(self, service, username):
        entries = self._all()
        del entries[service + "|" + username]
        self.kept.write_text(json.dumps(entries))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with both test backends to be found, and no configuration of the person who runs it."""
    library = tmp_path / "library"
    (library / "keyrings" / "alt").mkdir(parents=True)
    (library / "keyring_pass.py").write_text(BACKEND.format(name="PasswordStoreBackend"))
    (library / "keyrings" / "alt" / "file.py").write_text(BACKEND.format(name="PlaintextKeyring"))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(library), *(part for part in sys.path if part)]),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "BACKEND_FILE": str(tmp_path / "kept.json"),
        "PYTHON_KEYRING_BACKEND": "keyring_pass.PasswordStoreBackend",
    }


def refused(environ: dict[str, str], timeout_s: float = 20) -> SecretError:
    with pytest.raises(SecretError) as caught:
        store_in_keyring("keyring:ircockpit/mira", Secret(VALUE), environ=environ, timeout_s=timeout_s)
    assert VALUE not in " ".join(caught.value.sentences())
    assert "file: with mode 0600" in caught.value.fix
    return caught.value


def test_what_is_stored_is_resolved(environ: dict[str, str]) -> None:
    backend = store_in_keyring("keyring:ircockpit/mira", Secret(VALUE), environ=environ, timeout_s=20)
    assert backend == "keyring_pass.PasswordStoreBackend"
    assert backend in ask.ALLOWED
    assert resolve("keyring:ircockpit/mira", environ=environ, timeout_s=20).reveal() == VALUE
    with pytest.raises(SecretError, match="no entry keyring:ircockpit/jo"):
        resolve("keyring:ircockpit/jo", environ=environ, timeout_s=20)


def test_no_argument_and_no_variable_holds_the_value(environ: dict[str, str], tmp_path: Path) -> None:
    store_in_keyring("keyring:ircockpit/mira", Secret(VALUE), environ=environ, timeout_s=20)
    started = (tmp_path / "kept.started").read_text()
    assert "'ircockpit.secrets.ask', 'set', 'ircockpit', 'mira'" in started, (
        "control: it is the right process"
    )
    assert VALUE not in started


def test_the_trial_leaves_nothing_behind(environ: dict[str, str], tmp_path: Path) -> None:
    state = try_keyring(environ=environ, timeout_s=20)
    assert state == keyrings.KeyringState("keyring_pass.PasswordStoreBackend", usable=True)
    assert json.loads((tmp_path / "kept.json").read_text()) == {}


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyrings.alt.file.PlaintextKeyring",
    ],
)
def test_backends_that_lose_show_or_prompt_are_refused(
    environ: dict[str, str], backend: str, tmp_path: Path
) -> None:
    environ["PYTHON_KEYRING_BACKEND"] = backend
    assert f"{backend} is refused" in refused(environ).what
    assert not (tmp_path / "kept.json").exists()


def test_control_the_refused_backend_would_have_kept_it(environ: dict[str, str], tmp_path: Path) -> None:
    environ["PYTHON_KEYRING_BACKEND"] = "keyrings.alt.file.PlaintextKeyring"
    code = "import keyring; keyring.set_password('s', 'u', 'plain')"
    subprocess.run([sys.executable, "-c", code], env=environ, check=True)
    assert "plain" in (tmp_path / "kept.json").read_text()


def test_without_any_keyring(environ: dict[str, str]) -> None:
    environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    assert "no keyring" in refused(environ).what
    state = try_keyring(environ=environ, timeout_s=20)
    assert not state.usable
    assert state.why == "There is no keyring on this machine."
    assert state.fix


def test_a_broken_configuration_is_said(environ: dict[str, str]) -> None:
    environ["PYTHON_KEYRING_BACKEND"] = "no.such.Backend"
    assert "ModuleNotFoundError" in refused(environ).what


def test_a_keyring_that_forgets_is_found_out(environ: dict[str, str]) -> None:
    environ["BACKEND_MODE"] = "forget"
    assert "did not keep" in refused(environ).what


def test_a_keyring_that_waits_for_somebody_is_left(environ: dict[str, str]) -> None:
    environ["BACKEND_MODE"] = "hang"
    start = time.monotonic()
    assert "no answer within 1 s" in refused(environ, timeout_s=1).what
    assert time.monotonic() - start < 15


@pytest.mark.parametrize("mode", ["prompt", "leak"])
def test_a_keyring_that_prompts_or_raises_harms_nothing(
    environ: dict[str, str], mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    environ["BACKEND_MODE"] = mode
    assert ("EOFError" if mode == "prompt" else "ValueError") in refused(environ).what
    assert capfd.readouterr() == ("", "")


def test_a_noisy_keyring_is_not_heard(environ: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    environ["BACKEND_MODE"] = "noise"
    store_in_keyring("keyring:ircockpit/mira", Secret(VALUE), environ=environ, timeout_s=20)
    assert resolve("keyring:ircockpit/mira", environ=environ, timeout_s=20).reveal() == VALUE
    assert capfd.readouterr() == ("", "")


def test_a_file_of_the_working_directory_is_not_taken_for_the_library(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "keyring.py").write_text("open('taken', 'w')")
    monkeypatch.chdir(planted)
    store_in_keyring("keyring:ircockpit/mira", Secret(VALUE), environ=environ, timeout_s=20)
    assert not (planted / "taken").exists()


def test_only_keyring_sources_take_a_secret(environ: dict[str, str]) -> None:
    for uri, value in (("env:X", VALUE), ("keyring:a/b", "")):
        with pytest.raises(SecretError) as caught:
            store_in_keyring(uri, Secret(value), environ=environ)
        assert caught.value.safe == "Nothing was stored."


# A Secret Service as a desktop has it, locked; it notes every call that would open a window.
LOCKED_SERVICE = """
import os, subprocess, sys, threading
from jeepney import DBus, HeaderFields, MessageType, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection(bus="SESSION")
connection.send_and_get_reply(DBus().RequestName("org.freedesktop.secrets"))
PROPERTIES = {"Label": ("s", "Login"), "Locked": ("b", True), "Collections": ("ao", [])}
calls = []

def serve():
    while True:
        message = connection.receive()
        if message.header.message_type != MessageType.method_call:
            continue
        member = message.header.fields[HeaderFields.member]
        if member == "Get":
            reply = new_method_return(message, "v", (PROPERTIES[message.body[1]],))
        else:
            calls.append(member)
            reply = new_error(message, "org.freedesktop.DBus.Error.NotSupported")
        connection.send(reply)

threading.Thread(target=serve, daemon=True).start()
ran = subprocess.run([sys.executable, *sys.argv[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
print(ran.stdout.decode(), "calls:", *calls)
os._exit(0)
"""


def on_a_locked_desktop(environ: dict[str, str], dbus_run_session: str, *argv: str) -> str:
    del environ["PYTHON_KEYRING_BACKEND"]
    ran = subprocess.run(
        [dbus_run_session, "--", sys.executable, "-c", LOCKED_SERVICE, *argv],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout


def test_a_locked_keyring_is_not_asked_to_unlock(
    environ: dict[str, str], need_program: Callable[[str, str], str]
) -> None:
    program = need_program("dbus-run-session", "apt-get install dbus")
    said = on_a_locked_desktop(environ, program, "-m", "ircockpit.secrets.ask", "get", "ircockpit", "mira")
    answer, _, calls = said.partition("calls:")
    assert json.loads(answer) == {"error": "locked", "backend": "keyring.backends.SecretService.Keyring"}
    assert calls.split() == []


def test_control_the_library_alone_would_ask_to_unlock(
    environ: dict[str, str], need_program: Callable[[str, str], str]
) -> None:
    program = need_program("dbus-run-session", "apt-get install dbus")
    said = on_a_locked_desktop(environ, program, "-c", "import keyring; keyring.get_password('a', 'b')")
    assert "Unlock" in said.partition("calls:")[2]
