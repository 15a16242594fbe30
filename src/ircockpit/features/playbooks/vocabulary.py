"""The words of CACAO 2.0 (Committee Specification 01): closed enumerations, open vocabularies, forms of ids and times."""

import re
from types import MappingProxyType
from typing import Final

SPEC_VERSION: Final = "cacao-2.0"

UUID_FORM = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
"""Versions 1 to 5 only: an id with a UUID of version 7 is refused by every reader that uses the official schema."""
ID = re.compile(rf"(?P<kind>[a-z][a-z0-9-]+[a-z0-9])--{UUID_FORM}")
TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(\.[0-9]+)?Z"
)
EXACT_TIME = re.compile(r".{19}\.[0-9]{3}Z")
"""``created`` and ``modified`` have exactly three decimals; the official schema does not ask for that."""
VARIABLE_NAME = re.compile("__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__")
EXTENSION_ID = re.compile(rf"extension-definition--{UUID_FORM}")
CONTACT_KEY = re.compile("[a-zA-Z0-9_-]{0,250}")

STEP_TYPES = (
    "start", "end", "action", "playbook-action", "parallel", "if-condition", "while-condition", "switch-condition",
)  # fmt: skip

PLAYBOOK_TYPES = (
    "attack", "detection", "engagement", "investigation", "mitigation", "notification", "prevention", "remediation",
)  # fmt: skip

ACTIVITY_OF_TYPE = MappingProxyType(
    {
        "notification": "compose-content",
        "detection": "match-indicator",
        "investigation": "identify-indicators",
        "prevention": "configure-systems",
        "mitigation": "eliminate-risk",
        "remediation": "restore-capabilities",
    }
)
"""The activity that a playbook of a type must have at least."""

ACTIVITIES = (
    "compose-content", "deliver-content", "identify-audience", "identify-channel", "scan-system", "match-indicator",
    "analyze-collected-data", "identify-indicators", "scan-vulnerabilities", "configure-systems", "restrict-access",
    "disconnect-system", "eliminate-risk", "revert-system", "restore-data", "restore-capabilities", "map-network",
    "identify-steps", "step-sequence", "prepare-engagement", "execute-operation", "analyze-engagement-results",
)  # fmt: skip

TEXT_COMMANDS = frozenset({"manual", "bash", "caldera-cmd", "powershell", "ssh"})
"""Commands that carry ``command`` or ``command_b64``."""
ENCODED_COMMANDS = frozenset({"elastic", "jupyter", "kestrel", "sigma", "yara"})
"""Commands that carry ``command_b64``."""
HTTP_COMMANDS = frozenset({"http-api", "openc2-http"})
COMMANDS = TEXT_COMMANDS | ENCODED_COMMANDS | HTTP_COMMANDS

PEOPLE = frozenset({"group", "individual", "location", "organization", "sector"})
MACHINES = frozenset({"http-api", "linux", "net-address", "security-category", "ssh"})

TLP_IDS = MappingProxyType(
    {
        "marking-tlp--94868c89-83c2-464b-929b-a1a8aa3c8487": "TLP:CLEAR",
        "marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "TLP:GREEN",
        "marking-tlp--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "TLP:AMBER",
        "marking-tlp--939a9414-2ddd-4d32-a0cd-375ea402b003": "TLP:AMBER+STRICT",
        "marking-tlp--e828b379-4e03-4974-9ac4-e53a884c97c1": "TLP:RED",
    }
)
"""The markings that every playbook must use for the levels of TLP 2.0, strictest last."""

VARIABLE_TYPES = (
    "bool", "dictionary", "float", "hexstring", "integer", "ipv4-addr", "ipv6-addr", "long", "mac-addr", "hash", "md5-hash",
    "sha256-hash", "string", "uri", "uuid",
)  # fmt: skip

REGIONS = (
    "africa", "eastern-africa", "middle-africa", "northern-africa", "southern-africa", "western-africa", "americas",
    "caribbean", "central-america", "latin-america-caribbean", "northern-america", "south-america", "asia", "central-asia",
    "eastern-asia", "southern-asia", "south-eastern-asia", "western-asia", "europe", "eastern-europe", "northern-europe",
    "southern-europe", "western-europe", "oceania", "antarctica", "australia-new-zealand", "melanesia", "micronesia",
    "polynesia",
)  # fmt: skip

SUMMARY = (
    "manual_playbook", "external_playbooks", "parallel_processing", "if_logic", "while_logic", "switch_logic",
    "temporal_logic", "data_markings", "digital_signatures", "countersigned_signatures", "extensions",
)  # fmt: skip


def kind_of(ident: str) -> str:
    """What an id says it is: ``action`` of ``action--…``; empty where it is no id."""
    match = ID.fullmatch(ident)
    return match["kind"] if match else ""
