"""Recipes: controls of one system in an order, with what must hold between them; files of this device or agreed on."""

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import canonical
from ircockpit.features.datafile import FIX, read_typed, refusal
from ircockpit.features.ownfiles import AGREED, several
from ircockpit.features.systems.queries import system as system_named

if TYPE_CHECKING:
    from ircockpit.features.systems.rules import System
    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation

FOLDER = "recipes"
LARGEST = 64 * 1024
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,39}$")]


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step; exactly one of the first three stands in it, each naming a control of the system."""

    on: str = ""
    """Switch it on."""
    lift: str = ""
    """Take back what an earlier step switched on."""
    check: str = ""
    """Read it back and probe it once."""
    until: Literal["effective", "recorded"] = "effective"
    """What must be seen before the next step: a swap behind a stop can be no more than recorded."""

    @property
    def control(self) -> str:
        """The control it is about."""
        return self.on or self.lift or self.check

    @property
    def does(self) -> str:
        """``on``, ``lift`` or ``check``."""
        return "on" if self.on else "lift" if self.lift else "check"


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Steps that belong together: fast stop, then swap, then lift the stop."""

    name: Name
    title: Annotated[str, Meta(min_length=1, max_length=80)]
    system: str
    steps: Annotated[list[Step], Meta(min_length=2, max_length=9)]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    recipes: Annotated[list[Recipe], Meta(min_length=1, max_length=50)]


class Kept(NamedTuple):
    """A recipe of the folder."""

    recipe: Recipe
    place: str
    """``recipes/bot.yaml``: where its file lies."""
    agreed: bool
    """Whether the organisation has agreed on it; else it is this device's own."""
    why_not: str = ""
    """Why it cannot be run here now; empty where it can."""


class Shelf(NamedTuple):
    """What was read of the folder."""

    kept: tuple[Kept, ...]
    refused: tuple[BadInput, ...]
    """What is wrong with each file that is not used; it stops no other."""


def read(raw: bytes, name: str) -> list[Recipe]:
    """The recipes of a file. Raises :class:`BadInput` with file, line and reason."""
    file, lines = read_typed(raw, name, _File)
    for place, recipe in enumerate(file.recipes):
        on: set[str] = set()
        for number, step in enumerate(recipe.steps):
            at = f"$.recipes[{place}].steps[{number}]"
            if sum(map(bool, (step.on, step.lift, step.check))) != 1:
                raise refusal(name, lines, at, "a step is one of: on, lift, check")
            if step.does != "on" and step.control not in on:
                raise refusal(name, lines, at, f"no step before it switches {step.control!r} on")
            on = on | {step.on} - {""} if step.on else on - {step.lift} if step.lift else on
    return file.recipes


def shelf(profile: "Profile") -> Shelf:
    """All recipes in the profile's folder ``recipes``; those agreed on come first, and before one's own of the same name."""
    found: dict[tuple[str, str], Kept] = {}
    refused = []
    agreed = profile.folder / AGREED
    paths = several(profile.folder, FOLDER)
    for path in sorted(paths, key=lambda each: not each.is_relative_to(agreed)):
        try:
            if path.exists() and not path.is_file():  # opening a pipe would wait for somebody who writes
                raise BadInput(f"{path.name} cannot be read: it is no file", fix=FIX)
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
            for each in read(_small(raw, path.name), path.name):
                kept = Kept(each, f"{FOLDER}/{path.name}", path.is_relative_to(agreed))
                if found.setdefault((each.system, each.name), kept) is not kept:
                    refused.append(
                        BadInput(f"{path.name}: {each.name} stands in another file, which is used", fix=FIX)
                    )
        except BadInput as error:
            refused.append(error)
        except OSError as error:
            refused.append(BadInput(f"{path.name} cannot be read: {error.strerror}", fix=FIX))
    return Shelf(tuple(found.values()), tuple(refused))


def recipes_of(station: "Workstation", system: "System") -> tuple[Kept, ...]:
    """Those of a system, with what keeps each from being run: a control it lacks, or one that is another since."""
    found = [each for each in shelf(station.profile).kept if each.recipe.system == system.name]
    return tuple(each._replace(why_not=_why_not(station, each, system)) for each in found)


def controls_of(station: "Workstation", name: str, raw: bytes) -> dict[str, str]:
    """The controls that a file's recipes are about, as they are on record now: their hashes by ``system/control``."""
    found = {}
    for recipe in read(_small(raw, name), name):
        about = system_named(station.view, recipe.system)
        for step in recipe.steps:
            digest = control_hash(about, step.control)
            if not digest:
                there = ", ".join(each.name for each in about.controls) or "none"
                raise BadInput(
                    f"{name}: {recipe.name} needs the control {step.control}, and {about.name} has none of that name",
                    safe="nothing was recorded", fix=f"there is: {there}",
                )  # fmt: skip
            found[f"{about.name}/{step.control}"] = digest
    return found


def control_hash(about: "System", name: str) -> str:
    """SHA-256 over what a control does and where; empty where the system has none of that name."""
    control = next((each for each in about.controls if each.name == name), None)
    place = about.target(control.target) if control is not None else None
    if control is None or place is None:
        return ""
    facts = [
        control.connector,
        control.action,
        control.target,
        place.admin,
        sorted(map(list, control.params)),
    ]
    return sha256(canonical(facts)).hexdigest()


def _why_not(station: "Workstation", kept: Kept, about: "System") -> str:
    needed = list(dict.fromkeys(step.control for step in kept.recipe.steps))
    if missing := [each for each in needed if not control_hash(about, each)]:
        return f"{about.name} has no control {missing[0]}"
    if not kept.agreed:
        return ""
    from ircockpit.features.settings.queries import approved_controls

    approved = approved_controls(station, kept.place)
    changed = [each for each in needed if approved.get(f"{about.name}/{each}") != control_hash(about, each)]
    return f"the control {changed[0]} is not what it was when this was approved" if changed else ""


def _small(raw: bytes, name: str) -> bytes:
    if len(raw) > LARGEST:
        raise BadInput(f"{name} is larger than {LARGEST // 1024} KiB", fix=FIX)
    return raw
