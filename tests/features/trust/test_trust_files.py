"""Joining by files: what is asked and granted is seen, compared and then taken on whole, or nothing changes."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.hub import LocalHub, declare, ids, station

from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    ConflictError,
    ExitCode,
    NotFound,
    RefusedError,
    TrustError,
)
from ircockpit.features.record.actions import verify
from ircockpit.features.trust import actions, enrolling, queries
from ircockpit.features.trust.papers import LIMIT, REQUEST, read_paper
from ircockpit.ledger.certificate import DEVICE, certificate_id, issue
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.grant import Grant, read_grant, read_request, sign_grant, sign_request
from ircockpit.ledger.joining import certificate_from_wire, spoken
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.render.span import plain
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation
from ircockpit.sync.hubdoor import ask_hub

Meet = Callable[..., None]


def asked(who: Workstation, file: Path) -> str:
    """Write a request; its fingerprint."""
    return str(enrolling.request(who, file=str(file)).data["fingerprint"])


def carried(who: Workstation, by: Workstation, folder: Path, **more: str) -> Path:
    """Request and certificate, each confirmed; where the certificate lies."""
    folder.mkdir(exist_ok=True)
    letters = asked(who, folder / "request")
    done = enrolling.certify(
        by, request=str(folder / "request"), file=str(folder / "certificate"), confirm=letters, **more
    )
    assert done.code == ExitCode.OK
    return folder / "certificate"


def accept(who: Workstation, file: Path, of: Workstation) -> dict[str, Any]:
    """Accept a certificate, having compared the fingerprint."""
    result = enrolling.accept(who, file=str(file), confirm=spoken(of.identity.root))
    assert result.code == ExitCode.OK
    return dict(result.data)


def state(who: Workstation) -> tuple[object, ...]:
    return (
        who.profile.identity(), who.identity, who.epoch(), len(who.log.certificates()), who.log.head_arrival(),
        sorted((path.name, path.read_bytes()) for path in who.profile.keys.iterdir()),
    )  # fmt: skip


def unchanged(who: Workstation, act: Callable[[], object], words: str | None = None) -> CockpitError:
    """The sentence it is refused with; nothing has changed."""
    before = state(who)
    with pytest.raises(CockpitError, match=words) as told:
        act()
    assert told.value.safe
    assert told.value.fix
    assert state(who) == before
    return told.value


def test_a_device_joins_without_a_network(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    ident = declare(c, "written alone")
    heads = {stream: c.log.last_lane(stream, c.identity.device) for stream in c.log.streams()}
    before = c.identity
    file = carried(c, a, tmp_path)
    assert accept(c, file, a)["joined"]
    me = c.profile.identity()
    assert (me.device, me.user) == (before.device, before.user)
    assert (me.org, me.root, me.org_stream) == (a.identity.org, a.identity.root, a.identity.org_stream)
    for stream, head in heads.items():
        first = next(s for s in c.log.of_stream(stream) if s.event.envelope.epoch == c.epoch())
        assert json.loads(first.event.parts[0].data or b"") == {
            "certificate": me.certificate,
            "predecessor": head,
        }
    assert verify(c).data["ok"]
    assert c.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("written alone",)]
    assert queries.roster(a).keys(me.device) == (c.key().public,)


def test_what_it_wrote_before_is_believed_by_colleagues(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path
) -> None:
    ident = declare(c, "written alone")
    accept(c, carried(c, a, tmp_path), a)
    late = declare(c, "written after")
    meet(a, c, b)  # c comes into reach of the hub: it knows it by the certificate alone
    assert ids(c) <= ids(b)
    for one, title in ((ident, "written alone"), (late, "written after")):
        assert b.view.rows("SELECT title FROM incident WHERE id=?", (one,)) == [(title,)]
    for who in (b, c):
        assert verify(who).data["ok"]


def test_nothing_is_certified_or_joined_without_the_fingerprint(
    a: Workstation, c: Workstation, tmp_path: Path
) -> None:
    letters = asked(c, tmp_path / "request")
    before = state(a)
    for confirm in (None, "", "AAAA-BBBB-CCCC", letters[:-1]):
        shown = enrolling.certify(
            a, request=str(tmp_path / "request"), file=str(tmp_path / "cert"), confirm=confirm
        )
        assert shown.code == ExitCode.REFUSED
        assert not shown.data["certified"]
        text = "\n".join(map(plain, shown.lines))
        assert letters in text
        assert c.identity.name in text
        assert c.identity.device[:8] in text
    assert state(a) == before
    assert not (tmp_path / "cert").exists()
    typed = letters.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    enrolling.certify(a, request=str(tmp_path / "request"), file=str(tmp_path / "cert"), confirm=typed)
    before = state(c)
    for confirm in (None, "", letters, spoken(c.identity.root)):
        shown = enrolling.accept(c, file=str(tmp_path / "cert"), confirm=confirm)
        assert shown.code == ExitCode.REFUSED
        assert not shown.data["joined"]
        assert spoken(a.identity.root) in "\n".join(map(plain, shown.lines))
    assert state(c) == before
    accept(c, tmp_path / "cert", a)


def test_again_and_in_any_order_changes_nothing_more(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    first = carried(c, a, tmp_path / "one")
    second = carried(c, a, tmp_path / "two")  # asked and certified twice: it is the same certificate
    held = len(a.log.certificates())
    accept(c, second, a)
    before = state(c)
    accept(c, first, a)
    accept(c, second, a)
    assert (
        enrolling.accept(c, file=str(first)).code == ExitCode.OK
    )  # of one's own organisation: nothing to compare
    assert state(c) == before
    carried(c, a, tmp_path / "three")
    assert len(a.log.certificates()) == held
    assert verify(c).data["ok"]


def test_a_second_device_of_the_same_person(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path
) -> None:
    meet(b, a)
    early = declare(c, "before it belonged to Bo")
    file = carried(c, a, tmp_path, person="Bo")
    accept(c, file, a)
    assert (c.identity.user, c.identity.name) == (b.identity.user, "Bo")
    late = declare(c, "from the second device")
    meet(c, b, a)
    for who in (a, b):
        for ident, title in ((early, "before it belonged to Bo"), (late, "from the second device")):
            assert who.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [(title,)]
        assert verify(who).data["ok"]
    assert not [s for s in b.log.since(0, 10_000) if s.doubt]
    mine = [each for each in actions.show(a).data["devices"] if each["user"] == b.identity.user]
    assert {each["device"] for each in mine} == {b.identity.device, c.identity.device}
    again = carried(c, a, tmp_path / "again")
    accept(c, again, a)


def test_a_claimed_pseudonym_is_not_certified(
    a: Workstation, b: Workstation, c: Workstation, meet: Meet, tmp_path: Path
) -> None:
    meet(a)
    forged = enrolling.request_of(c, c.key())._replace(user=b.identity.user, name="Bo")
    (tmp_path / "r").write_text(
        json.dumps({"ircockpit": "device-request", "v": FORMAT, **sign_request(forged, c.key())})
    )

    def act() -> None:
        enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"), confirm=forged.letters)

    unchanged(a, act, "known from another device")
    with pytest.raises(NotFound, match="nobody certified here"):
        enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"), person="nobody")
    with pytest.raises(NotFound, match="nobody certified here"):
        enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"), person="")


def test_another_devices_id_is_not_certified_with_a_new_key(
    a: Workstation, b: Workstation, c: Workstation, meet: Meet, tmp_path: Path
) -> None:
    meet(a)
    thief = SigningKey.generate()
    forged = enrolling.request_of(b, thief)
    (tmp_path / "r").write_text(
        json.dumps({"ircockpit": "device-request", "v": FORMAT, **sign_request(forged, thief)})
    )

    def act() -> None:
        enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"), confirm=forged.letters)

    assert isinstance(unchanged(a, act, "certified with another key"), ConflictError)
    with_claim = forged._replace(replaces=b.key().public.hex())
    said = sign_request(with_claim, thief, thief)  # it claims the old key and cannot sign with it
    with pytest.raises(TrustError):
        read_request(said)
    honest = sign_request(with_claim, thief, b.key())
    assert read_request(honest) == with_claim  # the control


def test_only_who_holds_the_root_certifies(
    a: Workstation, b: Workstation, c: Workstation, tmp_path: Path
) -> None:
    letters = asked(c, tmp_path / "r")

    def act() -> None:
        enrolling.certify(b, request=str(tmp_path / "r"), file=str(tmp_path / "x"), confirm=letters)

    assert isinstance(unchanged(b, act, "not in this profile"), NotFound)
    assert not (tmp_path / "x").exists()


def test_a_certificate_of_another_device_or_key_is_refused(
    a: Workstation, c: Workstation, tmp_path: Path
) -> None:
    file = carried(c, a, tmp_path)
    with station(tmp_path / "other") as other:
        unchanged(other, lambda: accept(other, file, a), "for another device")
    c._key = SigningKey.generate()
    unchanged(c, lambda: accept(c, file, a), "for another key")


def test_a_profile_that_others_depend_on_does_not_join(
    a: Workstation, c: Workstation, tmp_path: Path
) -> None:
    with station(tmp_path / "root") as boss, station(tmp_path / "d") as d:
        accept(d, carried(d, c, tmp_path / "one"), c)  # c has certified d
        file = carried(c, boss, tmp_path / "two")
        assert isinstance(
            unchanged(c, lambda: accept(c, file, boss), "certified other devices"), RefusedError
        )
        away = carried(d, boss, tmp_path / "three")
        unchanged(d, lambda: accept(d, away, boss), "joined another organisation")
        file = carried(a, boss, tmp_path / "four")
        unchanged(a, lambda: accept(a, file, boss), "runs a hub")


def _flip(stated: dict[str, Any], *path: str | int) -> None:
    at: Any = stated
    for step in path[:-1]:
        at = at[step]
    value = at[path[-1]]
    at[path[-1]] = ("1" if value[:1] != "1" else "2") + value[1:]


@pytest.mark.parametrize(
    "path",
    [
        ("grant", "org_root"), ("grant", "org_stream"), ("grant", "name"), ("grant", "request"), ("grant", "certificate"),
        ("certificates", 0, "sig"), ("sig",),
    ],
)  # fmt: skip
def test_no_word_of_a_certificate_file_can_be_changed(
    a: Workstation, c: Workstation, tmp_path: Path, path: tuple[str | int, ...]
) -> None:
    file = carried(c, a, tmp_path)
    good = file.read_text()
    stated = json.loads(good)
    _flip(stated, *path)
    file.write_text(json.dumps(stated))
    unchanged(c, lambda: accept(c, file, a))
    file.write_text(good)
    accept(c, file, a)


@pytest.mark.parametrize(
    "path",
    [
        ("request", "device"), ("request", "user"), ("request", "name"), ("request", "key"), ("request", "org_root"),
        ("request", "lanes", 0, "event_id"), ("sig",),
    ],
)  # fmt: skip
def test_no_word_of_a_request_file_can_be_changed(
    a: Workstation, c: Workstation, tmp_path: Path, path: tuple[str | int, ...]
) -> None:
    letters = asked(c, tmp_path / "r")
    good = (tmp_path / "r").read_text()
    stated = json.loads(good)
    _flip(stated, *path)
    (tmp_path / "r").write_text(json.dumps(stated))

    def act() -> None:
        enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"), confirm=letters)

    unchanged(a, act)
    (tmp_path / "r").write_text(good)
    act()


def test_a_request_signed_anew_by_another_key_has_another_fingerprint(c: Workstation) -> None:
    honest = enrolling.request_of(c, c.key())
    thief = SigningKey.generate()
    forged = honest._replace(key=thief.public.hex())
    assert read_request(sign_request(forged, thief)).letters != honest.letters
    said = sign_request(honest, c.key())
    with pytest.raises(TrustError):  # the purpose is part of what is signed
        read_request({**said, "sig": sign_request(forged, c.key())["sig"]})


def test_certificates_of_others_do_not_slip_in(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    """A grant signed by a device, a stranger's certificate among the chain, a chain of another organisation."""
    file = carried(c, a, tmp_path)
    stated = json.loads(file.read_text())
    grant = Grant(**stated["grant"])
    certificates = [certificate_from_wire(each) for each in stated["certificates"]]
    for signer in (c.key(), SigningKey.generate()):
        with pytest.raises(TrustError, match="not signed by who signed"):
            read_grant(sign_grant(grant, certificates, signer))
    stranger = SigningKey.generate()
    foreign = issue(
        stranger, org=key_id(stranger.public), subject=c.identity.user, device=c.identity.device,
        public=c.key().public, purpose=DEVICE, not_before=1, serial=c.identity.user,
    )  # fmt: skip
    with pytest.raises(TrustError, match="another organisation"):
        read_grant(sign_grant(grant, [*certificates, foreign], read_key(a.profile.root_key)))
    swapped = grant._replace(
        certificate=certificate_id(foreign.raw), org_root=stranger.public.hex(), hub_log_key=""
    )
    read_grant(
        sign_grant(swapped, [foreign], stranger)
    )  # whole in itself: only the fingerprint tells it apart
    stated = {"ircockpit": "device-certificate", "v": FORMAT, **sign_grant(swapped, [foreign], stranger)}
    (tmp_path / "foreign").write_text(json.dumps(stated))
    shown = enrolling.accept(c, file=str(tmp_path / "foreign"), confirm=spoken(a.identity.root))
    assert shown.code == ExitCode.REFUSED
    assert c.identity.org != key_id(stranger.public)


def test_files_that_are_none(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    file = carried(c, a, tmp_path)
    (tmp_path / "huge").write_bytes(b"[" * (LIMIT + 1))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "list").write_text("[]")
    (tmp_path / "bare").write_text(f'{{"ircockpit": "device-certificate", "v": {FORMAT}}}')
    (tmp_path / "link").symlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    for name, words in {
        "huge": "too large", "empty": "cannot be read", "list": "something else", "bare": "missing or changed",
        "link": "not a regular file", "pipe": "not a regular file", "request": "it is a request file", "nothing": "no file",
    }.items():  # fmt: skip
        unchanged_or_gone = pytest.raises(CockpitError, match=words)
        with unchanged_or_gone:
            enrolling.accept(c, file=str(tmp_path / name))
    for wrong in (
        {"lanes": ["x"]},
        {"lanes": 5},
        {"certificates": [5]},
        {"name": "x" * 61},
        {"events": -1},
        {"more": 1},
    ):
        stated = json.loads((tmp_path / "request").read_text())
        stated["request"] |= wrong
        (tmp_path / "bent").write_text(json.dumps(stated))
        with pytest.raises(BadInput, match="missing or changed"):
            enrolling.certify(a, request=str(tmp_path / "bent"), file=str(tmp_path / "x"))


def test_everything_written_is_for_the_owner_alone_and_nothing_is_overwritten(
    a: Workstation, c: Workstation, tmp_path: Path
) -> None:
    old = os.umask(0)
    try:
        file = carried(c, a, tmp_path)
        accept(c, file, a)
    finally:
        os.umask(old)
    for path in (file, tmp_path / "request", *c.profile.folder.rglob("*"), *a.profile.folder.rglob("*")):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for again in (lambda: asked(c, tmp_path / "request"), lambda: carried(c, a, tmp_path)):
        with pytest.raises(BadInput, match="there already"):
            again()


def test_no_secret_travels(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    file = carried(c, a, tmp_path)
    text = file.read_text() + (tmp_path / "request").read_text()
    for key in (c.key(), a.key(), read_key(a.profile.root_key), read_key(c.profile.root_key)):
        assert key.raw().hex() not in text


def test_words_of_a_stranger_are_inert(a: Workstation, c: Workstation, tmp_path: Path) -> None:
    c.rename("\x1b]0;owned\x07Bo\u202e\nroot")
    asked(c, tmp_path / "r")
    shown = enrolling.certify(a, request=str(tmp_path / "r"), file=str(tmp_path / "x"))
    text = "".join(map(plain, shown.lines)) + shown.said
    assert not set(text) & set("\x1b\x07\n\u202e")


def test_a_join_cut_off_anywhere_is_completed_by_the_same_command(
    a: Workstation, c: Workstation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(c, "before")
    file = carried(c, a, tmp_path)
    home = c.profile.folder
    for place in ("rejoin", "countersign", "_say"):
        with station(home) as cut, monkeypatch.context() as patch:

            def fail(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            target: object = Workstation
            if place == "_say":
                from ircockpit.sync import enrolment

                patch.setattr(enrolment, "_say_name", fail)
            else:
                patch.setattr(target, place, fail)
            with pytest.raises(KeyboardInterrupt):
                accept(cut, file, a)
        with station(home) as after:
            declare(after, f"written after {place}")
            assert verify(after).data["ok"], place
    with station(home) as whole:
        accept(whole, file, a)
        assert whole.identity.org == a.identity.org
        assert verify(whole).data["ok"]
        for stream in whole.log.streams():
            assert whole.log.lane_head(stream, whole.identity.device, whole.epoch()).n


def test_the_hubs_authority_certifies_too(
    a: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path
) -> None:
    """On the hub's machine, by the hub's own program; nobody needs the root for it."""
    letters = asked(c, tmp_path / "r")
    params = {"request": str(tmp_path / "r"), "file": str(tmp_path / "cert"), "hub": str(hub.path)}
    assert not enrolling.certify(a, **params).data["certified"]
    with pytest.raises(CockpitError, match="is no role"):
        enrolling.certify(a, **params, confirm=letters, role="king")
    with pytest.raises(CockpitError, match="no hub"):
        enrolling.certify(a, **{**params, "hub": str(tmp_path / "nowhere")}, confirm=letters)
    assert not (tmp_path / "cert").exists()
    enrolling.certify(a, **params, confirm=letters, role="observer")
    accept(c, tmp_path / "cert", a)
    meet(c, a)
    assert hub.hub.members.authority.standing().role(c.identity.user) == "observer"
    assert c.identity.hub_log_key == hub.folder.log_key.public.hex()
    (row,) = [each for each in actions.show(a).data["devices"] if each["device"] == c.identity.device]
    assert row["certified_by"] == "hub"
    forged = enrolling.request_of(c, SigningKey.generate())
    key = SigningKey.generate()
    forged = forged._replace(key=key.public.hex(), user=a.identity.user)
    (tmp_path / "f").write_text(
        json.dumps({"ircockpit": "device-request", "v": FORMAT, **sign_request(forged, key)})
    )
    params = {"request": str(tmp_path / "f"), "file": str(tmp_path / "x"), "hub": str(hub.path)}
    with pytest.raises(CockpitError, match="certified with another key") as told:
        enrolling.certify(a, **params, confirm=forged.letters)
    assert told.value.code == ExitCode.CONFLICT


def test_a_revoked_device_is_certified_by_nobody_who_knows(
    a: Workstation, b: Workstation, c: Workstation, hub: LocalHub, meet: Meet, tmp_path: Path
) -> None:
    meet(a, b)
    hub.hub.members.authority.revoke(b.identity.device, by="", why="stolen")
    meet(a)
    letters = asked(b, tmp_path / "request")
    for by in ({}, {"hub": str(hub.path)}):
        with pytest.raises(CockpitError, match="this device was revoked") as told:
            enrolling.certify(
                a, request=str(tmp_path / "request"), file=str(tmp_path / "x"), confirm=letters, **by
            )
        assert told.value.safe == "nothing was certified"
    assert not (tmp_path / "x").exists()
    # A profile that has not heard of it passes it on to the hub, which has.
    with pytest.raises(CockpitError, match="this device was revoked"):
        ask_hub(
            ["certify", "--data", str(hub.path), "--role", "responder"],
            read_paper(str(tmp_path / "request"), REQUEST),
        )
    carried(c, a, tmp_path / "new", person="Bo")  # the control: its owner's new profile
