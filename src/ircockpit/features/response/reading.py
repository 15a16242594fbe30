"""Reads roles, the RACI table and the times of escalation; one's own files take the place of the program's."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import MAX_BYTES
from ircockpit.features.datafile import FIX, read_typed, refusal
from ircockpit.features.ownfiles import one
from ircockpit.features.response.form import (
    ACCOUNTABLE,
    ANYONE,
    Check,
    Decision,
    EscalationFile,
    RaciFile,
    Role,
    RolesFile,
)

if TYPE_CHECKING:
    from pathlib import Path

ROLES, RACI, ESCALATION = "roles.yaml", "raci.yaml", "escalation.yaml"
FOLDER = "response"
"""Of one's own files, in the profile."""


class Book(NamedTuple):
    """What is in force here, and what of one's own was refused, each with file, line and reason."""

    roles: Mapping[str, Role]
    decisions: Mapping[str, Decision]
    escalation: EscalationFile
    own: tuple[str, ...] = ()
    """Names of one's own files that are in force."""
    refused: tuple[BadInput, ...] = ()

    def title(self, role: str) -> str:
        """What a role is called; the id of one that is not known here."""
        found = self.roles.get(role)
        return found.title if found else role

    def check(self, ident: str) -> tuple[Role, Check] | None:
        """An item of a checklist and whose it is."""
        return next(
            ((role, each) for role in self.roles.values() for each in role.checklist if each.id == ident),
            None,
        )

    def accountable_for(self, role: str) -> tuple[Decision, ...]:
        """The decisions that a role answers for."""
        return tuple(each for each in self.decisions.values() if each.accountable == role)

    def decided_by(self, act: str) -> str:
        """The id of the decision that an act of the program is; empty where it is none of the table."""
        return next((each.id for each in self.decisions.values() if act in each.acts), "")


@cache
def shipped() -> Book:
    """What comes with the program."""
    folder = files("ircockpit.features.response.book")
    return book({name: folder.joinpath(name).read_bytes() for name in (ROLES, RACI, ESCALATION)})


def book(raw: Mapping[str, bytes]) -> Book:
    """The book of three files. Raises :class:`BadInput` with file, line and reason."""
    roles, lines = read_typed(raw[ROLES], ROLES, RolesFile)
    for place, reason in _role_faults(roles):
        raise refusal(ROLES, lines, place, reason)
    raci, lines = read_typed(raw[RACI], RACI, RaciFile)
    known = {role.id: role for role in roles.roles}
    for place, reason in _raci_faults(raci, known):
        raise refusal(RACI, lines, place, reason)
    escalation, _ = read_typed(raw[ESCALATION], ESCALATION, EscalationFile)
    return Book(known, {each.id: each for each in raci.decisions}, escalation)


def with_own(own: Mapping[str, bytes]) -> Book:
    """The program's book with one's own files in place of its own; one that does not hold together is refused whole."""
    folder = files("ircockpit.features.response.book")
    raw = {name: folder.joinpath(name).read_bytes() for name in (ROLES, RACI, ESCALATION)}
    refused: list[BadInput] = []
    kept: list[str] = []
    # Roles and table name each other, so a pair is tried as a pair before each is tried alone.
    tries = [[name for name in (ROLES, RACI) if name in own], *([name] for name in (ROLES, RACI, ESCALATION))]
    for names in tries:
        wanted = [name for name in names if name in own and name not in kept]
        if not wanted:
            continue
        try:
            book({**raw, **{name: own[name] for name in wanted}})
        except BadInput as error:
            if len(names) == 1:
                refused.append(error)
        else:
            raw |= {name: own[name] for name in wanted}
            kept += wanted
    return book(raw)._replace(own=tuple(kept), refused=tuple(refused))


@lru_cache(4)
def _with_own(own: tuple[tuple[str, bytes], ...]) -> Book:
    # A screen asks at every row the cursor rests on; the same bytes are read once.
    return with_own(dict(own))


def of_profile(folder: "Path") -> Book:
    """The book in force on a profile; a file that cannot be read is refused and said."""
    found: dict[str, bytes] = {}
    unread: list[BadInput] = []
    for name in (ROLES, RACI, ESCALATION):
        try:
            with one(folder, f"{FOLDER}/{name}").open("rb") as file:
                found[name] = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            unread.append(BadInput(f"{name} cannot be read: {error.strerror}", fix=FIX))
    read = _with_own(tuple(sorted(found.items()))) if found else shipped()
    return read._replace(refused=(*unread, *read.refused))


def _role_faults(file: RolesFile) -> Iterator[tuple[str, str]]:
    seen: set[str] = {ANYONE}
    for at, role in enumerate(file.roles):
        if role.id in seen:
            yield f"$.roles[{at}].id", f"the id {role.id!r} stands twice, or means everybody"
        seen.add(role.id)
    items: set[str] = set()
    for at, role in enumerate(file.roles):
        for number, each in enumerate(role.checklist):
            if each.id in items:
                yield f"$.roles[{at}].checklist[{number}].id", f"the id {each.id!r} stands twice"
            items.add(each.id)


def _raci_faults(file: RaciFile, roles: Mapping[str, Role]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    acts: set[str] = set()
    for at, each in enumerate(file.decisions):
        place = f"$.decisions[{at}]"
        if each.id in seen:
            yield f"{place}.id", f"the id {each.id!r} stands twice"
        seen.add(each.id)
        accountable = [role for role, letters in each.raci.items() if letters in ACCOUNTABLE]
        if len(accountable) != 1:
            who = f"{' and '.join(accountable)} are" if accountable else "nobody is"
            yield f"{place}.raci", f"{who} accountable for {each.id}: exactly one A per decision"
        for role in each.raci:
            if role not in roles:
                yield f"{place}.raci.{role}", _unknown(role, roles)
        for number, role in enumerate(each.authorises):
            if role != ANYONE and role not in roles:
                yield f"{place}.authorises[{number}]", _unknown(role, roles)
        for number, act in enumerate(each.acts):
            if act in acts:
                yield f"{place}.acts[{number}]", f"{act} is another decision already"
            acts.add(act)


def _unknown(role: str, roles: Mapping[str, Role]) -> str:
    return f"there is no role {role!r}; roles.yaml has {', '.join(roles)}"
