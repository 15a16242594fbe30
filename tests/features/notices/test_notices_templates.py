"""Templates of notices: what they may name, how long they can become, and that names arrive in plain letters."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.e2e.hostile_profile import as_yaml
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS, dangers

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.notices.form import FACTS, MOST
from ircockpit.features.notices.reading import FOLDER, ORDER, TEST, of_profile, read, render, shipped
from ircockpit.features.notices.words import plain
from ircockpit.features.settings import rulefiles
from ircockpit.store.workstation import Workstation

OWN = {
    "form": 1,
    "id": "handover",
    "title": "handed over",
    "subject": "{incident}",
    "text": "Now with {acts}.",
}
ACTING = set('<>@&*`~|#:/\\[]{}$_="')
"""What receivers make mentions, links, markup and commands of."""


def own(**changed: Any) -> bytes:
    return "".join(f"{key}: {as_yaml(value)}\n" for key, value in {**OWN, **changed}.items()).encode()


def test_what_comes_with_the_program_can_be_used_and_is_short_enough_at_its_longest() -> None:
    assert list(shipped()) == [*ORDER, TEST]
    longest = {name: "W" * fact.most for name, fact in FACTS.items()}
    for ready in shipped().values():
        assert len(render(ready.template, longest).whole) < MOST
        assert len(render(ready.template, {name: text * 9 for name, text in longest.items()}).whole) < MOST


@pytest.mark.parametrize(
    "name", ["title", "summary", "prompt", "output", "note", "signal", "reason", "impact", "", "incident.title", "acts!r", "0"]
)  # fmt: skip
def test_a_template_that_names_anything_else_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(own(text=f"It is about {{{name}}}."), "own.yaml")
    assert caught.value.what.startswith("own.yaml, line 5: ")
    assert "no fact" in caught.value.what


@pytest.mark.parametrize(
    "sign", ["<", ">", "@", "&", "*", "`", "|", "#", "[", "\\", "{", "}", "\x1b", "\u202e", "\u200b", "$"]
)
def test_a_template_holds_no_sign_that_receivers_act_on(sign: str) -> None:
    with pytest.raises(BadInput):
        read(own(text=f"Now {sign} with"), "own.yaml")


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "x" * 400}, {"subject": "x" * 81}, {"text": "{clock}" * 7}, {"form": 2}, {"id": "Hand over"}, {"body": "x"},
        {"text": ""},
    ],
)  # fmt: skip
def test_a_template_that_is_too_long_or_of_another_form_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        read(own(**changed), "own.yaml")
    assert caught.value.what.startswith("own.yaml, line ")


def test_ones_own_takes_the_place_of_the_programs_and_a_bad_one_does_not(station: Workstation) -> None:
    folder = station.profile.folder / FOLDER
    folder.mkdir()
    (folder / "handover.yaml").write_bytes(own())
    (folder / "declared.yaml").write_bytes(own(id="declared", text="{title}"))
    (folder / "night.yaml").write_bytes(own(id="night-watch"))
    book = of_profile(station.profile.folder)
    assert book.ready["handover"].template.text == "Now with {acts}."
    assert book.ready["handover"].own
    assert book.ready["declared"] == shipped()["declared"]
    assert [error.what.partition(":")[0] for error in book.refused] == ["declared.yaml, line 5"]
    assert book.find("night").id == "night-watch"
    with pytest.raises(NotFound):
        book.find("nothing")


def test_an_organisation_agrees_on_templates_as_on_its_other_rules(
    station: Workstation, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_bytes(own())
    bad.write_bytes(own(text="{prompt}"))
    made = rulefiles.propose(station, file=str(good), place="notices/handover.yaml")
    assert made.data["place"] == "notices/handover.yaml"
    with pytest.raises(BadInput, match="no fact"):
        rulefiles.propose(station, file=str(bad), place="notices/handover.yaml")


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_name_becomes_plain_letters(name: str) -> None:
    hostile = PAYLOADS[name].replace("{m}", MARK)
    made = plain(hostile, 10_000)
    assert not dangers(made)
    assert not ACTING & set(made)
    assert len(plain(hostile, 24)) <= 24
    assert dangers(EVERYTHING, newline=True), "control: what is not cleaned is seen"


@pytest.mark.parametrize(
    ("hostile", "arrives"),
    [
        ("@everyone now", "everyone now"), ("<!channel> x", "channel x"), ("<@U123|ann>", "U123 ann"),
        ("<script>alert(1)</script>", "script alert(1) script"), ("*bold* _it_ ~no~ `code`", "bold -it- no code"),
        ("[click](http://evil.example/a)", "click (http evil-example a)"), ("evil.example", "evil-example"),
        ("\uff1cscript\uff1e \uff20here", "script here"), ("a&#64;b", "a 64 b"), ("line\none\r\ntwo", "line one two"),
        ("Ann\u202eeeL", "Ann eeL"), ("O'Neill-Müller (night)", "O'Neill-Müller (night)"), ("+1 555 0101", "+1 555 0101"),
    ],
)  # fmt: skip
def test_names_arrive_inert(hostile: str, arrives: str) -> None:
    assert plain(hostile, 80) == arrives


@given(st.text(max_size=200), st.integers(1, 40))
def test_no_name_whatever_acts(text: str, most: int) -> None:
    made = plain(text, most)
    assert len(made) <= most
    assert not ACTING & set(made)
    assert not dangers(made)
    assert made == " ".join(made.split())
