"""Compares what the program makes with a file kept beside the test; ``GOLDEN=write`` in the environment writes it."""

import json
import os
from pathlib import Path
from typing import Any


def check_golden(shown: str, golden: Path) -> None:
    """Compare a text with its golden file."""
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def check_golden_json(found: Any, golden: Path) -> None:
    """Compare a value with its golden file, in which the keys keep their order: that counts too."""
    check_golden(json.dumps(found, indent=1, ensure_ascii=False) + "\n", golden)
