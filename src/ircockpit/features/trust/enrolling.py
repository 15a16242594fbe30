"""Joining without a network: a device asks in a file, somebody certifies it, the device takes the answer on."""

from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.command.action import Result
from ircockpit.core.errors import (
    BadInput,
    ConflictError,
    ExitCode,
    NotFound,
    RefusedError,
    TrustError,
    UsageError,
)
from ircockpit.core.ids import random_uuid
from ircockpit.core.roles import DEFAULT_ROLE
from ircockpit.features.membership.rules import check_not_revoked
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.trust import queries
from ircockpit.features.trust.papers import CERTIFICATE, REQUEST, read_paper, tampered, write_paper
from ircockpit.inert.gate import clean, line
from ircockpit.ledger.certificate import (
    DEVICE,
    CertificateError,
    SignedCertificate,
    certificate_id,
    decode,
    issue,
)
from ircockpit.ledger.fields import FormatError
from ircockpit.ledger.grant import (
    MAX_LANES,
    MAX_NAME,
    Grant,
    Request,
    read_grant,
    read_request,
    sign_grant,
    sign_request,
)
from ircockpit.ledger.joining import fingerprint, grouped, same_letters, spoken
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.store.keys import read_key
from ircockpit.store.lanes import heads_of, written_by
from ircockpit.store.newkey import waiting
from ircockpit.store.rootkey import open_root
from ircockpit.store.workstation import Workstation
from ircockpit.sync.enrolment import check_free, settle_in
from ircockpit.sync.hubdoor import ask_hub
from ircockpit.sync.revoked import revocations

BY_VOICE = "compare it by voice, with a person whose voice you know"


def request(station: Workstation, *, file: str) -> Result:
    """Write what this device asks of whoever certifies: a file to carry there."""
    asked = request_of(station, station.key())
    place = write_paper(file, REQUEST, sign_request(asked, station.key()))
    letters = grouped(asked.letters)
    lines = (
        _row("request", str(place)),
        _row("fingerprint", letters, "key"),
        _row("there", f"ircockpit trust certify {place.name} CERTFILE --confirm FINGERPRINT"),
    )
    data = {"file": str(place), "fingerprint": letters, "device": asked.device, "user": asked.user}
    return Result(data, lines, f"carry the file there, and say the fingerprint: {letters}")


def request_of(station: Workstation, key: SigningKey, replaces: str | None = None) -> Request:
    """The request of this device for a key, which may replace the one it has."""
    me = station.identity
    heads = heads_of(station.log, me.device, MAX_LANES)
    mine = [each for each in station.log.certificates() if certificate_id(each.raw) == me.certificate]
    return Request(
        me.device, me.user, line(me.name)[:MAX_NAME], key.public.hex(), replaces, me.root.hex(),
        tuple(each._asdict() for each in heads), written_by(station.log, me.device), tuple(mine), station.clock.wall_us(),
    )  # fmt: skip


def certify(
    station: Workstation,
    *,
    request: str,
    file: str,
    confirm: str | None = None,
    person: str | None = None,
    passphrase: str | None = None,
    hub: str | None = None,
    role: str = DEFAULT_ROLE,
) -> Result:
    """Certify the device that asks in a file, once its fingerprint was compared; write the answer for it.

    With the root in this profile, or with the authority of the ``hub`` whose folder lies on this machine.
    """
    if hub and person:
        raise UsageError(
            "a further device of a person is certified with the root", safe="nothing was certified",
            fix="leave --hub out, in the profile that holds the root or its successor",
        )  # fmt: skip
    asked = _read_request(request)
    known = queries.roster(station)
    stated = revocations(station.log, station.identity.authority_stream)
    check_not_revoked(Cuts(stated), asked.device, "nothing was certified")
    subject = _subject(station, known, asked, person)
    letters = grouped(asked.letters)
    lines = _who_asks(station, asked, subject)
    data: dict[str, Any] = {
        "device": asked.device, "user": subject.user, "name": subject.name, "fingerprint": letters,
        "replaces": bool(asked.replaces), "certified": False, "file": "",
    }  # fmt: skip
    if confirm is None or not same_letters(confirm, asked.letters):
        wrong = "" if confirm is None else "the fingerprint typed is not that of this request: "
        said = f"nothing was certified: {wrong}{BY_VOICE}, then add --confirm FINGERPRINT"
        return Result(data, lines, said, int(ExitCode.REFUSED))
    if hub:
        folder = str(Path(hub).expanduser().resolve())
        answer = ask_hub(["certify", "--data", folder, "--role", role], read_paper(request, REQUEST))
        place = write_paper(file, CERTIFICATE, answer)
        return _certified(data, lines, place, subject)
    root = open_root(station.profile, station.identity, passphrase)
    certificates = _certificates(station, known, root, asked, subject)
    of_hub = _of_hub(station, known)
    grant = _grant(station, asked, subject, certificates[0], with_hub=bool(of_hub))
    behind = [*certificates, *known.anchors.statements, *of_hub]
    place = write_paper(file, CERTIFICATE, sign_grant(grant, behind, root))
    with station.log.writing() as writer:
        for each in (*certificates, *_earlier(asked)):
            writer.add_certificate(each)
    return _certified(data, lines, place, subject)


def _certified(data: dict[str, Any], lines: tuple[Line, ...], place: Path, subject: "Subject") -> Result:
    data = {**data, "certified": True, "file": str(place)}
    said = f"certified for {clean(subject.name)}: carry {place} back and run there: ircockpit trust accept {place.name}"
    return Result(data, lines, said)


def accept(station: Workstation, *, file: str, confirm: str | None = None) -> Result:
    """Take on the certificate that somebody wrote for this device, once the organisation's fingerprint was compared."""
    grant, certificates = _read_grant(file)
    stated = decode(certificates[0].raw)
    me, root = station.identity, bytes.fromhex(grant.org_root)
    if stated.device != me.device:
        raise TrustError(
            "this certificate is for another device", safe="nothing was changed",
            fix="carry it to the device that asked for it, or ask for one here: ircockpit trust request FILE",
        )  # fmt: skip
    if stated.key not in _keys_here(station):
        raise TrustError(
            "this certificate is for another key than this device has now", safe="nothing was changed",
            fix="ask again: ircockpit trust request FILE",
        )  # fmt: skip
    letters, same = spoken(root), root == me.root
    if not same:
        check_free(station, fingerprint(root))
        if len(queries.devices(station, queries.roster(station))) > 1:
            raise RefusedError(
                "this profile's own organisation has certified other devices", safe="nothing was changed",
                fix="join from another profile: set IRCOCKPIT_HOME to a new folder",
            )  # fmt: skip
    lines = _what_is_joined(station, grant, stated.subject, letters)
    data = {
        "org": key_id(root), "fingerprint": letters, "hub": grant.hub, "name": grant.name, "user": stated.subject,
        "joined": False,
    }  # fmt: skip
    if not same and (confirm is None or not same_letters(confirm, fingerprint(root))):
        wrong = "" if confirm is None else "the fingerprint typed is not that of this organisation: "
        said = f"nothing was joined: {wrong}{BY_VOICE}, then add --confirm FINGERPRINT"
        return Result(data, lines, said, int(ExitCode.REFUSED))
    identity = me._replace(
        name=grant.name if stated.subject != me.user else me.name,  # the person's other devices have said it
        org=key_id(root), org_root="" if root.hex() == me.own_root else root.hex(), org_stream=grant.org_stream,
        authority_stream=grant.authority_stream or me.authority_stream,
        hub=grant.hub or me.hub, hub_log_key=grant.hub_log_key or me.hub_log_key, user=stated.subject,
        certificate=grant.certificate,
    )  # fmt: skip
    settle_in(station, identity, certificates, grant.name)
    data["joined"] = True
    how = "the first sync brings both together" if identity.hub else "bundles carry what is written"
    return Result(data, lines, f"joined as {clean(station.identity.name)}; {how}")


def _keys_here(station: Workstation) -> list[str]:
    """Public keys this device holds the secret of: the one in force, and one that waits for its certificate."""
    found = [station.key().public.hex()]
    if waiting(station.profile).exists():
        found.append(read_key(waiting(station.profile)).public.hex())
    return found


class Subject(NamedTuple):
    """The person a device is certified for."""

    user: str
    name: str
    has_others: bool
    """Whether other devices are certified for the same person."""


def _subject(station: Workstation, known: Roster, asked: Request, person: str | None) -> Subject:
    """Whom the certificate is to name. Raises :class:`ConflictError` where the request claims what is not its own."""
    before = known.keys(asked.device)
    keys = [key.hex() for key in before]
    if before and asked.key not in keys and asked.replaces not in keys:
        raise ConflictError(
            "this device is certified with another key, which has not signed the request", safe="nothing was certified",
            fix="if the device was set up anew, start a new profile on it and ask from there",
        )  # fmt: skip
    people = {each.subject for each in known.certified.values() if each.purpose == DEVICE}
    shown = names(station.view)
    if person is None:
        theirs = [
            each for each in known.certified.values() if each.subject == asked.user and each.purpose == DEVICE
        ]
        if theirs and asked.device not in {each.device for each in theirs}:
            raise ConflictError(
                "the request claims to be from a person who is known from another device", safe="nothing was certified",
                fix="if it is a further device of theirs, say so: --person NAME",
            )  # fmt: skip
        return Subject(asked.user, shown.get(asked.user) or line(asked.name) or "unnamed", has_others=False)
    found = [user for user in people if person in (user, shown.get(user))] or [
        user for user in people if len(person) >= 4 and user.startswith(person)
    ]
    if len(found) != 1:
        which = "nobody" if not found else "more than one person"
        raise NotFound(
            f"{which} certified here is called {line(person, 40)}", safe="nothing was certified",
            fix="ircockpit trust show lists them; the beginning of the pseudonym does too",
        )  # fmt: skip
    return Subject(found[0], name_of(shown, found[0]), has_others=True)


def _certificates(
    station: Workstation, known: Roster, root: SigningKey, asked: Request, subject: Subject
) -> list[SignedCertificate]:
    """The certificate of the device for the person, then one for the pseudonym it wrote under, where that is another."""
    held = {certificate_id(each.raw): each for each in station.log.certificates()}
    found = []
    for user in dict.fromkeys((asked.user, subject.user)):  # the person's is the newer one
        wanted = (asked.device, user, asked.key, DEVICE, key_id(root.public))
        same = [
            held[ident] for ident, each in known.certified.items()
            if (each.device, each.subject, each.key, each.purpose, each.issuer) == wanted
        ]  # fmt: skip
        found.append(
            same[0] if same else issue(
                root, org=known.anchors.org, subject=user, device=asked.device, public=bytes.fromhex(asked.key),
                purpose=DEVICE, not_before=station.clock.wall_us(), serial=random_uuid(),
            )
        )  # fmt: skip
    return found[::-1]


def _grant(
    station: Workstation, asked: Request, subject: Subject, own: SignedCertificate, *, with_hub: bool
) -> Grant:
    me = station.identity
    hub, log_key = (me.hub, me.hub_log_key) if with_hub else ("", "")
    return Grant(
        asked.digest, certificate_id(own.raw), me.root.hex(), me.org_stream, me.authority_stream, hub, log_key,
        line(subject.name)[:MAX_NAME],
    )  # fmt: skip


def _of_hub(station: Workstation, known: Roster) -> list[SignedCertificate]:
    """Certificates of the hub's keys, where the one of its history is held: without it no page could be checked."""
    found = {}
    for each in station.log.certificates():
        stated = known.certified.get(certificate_id(each.raw))
        if stated is not None and stated.purpose in queries.HUB_KEYS:
            found[stated.key] = each
    return list(found.values()) if station.identity.hub_log_key in found else []


def _earlier(asked: Request) -> list[SignedCertificate]:
    """The certificates of its own making under which the device wrote before; of no other device or key."""
    found = []
    for each in asked.certificates:
        try:
            stated = decode(each.raw)
        except CertificateError:
            continue
        if (stated.device, stated.purpose) == (asked.device, DEVICE) and stated.key in (
            asked.key,
            asked.replaces,
        ):
            found.append(each)
    return found


def _read_request(path: str) -> Request:
    stated = read_paper(path, REQUEST)
    try:
        return read_request(stated)
    except (FormatError, BadInput):
        raise tampered(path, REQUEST) from None
    except TrustError as error:
        raise TrustError(
            error.what, safe="nothing was certified", fix="have it made again, and compare the fingerprint"
        ) from None


def _read_grant(path: str) -> tuple[Grant, tuple[SignedCertificate, ...]]:
    stated = read_paper(path, CERTIFICATE)
    try:
        return read_grant(stated)
    except (FormatError, BadInput):
        raise tampered(path, CERTIFICATE) from None
    except TrustError as error:
        raise TrustError(
            error.what, safe="nothing was changed", fix="have it made again where the root lies"
        ) from None


def _who_asks(station: Workstation, asked: Request, subject: Subject) -> tuple[Line, ...]:
    own = bytes.fromhex(asked.org_root) == station.identity.root
    where = "for this organisation" if own else "for an organisation of its own"
    lines = [
        _row("asks", f"{line(asked.name) or 'unnamed'}, with device {asked.device[:8]}"),
        _row("fingerprint", f"{grouped(asked.letters)}  {BY_VOICE}", "key"),
        _row("has written", f"{counted(asked.events, 'event')} so far, {where}"),
    ]
    if subject.has_others:
        lines.append(_row("person", f"a further device of {subject.name}"))
    if asked.replaces:
        lines.append(_row("changes", "its key: the one it has now has signed for the new one"))
    return tuple(lines)


def _what_is_joined(station: Workstation, grant: Grant, user: str, letters: str) -> tuple[Line, ...]:
    lines = [
        _row("organisation", key_id(bytes.fromhex(grant.org_root))[:16]),
        _row("fingerprint", f"{letters}  {BY_VOICE}", "key"),
        _row("hub", grant.hub or "none"),
        _row("as", line(grant.name) or station.identity.name),
    ]
    if user != station.identity.user:
        lines.append(_row("", "as a further device of this person: new entries carry their pseudonym"))
    return tuple(lines)


def _row(name: str, words: str, role: str = "text") -> Line:
    return (Span(f"{name:14}", "dim"), Span(clean(words), role))
