"""The successor of a root: named while the root is at hand, it stands in for it in the same organisation."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.features.trust.conftest import Meet
from tests.support.hub import DirectTransport, LocalHub, declare, ids, join, sync

from ircockpit.core.errors import BadInput, CockpitError, NotFound, RefusedError, SecretError, TrustError
from ircockpit.features.record.actions import verify
from ircockpit.features.sharing import hosting
from ircockpit.features.trust import actions, queries
from ircockpit.features.trust.papers import LIMIT
from ircockpit.features.trust.succession import successor
from ircockpit.hub.folder import read_founding
from ircockpit.ledger.certificate import DEVICE, issue, verify_chain
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.joining import spoken
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.keys import read_key
from ircockpit.store.rootkey import open_root
from ircockpit.store.workstation import Workstation


def prepare(who: Workstation, file: Path, source: str, **more: object) -> str:
    """Prepare a successor; its fingerprint."""
    made = successor(who, step="prepare", file=str(file), new=source, **more)  # type: ignore[arg-type]
    return str(made.data["fingerprint"])


def state(who: Workstation) -> tuple[object, ...]:
    return (
        who.profile.identity(), len(who.log.certificates()), who.log.head_arrival(),
        sorted((path.name, path.read_bytes()) for path in who.profile.keys.iterdir()),
    )  # fmt: skip


def test_prepared_by_the_root_used_by_a_colleague(
    a: Workstation, b: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path, source: str
) -> None:
    file = tmp_path / "successor"
    letters = prepare(a, file, source)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_key(a.profile.root_key).raw().hex() not in file.read_text()
    meet(a, b)  # the statement travels with the certificates
    assert actions.show(b).data["successors"] == [letters]
    a.profile.root_key.unlink()  # the root is lost
    with pytest.raises(NotFound):
        open_root(a.profile, a.identity)
    result = successor(b, step="use", file=str(file), passphrase=source)
    assert letters in result.said
    root = open_root(b.profile, b.identity, source)
    assert spoken(root.public) == letters
    assert b.identity.org == a.identity.org  # still the same organisation
    assert stat.S_IMODE(b.profile.successor_key.stat().st_mode) == 0o600


def test_a_new_hub_where_root_and_hub_are_lost(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path, source: str
) -> None:
    """The successor founds a second hub of the same organisation; people join it and read each other."""
    prepare(a, tmp_path / "successor", source)
    ident = declare(a, "before the fire")
    meet(a, b)
    before, gone = hub.folder.authority_stream, a.identity.device
    hub.hub.members.authority.set_role(b.identity.user, "lead", by="")
    hub.hub.members.authority.revoke(gone, by="", why="burnt")
    meet(b)
    successor(b, step="use", file=str(tmp_path / "successor"), passphrase=source)
    actions.protect(b, remove=True, passphrase=source)
    second = LocalHub(tmp_path / "second", b)
    try:
        link = DirectTransport(lambda: second.hub)
        assert [each.device for each in second.folder.store.devices()] == [b.identity.device]
        join(second, c, "Cy", link)
        assert (c.identity.org, c.identity.root) == (b.identity.org, b.identity.root)
        for who in (b, c, b):
            sync(who, lambda _: link)
        assert c.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("before the fire",)]
        # one record of members for the organisation: the new hub goes on in it
        assert {second.folder.authority_stream, b.identity.authority_stream, c.identity.authority_stream} == {
            before
        }
        standing = second.hub.members.authority.standing()
        assert standing.role(a.identity.user) == "lead"
        assert standing.cuts.revoked(gone)
        late = declare(c, "after the fire")
        for who in (c, b):
            sync(who, lambda _: link)
        assert b.view.rows("SELECT title FROM incident WHERE id=?", (late,)) == [("after the fire",)]
        again = hosting.founding(b, {"org_root": b.identity.root.hex()})
        second.folder.found(read_founding(again), 2)  # its next start
        assert verify(c).data["ok"]
    finally:
        second.close()


def test_what_the_successor_certifies_everybody_believes(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path, source: str
) -> None:
    file = tmp_path / "successor"
    prepare(a, file, source)
    meet(a, b)
    successor(b, step="use", file=str(file), passphrase=source)
    device = issue(
        open_root(b.profile, b.identity, source), org=b.identity.org, subject=c.identity.user,
        device=c.identity.device, public=c.key().public, purpose=DEVICE, not_before=1, serial=c.identity.user,
    )  # fmt: skip
    with b.log.writing() as writer:
        writer.add_certificate(device)
    meet(b, a)
    for who in (a, b):
        assert queries.roster(who).keys(c.identity.device) == (c.key().public,)
        (row,) = [each for each in actions.show(who).data["devices"] if each["device"] == c.identity.device]
        assert row["certified_by"] == "successor"
    with pytest.raises(TrustError):
        verify_chain(device, a.identity.root)  # the control: without the statement nobody would


def test_the_root_is_needed_to_name_a_successor(
    b: Workstation, a: Workstation, tmp_path: Path, source: str
) -> None:
    with pytest.raises(NotFound, match="not in this profile"):
        prepare(b, tmp_path / "x", source)
    actions.protect(a, new=source)
    with pytest.raises(SecretError):
        prepare(a, tmp_path / "x", source)
    assert not (tmp_path / "x").exists()
    assert prepare(a, tmp_path / "x", source, passphrase=source)


def test_a_second_one_is_named_only_on_purpose_and_told(a: Workstation, tmp_path: Path, source: str) -> None:
    first = prepare(a, tmp_path / "one", source)
    before = state(a)
    with pytest.raises(RefusedError, match="named already") as told:
        prepare(a, tmp_path / "two", source)
    assert first in told.value.what
    assert state(a) == before
    assert not (tmp_path / "two").exists()
    second = prepare(a, tmp_path / "two", source, another=True)
    shown = actions.show(a).data
    assert set(shown["successors"]) == {first, second}
    (alarm,) = [each for each in shown["facts"] if each["about"] == "successor"]
    assert alarm["state"] == "bad"
    assert first in alarm["what"]
    assert second in alarm["what"]


def test_a_successor_names_the_next(a: Workstation, tmp_path: Path, source: str) -> None:
    prepare(a, tmp_path / "one", source)
    successor(a, step="use", file=str(tmp_path / "one"), passphrase=source)
    second = prepare(a, tmp_path / "two", source, passphrase=source)
    successor(a, step="use", file=str(tmp_path / "two"), passphrase=source)
    assert spoken(open_root(a.profile, a.identity, source).public) == second
    assert not [each for each in actions.show(a).data["facts"] if each["state"] == "bad"]


def test_used_twice_it_changes_nothing_more(a: Workstation, tmp_path: Path, source: str) -> None:
    prepare(a, tmp_path / "one", source)
    successor(a, step="use", file=str(tmp_path / "one"), passphrase=source)
    before = state(a)
    successor(a, step="use", file=str(tmp_path / "one"), passphrase=source)
    assert state(a) == before


def test_without_a_passphrase_only_when_said(a: Workstation, tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="nobody can be asked"):
        successor(a, step="prepare", file=str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()
    made = successor(a, step="prepare", file=str(tmp_path / "x"), bare=True)
    assert made.data["passphrase"] is False
    used = successor(a, step="use", file=str(tmp_path / "x"))
    assert "trust protect" in used.said


def _swap_key(stated: dict[str, object]) -> None:
    stated["key"] = SigningKey.generate().raw().hex()


def _own_statement(stated: dict[str, object]) -> None:
    stated["statements"] = []
    stated["public"] = SigningKey.generate().public.hex()


def _not_hex(stated: dict[str, object]) -> None:
    stated["public"] = "x"


def _no_key(stated: dict[str, object]) -> None:
    del stated["key"]


def _listless(stated: dict[str, object]) -> None:
    stated["statements"] = {"raw": 1}


def _other_org(stated: dict[str, object]) -> None:
    stated["org_root"] = SigningKey.generate().public.hex()


@pytest.mark.parametrize("change", [_swap_key, _own_statement, _not_hex, _no_key, _listless, _other_org])
def test_a_changed_file_is_a_sentence_and_changes_nothing(
    a: Workstation, tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    file = tmp_path / "x"
    successor(a, step="prepare", file=str(file), bare=True)
    stated = json.loads(file.read_text())
    change(stated)
    file.write_text(json.dumps(stated))
    before = state(a)
    with pytest.raises(CockpitError) as told:
        successor(a, step="use", file=str(file))
    assert told.value.safe
    assert told.value.fix
    assert state(a) == before


def test_a_stranger_cannot_use_it(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    successor(a, step="prepare", file=str(tmp_path / "x"), bare=True)
    before = state(c)
    with pytest.raises(TrustError, match="another organisation"):
        successor(c, step="use", file=str(tmp_path / "x"))
    assert state(c) == before


def test_files_that_are_none(a: Workstation, tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b" " * (LIMIT + 1))
    (tmp_path / "junk").write_bytes(b"\xff\x00")
    (tmp_path / "deep").write_bytes(b"[" * 100_000)
    (tmp_path / "other").write_text(f'{{"ircockpit": "device-request", "v": {FORMAT}}}')
    (tmp_path / "later").write_text('{"ircockpit": "root-successor", "v": 9}')
    successor(a, step="prepare", file=str(tmp_path / "real"), bare=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name, words in {
        "huge": "too large", "junk": "cannot be read", "deep": "cannot be read", "other": "a request file",
        "later": "another version", "link": "not a regular file", "none": "no file", ".": "not a regular file",
    }.items():  # fmt: skip
        with pytest.raises(CockpitError, match=words) as told:
            successor(a, step="use", file=str(tmp_path / name))
        assert told.value.fix, name
    assert successor(a, step="use", file=str(tmp_path / "real"))


def test_a_place_that_is_taken_is_left_alone(a: Workstation, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = state(a)
    for name in ("x", "link", ".", "no/such"):
        with pytest.raises(BadInput):
            successor(a, step="prepare", file=str(tmp_path / name), bare=True)
    assert (tmp_path / "x").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert state(a) == before


def test_the_record_holds_after_a_change_of_roots(
    a: Workstation, b: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path, source: str
) -> None:
    declare(a, "before")
    prepare(a, tmp_path / "x", source)
    successor(a, step="use", file=str(tmp_path / "x"), passphrase=source)
    declare(a, "after")
    meet(a, b)
    for who in (a, b):
        assert verify(who).data["ok"]
    assert ids(a) <= ids(b)
