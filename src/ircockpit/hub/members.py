"""Who may speak to a hub: certificates, one-time codes, the signing in of devices."""

import threading
from collections.abc import Callable

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, ConflictError, TrustError
from ircockpit.core.roles import DEFAULT_ROLE
from ircockpit.hub import enrolment
from ircockpit.hub.asking import Answer, Asked, LimitedError, answer_of, object_of
from ircockpit.hub.authority import Authority
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.sessions import Sessions
from ircockpit.hub.store import Device
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import DEVICE, Certificate, CertificateError, SignedCertificate, decode
from ircockpit.ledger.fields import UUID
from ircockpit.ledger.grant import read_request
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import key_id, verify

CERTIFICATES = 500
KEPT_THERE = "what you wrote is kept on your device"
MAX_FAILURES = 20
"""Failed requests to join, in one process, within :data:`FAILURE_US`, after which it answers 429."""
FAILURE_US = 60 * 1_000_000


class ShutOutError(TrustError):
    """Who asks belonged here once, and does no more."""


class Members:
    """The devices a hub knows, and how they prove who they are."""

    def __init__(self, folder: HubFolder, clock: Clock, rand: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._root = folder.root
        self._org = key_id(folder.root)
        self._clock = clock
        self._sessions = Sessions(folder.authority_key.raw(), clock, rand)
        self._lock = threading.Lock()
        self._failures: list[int] = []
        self.authority = Authority(folder, clock)
        self._listed = self.authority.standing()
        """What the table of devices was made from last."""
        self.reload()

    def signed_in(self, asked: Asked) -> str:
        """The device that asks; raises :class:`TrustError` where it has not signed in."""
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        device = self._sessions.device(token if scheme == "Bearer" else "")
        if not self.keys(device):
            raise TrustError("this device is not known here")
        return device

    def user_of(self, device: str) -> str:
        """The pseudonym a device is certified to, the newest where it was another one before; empty for none."""
        return next(iter(self.roster.users(device)), "")

    def check_open_to(self, device: str, asked: Asked) -> None:
        """Raise :class:`ShutOutError` where a device asks for what is closed to it.

        Somebody who was removed, or a device that was revoked, is given nothing any more. What it wrote is
        still taken in, without counting, so that a lead can look at it.
        """
        sends = (
            asked.method == "POST"
            and asked.path.startswith("/v1/streams/")
            and asked.path.endswith("/events")
        )
        if sends:
            return
        standing = self.authority.standing()
        if standing is not self._listed:  # another process of this hub has decided something
            self.reload()
        if standing.cuts.revoked(device):
            raise ShutOutError(
                "this device was revoked", safe=KEPT_THERE, fix="ask a lead of your organisation"
            )
        if any(standing.role(user) == "" for user in self.roster.users(device)):
            raise ShutOutError(
                "you were removed from this organisation",
                safe=KEPT_THERE,
                fix="ask a lead of your organisation",
            )

    def challenge(self, _: Asked) -> Answer:
        """A fresh nonce to sign in with."""
        return answer_of({"nonce": self._sessions.challenge()})

    def session(self, asked: Asked) -> Answer:
        """Sign a device in by its signature over the nonce."""
        said = object_of(asked.body)
        device, nonce = said.get("device"), said.get("nonce")
        if not isinstance(device, str) or not UUID.holds(device) or not isinstance(nonce, str):
            raise BadInput("a session needs device, nonce and sig")
        raw = joining.signature_from_wire(said.get("sig"))
        self._sessions.check_challenge(nonce)
        digest, offered = joining.session_digest(self._org, device, nonce), []
        shown = any(verify(key, "session", digest, raw) for key in self.keys(device))
        if not shown and "certificate" in said:
            # A hub restored from a backup may have forgotten the device, or its key was changed elsewhere; its
            # certificate still speaks for it.
            offered = [joining.certificate_from_wire(said["certificate"])]
            keys = Roster(self._root, [*self._folder.store.certificates(), *offered]).keys(device)
            shown = any(verify(key, "session", digest, raw) for key in keys)
        if not shown:
            raise TrustError(
                "this device is not known here", fix="join again with a new code: ircockpit enroll"
            )
        if offered:  # only now: nobody who has not shown a key adds to what the hub keeps
            self._take_certificates(offered)
        return answer_of({"token": self._sessions.token(device)})

    def enroll(self, asked: Asked) -> Answer:
        """Join a device by its one-time code."""
        now = self._clock.wall_us()
        with self._lock:
            self._failures = [at for at in self._failures if 0 <= now - at < FAILURE_US]
            if len(self._failures) >= MAX_FAILURES:
                raise LimitedError(
                    "too many wrong codes in the last minute", fix="wait a minute, then try again"
                )
        try:
            answer = enrolment.enroll(self._folder, object_of(asked.body), self._clock)
        except TrustError:
            with self._lock:
                self._failures.append(now)
            raise
        self.reload()
        return answer_of(answer)

    def renew(self, asked: Asked) -> Answer:
        """Certify a new key of the device that asks; asked again, it is given the same certificate."""
        request = read_request(object_of(asked.body))
        device = self.signed_in(asked)
        keys = [key.hex() for key in self.keys(device)]
        if (
            request.device != device
            or request.replaces not in keys
            or request.user not in self.roster.users(device)
        ):
            raise TrustError("a device changes its own key only, and its own person stays the same")
        if any(each.key == request.key and each.device != device for each in self.roster.certified.values()):
            raise ConflictError("this key is certified for something else", fix="make another one")
        made = enrolment.certify(
            self._folder, request.device, request.user, request.key, self._clock.wall_us()
        )
        self._folder.store.add_certificates([made])
        self.reload()
        own = [joining.certificate_to_wire(each) for each in self._folder.own_certificates()]
        return answer_of({"certificate": joining.certificate_to_wire(made), "hub": own})

    def certificates(self, _: Asked) -> Answer:
        """All certificates held."""
        return answer_of(
            {"certificates": [joining.certificate_to_wire(c) for c in self._folder.store.certificates()]}
        )

    def add_certificates(self, asked: Asked) -> Answer:
        """Keep what is offered of certificates, as far as the organisation stands behind it."""
        listed = object_of(asked.body).get("certificates")
        if not isinstance(listed, list) or len(listed) > CERTIFICATES:
            raise BadInput(f"certificates must be a list of at most {CERTIFICATES}")
        return answer_of({"added": self._take_certificates(list(map(joining.certificate_from_wire, listed)))})

    def _take_certificates(self, offered: list[SignedCertificate]) -> int:
        """Keep those the root stands behind, and a known device's own earlier ones; the others are left out."""
        roster = Roster(self._root, [*self._folder.store.certificates(), *offered])
        vouched = roster.vouched()
        kept = []
        for each in offered:
            try:
                stated = decode(each.raw)
            except CertificateError:
                continue
            if stated in vouched.values():
                kept.append(each)
        added = self._folder.store.add_certificates(kept)
        if added:
            self.reload()
        return added

    def keys(self, device: str) -> tuple[bytes, ...]:
        """Public keys the device may sign with; none for one that nobody certified."""
        keys = self.roster.keys(device)
        if not keys:
            self.reload()
            keys = self.roster.keys(device)
        return keys

    def reload(self) -> None:
        """Read the certificates anew, and make the table of devices from them and from the authority stream.

        Another process of this hub may have let somebody in; a hub that was put back may have learned again.
        """
        self.roster = Roster(self._root, self._folder.store.certificates())
        devices = sorted(
            (each for each in self.roster.certified.values() if each.purpose == DEVICE),
            key=lambda each: each.not_before,
        )
        self._let_in(devices)
        standing = self.authority.standing()
        self._listed = standing
        kept = {each.device: each for each in self._folder.store.devices()}
        newest = {each.device: each for each in devices if standing.member(each.subject) is not None}
        for each in newest.values():
            member = standing.member(each.subject)
            if member is None:
                continue
            known = kept.get(each.device)
            added_at = known.added_at if known is not None else self._clock.wall_us()
            now = Device(each.device, each.subject, each.key, member.name, member.role, added_at)
            if now != known:
                self._folder.store.add_device(now)

    def _let_in(self, devices: list[Certificate]) -> None:
        """Whom the root, or its successor, has certified belongs here. Of others only the authority stream says so.

        While the beginning of that stream is not held, a hub founded anew or put back waits for it: it must not take
        somebody in again whose removal it does not know, nor give a lead a smaller role.
        """
        standing = self.authority.standing()
        if not standing.opened:
            return
        for each in devices:
            if each.issuer in self.roster.anchors.roots and standing.member(each.subject) is None:
                self.authority.admit(each.subject, each.device, "", DEFAULT_ROLE)
