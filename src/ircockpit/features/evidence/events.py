"""Events of evidence: an exhibit taken into custody, of which kind it is, and that it holds nothing which must not be copied."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

EXHIBITS = (
    "access-log", "agreement", "code-state", "comparison", "conversation", "correspondence", "custody-order", "decision-log",
    "deletion-confirmation", "delivery-log", "device-image", "expert-statement", "filing", "gateway-log", "generation-log",
    "hash-only", "injected-text", "licence-papers", "media", "misuse-assessment", "model-config", "notice", "paired-test",
    "partner-extract", "permission-snapshot", "queue-snapshot", "reading-order", "replay-report", "retrieval-snapshot",
    "source-page", "system-prompt", "tool-calls", "training-manifest", "usage-report", "weights-manifest",
)  # fmt: skip
"""Kinds of exhibits as playbooks ask for them, those of the library's bindings: ``evidence`` in
``playbooks/extension.schema.json``."""
HASH_ONLY = "hash-only"
"""Hash, locator and facts of what is kept nowhere."""
FILING = "filing"
"""What was sent to an authority, or its receipt."""
KINDS = (
    EntityKind(
        "exhibit",
        ("incident", "number", "name", "sha256", "size", "origin", "acquired", "clear", "kind"),
        search=("name",),
        indexed=("incident",),
    ),
)
TYPES = (
    EventType("evidence.added", "exhibit", Effect.CREATE),
    EventType("evidence.set", "exhibit", Effect.SET),
    EventType("evidence.cleared", "exhibit", Effect.SET),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "evidence.cleared":
        what = (
            "holds nothing that must not be copied"
            if body.get("value")
            else "may hold what must not be copied"
        )
        return f"{body.get('label', '?')} {what}: {body.get('why', '')}"
    label = f"E{body.get('number', '?')}"
    if type_ == "evidence.set":
        return (
            f"{label} is of the kind {body['value']}"
            if body.get("value")
            else f"{label} is of no stated kind"
        )
    kind = f", {body['kind']}" if body.get("kind") else ""
    return f"{label} {body.get('name', '')}{kind}, sha256 {str(body.get('sha256', ''))[:12]}"
