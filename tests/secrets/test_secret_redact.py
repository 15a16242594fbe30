import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.secrets.redact import Redactor, is_sensitive
from ircockpit.secrets.secret import HIDDEN, Secret

VALUE = 's3"qzw/välue+&x='
PEM = "-----BEGIN KEY-----\nMIIBVwIBADANBgkqhkiG9w0B\nAQEFAASCAUEwggE9AgEAAkEA\n-----END KEY-----"

SPELLINGS = {
    "raw": VALUE,
    "json": json.dumps(VALUE),
    "json utf-8": json.dumps(VALUE, ensure_ascii=False),
    "json in json": json.dumps(json.dumps({"token": VALUE})),
    "json with escaped slashes": json.dumps(VALUE).replace("/", "\\/"),
    "percent": urllib.parse.quote(VALUE, safe=""),
    "percent lower case": urllib.parse.quote(VALUE, safe="").replace("%2F", "%2f").replace("%C3%A4", "%c3%a4")
    .replace("%2B", "%2b").replace("%3D", "%3d"),
    "path": urllib.parse.quote(VALUE),
    "form": urllib.parse.urlencode({"k": VALUE}),
    "html": html.escape(VALUE),
    "hex": VALUE.encode().hex(),
    "HEX": VALUE.encode().hex().upper(),
    "base64": base64.b64encode(VALUE.encode()).decode(),
    "base64 url": base64.urlsafe_b64encode(VALUE.encode()).decode(),
    "basic 1": base64.b64encode(f"u:{VALUE}".encode()).decode(),
    "basic 2": base64.b64encode(f"us:{VALUE}@".encode()).decode(),
    "basic 3": base64.b64encode(f"use:{VALUE}".encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_taken_out(name: str) -> None:
    redactor = Redactor([Secret(VALUE)])
    text = f"before {SPELLINGS[name]} after"
    shown = redactor.text(text)
    assert HIDDEN in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert redactor.data(text.encode()) == shown.encode()
    for piece in ("s3", "qzw", "lue"):
        assert piece not in shown


def test_control_text_without_the_secret_stays() -> None:
    redactor = Redactor([Secret(VALUE)])
    text = json.dumps({"token": "another", "n": 1, "blob": base64.b64encode(b"some other bytes").decode()})
    assert redactor.text(text) == text
    assert Redactor([]).text(VALUE) == VALUE
    assert Redactor([Secret("")]).data(VALUE.encode()) == VALUE.encode()


printable = st.characters(exclude_categories=("C", "Zl", "Zp"))


@given(st.text(printable, min_size=6), st.text(), st.text())
def test_no_spelling_of_any_secret_stays(value: str, before: str, after: str) -> None:
    redactor = Redactor([Secret(value)])
    for text in (value, json.dumps({"a": before + value + after}), json.dumps([value], ensure_ascii=False)):
        assert HIDDEN in redactor.text(text)
        assert value not in redactor.text(text).replace(HIDDEN, "")
    encoded = base64.b64encode((before + value + after).encode()).decode()
    assert HIDDEN in redactor.text(encoded)


def test_a_secret_of_several_lines_is_taken_out_by_line() -> None:
    redactor = Redactor([Secret(PEM)])
    assert redactor.text(f"x {PEM} y") == f"x {HIDDEN} y"
    assert redactor.text("line 2: MIIBVwIBADANBgkqhkiG9w0B") == f"line 2: {HIDDEN}"
    assert "MIIB" not in redactor.text(json.dumps({"key": PEM}))


def test_a_secret_that_begins_another_does_not_leave_its_end() -> None:
    redactor = Redactor([Secret("abcdef"), Secret("abcdef-more")])
    assert redactor.text("abcdef-more abcdef") == f"{HIDDEN} {HIDDEN}"


def test_headers_go_by_name_and_by_value() -> None:
    redactor = Redactor([Secret(VALUE)])
    headers = [
        ("Authorization", "Bearer something unknown"),
        ("X-Api-Key", "1"),
        ("Set-Cookie", "a=b"),
        ("Content-Type", "application/json"),
        ("X-Echo", VALUE),
    ]
    assert redactor.headers(headers) == (
        ("Authorization", HIDDEN),
        ("X-Api-Key", HIDDEN),
        ("Set-Cookie", HIDDEN),
        ("Content-Type", "application/json"),
        ("X-Echo", HIDDEN),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authorization", True),
        ("Proxy-Authorization ", True),
        ("X-Vault-Token", True),
        ("X-Amz-Security-Token", True),
        ("Ocp-Apim-Subscription-Key", True),
        ("x-goog-api-key", True),
        ("Api-Key", True),
        ("X-Hub-Signature-256", True),
        ("Accept", False),
        ("Idempotency-Key", False),
        ("Content-Length", False),
    ],
)
def test_sensitive_names(name: str, expected: bool) -> None:
    assert is_sensitive(name) is expected


def test_a_redactor_does_not_show_what_it_holds() -> None:
    redactor = Redactor([Secret(VALUE)])
    assert VALUE not in repr(redactor)
    assert VALUE not in f"{redactor}"


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_within_json_within_json_hides_no_secret(ascii_only: bool) -> None:
    value = 'pa"ss\\wörd'
    redactor = Redactor([Secret(value, "env:X")])
    text = value
    for depth in range(5):
        text = json.dumps({"said": text}, ensure_ascii=ascii_only)
        left = redactor.text(text)
        assert "ss" not in left.replace("[secret]", ""), (depth, left)
    assert "ss" in Redactor([]).text(text), "the control"
