"""One value changed in config.toml: everything else stays byte for byte, and what cannot be changed so is not touched."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.store.setting_file import Value, change

WRITTEN = """\
# what mira likes at night
theme = "dark"   # since the new lamp
  times='local'

[keys]
"incident.take" = ["t", "ctrl+t"] # both
incident.note = 'n'

[care]
# five is too short for me
reveal_seconds = 1_0
blur=false
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("theme", "night", 'theme = "night"   # since the new lamp'),
        ("times", "utc", '  times="utc"'),
        ("keys.incident.take", "x", '"incident.take" = "x" # both'),
        ("keys.incident.note", ["N", "m"], 'incident.note = ["N", "m"]'),
        ("care.reveal_seconds", 7, "reveal_seconds = 7"),
        ("care.blur", True, "blur=true"),
    ],
)
def test_only_the_value_changes(path: Path, name: str, value: Value, line: str) -> None:
    path.write_text(WRITTEN)
    change(path, name, value)
    before, after = WRITTEN.split("\n"), path.read_text().split("\n")
    [differs] = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert after[differs] == line


@pytest.mark.parametrize(
    ("name", "value"), [("mouse", True), ("care.shift_hours", 12), ("keys.view.last", "less_than_sign")]
)
def test_what_was_not_said_is_said_in_its_table(path: Path, name: str, value: Value) -> None:
    path.write_text(WRITTEN)
    change(path, name, value)
    now = path.read_text()
    assert set(WRITTEN.split("\n")) < set(now.split("\n")), "nothing that stood there is gone"
    stated = tomllib.loads(now)
    table, _, key = name.partition(".")
    assert (stated[table][key] if key else stated[table]) == value


def test_a_file_and_a_table_are_made_where_there_is_none(path: Path) -> None:
    change(path, "care.blur", False)
    change(path, "theme", "plain")
    change(path, "keys.incident.take", "t")
    assert path.read_text() == 'theme = "plain"\n[care]\nblur = false\n\n[keys]\n"incident.take" = "t"\n'
    assert path.stat().st_mode & 0o777 == 0o600


def test_line_ends_and_what_is_odd_in_a_comment_stay(path: Path) -> None:
    raw = '# a\u2028b\x0cc\r\ntheme = "dark"\r\n'.encode()
    path.write_bytes(raw)
    with pytest.raises(BadInput):  # a form feed is no TOML
        change(path, "theme", "night")
    assert path.read_bytes() == raw
    raw = '# a\u2028b\r\ntheme = "dark"\r\n'.encode()
    path.write_bytes(raw)
    change(path, "theme", "night")
    change(path, "mouse", True)
    assert path.read_bytes() == '# a\u2028b\r\ntheme = "night"\r\nmouse = true\r\n'.encode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("theme = \n", "theme"),
        ("care = {blur = true} # in one line\n", "care.blur"),
        ('theme = """dark\n"""\n', "theme"),
        ("care = 3\n", "care.blur"),
        ('words = """\ntheme = "dark"\n"""\n', "theme"),
    ],
)
def test_what_cannot_be_changed_line_by_line_is_not_touched(path: Path, text: str, name: str) -> None:
    path.write_text(text)
    with pytest.raises(BadInput) as raised:
        change(path, name, False if name == "care.blur" else "night")
    assert path.read_text() == text
    assert "nothing was changed" in str(raised.value.sentences())
    assert list(path.parent.iterdir()) == [path]


LINES = (
    *WRITTEN.split("\n"),
    "[care.more]",
    "care.blur = true",
    '"theme" = "x"',
    "theme.x = 1",
    '"""',
    "x = [",
    "]",
    "keys = {}",
)


@given(
    st.lists(st.sampled_from(LINES), max_size=8),
    st.sampled_from(["theme", "care.blur", "keys.incident.take"]),
    st.text(max_size=5),
)
def test_whatever_stands_there_the_rest_means_the_same_afterwards(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], name: str, value: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "config.toml"
    path.write_text("\n".join(lines))
    try:
        change(path, name, value)
    except BadInput:
        assert path.read_text() == "\n".join(lines)
        return
    now, old = tomllib.loads(path.read_text()), tomllib.loads("\n".join(lines))
    table, _, key = name.partition(".")
    if not key:
        assert now.pop(table) == value
        old.pop(table, None)
    elif key in now[table]:
        assert now[table].pop(key) == value
        old.setdefault(table, {}).pop(key, None)
    else:
        assert now[table]["incident"].pop("take") == value
        old[table]["incident"].pop("take")
    assert now == old
