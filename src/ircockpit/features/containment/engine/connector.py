"""What a connector file says: actions of one kind of control, without hosts, programs or secrets."""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.spec import Action, File, Preserve, Recognise, Server

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.shape import Finding


class Connector(NamedTuple):
    """A connector as loaded, with the hash by which it is trusted."""

    id: str
    version: int
    vendor: str
    docs: str
    tested_with: tuple[str, ...]
    actions: tuple[Action, ...]
    sha256: str
    """Lower-case hex digest of the file's bytes."""
    source: bytes
    server: Server | None = None
    contract_with: tuple[str, ...] = ()
    recognise: tuple[Recognise, ...] = ()
    login: str = ""
    probe_login: str = ""
    one_address: bool = False
    preserve: tuple[Preserve, ...] = ()

    @property
    def badge(self) -> str:
        """What is known of it, in words: the versions it was run against, or that it was not."""
        if self.tested_with:
            return ", ".join(self.tested_with)
        if self.contract_with:
            return f"contract-tested ({', '.join(self.contract_with)}), not run"
        return "unverified template"

    def action(self, ident: str) -> Action:
        """The action of that id. Raises :class:`NotFound` naming those there are."""
        for action in self.actions:
            if action.id == ident:
                return action
        known = ", ".join(action.id for action in self.actions)
        raise NotFound(f"connector {self.id} has no action {ident!r}", fix=f"It has: {known}.")


def load(source: Path | bytes) -> Connector:
    """Read and check a connector; trusting its ``sha256`` for writing is the caller's decision.

    Raises :class:`BadInput` naming file, line and place for anything that is not exactly of this form, or that
    refers to a name which will not exist when it is needed.
    """
    name = "the connector" if isinstance(source, bytes) else source.name
    raw, file, found, lines = _examined(source, name)
    for first in found:
        place = first.place.removeprefix("$").removeprefix(".")
        at = f"{name}, line {line_of(lines, first.place)}" + (f", {place}" if place else "")
        raise BadInput(f"{at}: {first.what}", fix=first.fix)
    assert file is not None  # noqa: S101 - what has no form has findings
    return Connector(
        file.id,
        file.version,
        file.vendor,
        file.docs,
        tuple(file.tested_with),
        tuple(file.actions),
        sha256(raw).hexdigest(),
        raw,
        file.server,
        tuple(file.contract_with),
        tuple(file.recognise),
        file.login,
        file.probe_login,
        file.one_address,
        tuple(file.preserve),
    )


def examine(source: Path | bytes) -> tuple[tuple["Finding", int], ...]:
    """Everything that is wrong with a connector file, each with its line; nothing for one that loads.

    Raises :class:`BadInput` for a file that cannot be read, or is no YAML to find places in.
    """
    name = "the connector" if isinstance(source, bytes) else source.name
    _, _, found, lines = _examined(source, name)
    return tuple(sorted(((each, line_of(lines, each.place)) for each in found), key=lambda pair: pair[1]))


def line_of(lines: dict[str, int], place: str) -> int:
    """The line of a place; what is missing has none, but what it is missing in has one."""
    while place not in lines and place != "$":
        place = place[: max(place.rfind("."), place.rfind("["), 1)]
    return lines.get(place, 1)


def _examined(
    source: Path | bytes, name: str
) -> tuple[bytes, "File | None", list["Finding"], dict[str, int]]:
    from ircockpit.core import yamltext
    from ircockpit.features.containment.engine import lint
    from ircockpit.features.containment.engine.shape import misshapen, pruned

    lines: dict[str, int] = {}
    try:
        raw = source if isinstance(source, bytes) else _bytes_of(source, yamltext.MAX_BYTES)
        data = yamltext.load_yaml(raw, lines=lines)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", fix=error.fix) from None
    try:
        file = msgspec.convert(data, File)
    except msgspec.ValidationError:
        found = [*misshapen(data, File), *lint.findings(_sound(pruned(data, File)))]
        return raw, None, found, lines
    found = list(lint.findings(enumerate(file.actions), file.server, file.recognise, file.preserve))
    return raw, file, found, lines


def _sound(data: Any) -> Iterator[tuple[int, Action]]:
    """The actions of a file that are of their form, so that a misspelt key elsewhere hides nothing in them."""
    actions = data.get("actions") if isinstance(data, dict) else None
    for number, each in enumerate(actions if isinstance(actions, list) else ()):
        with suppress(msgspec.ValidationError):
            yield number, msgspec.convert(each, Action)


def shipped(ident: str) -> Connector:
    """A connector that comes with the program. Raises :class:`NotFound` for one that does not."""
    from importlib.resources import files

    if ident not in SHIPPED:
        raise NotFound(
            f"no connector {ident!r} comes with the program", fix=f"There is: {', '.join(SHIPPED)}."
        )
    folder = files("ircockpit.features.containment.connectors")
    return load(folder.joinpath(f"{ident}.yaml").read_bytes())


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for somebody who writes
            raise BadInput("cannot be read: it is no file")
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from None
