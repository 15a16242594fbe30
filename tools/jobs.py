"""The ten most common jobs as the keys they take, by ids of the registry, so that the count follows every change of a key."""

from collections.abc import Sequence
from typing import NamedTuple

from ircockpit.command.keys import NONE, Entry, Own, keys_of, label
from ircockpit.features.triage.rules import FORM


class Words(NamedTuple):
    """What a person says in their own words; not counted as keys."""

    what: str


class Job(NamedTuple):
    """Something people do often, from the queue with the cursor on what it is about."""

    title: str
    steps: tuple[str | Words, ...]
    """Ids of the registry, keys of a question as they are written, and words."""


JOBS = (
    Job("stop the harm with the control that is offered first", ("containment.stop", "f")),
    Job("check that the control is in force", ("row.open", "containment.check")),
    Job("take an incident", ("incident.take",)),
    Job("triage it, all questions answered", ("triage.answer", *"1" * len(FORM), "Enter")),
    Job("note what was said on the telephone", ("incident.note", Words("the note"), "Enter")),
    Job("see everything about an incident", ("row.open",)),
    Job("find an incident by a word", ("list.filter", Words("the word"), "Enter")),
    Job("take a file into custody", ("evidence.add", Words("the file"), "Enter", Words("where it is from"), "Enter")),
    Job("see what the hub has not confirmed", ("sync.standing",)),
    Job("close an incident", ("row.open", "incident.close", Words("why"), "Enter")),
)  # fmt: skip


def keys(job: Job, entries: Sequence[Entry], own: Own = NONE) -> list[str | Words]:
    """The keys of a job, as they are written."""
    by_id = {entry.id: entry for entry in entries}
    return [
        label(keys_of(by_id[step], own)[0]) if isinstance(step, str) and step in by_id else step
        for step in job.steps
    ]


def count(pressed: Sequence[str | Words]) -> int:
    """How many keys that is, words aside."""
    return sum(isinstance(each, str) for each in pressed)
