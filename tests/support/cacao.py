"""The official JSON schemas of CACAO 2.0 as a validator, read from the shared data."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource


def official(shared_data: Path) -> Draft7Validator:
    """The validator of a playbook, of the draft that the schemas declare."""
    read = [
        json.loads(path.read_text()) for path in sorted((shared_data / "cacao" / "schemas").rglob("*.json"))
    ]
    assert len(read) > 40
    resources = [(each["$id"], Resource.from_contents(each)) for each in read]
    registry: Registry[Any] = Registry().with_resources(resources)
    top = next(each for each in read if each["title"] == "playbook")
    return Draft7Validator(top, registry=registry)


def complaints(validator: Draft7Validator, value: Any) -> list[str]:
    """Where and why the schemas refuse a value."""
    return [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(value)]
