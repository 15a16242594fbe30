"""The published format of connectors is the one that is read: what it takes loads, what it refuses does not."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tools.connector_page import connectors_page, schema

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import load_yaml
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine import connector


def complaints(raw: bytes) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema())
    return [error.message for error in checker.iter_errors(load_yaml(raw))]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_schema_takes_what_comes_with_the_program(name: str) -> None:
    assert complaints(connector.shipped(name).source) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"family: disable_model", b"family: disable_modle"),
        (b"repeatable: true", b"repeatabel: true"),
        (b"consecutive: 3", b"consecutive: 1"),
        (b"schema_version: 1", b"schema_version: 2"),
    ],
)
def test_the_schema_and_the_reader_refuse_the_same(old: bytes, new: bytes) -> None:
    source = connector.shipped("envoy").source.replace(old, new, 1)
    assert complaints(source)
    with pytest.raises(BadInput):
        connector.load(source)


def test_every_object_takes_no_other_key_and_says_what_it_is() -> None:
    for name, part in schema()["$defs"].items():
        assert part["additionalProperties"] is False, name
        assert part["description"], name


def test_every_field_but_the_plainest_is_explained() -> None:
    plain = {
        "schema_version",
        "vendor",
        "family",
        "tier",
        "id",
        "name",
        "title",
        "type",
        "blast",
        "control",
        "retry",
    }
    plain |= {"timeout_s", "every_ms"}  # of reading back; the object says what they are
    bare = {
        f"{name}.{field}"
        for name, part in schema()["$defs"].items()
        for field, form in part["properties"].items()
        if field not in plain and "description" not in form and "default" not in _ref(form)
    }
    assert not bare


def _ref(form: dict[str, Any]) -> dict[str, Any]:
    return {"default": 0} if "$ref" in form else {}


def test_a_change_of_the_format_would_be_seen(repository: Path) -> None:
    published = json.loads((repository / "docs" / "connector.schema.json").read_text("utf-8"))
    assert published == schema()
    published["$defs"]["Action"]["properties"].pop("retry")
    assert published != schema()
    assert "`retry`" in connectors_page()


def test_the_connector_of_the_cookbook_loads(repository: Path) -> None:
    page = (repository / "docs" / "connector-cookbook.md").read_text("utf-8")
    [source] = re.findall(r"```yaml\n(schema_version.*?)```", page, re.DOTALL)
    loaded = connector.load(source.encode())
    assert loaded.action("close").family == "disable_model"
    assert complaints(source.encode()) == []
