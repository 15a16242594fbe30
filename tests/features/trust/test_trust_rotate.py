"""Changing a device's key: what was written stays good, what follows is signed anew, and a kill breaks nothing."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.features.trust.conftest import Meet
from tests.support.hub import DirectTransport, LocalHub, declare, ids, station, sync

from ircockpit.core.errors import CockpitError, ConflictError, NotFound, SecretError, TrustError
from ircockpit.features.record.actions import verify
from ircockpit.features.trust import actions, enrolling, queries
from ircockpit.features.trust.rotation import rotate
from ircockpit.ledger.grant import sign_request
from ircockpit.ledger.joining import spoken
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.keys import read_key
from ircockpit.store.newkey import waiting
from ircockpit.store.workstation import Workstation
from ircockpit.sync.worker import connect


def test_alone_the_root_certifies(c: Workstation) -> None:
    ident = declare(c, "before")
    old, epoch, held = c.key().public, c.epoch(), c.profile.device_key.read_bytes()
    assert rotate(c).data["changed"]
    assert c.key().public != old
    assert c.epoch() != epoch
    assert read_key(c.profile.device_key).public == c.key().public
    assert held not in c.profile.device_key.read_bytes()
    assert not waiting(c.profile).exists()
    assert stat.S_IMODE(c.profile.device_key.stat().st_mode) == 0o600
    declare(c, "after")
    assert verify(c).data["ok"]
    assert set(queries.roster(c).keys(c.identity.device)) == {old, c.key().public}
    for stream in c.log.streams():  # every lane goes on, and says what it goes on from
        first = next(s for s in c.log.of_stream(stream) if s.event.envelope.epoch == c.epoch())
        opened = json.loads(first.event.parts[0].data or b"")
        assert opened["certificate"] == c.identity.certificate
        assert opened["predecessor"] or c.log.last_lane(stream, c.identity.device)
    assert c.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("before",)]
    (shown,) = actions.show(c).data["devices"]
    assert shown["keys"] == 2


def test_colleagues_and_hub_follow_a_key_the_root_certified(
    a: Workstation, b: Workstation, hub: LocalHub, meet: Meet
) -> None:
    meet(a, b)
    before = declare(a, "before")
    rotate(a)
    after = declare(a, "after")
    meet(a, b)
    for ident, title in ((before, "before"), (after, "after")):
        assert b.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [(title,)]
    assert not [s for s in b.log.since(0, 10_000) if s.doubt]
    assert verify(b).data["ok"]
    assert ids(a) == ids(b)


def test_one_who_listens_already_follows_too(
    a: Workstation, b: Workstation, hub: LocalHub, meet: Meet
) -> None:
    """A running engine has its roster from before: the new lane makes it ask again."""
    meet(a, b)
    running = connect(b.profile, b.identity, lambda _: DirectTransport(lambda: hub.hub), b.clock)
    try:
        running.engine.round()
        rotate(a)
        after = declare(a, "after")
        meet(a)
        running.engine.round()
    finally:
        running.close()
    b.refresh()
    assert b.view.rows("SELECT title FROM incident WHERE id=?", (after,)) == [("after",)]
    assert not [s for s in b.log.since(0, 10_000) if s.doubt]


def test_the_hub_certifies_where_the_root_is_not(
    a: Workstation, b: Workstation, hub: LocalHub, meet: Meet
) -> None:
    hub.start(a, b)
    old = b.key().public
    rotate(b)
    assert b.key().public != old
    after = declare(b, "after")
    meet(b, a)
    assert a.view.rows("SELECT title FROM incident WHERE id=?", (after,)) == [("after",)]
    assert [each.key for each in hub.folder.store.devices() if each.device == b.identity.device]
    rotate(b)
    meet(b, a)
    for who in (a, b):
        assert verify(who).data["ok"]
        assert len(queries.roster(who).keys(b.identity.device)) == 3


def test_the_hub_renews_nobody_elses_key(a: Workstation, b: Workstation, hub: LocalHub, meet: Meet) -> None:
    meet(a, b)
    thief = SigningKey.generate()
    asked = enrolling.request_of(b, thief, b.key().public.hex())
    own = connect(b.profile, b.identity, lambda _: DirectTransport(lambda: hub.hub), b.clock)
    try:
        for wrong in (
            sign_request(asked._replace(device=a.identity.device), thief, b.key()),
            sign_request(asked._replace(user=a.identity.user), thief, b.key()),
            sign_request(asked._replace(replaces=thief.public.hex()), thief, thief),
            sign_request(asked._replace(replaces=None), thief),
            sign_request(asked, thief, thief),  # signed by another key than it names
            sign_request(asked._replace(key=a.key().public.hex()), a.key(), b.key()),
        ):
            before = len(hub.folder.store.certificates())
            with pytest.raises((TrustError, ConflictError)):
                own.client.renew(wrong)
            assert len(hub.folder.store.certificates()) == before
        first = own.client.renew(sign_request(asked, thief, b.key()))  # the control
        assert own.client.renew(sign_request(asked, thief, b.key())) == first
    finally:
        own.close()


def test_by_file_where_neither_is_in_reach(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    letters = enrolling.request(c, file=str(tmp_path / "r")).data["fingerprint"]
    enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "cert"), confirm=letters)
    enrolling.accept(c, file=str(tmp_path / "cert"), confirm=spoken(a.identity.root))
    c.profile.root_key.unlink()
    c.profile.save_identity(c.identity._replace(hub=""))
    c.follow()
    with pytest.raises(NotFound, match="neither the root nor a hub"):
        rotate(c)
    old = c.key().public
    asked = rotate(c, request=str(tmp_path / "r2"))
    assert not asked.data["changed"]
    declare(c, "meanwhile")  # with the old key
    with station(c.profile.folder) as again:
        assert again.key().public == old
    shown = enrolling.certify(a, request=str(tmp_path / "r2"), file=str(tmp_path / "cert2"))
    assert shown.data["replaces"]
    enrolling.certify(
        a, request=str(tmp_path / "r2"), file=str(tmp_path / "cert2"), confirm=asked.data["fingerprint"]
    )
    enrolling.accept(c, file=str(tmp_path / "cert2"))
    assert c.key().public != old
    assert spoken(c.key().public) == asked.data["key"]
    declare(c, "after")
    assert verify(c).data["ok"]
    assert not waiting(c.profile).exists()
    with pytest.raises(CockpitError, match="another key than this device has"):
        enrolling.accept(c, file=str(tmp_path / "cert"))


def test_a_second_window_goes_on_with_the_new_key(home: Path) -> None:
    with station(home) as one, station(home) as other:
        ident = declare(other, "open")
        rotate(one)
        stream = other.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
        other.append([other.set_field(stream, "incident.set", ident, "title", "renamed")])
        assert other.key().public == one.key().public
        assert other.epoch() == one.epoch()
        assert verify(other).data["ok"]


def test_a_root_behind_a_passphrase_needs_it(c: Workstation, source: str) -> None:
    actions.protect(c, new=source)
    old = c.key().public
    with pytest.raises(SecretError):
        rotate(c)
    assert c.key().public == old
    rotate(c, passphrase=source)
    assert c.key().public != old


KILLED = """
import os, signal, sys
from pathlib import Path
count, at = [0], int(sys.argv[2])
def counted(real):
    def call(*given, **named):
        count[0] += 1
        if count[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call
from tests.support.hub import station
from ircockpit.features.trust.rotation import rotate
from ircockpit.store.logwriter import LogWriter
with station(Path(sys.argv[1])) as who:
    for name in ("fsync", "replace", "unlink", "pwrite", "open"):
        setattr(os, name, counted(getattr(os, name)))
    LogWriter.add_certificate = counted(LogWriter.add_certificate)
    LogWriter.add = counted(LogWriter.add)
    rotate(who)
print(count[0])
"""


def test_killed_anywhere_the_profile_signs_and_the_change_goes_on(home: Path, tmp_path: Path) -> None:
    with station(home) as who:
        declare(who, "before")
        old = who.key().public
    script = tmp_path / "killed.py"
    script.write_text(KILLED)

    def run(profile: Path, at: int) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-P", str(script), str(profile), str(at)]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)

    whole = run(Path(shutil.copytree(home, tmp_path / "whole")), 0)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stdout)
    assert steps > 20
    seen = set()
    for at in range(1, steps + 1, max(1, steps // 14)):
        profile = Path(shutil.copytree(home, tmp_path / f"killed-{at}"))
        assert run(profile, at).returncode == -signal.SIGKILL
        with station(profile) as who:
            seen.add(who.key().public == old)
            declare(who, f"after the kill at {at}")
            found = verify(who)
            assert found.data["ok"], (at, found.data["findings"])
            rotate(who)
            declare(who, "after the second try")
            assert who.key().public != old
            assert verify(who).data["ok"], at
            assert not waiting(who.profile).exists()
            assert old.hex() not in {read_key(who.profile.device_key).public.hex()}
        shutil.rmtree(profile)
    assert seen == {True, False}  # kills before and after the certificate came into force were among them


def test_removed_and_shut_out_under_every_pseudonym(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path
) -> None:
    """A second device wrote under a pseudonym of its own before: removing its person ends that one too."""
    meet(b, a)
    former = c.identity.user
    letters = enrolling.request(c, file=str(tmp_path / "r")).data["fingerprint"]
    enrolling.certify(
        a, request=str(tmp_path / "r"), file=str(tmp_path / "cert"), confirm=letters, person="Bo"
    )
    enrolling.accept(c, file=str(tmp_path / "cert"), confirm=spoken(a.identity.root))
    meet(a, c)
    authority = hub.hub.members.authority
    assert authority.standing().role(former)
    authority.set_role(b.identity.user, "", by="", why="left")
    assert authority.standing().role(former) == ""
    with pytest.raises(CockpitError):
        sync(c, lambda _: DirectTransport(lambda: hub.hub))
