"""What a connector file says: actions of one kind of control, without hosts, programs or secrets."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ircockpit.core.errors import BadInput, NotFound

SHIPPED = ("caddy", "envoy")
"""Connectors that come with the program, each exercised against the real server it names."""

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,62}$")]
Words = Annotated[str, Meta(min_length=1, max_length=300)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
Family = Literal[
    "disable_model",
    "disable_feature",
    "safe_fallback",
    "rollback_model",
    "rate_limit",
    "restrict_prompts",
    "halt_integration",
    "block_principal",
]
Tier = Literal["principal", "feature", "endpoint", "global"]


class Param(Struct, frozen=True, forbid_unknown_fields=True):
    """One value a person or a system record fills in."""

    help: Words
    type: Literal["text", "int", "flag"] = "text"
    pattern: str | None = None
    """Regular expression the whole text must match."""
    enum: list[str | int] | None = None
    default: str | int | bool | UnsetType = UNSET


class Ask(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request without the host it goes to; texts may hold ``${expression}``."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: Any = UNSET
    form: dict[str, str] | None = None
    body: str | None = None
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """Seconds for one complete answer."""
    redact: list[str] = []
    """Dotted paths (``*`` for any member) taken out of a JSON answer before anything else sees it."""


class Read(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the control is read: ``state`` is all that is kept of the answer."""

    parse: Literal["json", "text"] = "json"
    ok: str = "status >= `200` && status < `300`"
    hint: str = ""
    """What to check when ``ok`` does not hold, for the person in front of it."""
    state: str


class Send(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One change, or one step of the way back."""

    ok: str = "status >= `200` && status < `300`"
    guard: str | None = None
    """Recognises the answer of a compare-and-swap that lost: somebody else changed the target."""
    capture: dict[Name, str] = {}
    """Ids made by the change that the way back needs, as ``var.<name>``."""


class Probe(Ask, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request on the data plane, as a user makes it, free of side effects."""

    contained: str
    """Recognises the answer of the control, not just the absence of a good one."""
    serving: str
    """Recognises a healthy answer that is not contained."""
    every_ms: Annotated[int, Meta(ge=50, le=60_000)] = 500
    consecutive: Annotated[int, Meta(ge=2, le=20)] = 3
    within_s: Seconds = 30.0
    """Seconds after read-back until which the effect may take its time."""


class ReadBack(Struct, frozen=True, forbid_unknown_fields=True):
    """How long and how often the control is read after a change."""

    timeout_s: Seconds = 5.0
    every_ms: Annotated[int, Meta(ge=20, le=60_000)] = 200


class Verify(Struct, frozen=True, forbid_unknown_fields=True):
    """What must be seen before the action counts; without a probe it stays unverified."""

    control: ReadBack = ReadBack()
    probe: Probe | None = None


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """The one line a person approves: what, from which value, to which."""

    what: str
    value: str
    """Expression over ``state`` and ``p`` that gives the value to show."""
    after: str


class Blast(Struct, frozen=True, forbid_unknown_fields=True):
    """How many it reaches."""

    tier: Tier
    text: Words


class Action(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One control of a connector."""

    id: Slug
    family: Family
    title: Words
    params: dict[Name, Param] = {}
    read: Read
    contained: str
    """Predicate over ``state`` and ``p``: whether the control is on."""
    change: Change
    apply: Annotated[list[Send], Meta(min_length=1, max_length=10)]
    revert: Annotated[list[Send], Meta(min_length=1, max_length=10)]
    verify: Verify
    repeatable: bool = False
    """Whether sending a change twice does no more than sending it once."""
    blast: Blast
    approval: Literal["none", "typed-confirm", "two-person"]
    ttl_h: Annotated[int, Meta(ge=1, le=720)] = 4
    """Hours after which the responder is reminded that it is still on."""
    deadline_s: Seconds = 120.0
    """Seconds for the whole action, from approval to its last probe."""


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

    def action(self, ident: str) -> Action:
        """The action of that id. Raises :class:`NotFound` naming those there are."""
        for action in self.actions:
            if action.id == ident:
                return action
        known = ", ".join(action.id for action in self.actions)
        raise NotFound(f"connector {self.id} has no action {ident!r}", fix=f"It has: {known}.")


class _File(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema_version: Literal[1]
    id: Slug
    version: Annotated[int, Meta(ge=1)]
    vendor: Words
    docs: Words
    tested_with: list[str] = []
    actions: Annotated[list[Action], Meta(min_length=1, max_length=50)]


def load(source: Path | bytes) -> Connector:
    """Read and check a connector; trusting its ``sha256`` for writing is the caller's decision.

    Raises :class:`BadInput` naming file and place for anything that is not exactly of this form, or that
    refers to a name which will not exist when it is needed.
    """
    from ircockpit.core import yamltext
    from ircockpit.features.containment.engine import lint

    name = "the connector" if isinstance(source, bytes) else source.name
    try:
        raw = source if isinstance(source, bytes) else _bytes_of(source, yamltext.MAX_BYTES)
        file = msgspec.convert(yamltext.load_yaml(raw), _File)
        lint.check(file.actions)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", fix=error.fix) from None
    except msgspec.ValidationError as error:
        raise BadInput(f"{name}: {error}") from None
    return Connector(
        file.id,
        file.version,
        file.vendor,
        file.docs,
        tuple(file.tested_with),
        tuple(file.actions),
        sha256(raw).hexdigest(),
        raw,
    )


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
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from None
