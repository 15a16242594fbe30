"""Settings by command: all shown with where they come from, one changed, what is wrong told with its line."""

from pathlib import Path

import pytest

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.settings.actions import set_value, show
from ircockpit.features.settings.queries import MEANINGS, settings_of, troubles
from ircockpit.render.span import plain
from ircockpit.store.settings import Care, Settings, place, read
from ircockpit.store.workstation import Workstation


def test_every_setting_is_explained() -> None:
    fields = {name for name in Settings._fields if name != "care"} | {f"care.{name}" for name in Care._fields}
    assert fields == MEANINGS.keys()
    assert all(means and effect for means, effect in MEANINGS.values())


def test_what_is_set_is_shown_with_where_it_comes_from(station: Workstation) -> None:
    path = place(station.profile.folder)
    path.write_text('theme = "night"\ntimes = "moon"\n[care]\nblur = true\n')
    found = {each.name: each for each in settings_of(station.profile.folder, {"NO_COLOR": "1"})}
    assert (found["theme"].value, found["theme"].source) == ("night", "config.toml")
    assert (found["times"].value, found["times"].source) == ("utc", "default"), (
        "a value that is none is not used"
    )
    assert (found["care.blur"].value, found["care.blur"].source) == ("true", "config.toml"), (
        "also where it is the default"
    )
    assert (found["mouse"].value, found["mouse"].source) == ("false", "default")
    assert (found["colours"].value, found["colours"].source) == ("yes", "NO_COLOR")
    assert {each.name for each in settings_of(station.profile.folder, {})} == set(found)


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("theme", "clear", "clear"),
        ("care.blur", "off", False),
        ("care.reveal_seconds", "9", 9),
        ("mouse", "true", True),
    ],
)
def test_a_setting_is_changed_and_read_back(
    station: Workstation, name: str, words: str, value: object
) -> None:
    done = set_value(station, name=name, value=[words])
    assert done.data["value"] == value
    settings, wrong = read(place(station.profile.folder))
    assert not wrong
    table, _, key = name.partition(".")
    assert (getattr(settings.care, key) if key else getattr(settings, table)) == value


@pytest.mark.parametrize(
    ("name", "words", "error"),
    [
        ("theme", "pink", BadInput), ("care.reveal_seconds", "0", BadInput), ("care.reveal_seconds", "soon", BadInput),
        ("care.blur", "maybe", BadInput), ("colours", "no", NotFound), ("thme", "dark", NotFound), ("keys", "x", NotFound),
        ("keys.incident.take", "ctrl+m", BadInput), ("keys.no.such", "x", BadInput), ("keys.incident.take", "n", BadInput),
    ],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(
    station: Workstation, name: str, words: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_value(station, name=name, value=[words])
    assert not place(station.profile.folder).exists()


def test_an_action_gets_other_keys(station: Workstation) -> None:
    set_value(station, name="keys.incident.take", value=["ctrl+t", "f2"])
    assert read(place(station.profile.folder))[0].keys == {"incident.take": ("ctrl+t", "f2")}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('theme = "dark"\ntimes = = "utc"\n', '2: times = = "utc"'),
        ('mouse = true\n\ntheme = "pink"\n', '3: theme = "pink"'),
        ("[care]\nblur = 3\n", "2: blur = 3"),
        ("thme = 1\n", "1: thme = 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(station: Workstation, text: str, line: str) -> None:
    place(station.profile.folder).write_text(text)
    [found] = troubles(station.profile.folder)
    assert found.line == line
    said = "\n".join(plain(each) for each in show(station).lines)
    assert found.sentence in said
    assert line in said


def test_a_file_that_is_not_toml_is_left_alone(station: Workstation, home: Path) -> None:
    path = place(home)
    path.write_text("theme = \n")
    with pytest.raises(BadInput) as raised:
        set_value(station, name="theme", value=["night"])
    assert path.read_text() == "theme = \n"
    assert "line 1" in raised.value.what
