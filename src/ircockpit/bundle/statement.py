"""The statement of a bundle: who made it, of what shape it is, what it holds and what was left out of it."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ircockpit.bundle.layout import COMPLETE, EXTRACT, NAME, VERSION
from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.ledger import fields
from ircockpit.ledger.fields import Rule
from ircockpit.ledger.signing import key_id

HUB = "hub"
DEVICE = "device"
NONE = "none"
UNKNOWN = "unknown"
"""Kind of a record whose opening does not count where the bundle was made."""
ANCHORS = (HUB, DEVICE, NONE)
"""Who signed the tree over a stream's receipts: the hub, the device that made the bundle, or nobody."""


class Head(NamedTuple):
    """The last event of a lane, as far as the bundle holds it."""

    device: str
    epoch: str
    n: int
    event: str


class Carried(NamedTuple):
    """One stream of a bundle."""

    stream: str
    kind: str
    rows: int
    """Events in its file."""
    receipts: int
    """How many of them carry a receipt; in a complete bundle these are the first ones, from seq 1 on."""
    gen: int
    anchor: str
    """One of :data:`ANCHORS`."""
    emptied: int
    """Parts of which only the leaf is there."""
    heads: tuple[Head, ...]
    """Of every lane in a complete bundle; none in an extract."""


class Maker(NamedTuple):
    """Who made the bundle."""

    name: str
    user: str
    device: str
    certificate: str
    """Id of the device certificate whose key signed the bag."""


class LeftOut(NamedTuple):
    """What stands in the record and was not put into the bundle."""

    restricted_parts: int
    restricted_files: int
    files_not_held: int
    files_elsewhere: int
    """Files on another stick of the same export."""
    files_unwanted: int
    """Files left out because the export was asked for without them."""
    streams: int
    """Privileged records that were not asked for."""


class Statement(NamedTuple):
    """``data/statement.json``."""

    id: str
    """UUID of the export; the same on all its sticks."""
    number: int
    of: int
    """This is bag ``number`` of ``of``."""
    shape: str
    made: str
    """When, by the maker's clock (core.occurred)."""
    made_by: Maker
    org: str
    root: str
    """Public key of the organisation's root as hex; ``org`` is its key id."""
    streams: tuple[Carried, ...]
    files: int
    """Evidence files in this bag."""
    left_out: LeftOut
    says: tuple[str, ...]
    """Sentences for people: what the bundle cannot prove."""


def write(statement: Statement) -> bytes:
    """The file's bytes."""
    value: dict[str, Any] = {"format": NAME, "v": VERSION, **statement._asdict()}
    value["made_by"] = statement.made_by._asdict()
    value["left_out"] = statement.left_out._asdict()
    value["streams"] = [
        {**each._asdict(), "heads": [head._asdict() for head in each.heads]} for each in statement.streams
    ]
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


_COUNT = fields.whole(0)
_TEXT = Rule(lambda value: type(value) is str and len(value) <= 2000, "text of at most 2,000 characters")
_LIST = Rule(lambda value: type(value) is list, "a list")
_OBJECT = Rule(lambda value: type(value) is dict, "an object")
_TOP = {
    "format": fields.one_of(NAME), "v": fields.whole(VERSION, VERSION), "id": fields.UUID, "number": fields.whole(1),
    "of": fields.whole(1), "shape": fields.one_of(COMPLETE, EXTRACT), "made": _TEXT, "made_by": _OBJECT,
    "org": fields.DIGEST, "root": fields.DIGEST, "streams": _LIST, "files": _COUNT, "left_out": _OBJECT, "says": _LIST,
}  # fmt: skip
_MAKER = {"name": _TEXT, "user": fields.UUID, "device": fields.UUID, "certificate": fields.DIGEST}
_CARRIED = {
    "stream": fields.UUID, "kind": fields.NAME, "rows": _COUNT, "receipts": _COUNT, "gen": _COUNT,
    "anchor": fields.one_of(*ANCHORS), "emptied": _COUNT, "heads": _LIST,
}  # fmt: skip
_HEAD = {"device": fields.UUID, "epoch": fields.EPOCH, "n": fields.whole(1), "event": fields.DIGEST}
_LEFT_OUT = dict.fromkeys(LeftOut._fields, _COUNT)


def read(raw: bytes) -> Statement:
    """The statement in these bytes; raises :class:`BadInput` naming what is not as it must be."""
    top = _fields(strict_loads(raw), _TOP, "statement")
    streams = tuple(_carried(each) for each in top["streams"])
    if len({each.stream for each in streams}) != len(streams):
        raise BadInput("the bundle's statement names a record twice")
    if key_id(bytes.fromhex(top["root"])) != top["org"]:
        raise BadInput("the bundle's statement: its root is not the key that names its organisation")
    says = top["says"]
    if not all(map(_TEXT.holds, says)):
        raise BadInput("the bundle's statement: says must be a list of sentences")
    return Statement(
        id=top["id"], number=top["number"], of=top["of"], shape=top["shape"], made=top["made"],
        made_by=Maker(**_fields(top["made_by"], _MAKER, "made_by")), org=top["org"], root=top["root"], streams=streams,
        files=top["files"], left_out=LeftOut(**_fields(top["left_out"], _LEFT_OUT, "left_out")), says=tuple(says),
    )  # fmt: skip


def _carried(value: Any) -> Carried:
    held = _fields(value, _CARRIED, "stream")
    heads = tuple(Head(**_fields(each, _HEAD, "head")) for each in held["heads"])
    return Carried(**{**held, "heads": heads})


def _fields(value: Any, rules: Mapping[str, Rule], where: str) -> dict[str, Any]:
    if type(value) is not dict or value.keys() != rules.keys():
        raise BadInput(f"the bundle's statement: {where} has not the fields it must have")
    for name, rule in rules.items():
        if not rule.holds(value[name]):
            raise BadInput(f"the bundle's statement: {where}, field {name} must be {rule.says}")
    return value
