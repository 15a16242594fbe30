"""Joining by files: what is asked and granted is seen, compared and then taken on whole, or nothing changes."""

import json
from pathlib import Path

import pytest
from tests.features.trust.conftest import Meet, accept, asked, carried, state, unchanged
from tests.support.hub import LocalHub, declare, ids, station

from ircockpit.core.errors import CockpitError, ConflictError, ExitCode, NotFound, RefusedError, TrustError
from ircockpit.features.record.actions import verify
from ircockpit.features.trust import actions, enrolling, queries
from ircockpit.features.trust.papers import REQUEST, read_paper
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.grant import read_request, sign_request
from ircockpit.ledger.joining import spoken
from ircockpit.ledger.signing import SigningKey
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation
from ircockpit.sync.hubdoor import ask_hub


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
