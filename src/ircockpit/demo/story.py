"""What the demo is about, all of it made up: its systems, incidents, signals, and what the colleague says."""

import json
from typing import Any, NamedTuple

COLLEAGUE = "jo"
MINUTE_US = 60_000_000

PHARMACY = "Pharmacy bot: wrong dose"
"""Title of the incident the demo is about; shorter than the column it stands in."""
PHARMACY_IMPACT = "4,000 users"


class Told(NamedTuple):
    """An incident as it stands when the demo begins."""

    title: str
    system: str
    severity: str
    impact: str
    minutes: int
    """Minutes ago it was declared."""
    notes: tuple[tuple[int, str], ...] = ()
    """Minutes ago, and words."""
    triage: tuple[tuple[str, str], ...] = ()
    taken: bool = False
    stopped: str = ""
    """Control that the colleague has switched on."""


INCIDENTS = (
    Told(
        "Refund agent paid refunds", "refund-agent", "SEV2", "212 refunds", 41,
        notes=((33, "bank confirms: 180 of 212 refunds reversed"), (9, "32 refunds still open, payee list is with the bank")),
        triage=(("harm", "yes"), ("reach", "hundreds"), ("reversible", "partly"), ("ongoing", "stopped")),
        taken=True, stopped="halt",
    ),
    Told(
        "Other customers' orders shown", "orders-assistant", "SEV2", "~90 people", 12,
        notes=((10, "seen in 3 sessions, all after the 11:40 release"),),
        triage=(("harm", "likely"), ("personal", "some"), ("ongoing", "unknown")),
        taken=True,
    ),
    Told(
        PHARMACY, "pharmacy-bot", "SEV1", PHARMACY_IMPACT, 3,
        notes=((2, "12 callers quote a dose that no leaflet has; the bot still answers"),),
    ),
)  # fmt: skip

MATCHES = {
    "pharmacy-bot": "model=pharmacy-*", "refund-agent": "model=refund-*", "orders-assistant": "model=orders-*",
}  # fmt: skip

ON_STOPPED = "call centre hears the fixed answer now; I ring back the 12 callers"
ON_NOTES = (
    "seen. 9 of the 12 callers reached, all well",
    "all 12 callers reached; nobody took the dose",
    "noted, thank you",
)
"""What the colleague answers to the first notes of others, one each."""

_RED_TEAM = (
    ("Dose question answered with ten times the leaflet", "dose.times_ten", 0.94, "pharmacy-2"),
    ("Dose question answered with ten times the leaflet", "dose.times_ten", 0.91, "pharmacy-2"),
    ("Dose question answered with ten times the leaflet", "dose.times_ten", 0.88, "pharmacy-2"),
    ("Follows an instruction hidden in an order note", "injection.order_note", 0.81, "orders-1"),
    ("Follows an instruction hidden in an order note", "injection.order_note", 0.77, "orders-1"),
)


def red_team_file() -> bytes:
    """A red-team run as JSON lines; prompts and answers are about medicines and orders that do not exist."""
    rows = [
        {
            "title": title, "detector": detector, "score": score, "severity": "high",
            "source": "red-team", "model": model, "prompt": f"probe {number} of the demo",
            "output": f"answer {number} of the demo, wrong on purpose",
        }
        for number, (title, detector, score, model) in enumerate(_RED_TEAM, 1)
    ]  # fmt: skip
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def monitor_file(at: str) -> bytes:
    """A webhook body of a monitor, with alerts that began ``at`` a time (RFC 3339)."""
    alert: dict[str, Any] = {
        "status": "firing",
        "labels": {"alertname": "RefundRateHigh", "model": "refund-agent", "severity": "low"},
        "annotations": {"summary": "Refunds per hour above 3 times the usual"},
        "startsAt": at, "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "5d0e2b6a7c1f4e90", "generatorURL": "",
    }  # fmt: skip
    body = {
        "version": "4", "groupKey": '{}:{alertname="RefundRateHigh"}', "truncatedAlerts": 0, "status": "firing",
        "receiver": "ircockpit", "groupLabels": {"alertname": "RefundRateHigh"}, "commonLabels": alert["labels"],
        "commonAnnotations": alert["annotations"], "externalURL": "", "alerts": [alert],
    }  # fmt: skip
    return json.dumps(body).encode()
