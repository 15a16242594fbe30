"""Compiles the library of playbooks into the CACAO 2.0 files that are shipped; with ``--check`` says what is not current."""

import json
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tools.playbook_graph import NAMESPACE, OF_FAMILY, Graph, of, variable  # noqa: E402
from tools.playbook_source import CONTEXTS, Role, Sources, read, roles_of, unused, variables_of  # noqa: E402

SHELF = ROOT / "src" / "ircockpit" / "playbooks"
CREATED = "2026-11-26T09:00:00.000Z"
VERSION = "1.0.0"
MAKER = of("identity", "ircockpit playbook library")
EXTENSION = of("extension-definition", "bindings", "1")
TLP_CLEAR = "marking-tlp--94868c89-83c2-464b-929b-a1a8aa3c8487"
DEFINITION = {
    "type": "extension-definition",
    "name": "ircockpit bindings",
    "description": "Binds steps to what an incident's record can show, so that a program can tick them by itself.",
    "created_by": MAKER,
    "schema": "JSON Schema in ircockpit/playbooks/extension.schema.json, shipped with the program.",
    "version": VERSION,
}
MARKING = {
    "type": "marking-tlp",
    "id": TLP_CLEAR,
    "created_by": "identity--5abe695c-7bd5-4c31-8824-2528696cdbf1",
    "created": "2022-10-01T00:00:00.000Z",
    "tlpv2_level": "TLP:CLEAR",
}
"""As CACAO's committee publishes it; whoever fills a playbook in for themselves gives it a stricter one."""
TYPES = {
    "detection": "match-indicator",
    "mitigation": "eliminate-risk",
    "investigation": "identify-indicators",
    "notification": "compose-content",
    "remediation": "restore-capabilities",
}
"""The types a playbook here has, each by the activity CACAO asks of it."""


def compiled(sources: Sources, category: str, context: str) -> dict[str, Any]:
    """One playbook."""
    whole = sources.categories[category]
    here = whole.contexts[context]
    graph = Graph(sources, category, context, EXTENSION)
    activities = _activities(graph.workflow)
    if missing := [kind for kind, activity in TYPES.items() if activity not in activities]:
        raise SystemExit(f"{category}, {context}: no step does what a playbook of {missing} must do")
    kinds = {step["type"] for step in graph.workflow.values()}
    summary = {
        "manual_playbook": True,
        "external_playbooks": False,
        "parallel_processing": "parallel" in kinds,
        "if_logic": "if-condition" in kinds,
        "while_logic": "while-condition" in kinds,
        "switch_logic": "switch-condition" in kinds,
        "temporal_logic": any("timeout" in step or "delay" in step for step in graph.workflow.values()),
        "data_markings": True,
        "digital_signatures": False,
        "countersigned_signatures": False,
        "extensions": True,
    }
    acting = {step.who for step in graph.steps.values()}
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": f"playbook--{uuid.uuid5(NAMESPACE, f'{category}.{context}')}",
        "name": here.name,
        "description": f"{whole.summary} {here.purpose}",
        "playbook_types": [*TYPES],
        "playbook_activities": activities,
        "playbook_processing_summary": summary,
        "created_by": MAKER,
        "created": CREATED,
        "modified": whole.modified,
        "priority": whole.priority,
        "severity": whole.severity,
        "impact": here.impact,
        "labels": ["generative-ai", category, context],
        "markings": [TLP_CLEAR],
        "playbook_variables": _variables(sources, graph, context, here.watch_hours),
        "workflow_start": graph.start,
        "workflow_exception": graph.exception,
        "workflow": graph.workflow,
        "playbook_extensions": {EXTENSION: _bindings(sources, category, context, graph)},
        "agent_definitions": {
            of(role.type, "agent", name): {"type": role.type, "name": role.name, "description": role.duty}
            for name, role in roles_of(sources, context).items()
            if name in acting
        },
        "extension_definitions": {EXTENSION: DEFINITION},
        "data_marking_definitions": {TLP_CLEAR: MARKING},
    }


def _activities(workflow: dict[str, dict[str, Any]]) -> list[str]:
    commands = (command for step in workflow.values() for command in step.get("commands", ()))
    return list(dict.fromkeys(command["playbook_activity"] for command in commands))


def _variables(sources: Sources, graph: Graph, context: str, hours: int) -> dict[str, Any]:
    known = variables_of(sources, context)
    if strangers := sorted(graph.used - known.keys()):
        raise SystemExit(f"{context}: no variable is called {', '.join(strangers)}")
    return {
        variable(name): {
            "type": known[name].type,
            "description": known[name].description,
            "value": str(hours) if name == "watch_hours" else known[name].value,
            "constant": known[name].constant,
        }
        for name in sorted(graph.used)
    }


def _checklists(graph: Graph, roles: Mapping[str, Role]) -> list[dict[str, Any]]:
    order = {ident: index for index, ident in enumerate(graph.workflow)}
    found = []
    for name, role in roles.items():
        steps = [graph.ids[key] for key, step in graph.steps.items() if step.who == name]
        if steps:
            said = {
                "role": name,
                "name": role.name,
                "agent": of(role.type, "agent", name),
                "profile_role": role.profile_role,
                "steps": sorted(steps, key=order.__getitem__),
            }
            found.append({key: value for key, value in said.items() if value})
    return found


def _bindings(sources: Sources, category: str, context: str, graph: Graph) -> dict[str, Any]:
    whole = sources.categories[category]
    here = whole.contexts[context]
    steps = graph.steps.values()
    variables = variables_of(sources, context)
    stops = [graph.ids[key] for key, step in graph.steps.items() if step.phase == "contain"]
    return {
        "category": category,
        "context": context,
        "authorises": here.authorises,
        "speaks": here.speaks,
        "first_stop": next(ident for ident in graph.workflow if ident in stops),
        "words": whole.words,
        "signals": [{"format": each.format, "look_for": each.look_for} for each in whole.signals],
        "triage": whole.triage,
        "codes": [
            {"scheme": each.scheme, "version": each.version, "code": each.code, "name": each.name}
            for each in whole.codes
        ],
        "families": [name for name in OF_FAMILY if any(name in step.families for step in steps)],
        "evidence": _seen(step.evidence for step in steps),
        "clock_rules": _seen(step.clocks for step in steps),
        "banner_rules": _seen(step.banners for step in steps),
        "audiences": _seen([step.tell] for step in steps if step.tell),
        "checklists": _checklists(graph, roles_of(sources, context)),
        "variables": [
            {"variable": variable(name), "known_from": variables[name].known_from}
            for name in sorted(graph.used)
            if variables[name].known_from
        ],
    }


def _seen(lists: Iterable[Iterable[str]]) -> list[str]:
    return sorted({each for some in lists for each in some})


def files(sources: Sources) -> dict[str, str]:
    """The text of every file that is shipped, by its name."""
    found = {}
    index = []
    for category in sources.categories:
        for context in CONTEXTS:
            playbook = compiled(sources, category, context)
            name = f"{category}.{context}.json"
            found[name] = json.dumps(playbook, indent=1, ensure_ascii=False) + "\n"
            bound = playbook["playbook_extensions"][EXTENSION]
            index.append(
                {
                    "file": name,
                    "id": playbook["id"],
                    "modified": playbook["modified"],
                    "category": category,
                    "category_title": sources.categories[category].title,
                    "context": context,
                    "name": playbook["name"],
                    "purpose": sources.categories[category].contexts[context].purpose,
                    "priority": playbook["priority"],
                    "words": bound["words"],
                    "families": bound["families"],
                    "clock_rules": bound["clock_rules"],
                    "banner_rules": bound["banner_rules"],
                }
            )
    if left := unused(sources):
        raise SystemExit(f"written, and never taken: {'; '.join(left)}")
    found["index.json"] = (
        json.dumps({"version": VERSION, "playbooks": index}, indent=1, ensure_ascii=False) + "\n"
    )
    return found


def stale(folder: Path = SHELF) -> list[str]:
    """Names of shipped files that are not what the sources say, or that no source speaks of."""
    wanted = files(read())
    there = {path.name for path in folder.glob("*.json")} - {"extension.schema.json"}
    differing = {
        name for name, text in wanted.items() if name in there and (folder / name).read_text("utf-8") != text
    }
    return sorted(differing | (there ^ wanted.keys()))


def main(words: Sequence[str]) -> int:
    """Write the files, or with ``--check`` name those that are not current and exit with 1."""
    if "--check" in words:
        old = stale()
        if old:
            print(f"not current: {', '.join(old)}; run: make playbooks", file=sys.stderr)
        return 1 if old else 0
    wanted = files(read())
    for path in SHELF.glob("*.json"):
        if path.name not in wanted and path.name != "extension.schema.json":
            path.unlink()
    for name, text in wanted.items():
        (SHELF / name).write_text(text, "utf-8")
    print(f"{len(wanted)} files in {SHELF.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
