"""A playbook that breaks no rule, and ways to change one thing of it."""

import copy
from typing import Any

from tests.support.hostile import EVERYTHING

START = "start--00000000-0000-4000-8000-000000000001"
ASK = "if-condition--00000000-0000-4000-8000-000000000002"
BOTH = "parallel--00000000-0000-4000-8000-000000000003"
STOP = "action--00000000-0000-4000-8000-000000000004"
TELL = "action--00000000-0000-4000-8000-000000000005"
WATCH = "while-condition--00000000-0000-4000-8000-000000000006"
LOOK = "action--00000000-0000-4000-8000-000000000007"
SORT = "switch-condition--00000000-0000-4000-8000-000000000008"
OTHER = "playbook-action--00000000-0000-4000-8000-000000000009"
END = "end--00000000-0000-4000-8000-00000000000a"
STOPPED = "end--00000000-0000-4000-8000-00000000000b"
TOLD = "end--00000000-0000-4000-8000-00000000000c"
LOOKED = "end--00000000-0000-4000-8000-00000000000d"
FAILED = "end--00000000-0000-4000-8000-00000000000e"
CALM = "end--00000000-0000-4000-8000-000000000016"
CHATTED = "end--00000000-0000-4000-8000-000000000017"
OTHERWISE = "end--00000000-0000-4000-8000-000000000018"
TEAM = "group--00000000-0000-4000-8000-00000000000f"
BOT = "http-api--00000000-0000-4000-8000-000000000010"
LOGIN = "http-basic--00000000-0000-4000-8000-000000000011"
MAKER = "identity--00000000-0000-4000-8000-000000000012"
PLAYBOOK = "playbook--00000000-0000-4000-8000-000000000013"
SECOND = "playbook--00000000-0000-4000-8000-000000000014"
EXTENSION = "extension-definition--00000000-0000-4000-8000-000000000015"
GREEN = "marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


def action(name: str, after: str, activity: str, **more: Any) -> dict[str, Any]:
    """An action step of the team's, by hand."""
    command = {"type": "manual", "command": name, "playbook_activity": activity}
    return {
        "type": "action", "name": name, "commands": [command], "agent": TEAM, "on_success": after, "on_failure": FAILED,
    } | more  # fmt: skip


GOOD: dict[str, Any] = {
    "type": "playbook",
    "spec_version": "cacao-2.0",
    "id": PLAYBOOK,
    "name": "Wrong medical advice",
    "description": "The bot says what harms.",
    "playbook_types": ["mitigation", "notification"],
    "playbook_activities": ["eliminate-risk", "compose-content", "match-indicator"],
    "playbook_processing_summary": {
        "manual_playbook": True, "external_playbooks": True, "parallel_processing": True, "if_logic": True,
        "while_logic": True, "switch_logic": True, "temporal_logic": True, "data_markings": True, "digital_signatures": False,
        "countersigned_signatures": False, "extensions": True,
    },
    "created_by": MAKER,
    "created": "2026-01-31T12:00:00.000Z",
    "modified": "2026-02-28T12:00:00.000Z",
    "valid_from": "2026-01-31T12:00:00.000Z",
    "valid_until": "2036-01-31T12:00:00.000Z",
    "priority": 1,
    "severity": 90,
    "impact": 40,
    "labels": ["llm"],
    "markings": [GREEN],
    "playbook_variables": {
        "__harmful__": {"type": "bool", "value": None, "description": "Is it harmful?"},
        "__people__": {"type": "integer", "value": "0"},
        "__channel__": {"type": "string", "value": "chat"},
        "__model__": {"type": "string", "value": "bot-1", "constant": True},
    },
    "workflow_start": START,
    "workflow_exception": FAILED,
    "workflow": {
        START: {"type": "start", "name": "Begin", "on_completion": ASK},
        ASK: {
            "type": "if-condition", "name": "Harmful?", "condition": "__harmful__:value = true", "on_true": BOTH,
            "on_false": CALM,
        },
        BOTH: {"type": "parallel", "name": "At once", "next_steps": [STOP, TELL], "on_completion": WATCH},
        STOP: action("Stop __model__:value", STOPPED, "eliminate-risk", timeout=60_000, delay=1_000, targets=[BOT]),
        TELL: action("Tell the users", TOLD, "compose-content"),
        WATCH: {
            "type": "while-condition", "name": "Still there?", "condition": "__people__:value > 0", "on_true": LOOK,
            "on_completion": SORT,
        },
        LOOK: action("Look again", LOOKED, "match-indicator", out_args=["__people__"]),
        SORT: {
            "type": "switch-condition", "name": "Where?", "switch": "__channel__:value",
            "cases": {"chat": OTHER, "default": OTHERWISE}, "on_completion": END,
        },
        OTHER: {
            "type": "playbook-action", "name": "Go on", "playbook_id": SECOND, "in_args": ["__channel__"],
            "on_completion": CHATTED, "step_extensions": {EXTENSION: {"column": 3}},
        },
        **{ident: {"type": "end"} for ident in (END, STOPPED, TOLD, LOOKED, FAILED, CALM, CHATTED, OTHERWISE)},
    },
    "authentication_info_definitions": {
        LOGIN: {"type": "http-basic", "user_id": "bot", "kms": True, "kms_key_identifier": "vault/bot"},
    },
    "agent_definitions": {TEAM: {"type": "group", "name": "Response team", "contact": {"email": {"work": "ir@example.org"}}}},
    "target_definitions": {
        BOT: {
            "type": "http-api", "name": "Bot", "address": {"dname": ["bot.example.org"], "ipv4": ["192.0.2.1"]},
            "authentication_info": LOGIN,
        },
    },
    "extension_definitions": {
        EXTENSION: {
            "type": "extension-definition", "name": "layout", "created_by": MAKER, "schema": "https://example.org/s",
            "version": "1.0.0",
        },
    },
    "data_marking_definitions": {
        GREEN: {
            "type": "marking-tlp", "id": GREEN, "created_by": MAKER, "created": "2022-10-01T00:00:00.000Z",
            "tlpv2_level": "TLP:GREEN",
        },
    },
}  # fmt: skip


def good(**top: Any) -> dict[str, Any]:
    """A copy with other properties at the top."""
    return copy.deepcopy(GOOD) | copy.deepcopy(top)


def changed(place: str, value: Any, base: dict[str, Any] = GOOD) -> dict[str, Any]:
    """A copy in which one place, named by its JSON pointer, holds something else."""
    whole = copy.deepcopy(base)
    above, last = _above(whole, place)
    above[last] = copy.deepcopy(value)
    return whole


def without(place: str, base: dict[str, Any] = GOOD) -> dict[str, Any]:
    """A copy in which one place is missing."""
    whole = copy.deepcopy(base)
    above, last = _above(whole, place)
    del above[last]
    return whole


def _above(whole: dict[str, Any], place: str) -> tuple[Any, Any]:
    above: Any = whole
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]
    for part in path:
        above = above[int(part)] if isinstance(above, list) else above[part]
    return above, int(last) if isinstance(above, list) else last


PROOF = "/tmp/ircockpit-a-playbook-was-executed"
"""What a hostile playbook's commands would leave behind, were anything of them run."""


def hostile_playbook() -> dict[str, Any]:
    """A playbook whose every word is a stranger's, and whose commands other programs would execute."""
    hostile = copy.deepcopy(GOOD) | {"name": EVERYTHING[:900], "description": EVERYTHING}
    for each in hostile["workflow"].values():
        each["name"] = each["description"] = EVERYTHING
        if each["type"] == "action":
            each["commands"] = [
                {"type": "bash", "command": f"touch {PROOF} {EVERYTHING}"},
                {"type": "manual", "command": EVERYTHING + " __harm__:value"},
                {"type": "http-api", "command": "GET http://127.0.0.1/x", "headers": {"x": [EVERYTHING]}},
            ]
    for agent in hostile["agent_definitions"].values():
        agent["name"] = EVERYTHING
    return hostile
