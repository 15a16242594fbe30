"""Steps that are nearly steps: other words for types and ways, decisions by words, actions without a command or an agent.

A step keeps every property it has; what was meant by it is added in CACAO's words, and each addition is a change.
"""

import re
from typing import Any

from ircockpit.features.playbooks.changes import NOTHING, PLACEHOLDER, Log, made_id
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.mending import plain, respelled
from ircockpit.features.playbooks.shapes import STEPS
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import STEP_TYPES

WORKFLOW = "/workflow"

_TYPES = {
    **dict.fromkeys(("begin", "initial", "entry"), "start"),
    **dict.fromkeys(("finish", "stop", "final", "exit", "terminate", "finished"), "end"),
    **dict.fromkeys(("single", "single-action", "task", "manual", "human", "activity", "step", "process"), "action"),
    **dict.fromkeys(("playbook", "subplaybook", "sub-playbook", "call"), "playbook-action"),
    **dict.fromkeys(("while", "loop"), "while-condition"),
    **dict.fromkeys(("switch", "case"), "switch-condition"),
    **dict.fromkeys(("fork", "concurrent", "split"), "parallel"),
    **dict.fromkeys(("decision", "if", "condition", "conditional", "gateway", "choice", "branch"), "decision"),
}  # fmt: skip
_PROPERTIES = {
    "on_completion": ("next_step", "next", "on_complete", "next_step_id", "goto"),
    "on_success": ("on_ok", "if_success"),
    "on_failure": ("on_error", "on_fail", "if_failure"),
    "on_true": ("if_true", "then", "true", "yes"),
    "on_false": ("if_false", "else", "on_else", "false", "no"),
    "condition": ("expression",),
    "name": ("title", "label"),
    "description": ("details", "desc", "summary", "text"),
    "commands": ("command", "actions"),
    "targets": ("target",),
    "agent": ("agents", "agent_id"),
    "step_variables": ("variables",),
    "next_steps": ("branches",),
    "cases": ("case",),
}
_ONLY = {
    "on_true": {"if-condition", "while-condition", "decision"},
    "on_false": {"if-condition", "decision"},
    "condition": {"if-condition", "while-condition", "decision"},
    "commands": {"action"},
    "targets": {"action"},
    "agent": {"action"},
    "next_steps": {"parallel"},
    "cases": {"switch-condition"},
}
_WHO = (
    "implemented_by",
    "assigned_to",
    "assignee",
    "actor",
    "responsible",
    "role",
    "executor",
    "performed_by",
)
_KNOWN = frozenset(name for shape in STEPS.values() for name in shape.properties)
_YES, _NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n", "else", "otherwise"}


class Steps:
    """Mends the steps of one workflow, whose keys are still the old ones; new agents and variables go into the playbook."""

    def __init__(self, playbook: dict[str, Any], log: Log) -> None:
        self._playbook = playbook
        self._log = log
        self._said: Any = NOTHING  # the type of the step at hand as it was read

    def mend(self) -> None:
        """Every step."""
        workflow = self._playbook["workflow"]
        for key in workflow:
            place = pointer(WORKFLOW, key)
            if not isinstance(workflow[key], dict):
                workflow[key] = self._in_words(workflow[key], place)
            step = workflow[key] = respelled(workflow[key], _KNOWN, place, self._log)
            self._said = step.get("type", NOTHING)
            self._type(key, step, place)
            self._properties(step, place)
            self._ways(step, place)
            if step["type"] == "decision":
                self._decision(key, step, place)
            self._question(key, step, place)
            if step["type"] == "action":
                self._commands(step, place)
                self._agent(step, place)

    def _in_words(self, said: Any, place: str) -> dict[str, Any]:
        words = said if isinstance(said, str) and said else PLACEHOLDER
        step = {"type": "action", "name": words}
        self._log.change(
            place, said, step, "a step is an object; a person carries out what stood there in words"
        )
        return step

    def _set(self, step: dict[str, Any], place: str, name: str, value: Any, why: str) -> None:
        before = self._said if step.get(name) == "decision" else step.get(name, NOTHING)
        self._log.change(pointer(place, name), before, value, why)
        step[name] = value

    def _type(self, key: str, step: dict[str, Any], place: str) -> None:
        said = step.get("type")
        word = _word(said) if isinstance(said, str) else ""
        if word in STEP_TYPES or word in _TYPES:
            kind = word if word in STEP_TYPES else _TYPES[word]
            if kind not in (said, "decision"):
                self._set(step, place, "type", kind, "CACAO calls a step of this kind so")
            step["type"] = kind
            return
        from_key = next((kind for kind in STEP_TYPES if key.startswith(f"{kind}-")), "")
        kind = from_key or _by_properties(step)
        why = "its key says so" if from_key else "its properties are those of this type"
        if not kind:
            kind, why = "action", "nothing says what it is; a person carries it out and decides"
            self._log.leave_open(
                pointer(place, "type"), f"{shown(said)} is no type of step; it is an action by hand for now"
            )
        if kind != "decision":
            self._set(step, place, "type", kind, why)
        step["type"] = kind

    def _properties(self, step: dict[str, Any], place: str) -> None:
        kind = step["type"]
        for name, others in _PROPERTIES.items():
            if name in step or kind not in _ONLY.get(name, {kind}):
                continue
            there = {plain(key): key for key in step}
            for other in (there[plain(each)] for each in others if plain(each) in there):
                value = step[other]
                if other in _KNOWN or (name == "name" and not isinstance(value, str)):
                    continue
                if name == "on_completion" and not isinstance(value, str):
                    continue
                self._log.change(pointer(place, other), other, name, "the property is called so")
                step[name] = step.pop(other)
                break

    def _ways(self, step: dict[str, Any], place: str) -> None:
        if (
            step["type"] == "start"
            and "on_completion" not in step
            and isinstance(step.get("on_success"), str)
        ):
            self._set(step, place, "on_completion", step["on_success"], "a start step only goes on")
        if (
            step["type"] != "parallel"
            and "on_completion" not in step
            and isinstance(step.get("next_steps"), list)
        ):
            targets = step["next_steps"]
            if len(targets) == 1:
                self._set(step, place, "on_completion", targets[0], "its only next step")
                del step["next_steps"]
            elif step["type"] == "action" and targets:
                self._log.leave_open(
                    pointer(place, "next_steps"),
                    "several steps follow an action; whether at once or one of them is not said",
                )

    def _decision(self, key: str, step: dict[str, Any], place: str) -> None:
        if isinstance(step.get("condition"), str) and isinstance(step.get("on_true"), str):
            self._set(
                step, place, "type", "if-condition", "a condition with a way for yes is an if-condition"
            )
            return
        ways = _ways_by_words(step.get("conditions", step.get("options", step.get("cases"))))
        if isinstance(step.get("on_true"), str):
            ways = {"yes": step["on_true"]} | (
                {"no": step["on_false"]} if isinstance(step.get("on_false"), str) else {}
            )
        words = {_word(each) for each in ways}
        if not ways:
            self._set(
                step, place, "type", "action", "a decision whose ways cannot be read is left to a person"
            )
            self._log.leave_open(place, f"the ways out of the decision {shown(key)} cannot be read")
        elif words & _YES and words <= _YES | _NO and len(ways) <= 2:
            self._if(key, step, place, ways)
        else:
            self._switch(key, step, place, ways)

    def _if(self, key: str, step: dict[str, Any], place: str, ways: dict[str, str]) -> None:
        self._set(step, place, "type", "if-condition", "a decision between yes and no is an if-condition")
        name = self._variable(key, step, "bool")
        self._set(
            step,
            place,
            "condition",
            f"{name}:value = true",
            "a condition asks a variable; a person gives the answer",
        )
        for word, target in ways.items():
            way = "on_true" if _word(word) in _YES else "on_false"
            if way not in step:
                self._set(step, place, way, target, f"the way that was called {word}")

    def _switch(self, key: str, step: dict[str, Any], place: str, ways: dict[str, str]) -> None:
        self._set(
            step, place, "type", "switch-condition", "a decision between several words is a switch-condition"
        )
        name = self._variable(key, step, "string")
        self._set(
            step, place, "switch", f"{name}:value", "a switch asks a variable; a person gives the answer"
        )
        self._set(step, place, "cases", ways, "the ways by their words")

    def _question(self, key: str, step: dict[str, Any], place: str) -> None:
        """What a step asks where it does not say: a variable that a person answers."""
        if step["type"] in ("if-condition", "while-condition") and not step.get("condition"):
            name = self._variable(key, step, "bool")
            self._set(
                step,
                place,
                "condition",
                f"{name}:value = true",
                "no condition is given; a person gives the answer",
            )
        elif step["type"] == "switch-condition" and not step.get("switch"):
            name = self._variable(key, step, "string")
            self._set(
                step,
                place,
                "switch",
                f"{name}:value",
                "what it switches on is not given; a person gives the answer",
            )
        else:
            return
        self._log.leave_open(place, f"what {shown(key)} asks is not said")

    def _variable(self, key: str, step: dict[str, Any], kind: str) -> str:
        variables = self._playbook.setdefault("playbook_variables", {})
        stem = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")[:150] or "answer"
        name, number = f"__{stem if stem[0].isalpha() else 'step_' + stem}__", 2
        while isinstance(variables, dict) and name in variables:
            name, number = f"__{stem}_{number}__", number + 1
        question = step.get("question", step.get("name"))
        asked = question if isinstance(question, str) and question else key
        variable = {"type": kind, "description": asked, "value": None}
        if isinstance(variables, dict):
            variables[name] = variable
        why = "the answer to the decision, unknown until a person gives it"
        self._log.change(pointer("/playbook_variables", name), NOTHING, variable, why)
        return name

    def _commands(self, step: dict[str, Any], place: str) -> None:
        commands = step.get("commands")
        below = pointer(place, "commands")
        if isinstance(commands, str | dict):
            commands = [commands]
            self._set(step, place, "commands", commands, "a list belongs here; this is its only entry")
        if not isinstance(commands, list) or not commands:
            said = next(
                (
                    step[name]
                    for name in ("description", "name")
                    if isinstance(step.get(name), str) and step[name]
                ),
                "",
            )
            manual = [{"type": "manual", "command": said or PLACEHOLDER}]
            why = (
                "an action has a command; done by hand, in the step's own words"
                if said
                else "nothing says what to do"
            )
            self._set(step, place, "commands", manual, why)
            return
        for index, command in enumerate(commands):
            at = pointer(below, index)
            if isinstance(command, str):
                commands[index] = {"type": "manual", "command": command}
                self._log.change(
                    at, command, commands[index], "words without a type are an instruction to a person"
                )
            elif isinstance(command, dict) and not isinstance(command.get("type"), str):
                self._set(command, at, "type", "manual", "no type is said; a person reads it and decides")
            elif isinstance(command, dict) and _word(command["type"]) != command["type"]:
                self._set(command, at, "type", _word(command["type"]), "types are written in small letters")

    def _agent(self, step: dict[str, Any], place: str) -> None:
        agent = step.get("agent")
        if isinstance(agent, list) and len(agent) == 1:
            agent = agent[0]
        if isinstance(agent, dict):
            name = agent.get("name")
            if isinstance(agent.get("type"), str) and isinstance(name, str) and name:
                self._define(step, place, name, agent, "the agent stood in the step itself")
                return
            agent = name
        if isinstance(agent, str) and agent:
            if not self._knows(agent) and "--" not in agent:
                self._define(
                    step, place, agent, {"type": "group", "name": agent}, "the step named it in words"
                )
                self._log.leave_open(
                    pointer(place, "agent"), f"whether {shown(agent)} is a person, a group or a machine"
                )
            return
        who = next((words for name in _WHO if (words := _who(step.get(name)))), "")
        name = f"{PLACEHOLDER}: {who or 'who does this'}"
        why = (
            "an action has an agent; the step says who, not of which kind"
            if who
            else "an action has an agent; none is named"
        )
        self._define(step, place, name, {"type": "group", "name": name}, why)

    def _knows(self, agent: str) -> bool:
        agents = self._playbook.get("agent_definitions")
        return isinstance(agents, dict) and agent in agents

    def _define(self, step: dict[str, Any], place: str, name: str, agent: dict[str, Any], why: str) -> None:
        agents = self._playbook.setdefault("agent_definitions", {})
        ident = made_id(_kind(agent["type"]), name)
        if isinstance(agents, dict) and ident not in agents:
            agents[ident] = {**agent, "type": _kind(agent["type"])}
            self._log.change(pointer("/agent_definitions", ident), NOTHING, agents[ident], why)
        self._set(step, place, "agent", ident, why)


def _by_properties(step: dict[str, Any]) -> str:
    for name, kind in (
        ("cases", "switch-condition"), ("conditions", "decision"), ("on_true", "decision"), ("playbook_id", "playbook-action"),
        ("commands", "action"), ("command", "action"),
    ):  # fmt: skip
        if name in step:
            return kind
    return ""


def _ways_by_words(conditions: Any) -> dict[str, str]:
    """Words and where they lead, where all of it is words; else nothing."""
    if isinstance(conditions, list):
        pairs = [_pair(each) for each in conditions]
        if None in pairs:
            return {}
        return {pair[0]: pair[1] for pair in pairs if pair}
    if isinstance(conditions, dict) and all(isinstance(each, str) for each in conditions.values()):
        return dict(conditions)
    return {}


def _pair(entry: Any) -> tuple[str, str] | None:
    if not isinstance(entry, dict):
        return None
    word = next(
        (entry[n] for n in ("condition", "when", "if", "case", "label", "value", "name") if n in entry), None
    )
    target = next(
        (entry[n] for n in ("next_step", "next", "then", "target", "goto", "on_completion") if n in entry),
        None,
    )
    if isinstance(word, bool):
        word = "yes" if word else "no"
    return (word, target) if isinstance(word, str) and isinstance(target, str) else None


def _who(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        kind = value.get("type")
        return f"{value['name']} ({kind})" if isinstance(kind, str) else str(value["name"])
    return ""


def _kind(word: str) -> str:
    plain = re.sub(r"[^a-z0-9-]+", "-", word.lower()).strip("-")
    return plain if re.fullmatch("[a-z][a-z0-9-]+[a-z0-9]", plain) else "group"


def _word(text: str) -> str:
    return re.sub(r"[\s_]+", "-", text.strip().lower())
