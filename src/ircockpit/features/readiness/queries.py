"""How ready each system is, as frozen rows: read from the record and from what this device knows; nothing is asked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.stated import table, text
from ircockpit.features.care.queries import settings_of
from ircockpit.features.containment.queries import proofs, proofs_left, with_left
from ircockpit.features.containment.rules import Left, mark
from ircockpit.features.credentials.queries import sources_of
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.readiness.events import FAILED as TOLD_FAILED
from ircockpit.features.readiness.events import PROVED as TOLD_PROVED
from ircockpit.features.readiness.events import REACHED as TOLD_REACHED
from ircockpit.features.readiness.events import RETURNED as TOLD_RETURNED
from ircockpit.features.readiness.local import Look, Looks, Schedule, looks, schedules
from ircockpit.features.readiness.rules import (
    AHEAD_US,
    CHANGED,
    CONTAINED,
    DAY_US,
    FAILED,
    GONE,
    HEALTHY,
    LONG_AGO,
    MISSING,
    NEVER,
    NO_PROBE,
    NOBODY,
    NOT_TRIED,
    ORDER,
    PROVED,
    REACHED,
    SICK,
    STALE,
    STUCK,
    THERE,
    UNASKED,
    UNHEALTHY,
    UNLOOKED,
    UNPROVED,
    UNTRIED,
    Waits,
)
from ircockpit.features.systems.queries import accepted, systems
from ircockpit.features.systems.queries import mark as target_mark
from ircockpit.features.systems.rules import Control, System, Target
from ircockpit.secrets.sources import known_missing

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation


class Proof(NamedTuple):
    """One time a control was seen effective and users were served again."""

    at_us: int
    who: str
    """Name of who did it; not gated beyond what names are."""
    server: str
    """Version of the server, empty where nobody asked it."""
    where: str
    """``in incident``, ``outside of incidents``, or ``by connector try``."""
    incident: str
    here: bool
    """Whether it was seen from this device."""


class SecretStands(NamedTuple):
    """How a secret stands on this device."""

    uri: str
    word: str
    said: str
    at_us: int


class OwnerStands(NamedTuple):
    """How the contact of a system stands."""

    word: str
    contact: str
    who: str
    how: str
    at_us: int


class ControlStands(NamedTuple):
    """How ready one control is."""

    control: Control
    place: Target | None
    accepted: bool
    word: str
    """How its proof stands."""
    proof: Proof | None
    """The newest, whether it counts or not."""
    failure: str
    """Why the newest attempt failed, where that came after the proof."""
    failed_us: int
    stuck: str
    """Why it may still be on after a proof, and where; empty where it is not."""
    stuck_us: int
    secrets: tuple[SecretStands, ...]
    probe: Look
    schedule: Schedule | None

    @property
    def secret(self) -> str:
        """The worst of its secrets in a word; empty where it needs none."""
        words = [each.word for each in self.secrets]
        return next((word for word in (GONE, UNASKED, THERE) if word in words), "")


class SystemStands(NamedTuple):
    """How ready one system is."""

    system: System
    controls: tuple[ControlStands, ...]
    owner: OwnerStands
    waits: tuple[Waits, ...]


def readiness(station: "Workstation", names_of: Iterable[str] = ()) -> list[SystemStands]:
    """Every system, or those of these names. Raises :class:`NotFound` for a name that none has."""
    known = systems(station.view)
    wanted = list(names_of)
    for name in wanted:
        if name not in [each.name for each in known]:
            there = (
                ", ".join(each.name for each in known) or "none yet: ircockpit system add --help shows how"
            )
            raise NotFound(f"no system is called {name!r}", fix=f"recorded are: {there}")
    reader = _Reader(station)
    return [reader.read(each) for each in known if not wanted or each.name in wanted]


def proved_us(station: "Workstation", system: System) -> dict[str, int]:
    """When each control of a system was last proved as it is recorded now, by name; without those that were not."""
    stands = _Reader(station).read(system).controls
    return {
        each.control.name: each.proof.at_us for each in stands if each.proof and each.word in (PROVED, STALE)
    }


def proof_mark(control: Control, place: Target) -> str:
    """Stands for a control as it is recorded: action, parameters and addresses."""
    return mark(control.action, dict(control.params), place.admin, place.probe)


class _Reader:
    """What is read once for all systems."""

    def __init__(self, station: "Workstation") -> None:
        self._station = station
        self._now = station.clock.wall_us()
        self._limit_us = settings_of(station).care.proof_days * DAY_US
        self._known = names(station.view)
        self._proofs_told = proofs(station)
        self._accepted = accepted(station.profile)
        self._looks: Looks = looks(station.profile)
        self._left: list[Left] = [each for each in proofs_left(station) if not each.running]
        self._schedules = {(each.system, each.control): each for each in schedules(station.profile)}

    def read(self, system: System) -> SystemStands:
        told = self._told(system)
        shown = with_left(self._station, system) if self._left else system
        found = tuple(self._control(shown, each, told) for each in shown.controls)
        owner = self._owner(system, told)
        return SystemStands(system, found, owner, tuple(self._waits(system, found, owner)))

    def _told(self, system: System) -> list[tuple[str, str, str, int, dict[str, Any]]]:
        rows = self._station.view.rows(
            "SELECT type, actor, device, wall, body FROM entry WHERE ent=? AND type LIKE 'readiness.%' AND doubt=''"
            " AND wall <= ? ORDER BY lam, event_id",
            (system.ident, self._now + AHEAD_US),
        )
        return [(type_, actor, device, wall, table(body)) for type_, actor, device, wall, body in rows]

    def _control(self, system: System, control: Control, told: list[Any]) -> ControlStands:
        place = system.target(control.target)
        of_it = [each for each in told if each[4].get("control") == control.name]
        proofs = self._proofs(system, control, place, of_it) if place else []
        held = max((each for each, holds in proofs if holds), key=lambda each: each.at_us, default=None)
        newest = held or max((each for each, _ in proofs), key=lambda each: each.at_us, default=None)
        failure, failed_us = self._failure(of_it, held.at_us if held else 0)
        stuck, stuck_us = self._stuck(system, control, of_it)
        word = CHANGED if newest else NEVER
        if failure:
            word = FAILED
        elif held is not None:
            word = STALE if self._now - held.at_us > self._limit_us else PROVED
        return ControlStands(
            control, place, place is not None and target_mark(place) in self._accepted, word, newest, failure,
            failed_us, stuck, stuck_us, self._secrets(place), self._probe(control, place),
            self._schedules.get((system.ident, control.name)),
        )  # fmt: skip

    def _proofs(
        self, system: System, control: Control, place: Target, told: list[Any]
    ) -> list[tuple[Proof, bool]]:
        """Every proof there is, each with whether it is one of the control as it is recorded now."""
        mine, own = proof_mark(control, place), self._station.identity.device
        file = self._proofs_told.file(control.connector)
        found = [
            (
                Proof(wall, name_of(self._known, actor), text(body.get("server")), "outside of incidents", "", device == own),
                (body.get("mark"), body.get("sha256")) == (mine, file),
            )
            for type_, actor, device, wall, body in told
            if type_ == TOLD_PROVED
        ]  # fmt: skip
        found += [
            (
                Proof(
                    each.at_us,
                    name_of(self._known, each.who),
                    "",
                    "in incident",
                    each.incident,
                    each.device == own,
                ),
                each.sha256 == file and each.is_of(control, place),
            )
            for each in self._proofs_told.in_incidents(system.ident)
            if each.control == control.name and each.at_us <= self._now + AHEAD_US
        ]
        badge = self._proofs_told.badge(control.connector)
        if badge is not None and mine in badge.marks:
            made = Proof(badge.at_us, self._station.identity.name, badge.server, "by connector try", "", True)
            found.append((made, True))
        return found

    def _failure(self, told: list[Any], since_us: int) -> tuple[str, int]:
        last = next((each for each in reversed(told) if each[0] in (TOLD_FAILED, TOLD_PROVED)), None)
        if last is None or last[0] != TOLD_FAILED or last[3] < since_us:
            return "", 0
        return text(last[4].get("why")) or "no reason is stated", last[3]

    def _stuck(self, system: System, control: Control, told: list[Any]) -> tuple[str, int]:
        left = next((e for e in self._left if (e.system, e.control) == (system.ident, control.name)), None)
        if left is not None:
            return f"{left.begun_as} was not taken back on this device", left.at_us
        last = next(
            (each for each in reversed(told) if each[0] in (TOLD_FAILED, TOLD_PROVED, TOLD_RETURNED)), None
        )
        if last is None or last[0] != TOLD_FAILED or last[4].get("word") != STUCK:
            return "", 0
        if last[2] == self._station.identity.device:
            return "", 0  # its way back is gone here, so it was taken since, or by hand
        return f"its proof was not taken back on the device of {name_of(self._known, last[1])}", last[3]

    def _secrets(self, place: Target | None) -> tuple[SecretStands, ...]:
        if place is None:
            return ()
        return tuple(
            self._secret(uri)
            for uri in dict.fromkeys((*sources_of(place.auth), *sources_of(place.probe_auth)))
        )

    def _secret(self, uri: str) -> SecretStands:
        if not uri:
            return SecretStands("(no source)", GONE, "what stands there is no source of a secret", 0)
        if why := known_missing(uri):
            return SecretStands(uri, GONE, why, 0)
        if uri.startswith(("env:", "cred:")):
            return SecretStands(uri, THERE, "", 0)
        seen = self._looks.secrets.get(uri)
        return (
            SecretStands(uri, seen.word, seen.said, seen.at_us) if seen else SecretStands(uri, UNASKED, "", 0)
        )

    def _probe(self, control: Control, place: Target | None) -> Look:
        if place is None or not place.probe:
            return Look(NO_PROBE, "no address of users is recorded: nothing can be proved", 0)
        return self._looks.controls.get(proof_mark(control, place)) or Look(UNLOOKED, "", 0)

    def _owner(self, system: System, told: list[Any]) -> OwnerStands:
        contact = system.on_call or system.owner
        if not contact:
            return OwnerStands(NOBODY, "", "", "", 0)
        last = next(
            (e for e in reversed(told) if e[0] == TOLD_REACHED and e[4].get("contact") == contact), None
        )
        if last is None:
            return OwnerStands(NOT_TRIED, contact, "", "", 0)
        word = REACHED if self._now - last[3] <= self._limit_us else LONG_AGO
        return OwnerStands(word, contact, name_of(self._known, last[1]), text(last[4].get("how")), last[3])

    def _waits(self, system: System, found: tuple[ControlStands, ...], owner: OwnerStands) -> Iterable[Waits]:
        for each in found:
            if each.stuck:
                yield Waits(STUCK, each.control.name, f"may still be on: {each.stuck}", each.stuck_us)
        shown = {each.control.name for each in found}
        for left in self._left:
            if left.system == system.ident and left.control not in shown:
                yield Waits(STUCK, left.control, "may still be on, and is gone from the record", left.at_us)
        # What is only left on, and recorded as no control, is taken back and never proved.
        found = tuple(each for each in found if each.control in system.controls)
        gone = {secret.uri: secret for each in found for secret in each.secrets if secret.word == GONE}
        for uri, secret in gone.items():
            yield Waits(MISSING, uri, "secret is missing on this device", secret.at_us)
        for each in found:
            if each.probe.word == SICK:
                yield Waits(
                    UNHEALTHY, each.control.name, f"at the last look: {each.probe.said}", each.probe.at_us
                )
        for word, said in _DUE.items():
            rows = [each for each in found if each.word == word]
            if rows:
                since = min(
                    (each.failed_us if word == FAILED else each.proof.at_us if each.proof else 0)
                    for each in rows
                )
                yield Waits(UNPROVED, ", ".join(each.control.name for each in rows), said, since)
        if owner.word != REACHED:
            yield Waits(UNTRIED, owner.contact, _OWNER[owner.word], owner.at_us)


_DUE = {
    FAILED: "its last proof failed", CHANGED: "changed since it was proved", STALE: "proved too long ago",
    NEVER: "never proved",
}  # fmt: skip
_OWNER = {
    NOT_TRIED: "nobody has tried to reach them", LONG_AGO: "was reached too long ago",
    NOBODY: "no owner and nobody on call is stated",
}  # fmt: skip


def state_of(word: str) -> str:
    """The state whose glyph a word wears."""
    return {
        PROVED: "effective", THERE: "effective", HEALTHY: "effective", REACHED: "effective", STALE: "unverified",
        LONG_AGO: "unverified", CHANGED: "unverified", CONTAINED: "unverified", NEVER: "open", NOT_TRIED: "open",
        NO_PROBE: "open",
        NOBODY: "open", GONE: "failed", SICK: "failed", FAILED: "failed", STUCK: "failed",
    }.get(word, "unknown")  # fmt: skip


def state_of_wait(each: Waits) -> str:
    """The state whose glyph a thing that waits wears."""
    if each.words == _DUE[FAILED]:
        return "failed"
    return {STUCK: "failed", MISSING: "failed", UNHEALTHY: "failed", UNPROVED: "unverified"}.get(
        each.kind, "open"
    )


def row_key(stands: SystemStands, each: Waits) -> str:
    """The row of the readiness screen that a thing that waits is about."""
    if each.kind == UNTRIED:
        return key_of_row(stands.system, "")
    names_of_it = each.what.split(", ")
    of_secret = (one for one in stands.controls if each.what in [secret.uri for secret in one.secrets])
    found = next((one for one in stands.controls if one.control.name in names_of_it), None) or next(
        of_secret, None
    )
    return key_of_row(stands.system, found.control.name if found else "")


def key_of_row(system: System, control: str) -> str:
    """The key of a control's row, or of the contact's where no control is named."""
    return f"{system.ident}/{control}" if control else system.ident


def orphans(station: "Workstation") -> list[Left]:
    """Proofs that were not taken back and whose system the record here does not know."""
    known = {each.ident for each in systems(station.view)}
    return [each for each in proofs_left(station) if not each.running and each.system not in known]


def weight(kind: str) -> int:
    """Where a thing that waits stands among others: the loudest first."""
    return ORDER.index(kind)
