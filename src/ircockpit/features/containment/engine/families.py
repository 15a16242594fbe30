"""The families of controls in words, and what stopping does not stop."""

from typing import NamedTuple

from ircockpit.features.containment.engine.spec import Family


class Meaning(NamedTuple):
    """What a family of controls is for."""

    words: str
    leaves_queue: bool
    """Whether it stops new answers only, so that what was started before goes on."""


FAMILIES: dict[Family, Meaning] = {
    "disable_model": Meaning("disable or isolate a model or a deployment", True),
    "disable_feature": Meaning("switch a feature off", True),
    "rollback_model": Meaning("go back to a version known to be good", True),
    "restrict_prompts": Meaning("restrict prompts and inputs", True),
    "halt_integration": Meaning("halt an integration or a tool of an agent", True),
    "safe_fallback": Meaning("answer by rules, or from a safe model", True),
    "block_principal": Meaning("block a key, a user or a tenant", True),
    "rate_limit": Meaning("limit the rate", True),
    "hold_queue": Meaning("hold or drain queued actions", False),
    "revoke_credentials": Meaning("revoke credentials and sessions", True),
    "quarantine_source": Meaning("purge or quarantine a cache, a memory, shared links or a source", True),
    "quiet_alerts": Meaning(
        "keep pages about what is being worked on from burying others; stops nothing", True
    ),
}

NOT_THE_QUEUE = "work queued already goes on; stopping that is another control"


def not_stopped(family: str) -> str:
    """What a control of this family leaves going, as a sentence; empty where there is nothing to say.

    Of one whose family is not known nobody can tell that it stops anything queued, so it is said.
    """
    return (
        ""
        if any(name == family and not each.leaves_queue for name, each in FAMILIES.items())
        else NOT_THE_QUEUE
    )
