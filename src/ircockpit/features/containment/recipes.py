"""Recipes: controls of one system in an order, with what must hold between them; files in the profile, beside the system."""

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from ircockpit.core.errors import BadInput
from ircockpit.features.datafile import FIX, read_typed, refusal

if TYPE_CHECKING:
    from ircockpit.features.systems.rules import System
    from ircockpit.store.profile import Profile

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


class Shelf(NamedTuple):
    """What was read of the folder."""

    recipes: tuple[Recipe, ...]
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
    """All recipes in the profile's folder ``recipes``, by file and place."""
    found: list[Recipe] = []
    refused = []
    for path in sorted((profile.folder / FOLDER).glob("*.yaml")):
        try:
            if path.exists() and not path.is_file():  # opening a pipe would wait for somebody who writes
                raise BadInput(f"{path.name} cannot be read: it is no file", fix=FIX)
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
            if len(raw) > LARGEST:
                raise BadInput(f"{path.name} is larger than {LARGEST // 1024} KiB", fix=FIX)
            found += read(raw, path.name)
        except BadInput as error:
            refused.append(error)
        except OSError as error:
            refused.append(BadInput(f"{path.name} cannot be read: {error.strerror}", fix=FIX))
    return Shelf(tuple(found), tuple(refused))


def recipes_of(profile: "Profile", system: "System") -> tuple[Recipe, ...]:
    """Those of a system whose controls it has all of."""
    controls = {control.name for control in system.controls}
    return tuple(
        each
        for each in shelf(profile).recipes
        if each.system == system.name and {step.control for step in each.steps} <= controls
    )
