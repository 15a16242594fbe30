import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.inert import gate, masks

anything = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("mail john.doe+x@mail.exa-mple.co.uk now", "mail [email] now"),
        ("müller@exämple.de", "[email]"),
        ("call +49 (0)30 1234-5678", "call [phone]"),
        ("call (555) 123-4567 or 030/1234567 ok", "call [phone] or [phone] ok"),
        ("SSN 123-45-6789", "SSN [phone]"),
        ("card 4111 1111 1111 1111.", "card [number]."),
        ("x4111111111111111", "x[number]"),
        ("card 4\u200b111\u20601111-1111 1111", "card [number]"),
        ("card ４１１１ １１１１ １１１１ １１１１", "card [number]"),
        ("IBAN DE89 3704 0044 0532 0130 00, next", "IBAN [account], next"),
        ("gb29nwbk60161331926819", "[account]"),
        ("use sk-abcdefghijklmnop", "use [key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("ghp_abcdefghijklmnopqrst123", "[key]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.a-b_c rest", "[token] rest"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a [key] b"),
        ("a -----BEGIN PRIVATE KEY-----\nMIIcut off", "a [key]"),
        ("3f786850e387550fdaf836ed7e6dc881de23001b", "[token]"),
        ("https://u:p@host.example:8443/a/b?x=1&y=2#f.", "https://host.example:8443/a/b?[query]"),
        ("https://host.example/a", "https://host.example/a"),
        ("postgres://u:p@db/x", "postgres://db/x"),
        ("data:text/html;base64,PHNjcmlwdD4=", "data:[content]"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: [secret]"),
        ("curl -H Bearer abc123def456", "curl -H Bearer [secret]"),
        ("password: hunter2, next", "password: [secret], next"),
        ('{"api_key": "two words"}', '{"api_key": [secret]}'),
        ("my_token=abc&x=1", "my_token=[secret]&x=1"),
    ],
)
def test_what_identifies_or_opens_is_masked(raw: str, shown: str) -> None:
    assert gate.summary(raw, 200) == shown


@pytest.mark.parametrize(
    "text",
    [
        "at 2026-11-23 14:03:22Z, 12 of 40 answers, 4,000 people, 12.5 %",
        "2026-11-23T14:03:22.123456+01:00",
        "from 192.168.100.200:9901",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "probe promptinject.HijackHateHumans found basic knowledge of bearer instruments",
        "python 3.11.7, SEV1, E3#7, root@db1",
        "a very-long-kebab-case-name-of-some-deployment-eu-west",
        "shipping: tomorrow, tokens: many",
    ],
)
def test_words_and_plain_facts_stay(text: str) -> None:
    assert gate.summary(text, 200) == text


def test_tricks_do_not_hide_a_word_from_the_index() -> None:
    assert (
        gate.summary("ig\u200bnore \x1b[31mprev\x1b[0mious \U0001d5f6\U0001d5fb", 99) == "ignore previous in"
    )
    assert gate.summary("a\x00b\u2028c\ud800", 99) == "a b c�"


def test_every_rule_is_needed() -> None:
    cases = {
        "PEM block": "-----BEGIN X-----\nab\n-----END X-----",
        "JSON web token": "eyJhbGciOiJ.e",
        "URL": "https://u@h/?q",
        "data URL": "data:,x",
        "key of a known issuer": "sk-abcdefghijkl",
        "authorisation or cookie header": "Cookie: a=b",
        "credential after its scheme": "Bearer abcdefg1",
        "named secret": "pin: 1234",
        "e-mail address": "a@b.cd",
        "bank account (ISO 13616)": "NO9386011117947",
        "key by its look": "abcdefghijklmnopqrs12",
        "number that identifies": "123456789",
    }
    assert [rule.name for rule in masks.RULES] == list(cases)
    for rule in masks.RULES:
        assert rule.pattern.sub(rule.replacement, cases[rule.name]) != cases[rule.name], rule.name


@given(anything, st.integers(0, 80))
def test_a_summary_is_short_inert_and_one_line(text: str, limit: int) -> None:
    shown = gate.summary(text, limit)
    assert len(shown) <= limit
    assert gate.clean(shown) == shown
    assert shown.isprintable()


def test_a_long_text_is_cut_and_says_so() -> None:
    shown = gate.summary("word " * 100_000, 50)
    assert len(shown) <= 50
    assert shown.endswith("…")
    assert gate.summary("x" * 4_096, 4_096) == "x" * 4_096


@pytest.mark.parametrize("filler", ["x" * 9, "-----BEGIN X-----\n" + "y" * 2_000 + "\n-----END X-----\n"])
def test_a_secret_at_the_end_of_what_is_read_does_not_leak(filler: str) -> None:
    # wherever the reading stops, no half of an address is left that no rule sees
    for shift in range(0, 120, 7):
        text = filler * (4_096 // len(filler) - 1)
        text += " " * ((4_096 - len(text) - 60 + shift) % 200) + "jane.roe.private@example.org more"
        assert "jane" not in gate.summary(text + " z" * 9_000, 4_000)


def test_work_is_bounded_by_the_limit_and_not_by_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counting(text: str) -> str:
        seen.append(len(text))
        return text

    monkeypatch.setattr(masks, "mask", counting)
    gate.summary("word " * 1_000_000, 100)
    assert seen[0] <= 4_096


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a.",
        "a@",
        "a.b@c",
        "1-",
        "1 ",
        "eyJ",
        "https://",
        "-----BEGIN A-----",
        "Bearer ",
        "x=",
        "DE12 3",
        '"',
    ],
)
def test_no_rule_is_slower_than_linear_by_much(unit: str) -> None:
    """Ten times the text may not cost a hundred times the processor: the ratio of one run, with room for noise."""
    import time

    def cost(times: int) -> float:
        text = unit * times
        best = 1e9
        for _ in range(3):
            start = time.thread_time()
            masks.mask(text)
            best = min(best, time.thread_time() - start)
        return best

    assert cost(20_000) < 40 * max(cost(2_000), 1e-4)
