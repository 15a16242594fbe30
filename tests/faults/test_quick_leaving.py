"""Leaving the cockpit while something beside it hangs: a file on its way, a bundle being written or read; nobody waits for it."""

import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.conftest import Say
from tests.e2e.stage import QUIET_MS, cockpit, command, ok
from tests.support.hub import FaultProxy, Made, declare, sync
from tests.support.pty_screen import PtyScreen
from tests.sync.conftest import Pair

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import ExitCode
from ircockpit.store.workstation import Draft, Workstation

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no pseudo-terminal")

QUICK_S = 0.2
"""More than leaving takes with nothing under way, by the best of some tries each: the machine may be busy."""
TRIES, IDLE_TRIES = 8, 2
HANGS_S = 30
DATA = b"what the model said" * 20_000
SHA256 = hashlib.sha256(DATA).hexdigest()

Begin = Callable[[PtyScreen], None]


class Scene(NamedTuple):
    """A profile that reaches its hub through a proxy, with an incident both know."""

    home: Path
    proxy: FaultProxy
    ident: str


def exhibit(who: Workstation, ident: str) -> None:
    stream = str(who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": SHA256, "size": len(DATA)}
    who.append([Draft(stream, "evidence.added", who.new_id(stream), (body,))])


@pytest.fixture
def scene(pair: Pair) -> Iterator[Scene]:
    hub, a, b = pair
    ident = declare(a, "wrong dose")
    sync(a)
    sync(b)
    proxy = FaultProxy(hub.port)
    b.profile.save_identity(b.identity._replace(hub=proxy.url))
    yield Scene(b.profile.folder, proxy, ident)
    proxy.close()


def leave(home: Path, begin: Begin, before: tuple[str, ...] = ()) -> float:
    """Seconds from the key that leaves to the end of the process, with something under way."""
    with cockpit(home, before=before) as screen:
        screen.wait_for("wrong dose")
        screen.wait_idle(QUIET_MS)
        begin(screen)
        began = time.monotonic()
        screen.press("q")
        assert screen.wait_exit(HANGS_S / 2) == ExitCode.OK
        return time.monotonic() - began


def longer(home: Path, begin: Begin, before: tuple[str, ...] = (), tries: int = TRIES) -> float:
    """Seconds that leaving takes longer with something under way than with nothing."""
    usual = min(leave(home, lambda _: None) for _ in range(IDLE_TRIES))
    best = float(HANGS_S)
    for _ in range(tries):
        best = min(best, leave(home, begin, before) - usual)
        if best < QUICK_S:
            break
    return best


def asked(screen: PtyScreen, words: str) -> None:
    screen.press(":")
    screen.wait_idle(60)
    screen.send(words)
    screen.press("enter")


def struck(proxy: FaultProxy) -> Begin:
    """Until the proxy holds one more request back."""
    before = proxy.struck

    def begin(screen: PtyScreen) -> None:
        nonlocal before
        end = time.monotonic() + HANGS_S
        while proxy.struck <= before:
            assert time.monotonic() < end
            screen.pump(0.02)
        before = proxy.struck

    return begin


def test_while_a_file_goes_to_a_hub_that_hangs(scene: Scene, pair: Pair, say: Say) -> None:
    hub, _, b = pair
    FileBlobs(b.profile.blobs).put_bytes(DATA)
    exhibit(b, scene.ident)
    scene.proxy.mode, scene.proxy.only = "hang", b"PUT /v1/uploads"
    more = longer(scene.home, struck(scene.proxy))
    say(f"left {more * 1000:.0f} ms later than usual while a file was on its way")
    assert more < QUICK_S
    scene.proxy.mode = "pass"
    assert command(scene.home, "sync").code == ExitCode.OK
    assert hub.folder.blobs.has(SHA256)


def test_while_a_file_comes_from_a_hub_that_hangs(scene: Scene, pair: Pair, say: Say) -> None:
    hub, a, b = pair
    hub.folder.blobs.put_bytes(DATA)
    exhibit(a, scene.ident)
    sync(a)
    sync(b)
    label = f"{ok(scene.home, 'queue')['incidents'][0]['short']}/E1"
    scene.proxy.mode, scene.proxy.only = "hang", b"GET /v1/blobs"
    waits = struck(scene.proxy)

    def begin(screen: PtyScreen) -> None:
        asked(screen, f"evidence fetch {label}")
        waits(screen)

    more = longer(scene.home, begin)
    say(f"left {more * 1000:.0f} ms later than usual while a file was being fetched")
    assert more < QUICK_S
    scene.proxy.mode = "pass"
    assert command(scene.home, "evidence", "fetch", label).code == ExitCode.OK
    with FileBlobs(b.profile.blobs).open(SHA256, open_to_all, verify=True) as kept:
        assert kept.read() == DATA


def begun(words: str, title: str) -> Begin:
    """Ask for something that cannot end, since somebody else writes to the log all the time."""

    def begin(screen: PtyScreen) -> None:
        asked(screen, words)
        screen.wait_for(f"{title}…")

    return begin


@pytest.fixture
def held_log(scene: Scene, pair: Pair) -> Callable[[], AbstractContextManager[object]]:
    """The right to write to the log of the profile, taken away from everybody else."""
    return pair[2].log.writing


def test_while_a_bundle_is_written(
    scene: Scene, held_log: Callable[[], AbstractContextManager[object]], tmp_path: Path, say: Say
) -> None:
    short = ok(scene.home, "queue")["incidents"][0]["short"]
    folders = (tmp_path / f"bundle-{number}" for number in itertools.count())

    def begin(screen: PtyScreen) -> None:
        words = f"bundle export {short} {next(folders)}"
        begun(words, "write the record to a folder that can be carried and checked")(screen)

    with held_log():
        more = longer(scene.home, begin)
    say(f"left {more * 1000:.0f} ms later than usual while a bundle was written")
    assert more < QUICK_S
    assert command(scene.home, "verify").code == ExitCode.OK
    assert command(scene.home, "bundle", "export", short, str(next(folders))).code == ExitCode.OK


def test_while_a_bundle_is_read(
    scene: Scene, pair: Pair, held_log: Callable[[], AbstractContextManager[object]], tmp_path: Path, say: Say
) -> None:
    to = tmp_path / "bundle"
    ok(pair[1].profile.folder, "note", scene.ident, "only in the bundle")
    ok(pair[1].profile.folder, "bundle", "export", str(to), "--all")
    pair[0].stop()  # else it would come from the hub
    with held_log():
        more = longer(scene.home, begun(f"bundle import {to} --yes", "take bundles over"))
    say(f"left {more * 1000:.0f} ms later than usual while a bundle was read")
    assert more < QUICK_S
    assert command(scene.home, "bundle", "import", str(to), "--yes").code == ExitCode.OK
    assert command(scene.home, "verify").code == ExitCode.OK
    assert "only in the bundle" in [row["text"] for row in ok(scene.home, "timeline", scene.ident)]


def test_this_clock_would_see_a_wait(made: Made, tmp_path: Path) -> None:
    """The control: a program that ends a second late is not quick in any of its tries."""
    with made.copy("a", tmp_path / "a") as who:
        declare(who, "wrong dose")
    late = ("sh", "-c", '"$@"; code=$?; sleep 1; exit $code', "late")
    assert longer(tmp_path / "a", lambda _: None, late, 2) > QUICK_S
