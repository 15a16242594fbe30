"""The sync page at 80x24: alone, with a real hub, and with one that takes the connection and never answers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import HubProgram, cockpit, joined, ok
from tests.support.pty_screen import PtyScreen


def page(screen: PtyScreen) -> str:
    """The sync page, once it stands."""
    screen.wait_for("? help")
    screen.press("s")
    return screen.wait_for(lambda text: text.startswith(" queue > sync"))


def whole(screen: PtyScreen) -> None:
    """No line is cut that need not be: the words that matter end before the edge."""
    assert all(len(line) <= 80 for line in screen.lines())
    assert "…" not in screen.text()


def test_alone_all_is_well_in_one_line(tmp_path: Path) -> None:
    ok(tmp_path / "alone", "open", "wrong dose")
    with cockpit(tmp_path / "alone") as screen:
        page(screen)
        assert screen.lines()[1].startswith("> all is well: all is kept here")
        whole(screen)
        screen.press("s")
        screen.wait_for("not now:")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProgram]:
    ok(tmp_path / "lead", "open", "the first one")
    served = HubProgram(tmp_path / "lead")
    served.start()
    yield served
    served.kill()


def test_with_a_hub_it_comes_to_say_that_all_is_well(tmp_path: Path, hub: HubProgram) -> None:
    joined(hub, tmp_path / "lead", tmp_path / "bo")
    with cockpit(tmp_path / "bo") as screen:
        page(screen)
        screen.wait_for("all is well: the hub confirmed all")
        whole(screen)
        assert hub.url in screen.text()
        screen.press("s")
        screen.wait_for(lambda text: "entries sent" in text.splitlines()[-1])
        hub.kill()
        screen.press("s")
        screen.wait_for(lambda text: "offline" in text and "all is well" not in text)
        screen.press("q", "n")
        screen.send("while it was away\r")
        screen.wait_for("noted in")
        screen.press("s")
        screen.wait_for("unconfirmed       1")
        screen.press("G", "\r")
        screen.wait_for(lambda text: "[4 timeline]" in text and "while it was away" in text)


def test_a_hub_that_hangs_holds_up_no_key(tmp_path: Path, hub: HubProgram) -> None:
    joined(hub, tmp_path / "lead", tmp_path / "bo")
    hub.kill()
    deaf = socket.create_server(("127.0.0.1", int(hub.url.rpartition(":")[2])))
    with deaf, cockpit(tmp_path / "bo") as screen:
        page(screen)
        screen.press("s")
        for key, there in (("comma", " queue > sync > settings"), ("q", " queue > sync "), ("Q", " queue  ")):
            screen.press({"comma": ","}.get(key, key))
            screen.wait_for(lambda text, there=there: text.startswith(there), timeout=5)  # type: ignore[misc]
        screen.press("s")
        screen.wait_for(lambda text: "offline" in text)
        whole(screen)
        screen.press("Q", "q")
        assert screen.wait_exit() == 0
