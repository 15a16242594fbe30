"""Which addresses are refused before anything is sent, and that what is allowed only speaks HTTP or mail."""

import ast
import inspect
import warnings
from typing import Any

import pytest
from apprise import Apprise

from ircockpit.core.errors import BadInput
from ircockpit.notify.services import ALLOWED, CLEAR, SETTLED, check, is_clear

SECRET = "s3cretvalue"


@pytest.mark.parametrize(
    "url",
    [
        f"syslog://{SECRET}", f"rsyslog://{SECRET}", f"dbus://{SECRET}", f"macosx://{SECRET}", f"windows://{SECRET}",
        f"gnome://{SECRET}", f"fcm://{SECRET}", f"vapid://{SECRET}", f"apprise://{SECRET}", f"tweet://{SECRET}",
        f"file:///{SECRET}", f"/etc/{SECRET}.yml", f"https://{SECRET}", f"myplugin://{SECRET}", SECRET, "",
        f"json://host/{SECRET}\nX: y", f" json://{SECRET}", f"json://{SECRET}\x1b[2J", f"json://{'a' * 5000}",
        f"{SECRET}{SECRET}://x",
    ],
)  # fmt: skip
def test_an_address_that_is_not_allowed_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(url)
    assert caught.value.safe == "nothing was sent"
    assert SECRET not in " ".join(caught.value.sentences())


@pytest.mark.parametrize("key", [*SETTLED, "VERIFY", "Template"])
def test_an_address_decides_nothing_that_is_settled(key: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(f"jsons://host.example/{SECRET}?{key}=no")
    assert key.lower() in caught.value.what
    assert SECRET not in str(caught.value)


def test_an_encrypted_address_cannot_be_made_a_clear_one() -> None:
    with pytest.raises(BadInput, match="mode=insecure"):
        check(f"mailtos://mira:{SECRET}@mail.example?to=owner@example.org&mode=insecure")
    assert check("mailtos://mail.example?to=owner@example.org&mode=starttls") == "mailtos"


def test_what_holds_anyway_may_be_said() -> None:
    assert check("jsons://host.example/x?verify=yes&+X-Own=1") == "jsons"
    assert not is_clear("jsons")
    assert is_clear("mailto")


FORBIDDEN = {
    "subprocess",
    "socket",
    "ctypes",
    "dbus",
    "gi",
    "AppKit",
    "win32api",
    "paho",
    "slixmpp",
    "smpplib",
    "telnetlib",
}


def imports(module: object) -> set[str]:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    found = {
        name.name.partition(".")[0]
        for each in ast.walk(tree)
        if isinstance(each, ast.Import)
        for name in each.names
    }
    return found | {
        each.module.partition(".")[0]
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom) and each.module
    }


def plugins() -> dict[str, object]:
    from apprise.manager_plugins import NotificationManager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what its plug-ins import, most of which are never used here
        manager: Any = NotificationManager()  # type: ignore[no-untyped-call]
        Apprise().details()
        return {scheme: manager[scheme] for scheme in manager.schemas()}


def test_every_service_allowed_is_known_and_runs_nothing() -> None:
    known = plugins()
    assert set(known) >= ALLOWED
    seen = {scheme: imports(inspect.getmodule(known[scheme])) for scheme in sorted(ALLOWED)}
    assert not {scheme: found & FORBIDDEN for scheme, found in seen.items() if found & FORBIDDEN}
    # The control: one that is left out would be seen.
    assert "macosx" not in known or "subprocess" in imports(inspect.getmodule(known["macosx"]))
    assert "socket" in imports(inspect.getmodule(known["rsyslog"]))


def test_only_what_is_named_goes_out_in_clear() -> None:
    known = plugins()
    for scheme in sorted(ALLOWED):
        spoken = getattr(known[scheme], "protocol", None) or ()
        clear = {spoken} if isinstance(spoken, str) else set(spoken)
        assert (scheme in clear) == (scheme in CLEAR), scheme
