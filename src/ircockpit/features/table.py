"""The reducer table of the whole program, for whoever folds or judges events: workstation and hub."""

from functools import cache
from importlib import import_module

from ircockpit.core.reduce import Catalogue, catalogue

FEATURES = (
    "record", "people", "membership", "systems", "intake", "incidents", "triage", "containment", "evidence",
    "erasure", "companion", "care", "decisions", "impact", "disclosure", "response", "clocks", "playbooks", "settings",
    "replay", "notices",
)  # fmt: skip


@cache
def events() -> Catalogue:
    """The event types and entity kinds of every feature."""
    modules = [import_module(f"ircockpit.features.{name}.events") for name in FEATURES]
    return catalogue((row for m in modules for row in m.TYPES), (row for m in modules for row in m.KINDS))
