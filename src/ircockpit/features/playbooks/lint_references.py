"""Rules about what one part of a playbook says of another: references that lead nowhere, ids that say another kind."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ircockpit.core.jsontext import compact
from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.lint_flow import WORKFLOW, called
from ircockpit.features.playbooks.model import Party, Playbook, Step, thawed
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import TLP_IDS, kind_of

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

STEP = Rule(
    "dangling-step", ERROR, "A way leads to a step that does not exist",
    "Whoever gets there does not know how to go on.", "Name a step of the workflow, or add it.",
)  # fmt: skip
AGENT = Rule(
    "dangling-agent", ERROR, "A step names an agent that is not defined",
    "Nobody knows who carries it out.", "Define the agent in agent_definitions.",
)  # fmt: skip
TARGET = Rule(
    "dangling-target", ERROR, "A step names a target that is not defined",
    "Nobody knows what it acts upon.", "Define the target in target_definitions.",
)  # fmt: skip
AUTHENTICATION = Rule(
    "dangling-authentication", ERROR, "An agent or target names an authentication that is not defined",
    "It cannot be signed in there.", "Define it in authentication_info_definitions.",
)  # fmt: skip
MARKING = Rule(
    "dangling-marking", ERROR, "A marking is named that is not defined",
    "Nobody knows how the playbook may be shared.", "Define it in data_marking_definitions.",
)  # fmt: skip
EXTENSION = Rule(
    "dangling-extension", ERROR, "An extension is used that is not defined",
    "Nobody knows what its properties mean.", "Define it in extension_definitions.",
)  # fmt: skip
OTHER_KIND = Rule(
    "id-of-another-kind", ERROR, "An id says another kind than the thing it names",
    "An id is the type, two hyphens and a UUID; a marking's key is its id.", "Make id and type agree.",
)  # fmt: skip
NOT_IDENTITY = Rule(
    "not-an-identity", ERROR, "A maker or owner is not named by the id of an identity",
    "created_by and owner name a STIX identity: identity--UUID.", "Write the id of the identity.",
)  # fmt: skip
NOT_PLAYBOOK = Rule(
    "not-a-playbook", ERROR, "A playbook is not named by the id of a playbook",
    "id, derived_from and playbook_id name a playbook: playbook--UUID.", "Write the id of the playbook.",
)  # fmt: skip
UNUSED = Rule(
    "unused-definition", NOTE, "An agent, target or authentication is defined and never used",
    "It may be left over, or a step may have forgotten it.", "Use it, or take it out.",
)  # fmt: skip
SECTOR = Rule(
    "sector-not-listed", WARNING, "A sector that an agent or target names is not among industry_sectors",
    "Any sector used in the playbook must be listed at its top.", "Add it to industry_sectors.",
)  # fmt: skip
REFERENCE = Rule(
    "reference-not-listed", WARNING, "An external reference inside the playbook is not listed at its top",
    "Any external reference used in the playbook must be listed there.", "Add it to external_references.",
)  # fmt: skip
RULES = (
    STEP, AGENT, TARGET, AUTHENTICATION, MARKING, EXTENSION, OTHER_KIND, NOT_IDENTITY, NOT_PLAYBOOK, UNUSED, SECTOR, REFERENCE,
)  # fmt: skip


def check(playbook: Playbook) -> Iterator[Finding]:
    """Every finding of the rules above."""
    if playbook.exception and playbook.exception not in playbook.steps:
        yield found(
            STEP,
            "/workflow_exception",
            f"workflow_exception names {shown(playbook.exception)}, which is no step",
        )
    listed = {_same(each) for each in playbook.json.get("external_references", ())}
    for step in playbook.steps.values():
        yield from _step(playbook, step, listed)
    for name, parties in (("agent_definitions", playbook.agents), ("target_definitions", playbook.targets)):
        for party in parties.values():
            yield from _party(playbook, party, pointer(f"/{name}", party.id))
    for ident, json in playbook.authentications.items():
        yield from _kind(ident, json["type"], pointer("/authentication_info_definitions", ident))
        yield from _extensions(
            playbook,
            json,
            "authentication_info_extensions",
            pointer("/authentication_info_definitions", ident),
        )
    yield from _markings(playbook)
    yield from _extensions(playbook, playbook.json, "playbook_extensions", "")
    yield from _names(playbook)
    yield from _unused(playbook)


def _step(playbook: Playbook, step: Step, listed: set[str]) -> Iterator[Finding]:
    place = pointer(WORKFLOW, step.id)
    for edge in step.edges:
        if edge.target not in playbook.steps:
            below = (
                pointer(pointer(place, "cases"), edge.case)
                if edge.how == "case"
                else pointer(place, edge.how)
            )
            yield found(STEP, below, f"{called(step)} leads to {shown(edge.target)}, which is no step")
    if step.agent and step.agent not in playbook.agents:
        aside = "; it is defined as a target" if step.agent in playbook.targets else ""
        yield found(
            AGENT, pointer(place, "agent"), f"{called(step)} names the agent {shown(step.agent)}{aside}"
        )
    for index, target in enumerate(step.targets):
        if target not in playbook.targets:
            aside = "; it is defined as an agent" if target in playbook.agents else ""
            below = pointer(pointer(place, "targets"), index)
            yield found(TARGET, below, f"{called(step)} names the target {shown(target)}{aside}")
    if step.owner and kind_of(step.owner) != "identity":
        yield found(
            NOT_IDENTITY, pointer(place, "owner"), f"the owner of {called(step)} is {shown(step.owner)}"
        )
    if step.playbook_id and step.type == "playbook-action" and kind_of(step.playbook_id) != "playbook":
        yield found(
            NOT_PLAYBOOK, pointer(place, "playbook_id"), f"{called(step)} calls {shown(step.playbook_id)}"
        )
    yield from _extensions(playbook, step.json, "step_extensions", place)
    yield from _unlisted(step.json, place, listed)
    for index, command in enumerate(step.commands):
        yield from _unlisted(command.json, pointer(pointer(place, "commands"), index), listed)


def _same(reference: Mapping[str, Any]) -> str:
    return compact(sorted(thawed(reference).items()))


def _unlisted(json: Mapping[str, Any], place: str, listed: set[str]) -> Iterator[Finding]:
    for index, reference in enumerate(json.get("external_references", ())):
        if _same(reference) not in listed:
            below = pointer(pointer(place, "external_references"), index)
            yield found(
                REFERENCE, below, f"the reference {shown(reference['name'])} is not listed at the top"
            )


def _party(playbook: Playbook, party: Party, place: str) -> Iterator[Finding]:
    yield from _kind(party.id, party.type, place)
    if party.authentication and party.authentication not in playbook.authentications:
        words = f"{shown(party.name)} names the authentication {shown(party.authentication)}"
        yield found(AUTHENTICATION, pointer(place, "authentication_info"), words)
    if party.type == "sector" and party.sector not in playbook.sectors:
        yield found(
            SECTOR,
            pointer(place, "sector"),
            f"the sector {shown(party.sector)} is not among industry_sectors",
        )
    yield from _extensions(playbook, party.json, "agent_target_extensions", place)


def _kind(ident: str, kind: str, place: str) -> Iterator[Finding]:
    if kind_of(ident) != kind:
        yield found(OTHER_KIND, place, f"{shown(ident)} is of the type {shown(kind)}")


def _markings(playbook: Playbook) -> Iterator[Finding]:
    for index, ident in enumerate(playbook.markings):
        if ident not in playbook.marking_definitions and ident not in TLP_IDS:
            yield found(MARKING, pointer("/markings", index), f"the marking {shown(ident)} is not defined")
    for ident, marking in playbook.marking_definitions.items():
        place = pointer("/data_marking_definitions", ident)
        if marking.json["id"] != ident:
            yield found(
                OTHER_KIND,
                pointer(place, "id"),
                f"{shown(marking.json['id'])} stands under the key {shown(ident)}",
            )
        yield from _extensions(playbook, marking.json, "marking_extensions", place)


def _extensions(playbook: Playbook, json: Mapping[str, Any], name: str, place: str) -> Iterator[Finding]:
    used: Iterable[str] = json.get(name, ())
    for ident in used:
        if ident not in playbook.extension_definitions:
            below = pointer(pointer(place, name), ident)
            yield found(EXTENSION, below, f"the extension {shown(ident)} is not defined")


def _names(playbook: Playbook) -> Iterator[Finding]:
    if kind_of(playbook.created_by) != "identity":
        yield found(NOT_IDENTITY, "/created_by", f"created_by is {shown(playbook.created_by)}")
    if kind_of(playbook.id) != "playbook":
        yield found(NOT_PLAYBOOK, "/id", f"the id is {shown(playbook.id)}")
    for index, ident in enumerate(playbook.derived_from):
        if kind_of(ident) != "playbook":
            yield found(NOT_PLAYBOOK, pointer("/derived_from", index), f"derived_from names {shown(ident)}")


def _unused(playbook: Playbook) -> Iterator[Finding]:
    agents = {step.agent for step in playbook.steps.values()}
    targets = {target for step in playbook.steps.values() for target in step.targets}
    signed_in = {each.authentication for each in (*playbook.agents.values(), *playbook.targets.values())}
    for name, defined, used in (
        ("agent_definitions", playbook.agents, agents),
        ("target_definitions", playbook.targets, targets),
        ("authentication_info_definitions", playbook.authentications, signed_in),
    ):
        for ident in defined:
            if ident not in used:
                yield found(UNUSED, pointer(f"/{name}", ident), f"{shown(ident)} is never used")
