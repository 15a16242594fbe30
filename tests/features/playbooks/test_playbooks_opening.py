"""A file looked at in full: repaired or not, with lines that are those of the file."""

import json
from typing import Any

import pytest
from tests.features.playbooks import good as g
from tests.features.playbooks.test_playbooks_repair import near

from ircockpit.features.playbooks.finding import Severity
from ircockpit.features.playbooks.opening import examine
from ircockpit.features.playbooks.source import Refused


def text_of(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1)


def test_a_good_file_has_nothing_to_tell() -> None:
    opened = examine(text_of(g.GOOD).encode(), "x.json")
    assert opened.playbook is not None
    assert (opened.changes, opened.findings, opened.worst()) == ((), (), None)


def test_findings_of_a_repaired_file_have_the_lines_of_the_file() -> None:
    text = text_of(near())
    opened = examine(text.encode(), "x.json")
    assert opened.playbook is not None
    (note,) = [each for each in opened.findings if each.rule == "unknown-property"]
    assert text.splitlines()[note.line - 1].strip().startswith('"conditions"')
    assert opened.worst() is Severity.ERROR


def test_without_mending_it_is_refused_with_every_reason() -> None:
    opened = examine(text_of(near()).encode(), "x.json", mend=False)
    assert opened.playbook is None
    assert opened.changes == ()
    assert {each.rule for each in opened.findings} >= {"missing-property", "wrong-key", "wrong-form"}
    assert examine(text_of(g.GOOD).encode(), "x.json", mend=False).playbook is not None


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"workflow": [' + b"{}," * 20_000 + b"{}]}"])
def test_what_is_no_object_or_far_too_large_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        examine(raw, "x.json")
