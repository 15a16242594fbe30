"""The page about the library of playbooks, written from the shipped files and their schema."""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from ircockpit import playbooks
from ircockpit.features.packing import MAX_PACKED
from ircockpit.features.playbooks.bindings import PERSON
from ircockpit.features.playbooks.facts import READERS, SAID

_HEAD = """<!-- Written by `make docs` from the library. Change it in tools/library, then `make playbooks docs`. -->

# Playbooks

{count} playbooks come with the program: {kinds} kinds of incident, each in three contexts. They are [CACAO 2.0]\
(https://docs.oasis-open.org/cacao/security-playbooks/v2.0/) files, marked TLP:CLEAR, in `src/ircockpit/playbooks`.
Every step is done by a person; no file holds a command that a machine would run. They are engineering, not legal advice:
which duties apply is for your counsel to say.

The order is the same in all of them. First the report is taken and the controls are read, within minutes. Then comes the
stop, with a wider one where it fails. Evidence, severity, duties and first words follow at once, beside each other. Duties
are decided before the repair begins. The cause chooses the repair, a replay of sealed prompts proves it, an approver opens
again, and a watch of {low} to {high} hours follows. Review and exercise end it. Where a step fails or runs out of time, the
playbook's exception step asks the commander to choose.

The three contexts are different work, not other names. **Customer-facing** has people to warn, support and the public.
**Internal** has employee relations, the works council, identities and manual ways to go on. **Partner** has the contract's
notice, one boundary that both sides close, one voice, and evidence exchanged under TLP.
"""

_FOLLOWING = """
## Following one

The playbook tab of an incident (`6`) lists the playbooks, those first that fit what the signal is called and the system's
context; Enter, pressed twice, begins one. Then it lists the steps with their state, by branch, and whose each is; the next
one for your role stands above them. Enter shows a step's words and why it is blocked; the keys say that it is done, skipped,
yours, or went wrong, and lead to the control, form, duty or evidence it is about. **No step runs anything.** What another
program would execute (a script, an HTTP request) is shown as text; a containment step leads to the incident's own controls
with their own confirmation.

| state | means |
|---|---|
| to do, doing | its turn has come; somebody is at it |
| late | its time-out is over; the playbook's exception step is asked beside it |
| later | it waits for a delay, counted from when the step before it was done |
| done, skipped, failed | somebody said so; skipping and failing want a reason |
| seen | the record shows it: nobody has to tick it |
| choose | the condition of a branch cannot be told: a person chooses the way |
| waits | for the steps that are named |
| not taken | no way leads there any more |
| stuck | the playbook leads nowhere, or turns in a circle without anything to do |

A step is seen where its `satisfied_when` holds. Read from the record: {read}. Nothing is recorded of
{said}: such a step says *say it yourself*.
A key of an act that is pressed on a step knows what the step wants: an exhibit taken in there is of its kind, a decision is
about its matter. Whoever opens a step again is heard before the record.
What a step's branch was decided by is kept with the first act in it. Each round of a loop asks for its steps anew.

The incident keeps the version it began with, bytes and all, in its own record: a newer version on the shelf changes nothing
in it, and a hub or a bundle carries it along. Runs, steps and variables have ids that follow from incident, file and step.
Two people who were apart work on one run; where they said different things the step shows `(!)` and both, until one says it
again.

## Your own

`ircockpit playbook lint FILE` names every finding with place, line and what to do. `import FILE` repairs what is nearly a
playbook, shows each change and finding, and records it only with `--yes`; the file as given is kept beside the repaired one.
It travels in the organisation's record, packed to at most {packed:,} characters. It cannot be begun until somebody else
than who took it in has approved it (`playbook approve`). `retire` takes it from the shelf; incidents that follow it go on.
`versions` and `diff` say what changed, `export NAME FILE` and `export --all-to FOLDER` write CACAO files.
"""

_BINDINGS = """
## What steps are bound to

Beside what CACAO says, each step and playbook carries an extension (`{extension}`, version {version}). Its JSON schema is
`src/ircockpit/playbooks/extension.schema.json`. A step names its `phase`, and where they apply `families` of containment,
`evidence` to take, `clock_rules` it decides, `banner_rules` that forbid something, the `audience` of a message, and
`satisfied_when`: a condition over the incident's record under which it counts as done. A condition is one fact, or `all_of`
or `any_of` several. A playbook names who authorises and speaks, the `first_stop`, `words` by which detectors speak of it,
signals by format, questions of triage, codes of taxonomies with their versions, a checklist for each role, and which facts
answer its variables.

Ids stay the same from version to version. A playbook's is a UUID of version 5 over kind and context; all others have the
form of version 4, as CACAO asks of steps, and are made from a hash. `modified` is the version.
"""


def playbooks_page() -> str:
    """docs/playbooks.md."""
    all_ = playbooks.entries()
    read = {each.short: json.loads(playbooks.text_of(each.short)) for each in all_}
    hours = [int(each["playbook_variables"]["__watch_hours__"]["value"]) for each in read.values()]
    kinds = [(title, list(group)) for title, group in groupby(all_, key=lambda each: each.category_title)]
    out = [_HEAD.format(count=len(all_), kinds=len(kinds), low=min(hours), high=max(hours))]
    for title, group in kinds:
        out += _kind(title, [(each, read[each.short]) for each in group])
    read_facts = ", ".join(f"`{name}`" for name in sorted(READERS) if name != PERSON)
    said = ", ".join(f"`{name}`" for name in sorted(SAID))
    out.append(_FOLLOWING.format(read=read_facts, said=said, packed=MAX_PACKED))
    version = next(iter(read[all_[0].short]["extension_definitions"].values()))["version"]
    out.append(_BINDINGS.format(extension=playbooks.EXTENSION, version=version))
    out += _facts()
    return "\n".join(out) + "\n"


def _kind(title: str, group: list[tuple[playbooks.Entry, Mapping[str, Any]]]) -> list[str]:
    first = _about(group[0][1])
    codes = ", ".join(f"{code['scheme']} {code['version']} {code['code']}" for code in first["codes"])
    summary = str(group[0][1]["description"]).removesuffix(group[0][0].purpose).strip()
    out = [f"\n## {title}\n", f"{summary} Codes: {codes}.\n"]
    for entry, playbook in group:
        said = _about(playbook)
        steps = sum(step["type"] == "action" for step in playbook["workflow"].values())
        roles = ", ".join(each["name"] for each in said["checklists"])
        duties = ", ".join(f"`{rule}`" for rule in (*entry.clock_rules, *entry.banner_rules))
        out += [
            f"**{entry.name}** (`{entry.short}`, {steps} steps). {entry.purpose}\n",
            f"- authorises: {said['authorises']}",
            f"- speaks: {said['speaks']}",
            f"- roles: {roles}",
            f"- containment: {', '.join(_words(name) for name in entry.families)}",
            f"- duties to decide: {duties}\n",
        ]
    return out


def _facts() -> list[str]:
    schema = json.loads(playbooks.schema())
    rows = ["| fact | with | holds when |", "|---|---|---|"]
    for each in schema["definitions"]["fact"]["oneOf"]:
        name = each["properties"]["fact"]["const"]
        others = ", ".join(f"`{key}`" for key in each["properties"] if key != "fact")
        rows.append(f"| `{name}` | {others} | {each['description']} |")
    return [
        *rows,
        "\n`contract-notice` is no rule that comes with the program: what a contract asks stands in the contract. Give"
        " your own rule that id.",
    ]


def _about(playbook: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = playbook["playbook_extensions"][playbooks.EXTENSION]
    return found


def _words(family: str) -> str:
    return family.replace("_", " ")
