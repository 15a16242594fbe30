"""The files a device joins by: no word of them can be changed, nothing slips in with them, and no secret travels."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.features.trust.conftest import accept, asked, carried, unchanged

from ircockpit.core.errors import BadInput, CockpitError, ExitCode, TrustError
from ircockpit.features.trust import enrolling
from ircockpit.features.trust.papers import LIMIT
from ircockpit.ledger.certificate import DEVICE, certificate_id, issue
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.grant import Grant, read_grant, read_request, sign_grant, sign_request
from ircockpit.ledger.joining import certificate_from_wire, spoken
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.render.span import plain
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation


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
