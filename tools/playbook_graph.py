"""A playbook's flow as the workflow of CACAO 2.0: steps with stable ids, branches that end, variables that are set."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from tools.playbook_source import Flow, Ref, Sources, Step, as_flow, branches, refs, roles_of, steps_of

NAMESPACE = uuid.UUID("6c1f3a52-0c9b-5d0e-9a35-5f0f1f6a7d11")
"""The library's own: that of CACAO is for ids made of a playbook's name, and names may be bettered."""

ACTIVITY = {
    "detect": "match-indicator",
    "snapshot": "scan-system",
    "contain": "eliminate-risk",
    "triage": "analyze-collected-data",
    "evidence": "analyze-collected-data",
    "impact": "identify-audience",
    "legal": "identify-audience",
    "communicate": "compose-content",
    "investigate": "identify-indicators",
    "eradicate": "eliminate-risk",
    "verify": "scan-system",
    "watch": "match-indicator",
    "recover": "restore-capabilities",
    "review": "analyze-engagement-results",
    "exercise": "prepare-engagement",
    "exception": "identify-steps",
}
"""What a step of a phase does, in the words of CACAO, where its family says nothing nearer."""
OF_FAMILY = {
    "disable_model": "disconnect-system",
    "disable_feature": "disconnect-system",
    "safe_fallback": "eliminate-risk",
    "rollback_model": "revert-system",
    "rate_limit": "configure-systems",
    "restrict_prompts": "configure-systems",
    "halt_integration": "disconnect-system",
    "block_principal": "restrict-access",
    "hold_queue": "eliminate-risk",
    "revoke_credentials": "restrict-access",
    "quarantine_source": "eliminate-risk",
}
"""The containment families, and what each does in the words of CACAO."""
TICKED = {"fact": "step_ticked"}


def of(kind: str, *names: str) -> str:
    """The id of an object: random in form, as CACAO asks of all but playbooks, and the same in every compilation."""
    digest = hashlib.sha256("\0".join(("ircockpit/playbooks/1", kind, *names)).encode()).digest()
    return f"{kind}--{uuid.UUID(bytes=digest[:16], version=4)}"


def variable(name: str) -> str:
    """How CACAO spells the name of a variable."""
    return f"__{name}__"


def satisfied(step: Step, *, is_stop: bool) -> dict[str, Any]:
    """The condition over the incident's facts under which a step counts as done.

    A control in force says that the stop holds. It says nothing of a repair of the same family, nor that this further
    control is the one that was meant: those a person ticks.
    """
    if step.when:
        return step.when
    conditions: list[dict[str, Any]] = []
    if step.families and step.phase == "contain":
        conditions.append({"fact": "control_effective", "families": step.families})
    if step.families and not is_stop:
        conditions.append(TICKED)
    conditions += [{"fact": "exhibit", "kind": kind} for kind in step.evidence]
    conditions += [{"fact": "clock_decided", "rule": rule} for rule in step.clocks]
    if step.tell:
        conditions.append({"fact": "message_sent", "audience": step.tell})
    if step.counts:
        conditions.append({"fact": "impact_counted", "count": step.counts})
    conditions = conditions or [TICKED]
    return conditions[0] if len(conditions) == 1 else {"all_of": conditions}


class Graph:
    """The workflow of one playbook, built from its end to its start."""

    def __init__(self, sources: Sources, category: str, context: str, extension: str) -> None:
        self.steps = steps_of(sources, category, context)
        self.ids: dict[str, str] = {}
        self.workflow: dict[str, dict[str, Any]] = {}
        self.used: set[str] = {"watch_hours"}
        self._extension = extension
        self._adds = sources.categories[category].adds
        self._roles = roles_of(sources, context)
        if strangers := sorted({step.who for step in self.steps.values()} - self._roles.keys()):
            raise SystemExit(f"{category}, {context}: no role is called {', '.join(strangers)}")
        self._scope = (category, context)
        self._ends = 0
        self._stops = self._first_stop(sources.categories[category].contexts[context].flow)
        self.exception = self._action(Ref("stuck"), self._end("Handed to the commander"))
        last = self._end("The incident is closed")
        first = self._chain(sources.categories[category].contexts[context].flow, last)
        self.start = self._put("start", "start", {"name": "Begin", "on_completion": first})
        order = [*reversed(self.workflow)]
        self.workflow = {ident: self.workflow[ident] for ident in order}

    def _first_stop(self, flow: Flow) -> Ref:
        """The stop and the wider one that is taken where it fails."""
        refs_ = (ref for item in flow if isinstance(item, str) for ref in refs(item))
        found = next((ref for ref in refs_ if self.steps[ref.name].phase == "contain"), None)
        if found is None or not found.otherwise:
            raise SystemExit(
                f"{', '.join(self._scope)}: nothing stops the harm, or nothing does where that fails"
            )
        return found

    def _put(self, kind: str, name: str, content: Mapping[str, Any]) -> str:
        ident = of(kind, *self._scope, name)
        self.workflow[ident] = {"type": kind, **content}
        return ident

    def _end(self, name: str) -> str:
        self._ends += 1
        return self._put("end", f"end {self._ends}", {"name": name})

    def _chain(self, flow: Flow, after: str) -> str:
        for item in reversed(flow):
            if isinstance(item, str):
                for ref in reversed(refs(item)):
                    after = self._action(ref, after)
            else:
                after = self._logic(item, after)
        return after

    def _logic(self, item: Mapping[str, Any], after: str) -> str:
        ways = branches(item)
        built = {
            name: self._chain(as_flow(ways[name]), self._end(f"{name}: done")) for name in reversed(ways)
        }
        heads = {name: built[name] for name in ways}
        if "both" in item:
            return self._put(
                "parallel",
                "both " + " ".join(heads),
                {
                    "name": f"At once: {', '.join(heads)}",
                    "next_steps": [*heads.values()],
                    "on_completion": after,
                },
            )
        kind = next(word for word in ("if", "switch", "while") if word in item)
        asked = str(item[kind])
        self.used.add(asked)
        name, value = f"{kind} {item['ask']}", f"{variable(asked)}:value"
        said: dict[str, Any] = {"name": item["ask"]}
        if kind == "switch":
            said |= {"switch": value, "cases": heads}
        else:
            said |= {"condition": f"{value} = true", "on_true": heads["yes" if kind == "if" else "again"]}
            if "no" in heads:
                said["on_false"] = heads["no"]
        kind = {"if": "if-condition", "switch": "switch-condition", "while": "while-condition"}[kind]
        return self._put(kind, name, {**said, "on_completion": after})

    def _action(self, ref: Ref, after: str) -> str:
        step = self.steps[ref.name]
        ways = {"on_completion": after}
        if ref.otherwise:
            ways = {"on_success": after, "on_failure": self._action(Ref(ref.otherwise), after)}
        self.used |= set(step.sets)
        told = f"Done when {step.done}" + (f"\nDo not {step.avoid}" if step.avoid else "")
        lines = self._lines(ref.name, step)
        done = [OF_FAMILY[step.families[0]] if step.families else ACTIVITY[step.phase]]
        done += [ACTIVITY[step.phase]] * (len(lines) - 1)
        if step.tell and len(lines) > 1:
            done[-1] = "deliver-content"
        commands = [
            {"type": "manual", "command": line, "playbook_activity": activity}
            for line, activity in zip(lines, done, strict=True)
        ]
        content: dict[str, Any] = {"name": step.title, "description": told}
        if step.delay_mins:
            content["delay"] = step.delay_mins * 60_000
        if step.mins:
            content["timeout"] = step.mins * 60_000
        content |= {"commands": commands, "agent": of(self._roles[step.who].type, "agent", step.who)}
        if step.sets:
            content["out_args"] = [variable(name) for name in step.sets]
        bound = {
            "phase": step.phase,
            "families": step.families,
            "evidence": step.evidence,
            "clock_rules": step.clocks,
            "banner_rules": step.banners,
            "audience": step.tell,
            "satisfied_when": satisfied(step, is_stop=ref.name in self._stops),
        }
        content["step_extensions"] = {self._extension: {key: value for key, value in bound.items() if value}}
        ident = self._put("action", ref.name, {**content, **ways})
        self.ids[ref.name] = ident
        return ident

    def _lines(self, name: str, step: Step) -> list[str]:
        more = self._adds.get(name.partition("-")[0])
        return [step.do[0], more, *step.do[1:]] if more else step.do
