"""The kinds of exhibits: what playbooks ask to be kept, in their own words."""

KINDS = (
    "access-log", "agreement", "code-state", "comparison", "conversation", "correspondence", "custody-order", "decision-log",
    "deletion-confirmation", "delivery-log", "device-image", "expert-statement", "filing", "gateway-log", "generation-log",
    "hash-only", "injected-text", "licence-papers", "media", "misuse-assessment", "model-config", "notice", "paired-test",
    "partner-extract", "permission-snapshot", "queue-snapshot", "reading-order", "replay-report", "retrieval-snapshot",
    "source-page", "system-prompt", "tool-calls", "training-manifest", "usage-report", "weights-manifest",
)  # fmt: skip
"""Those of the library's bindings (``evidence`` in ``playbooks/extension.schema.json``)."""
HASH_ONLY = "hash-only"
"""Hash, locator and facts of what is kept nowhere."""
FILING = "filing"
"""What was sent to an authority, or its receipt."""
