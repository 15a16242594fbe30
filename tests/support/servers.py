"""Third-party servers that a test may need and this machine may lack."""

import os
from typing import TypeVar

import pytest

Found = TypeVar("Found")


def require(name: str, found: Found | None, how_to_get_it: str) -> Found:
    """``found``, or a skip that names what is absent; a failure where servers are required."""
    if found is not None:
        return found
    said = f"absent: {name} ({how_to_get_it})"
    if os.environ.get("IRCOCKPIT_REQUIRE_SERVERS", "") not in ("", "0"):
        pytest.fail(said)
    pytest.skip(said)
