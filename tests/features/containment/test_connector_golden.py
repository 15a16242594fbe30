"""The connector format, field by field: people write these files, and trust binds their bytes."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tests.features.containment.engine.gateway import FLAG
from tests.support.golden import check_golden_json

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import connector, spec

GOLDEN = Path(__file__).parent / "golden"


def shape() -> dict[str, Any]:
    """What a connector file may hold: every object with its fields, their forms and defaults."""
    schema = msgspec.json.schema(spec.File)
    found = {name: part["properties"] for name, part in schema["$defs"].items()}
    return {
        "schema_version": get_args(spec.File.__annotations__["schema_version"]),
        **dict(sorted(found.items())),
    }


def test_the_format_of_a_connector() -> None:
    # A file that loaded yesterday must load tomorrow and mean the same: it is trusted by the hash of its bytes and
    # its author is not there to change it. A field taken away, narrowed, or given another default needs
    # schema_version 2 and a reader of 1 beside it; new optional fields may come.
    check_golden_json(shape(), GOLDEN / "connector.json")


@pytest.mark.parametrize("version", [b"0", b"2", b"'1'", b"1.0", b"true"])
def test_another_version_of_the_format_is_refused(version: bytes) -> None:
    assert connector.load(FLAG).version == 3
    with pytest.raises(BadInput):
        connector.load(FLAG.replace(b"schema_version: 1", b"schema_version: " + version))
