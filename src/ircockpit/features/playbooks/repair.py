"""Repair of files that are nearly CACAO 2.0: a list of changes, each with its reason, and never a silent guess.

What the file says is brought into CACAO's words: other names of properties and types, ids made from the old ones (UUID
version 5, so the same file gives the same ids), times and values in their forms, decisions by words as conditions over a
variable that a person answers. What only people can decide becomes a placeholder that begins with ``TO BE DECIDED`` and
a finding. Properties that nothing here knows stay where they are. The result is loaded only if it meets the floor.
"""

import copy
import re
from typing import Any, NamedTuple

from ircockpit.features.playbooks import shapes
from ircockpit.features.playbooks.changes import EPOCH, NOTHING, PLACEHOLDER, Change, Log, made_id
from ircockpit.features.playbooks.finding import Finding, Severity
from ircockpit.features.playbooks.floor import check, shown
from ircockpit.features.playbooks.mending import Mender, is_time, plain, respelled
from ircockpit.features.playbooks.model import MAX_STEPS, Playbook, from_json
from ircockpit.features.playbooks.near_steps import WORKFLOW, Steps
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import ID, SPEC_VERSION, VARIABLE_NAME, kind_of

_TOP = {
    "workflow": ("steps", "workflow_steps", "tasks"),
    "workflow_start": ("start", "start_step", "entry_point"),
    "name": ("title",),
    "created_by": ("author", "creator"),
    "modified": ("updated", "last_modified", "modified_at"),
    "created": ("created_at", "date"),
    "playbook_variables": ("variables",),
    "agent_definitions": ("agents", "actors"),
    "target_definitions": ("targets",),
    "external_references": ("references",),
    "labels": ("tags",),
}
_DEFINITIONS = {
    "agent_definitions": "group",
    "target_definitions": "group",
    "authentication_info_definitions": "user-auth",
    "data_marking_definitions": "marking-statement",
    "extension_definitions": "extension-definition",
}
_REACHED = ("http-api", "linux", "ssh", "net-address")
_STATED = "its kind is not stated"


class Repaired(NamedTuple):
    """What became of a file: the JSON, the changes in it, what was left undecided, and what keeps it from being loaded.

    ``playbook`` is None exactly where ``refused`` holds a finding. Places are
    those of the file as it was read, but for names that were mended on the way.
    """

    value: dict[str, Any]
    playbook: Playbook | None
    changes: tuple[Change, ...]
    undecided: tuple[Finding, ...]
    refused: tuple[Finding, ...]


def repair(value: dict[str, Any]) -> Repaired:
    """The JSON object of a file, mended as far as it can be told what was meant; the object itself is not touched."""
    work = copy.deepcopy(value)
    log = Log()
    if errors_of(work) or not isinstance(work.get("workflow"), dict):
        work = _Repair(work, log).run()
    elif _inexact(work) and not work.get("signatures"):  # a signature is worth more than a decimal
        work = _times(work, log)
    refused = errors_of(work)
    playbook = None if refused else from_json(work)
    return Repaired(work, playbook, tuple(log.changes), tuple(log.undecided), refused)


def errors_of(value: dict[str, Any]) -> tuple[Finding, ...]:
    """What keeps a JSON object from being loaded."""
    return tuple(each for each in check(value) if each.severity is Severity.ERROR)


def _inexact(value: dict[str, Any]) -> bool:
    return any(re.fullmatch(r".{19}\.\d{3}Z", value[name]) is None for name in ("created", "modified"))


def _times(value: dict[str, Any], log: Log) -> dict[str, Any]:
    mender = Mender(log, {})
    return {
        name: mender.mend(each, shapes.TIME, pointer("", name), name)
        if name in ("created", "modified")
        else each
        for name, each in value.items()
    }


class _Repair:
    def __init__(self, work: dict[str, Any], log: Log) -> None:
        self._work = work
        self._log = log

    def run(self) -> dict[str, Any]:
        self._unwrap()
        self._work = respelled(self._work, shapes.PLAYBOOK.properties, "", self._log)
        self._top_names()
        for name in ("workflow", *_DEFINITIONS, "playbook_variables"):
            self._dictionary(name)
        self._variables(self._work, "")
        workflow = self._work.get("workflow")
        if not isinstance(workflow, dict) or len(workflow) > MAX_STEPS:
            self._log.leave_open(WORKFLOW, "there is no workflow that could be read")
            return self._work
        for key, step in workflow.items():
            if isinstance(step, dict):
                self._variables(step, pointer(WORKFLOW, key))
        Steps(self._work, self._log).mend()
        self._start()
        self._ends()
        self._parties()
        self._needed()
        self._work = dict(Mender(self._log, self._ids()).mend(self._work, shapes.PLAYBOOK, ""))
        if self._work.get("signatures") and self._log.changes:
            self._log.leave_open(
                "/signatures", "what was signed is not what stands here now: no signature holds any more"
            )
        return self._work

    def _set(self, name: str, value: Any, why: str) -> None:
        self._log.change(pointer("", name), self._work.get(name, NOTHING), value, why)
        self._work[name] = value

    def _unwrap(self) -> None:
        inner = self._work.get("playbook")
        if isinstance(inner, dict) and "workflow" not in self._work and len(self._work) == 1:
            self._log.change(
                "", "an object around the playbook", "the playbook itself", "a file is the playbook"
            )
            self._work = inner

    def _top_names(self) -> None:
        for name, others in _TOP.items():
            there = {plain(key): key for key in self._work}
            for other in (there[plain(each)] for each in others if plain(each) in there):
                if name not in self._work and other in self._work:
                    self._log.change(pointer("", other), other, name, "the property is called so")
                    self._work[name] = self._work.pop(other)

    def _dictionary(self, name: str) -> None:
        """A list of things that say their ids, as a dictionary by these ids."""
        value = self._work.get(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            return
        keyed: dict[str, Any] = {}
        for index, each in enumerate(value):
            key = next(
                (each[n] for n in ("id", "step_id", "name") if isinstance(each.get(n), str) and each[n]),
                f"{name}-{index}",
            )
            keyed[key if key not in keyed else f"{key}-{index}"] = each
        self._log.change(
            pointer("", name),
            f"a list of {len(value)}",
            list(keyed),
            "they stand under their ids",
        )
        self._work[name] = keyed

    def _variables(self, holder: dict[str, Any], place: str) -> None:
        name = "step_variables" if place else "playbook_variables"
        variables = holder.get(name)
        if not isinstance(variables, dict):
            return
        named: dict[str, Any] = {}
        for key, each in variables.items():
            below = pointer(pointer(place, name), key)
            new = key
            if VARIABLE_NAME.fullmatch(key) is None:
                stem = re.sub(r"[^a-zA-Z0-9_-]", "_", key).strip("_-")[:190]
                new = f"__{stem if stem[:1].isalpha() else f'v_{stem}'}__"
                if new in variables or new in named:
                    new = key  # two would become one: left for the floor to refuse
                else:
                    self._log.change(below, key, new, "a variable's name stands between two underscores")
            if not isinstance(each, dict):
                each = {"type": "string", "value": each}
                self._log.change(below, variables[key], each, "a variable is an object with a type")
            elif not isinstance(each.get("type"), str):
                self._log.change(
                    pointer(below, "type"),
                    each.get("type", NOTHING),
                    "string",
                    "no type is given; text takes all",
                )
                each["type"] = "string"
            named[new] = each
        holder[name] = named

    def _start(self) -> None:
        steps = self._work["workflow"]
        starts = [
            key for key, step in steps.items() if isinstance(step, dict) and step.get("type") == "start"
        ]
        said = self._work.get("workflow_start")
        if isinstance(said, list) and len(said) == 1:
            said = said[0]
        said = said if isinstance(said, str) else None
        if said in starts or (said is not None and said not in steps and len(starts) != 1):
            return
        if len(starts) == 1:
            self._set("workflow_start", starts[0], "the only start step")
            return
        if starts:
            self._log.leave_open("/workflow_start", "which of several start steps begins is not said")
            self._set("workflow_start", starts[0], "the first start step of the file, for now")
            return
        led_to = {target for step in steps.values() if isinstance(step, dict) for target in _targets(step)}
        roots = [key for key in steps if key not in led_to]
        first = said if said in steps else roots[0] if roots else next(iter(steps), "")
        if said not in steps and len(roots) != 1:
            self._log.leave_open(
                "/workflow_start", f"which step is the first is not said; {shown(first)} is, for now"
            )
        key = made_id("start", "start of the workflow")
        steps[key] = {"type": "start", "on_completion": first}
        self._log.change(pointer(WORKFLOW, key), NOTHING, steps[key], "a workflow begins with a start step")
        self._set("workflow_start", key, "the start step")

    def _ends(self) -> None:
        steps = self._work["workflow"]
        if any(isinstance(step, dict) and step.get("type") == "end" for step in steps.values()):
            return
        open_ones = [
            key
            for key, step in steps.items()
            if isinstance(step, dict)
            and step.get("type") in ("action", "playbook-action", "start")
            and not set(_targets(step))
        ]
        if not open_ones:
            return
        end = made_id("end", "end of the workflow")
        why = "where a workflow stops there is an end step"
        for key in open_ones:
            place = pointer(pointer(WORKFLOW, key), "on_completion")
            self._log.change(place, steps[key].get("on_completion", NOTHING), end, why)
            steps[key]["on_completion"] = end
        steps[end] = {"type": "end"}
        self._log.change(pointer(WORKFLOW, end), NOTHING, steps[end], "a workflow has an end step")

    def _parties(self) -> None:
        for name, default in _DEFINITIONS.items():
            things = self._work.get(name)
            if not isinstance(things, dict):
                continue
            for key, thing in things.items():
                if not isinstance(thing, dict):
                    continue
                place = pointer(pointer("", name), key)
                kind = thing.get("type")
                if not isinstance(kind, str) or re.fullmatch("[a-z][a-z0-9-]+[a-z0-9]", kind) is None:
                    guessed = next(
                        (known for known in (*shapes.PARTIES, default) if key.startswith(f"{known}--")),
                        default,
                    )
                    self._log.change(pointer(place, "type"), thing.get("type", NOTHING), guessed, _STATED)
                    self._log.leave_open(
                        pointer(place, "type"),
                        f"of which kind {shown(key)} is; {guessed} stands there for now",
                    )
                    thing["type"] = guessed
                if name in ("agent_definitions", "target_definitions"):
                    self._complete(thing, key, place)

    def _complete(self, party: dict[str, Any], key: str, place: str) -> None:
        if not isinstance(party.get("name"), str):
            before = party.get("name", NOTHING)
            party["name"] = key
            self._log.change(
                pointer(place, "name"), before, key, "an agent or target has a name; its key is all there is"
            )
        for name, value in _missing_in(party["type"]).items():
            if name not in party:
                party[name] = value
                self._log.change(
                    pointer(place, name), NOTHING, value, f"one of the type {party['type']} has it"
                )
                self._log.leave_open(
                    pointer(place, name), f"the {name} of {shown(party['name'])} is not given"
                )

    def _needed(self) -> None:
        if self._work.get("type") != "playbook":
            self._set("type", "playbook", "it has a workflow; the type of such an object is playbook")
        version = self._work.get("spec_version")
        if version != SPEC_VERSION:
            self._set("spec_version", SPEC_VERSION, "it is brought to this version of the specification")
            if isinstance(version, str) and "1" in version:
                self._log.leave_open(
                    "/spec_version",
                    f"it was written for {shown(version)}: see that nothing means another thing",
                )
        if not self._work.get("name") or isinstance(self._work["name"], dict | list):
            self._set("name", PLACEHOLDER, "a playbook has a name")
        if not isinstance(self._work.get("id"), str) or not self._work["id"]:
            self._set(
                "id", made_id("playbook", str(self._work["name"])), "an id made from the name: none was given"
            )
        elif ID.fullmatch(self._work["id"]) is None:
            self._set(
                "id",
                made_id("playbook", self._work["id"]),
                "an id is playbook--UUID; this one is made from what stood there",
            )
        maker = self._work.get("created_by")
        if not isinstance(maker, str) or not maker:
            self._set("created_by", made_id("identity", PLACEHOLDER), "a playbook has a maker; none is named")
            self._log.leave_open("/created_by", "who made the playbook")
        elif ID.fullmatch(maker) is None:
            self._log.leave_open(
                "/created_by", f"the maker is named in words: {shown(maker)}; which identity that is"
            )
        self._moments()

    def _moments(self) -> None:
        for name, other in (("created", "modified"), ("modified", "created")):
            if is_time(self._work.get(name)):
                continue
            known = self._work.get(other)
            after = known if is_time(known) else EPOCH
            self._set(
                name,
                after,
                f"a playbook has it; {other} is all that is known" if after is known else "no time is given",
            )
            self._log.leave_open(pointer("", name), f"when it was {name}")

    def _ids(self) -> dict[str, dict[str, str]]:
        """For every dictionary the new id of each key: the kind is that of the thing, the UUID stays where it is one."""
        ids = {name: _new_ids(self._work.get(name), default) for name, default in _DEFINITIONS.items()}
        ids["workflow"] = _new_ids(self._work["workflow"], "action")
        return ids


def _new_ids(things: Any, default: str) -> dict[str, str]:
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for key, thing in things.items() if isinstance(things, dict) else ():
        kind = thing.get("type") if isinstance(thing, dict) else None
        kind = kind if isinstance(kind, str) and re.fullmatch("[a-z][a-z0-9-]+[a-z0-9]", kind) else default
        if ID.fullmatch(key) is None:
            new = made_id(kind, key)
        else:
            new = (
                key
                if kind_of(key) == kind or kind not in shapes.STEPS
                else f"{kind}--{key.rpartition('--')[2]}"
            )
        ids[key] = new if new not in taken else made_id(kind, f"{key} {len(taken)}")
        taken.add(ids[key])
    return ids


def _missing_in(kind: str) -> dict[str, Any]:
    """What an agent or target of this type must have, saying nothing."""
    if kind in _REACHED:
        return {"address": {}}
    if kind == "sector":
        return {"sector": PLACEHOLDER}
    return {"category": [PLACEHOLDER]} if kind == "security-category" else {}


def _targets(step: dict[str, Any]) -> list[str]:
    ways = [step.get(name) for name in ("on_completion", "on_success", "on_failure", "on_true", "on_false")]
    for name in ("next_steps", "cases"):
        value = step.get(name)
        ways += list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [way for way in ways if isinstance(way, str)]
