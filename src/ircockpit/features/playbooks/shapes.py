"""The shape of every CACAO 2.0 object as data: which properties, of which kind, which must be there.

What the official JSON schemas demand is demanded here; in these places more, as the specification has it: a key of an
id-keyed dictionary must be such an id (the schemas let any other key pass unread), the kind in a step's key must be one
of the eight, and the known properties of known commands must have their kinds. A property that no table knows is kept
and told, never refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from ircockpit.features.playbooks import vocabulary as words


@dataclass(frozen=True, slots=True)
class Text:
    """A string; of one form, or one of a few, where they are given."""

    form: re.Pattern[str] | None = None
    one_of: tuple[str, ...] = ()
    called: str = "text"
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds that belong to it."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Anything:
    """An object whose inside is not ours to know: what an extension says."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of at least so many."""

    item: "Shape"
    least: int = 0


@dataclass(frozen=True, slots=True)
class Keyed:
    """A dictionary whose keys have a form. ``by_kind`` gives the shape of a value by the kind in its key."""

    key: re.Pattern[str]
    called: str
    item: "Shape"
    by_kind: Mapping[str, "Shape"] = field(default_factory=dict)
    only_kinds: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its properties, those that must be there, and groups of which exactly one must be.

    ``by_type`` gives a narrower shape by the value of ``type``, where that is known. Of an ``open`` one other
    properties are its type's own affair.
    """

    called: str
    properties: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    exactly_one: tuple[str, ...] = ()
    by_type: Mapping[str, "Object"] = field(default_factory=dict)
    open: bool = False


Shape: TypeAlias = Text | Whole | Flag | Anything | Listing | Keyed | Object

TEXT = Text()
ID = Text(words.ID, called="an id (type--UUID of version 1 to 5)")
TIME = Text(words.TIME, called="a time in UTC (2026-01-31T12:00:00.000Z)")
FLAG = Flag()
TEXTS = Listing(TEXT, 1)
IDS = Listing(ID, 1)
_HUNDRED = Whole(0, 100)

REFERENCE = Object(
    "external reference",
    dict.fromkeys(("name", "description", "source", "url", "external_id", "reference_id"), TEXT),
    required=("name",),
)
REFERENCES = Listing(REFERENCE, 1)
EXTENSIONS = Keyed(words.EXTENSION_ID, "the id of an extension", Anything(), least=1)
VARIABLE = Object(
    "variable",
    {"type": TEXT, "description": TEXT, "value": Text(nullable=True), "constant": FLAG, "external": FLAG},
    required=("type",),
)
VARIABLES = Keyed(words.VARIABLE_NAME, "a variable's name (__name__)", VARIABLE)

_COMMAND: dict[str, Shape] = {
    "type": TEXT,
    "description": TEXT,
    "version": TEXT,
    "playbook_activity": TEXT,
    "external_references": Listing(REFERENCE),
}
_HEADERS = Keyed(re.compile(".*", re.DOTALL), "a header", Listing(TEXT))


def _command(*names: str) -> Object:
    kinds: dict[str, Shape] = {name: _HEADERS if name == "headers" else TEXT for name in names}
    return Object("command", _COMMAND | kinds, required=("type",))


COMMAND = Object(
    "command",
    _COMMAND,
    required=("type",),
    open=True,
    by_type=MappingProxyType(
        {name: _command("command", "command_b64") for name in words.TEXT_COMMANDS}
        | {name: _command("command_b64") for name in words.ENCODED_COMMANDS}
        | {
            "http-api": _command("command", "headers", "content", "content_b64"),
            "openc2-http": _command("command", "headers", "content_b64"),
        }
    ),
)

_STEP: dict[str, Shape] = {
    "type": Text(one_of=words.STEP_TYPES),
    "name": TEXT,
    "description": TEXT,
    "external_references": REFERENCES,
    "delay": Whole(1),
    "timeout": Whole(),
    "step_variables": VARIABLES,
    "owner": ID,
    "on_completion": ID,
    "on_success": ID,
    "on_failure": ID,
    "step_extensions": EXTENSIONS,
}
_ARGUMENTS: dict[str, Shape] = {"in_args": TEXTS, "out_args": TEXTS}
_STEP_ID = re.compile(rf"(?:{'|'.join(words.STEP_TYPES)})--{words.UUID_FORM}")
_CASES = Keyed(re.compile(".*", re.DOTALL), "a case", Text(_STEP_ID, called="the id of a step"))


def _step(
    kind: str, more: Mapping[str, Shape], required: tuple[str, ...] = (), never: tuple[str, ...] = ()
) -> Object:
    properties: dict[str, Shape] = {**_STEP, **more, "type": Text(one_of=(kind,))}
    return Object(f"{kind} step", properties, ("type", *required), never)


STEPS: Mapping[str, Object] = MappingProxyType(
    {
        "start": _step("start", {}, never=("on_success", "on_failure")),
        "end": _step("end", {}, never=("on_completion", "on_success", "on_failure")),
        "action": _step(
            "action",
            {"commands": Listing(COMMAND, 1), "agent": ID, "targets": IDS, **_ARGUMENTS},
            ("commands", "agent"),
        ),
        "playbook-action": _step(
            "playbook-action", {"playbook_id": ID, "playbook_version": TIME, **_ARGUMENTS}, ("playbook_id",)
        ),
        "parallel": _step("parallel", {"next_steps": Listing(ID, 2)}, ("next_steps",)),
        "if-condition": _step(
            "if-condition", {"condition": TEXT, "on_true": ID, "on_false": ID}, ("condition", "on_true")
        ),
        "while-condition": _step(
            "while-condition", {"condition": TEXT, "on_true": ID}, ("condition", "on_true")
        ),
        "switch-condition": _step("switch-condition", {"switch": TEXT, "cases": _CASES}, ("switch", "cases")),
    }
)
WORKFLOW = Keyed(words.ID, "the id of a step", STEPS["action"], STEPS, only_kinds=True)

LOCATION = Object(
    "location",
    dict.fromkeys(
        (
            "name", "description", "building_details", "network_details", "country", "administrative_area", "city",
            "street_address", "postal_code", "latitude", "longitude", "precision",
        ),
        TEXT,
    )
    | {"region": Text(one_of=words.REGIONS)},
)  # fmt: skip
_WAYS = Keyed(words.CONTACT_KEY, "a name for a way to reach somebody", TEXT)
CONTACT = Object("contact", {"email": _WAYS, "phone": _WAYS, "contact_details": TEXT})

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_HEX = "[0-9a-fA-F]{1,4}"
_IPV6 = "|".join(
    [f"(?:{_HEX}:){{7}}{_HEX}", f"(?:{_HEX}:){{1,7}}:"]
    + [f"(?:{_HEX}:){{1,{7 - tail}}}(?::{_HEX}){{1,{tail}}}" for tail in range(1, 7)]
    + [f":(?::{_HEX}){{1,7}}", "::", f"(?:{_HEX}:){{1,4}}:{_IPV4}", f"::(?:ffff(?::0{{1,4}})?:)?{_IPV4}"]
    + ["fe80:(?::[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]+"]
)
_URL = re.compile(r".*[()?:/.a-zA-Z0-9@%_+~#=]{2}\.[a-z]{2,6}\b.*", re.DOTALL)
ADDRESS = Object(
    "address",
    {
        "dname": Listing(TEXT),
        "url": Listing(Text(_URL, called="a URL with a domain name")),
        "ipv4": Listing(Text(re.compile(_IPV4), called="an IPv4 address")),
        "ipv6": Listing(Text(re.compile(_IPV6), called="an IPv6 address")),
        "l2mac": Listing(Text(re.compile("[a-fA-F0-9]{2}(?::[a-fA-F0-9]{2}){5}"), called="a MAC address")),
        "vlan": Listing(Whole(0, 4095)),
    },
)

_PARTY: dict[str, Shape] = {
    "type": TEXT, "name": TEXT, "description": TEXT, "location": LOCATION, "agent_target_extensions": EXTENSIONS,
}  # fmt: skip
_REACHED: dict[str, Shape] = {"address": ADDRESS, "authentication_info": ID, "category": TEXTS}


def _party(kind: str, more: Mapping[str, Shape], *required: str) -> Object:
    properties: dict[str, Shape] = {**_PARTY, **more, "type": Text(one_of=(kind,))}
    return Object(kind, properties, ("type", "name", *required))


PARTIES: Mapping[str, Object] = MappingProxyType(
    {kind: _party(kind, {"contact": CONTACT}) for kind in ("group", "individual", "organization")}
    | {
        "location": _party("location", {"logical": TEXTS}),
        "sector": _party("sector", {"sector": TEXT}, "sector"),
        "security-category": _party("security-category", {"category": TEXTS}, "category"),
        "net-address": _party("net-address", _REACHED, "address"),
    }
    | {kind: _party(kind, {**_REACHED, "port": TEXT}, "address") for kind in ("http-api", "linux", "ssh")}
)
PARTY = Object("agent or target", _PARTY, ("type", "name"), open=True)
AGENTS = Keyed(words.ID, "the id of an agent or target", PARTY, PARTIES, least=1)

_KEPT: dict[str, Shape] = {"kms": FLAG, "kms_key_identifier": TEXT}
_AUTH: dict[str, Shape] = {
    "type": TEXT, "name": TEXT, "description": TEXT, "authentication_info_extensions": EXTENSIONS, **_KEPT,
}  # fmt: skip


def _auth(kind: str, names: tuple[str, ...], *required: str) -> Object:
    more: dict[str, Shape] = dict.fromkeys(names, TEXT)
    return Object("authentication", {**_AUTH, **more, "type": Text(one_of=(kind,))}, ("type", *required))


AUTHENTICATIONS = Keyed(
    words.ID,
    "the id of an authentication",
    Object("authentication", _AUTH, ("type",), open=True),
    MappingProxyType(
        {
            "http-basic": _auth("http-basic", ("user_id", "password")),
            "oauth2": _auth("oauth2", ("oauth_header", "token"), "oauth_header", "token"),
            "user-auth": _auth("user-auth", ("username", "password")),
        }
    ),
    least=1,
)

_MARKING: dict[str, Shape] = {
    "id": ID, "name": TEXT, "description": TEXT, "created_by": ID, "created": TIME, "revoked": FLAG, "valid_from": TIME,
    "valid_until": TIME, "labels": TEXTS, "external_references": REFERENCES, "marking_extensions": EXTENSIONS,
}  # fmt: skip
_IEP = (
    "name", "description", "tlp", "encrypt_in_transit", "permitted_actions", "affected_party_notifications",
    "attribution", "unmodified_resale",
)  # fmt: skip


def _marking(kind: str, more: Mapping[str, Shape], *required: str) -> Object:
    properties: dict[str, Shape] = {**_MARKING, **more, "type": Text(one_of=(kind,))}
    return Object("data marking", properties, ("type", "id", "created_by", "created", *required))


_TLP = Text(one_of=tuple(words.TLP_IDS.values()))
_IEP_MORE: dict[str, Shape] = {
    **dict.fromkeys(_IEP, TEXT),
    "iep_version": Whole(),
    "start_date": TIME,
    "end_date": Text(words.TIME, called=TIME.called, nullable=True),
    # The official schemas ask for texts and for objects at once, so no IEP marking passes them; the IEP has texts.
    "external_references": Listing(TEXT),
}
DATA_MARKINGS = Keyed(
    words.ID,
    "the id of a data marking",
    Object("data marking", _MARKING, ()),
    MappingProxyType(
        {
            "marking-tlp": _marking("marking-tlp", {"tlpv2_level": _TLP}, "tlpv2_level"),
            "marking-statement": _marking("marking-statement", {"statement": TEXT}, "statement"),
            "marking-iep": _marking("marking-iep", _IEP_MORE, *_IEP, "iep_version", "start_date", "end_date",
                                    "external_references"),
        }
    ),
    only_kinds=True,
)  # fmt: skip

EXTENSION_DEFINITIONS = Keyed(
    words.EXTENSION_ID,
    "the id of an extension",
    Object(
        "extension definition",
        {
            "type": Text(one_of=("extension-definition",)),
            "name": TEXT,
            "description": TEXT,
            "created_by": ID,
            "schema": TEXT,
            "version": TEXT,
            "external_references": Listing(REFERENCE),
        },
        ("type", "name", "created_by", "schema", "version"),
    ),
)

_SIGNATURE: dict[str, Shape] = {
    "type": Text(one_of=("jss",)), "id": ID, "created_by": ID, "created": TIME, "modified": TIME, "revoked": FLAG,
    "signee": TEXT, "valid_from": TIME, "valid_until": TIME, "related_to": ID, "related_version": TIME,
    "hash_algorithm": TEXT, "algorithm": TEXT, "public_key": TEXT, "public_cert_chain": TEXTS, "cert_url": TEXT,
    "thumbprint": TEXT, "value": TEXT,
}  # fmt: skip
SIGNATURE = Object(
    "signature",
    _SIGNATURE,
    (
        "type", "id", "created", "modified", "signee", "related_to", "related_version", "hash_algorithm", "algorithm",
        "value",
    ),
    exactly_one=("public_key", "public_cert_chain", "cert_url", "thumbprint"),
)  # fmt: skip
_SIGNATURE["signature"] = SIGNATURE  # a countersignature is one more of the same

PLAYBOOK = Object(
    "playbook",
    {
        "type": Text(one_of=("playbook",)),
        "spec_version": Text(one_of=(words.SPEC_VERSION,)),
        "id": ID,
        "name": TEXT,
        "description": TEXT,
        "playbook_types": Listing(TEXT),
        "playbook_activities": TEXTS,
        "playbook_processing_summary": Object("processing summary", dict.fromkeys(words.SUMMARY, FLAG)),
        "created_by": ID,
        "created": TIME,
        "modified": TIME,
        "revoked": FLAG,
        "valid_from": TIME,
        "valid_until": TIME,
        "derived_from": IDS,
        "related_to": IDS,
        "priority": _HUNDRED,
        "severity": _HUNDRED,
        "impact": _HUNDRED,
        "industry_sectors": TEXTS,
        "labels": TEXTS,
        "external_references": REFERENCES,
        "markings": IDS,
        "playbook_variables": VARIABLES,
        "workflow_start": ID,
        "workflow_exception": ID,
        "workflow": WORKFLOW,
        "playbook_extensions": EXTENSIONS,
        "authentication_info_definitions": AUTHENTICATIONS,
        "agent_definitions": AGENTS,
        "target_definitions": AGENTS,
        "extension_definitions": EXTENSION_DEFINITIONS,
        "data_marking_definitions": DATA_MARKINGS,
        "signatures": Listing(SIGNATURE, 1),
    },
    ("type", "spec_version", "id", "name", "created_by", "created", "modified", "workflow_start", "workflow"),
)
