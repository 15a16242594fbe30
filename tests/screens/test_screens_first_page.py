"""The page a start begins with: found again while the record is as it was, and of anything else nothing is shown."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.profiles import NOON_US, open_station

from ircockpit.features.incidents.actions import declare, note
from ircockpit.screens.early import FIELD, RUN, key_of, painted
from ircockpit.screens.first_page import make_page, remake_pages
from ircockpit.screens.theme import look
from ircockpit.store.engine import engine
from ircockpit.store.kept import MOST, read_page, usual_home
from ircockpit.store.profile import default_home
from ircockpit.store.workstation import Workstation

TITLE = "Pharmacy bot: wrong dose"
HOUR_US = 3_600_000_000


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same terminal in every test."""
    for name, value in (("COLUMNS", "80"), ("LINES", "24"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["home", "a %20 folder?mode=rwc#ü"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Folders with names that mean something in an address."""
    return tmp_path / str(request.param)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A profile whose first page is kept."""
    home = tmp_path / "home"
    page_in(home)
    return home


def page_in(home: Path) -> str:
    with open_station(home) as station:
        declare(station, title=TITLE)
        return kept_by(station)


def kept_by(station: Workstation) -> str:
    return make_page(station, look({"TERM": "xterm-256color"}).palette)


def found(home: Path) -> str | None:
    return read_page(str(home), key_of(str(home)))


def test_it_is_found_again_as_it_was_and_nothing_is_written_for_it(odd: Path) -> None:
    page = page_in(odd)
    before = {path: path.read_bytes() for path in (odd / "log.db", odd / "view.db")}
    assert TITLE in page
    assert found(odd) == page
    assert {path: path.read_bytes() for path in before} == before


def test_a_log_that_was_cut_off_is_read_and_left_to_whoever_opens_it(kept: Path) -> None:
    with open_station(kept):
        left = (kept / "log.db-wal").read_bytes()
        copy = kept.with_name("copy")
        copy.mkdir()
        for name in ("log.db", "log.db-wal", "view.db", "view.db-wal", "view.db.lock", "profile.json"):
            if (kept / name).exists():
                (copy / name).write_bytes((kept / name).read_bytes())
    found(copy)
    assert (copy / "log.db-wal").read_bytes() == left


def sql(home: Path, name: str, statement: str) -> None:
    with closing(engine.connect(home / name)) as db, db:
        db.execute(statement)


def another_note(home: Path) -> None:
    with open_station(home) as station:
        ident = str(station.view.rows("SELECT id FROM incident")[0][0])
        note(station, incident=ident, text="pharmacist called")


def log_ahead(home: Path) -> None:
    old = (home / "view.db").read_bytes()
    another_note(home)
    (home / "view.db").write_bytes(old)


def garbage(name: str) -> Callable[[Path], None]:
    def damage(home: Path) -> None:
        (home / name).write_bytes(os.urandom(60_000))

    return damage


def changed(name: str, statement: str) -> Callable[[Path], None]:
    return lambda home: sql(home, name, statement)


def without(name: str) -> Callable[[Path], None]:
    return lambda home: (home / name).unlink()


UNLIKE: dict[str, Callable[[Path], object]] = {
    "a new entry": another_note,
    "a view that lags behind": log_ahead,
    "a later log": changed("log.db", "PRAGMA user_version=9"),
    "a foreign log": changed("log.db", "PRAGMA application_id=7"),
    "a damaged log": garbage("log.db"),
    "no log": without("log.db"),
    "an empty log": lambda home: (home / "log.db").write_bytes(b""),
    "something changed for an entry": changed("log.db", "INSERT INTO late SELECT 99, max(arrival) FROM event"),
    "a view of another version": changed("view.db", "UPDATE meta SET value='newer' WHERE key='mark'"),
    "a damaged view": garbage("view.db"),
    "no view": without("view.db"),
    "a view that waits for its place": lambda home: (home / "view.db.ready").touch(),
    "another name": lambda home: (home / "profile.json").write_bytes((home / "profile.json").read_bytes() + b"\n"),
    "other settings": lambda home: (home / "config.toml").write_text('theme = "night"\n'),
}  # fmt: skip


@pytest.mark.parametrize("what", UNLIKE)
def test_of_anything_unusual_nothing_is_shown(kept: Path, what: str) -> None:
    assert found(kept)
    UNLIKE[what](kept)
    assert found(kept) is None


@pytest.mark.parametrize(
    ("name", "value"), [("COLUMNS", "100"), ("LINES", "40"), ("NO_COLOR", "1"), ("TERM", "vt100")]
)
def test_another_terminal_has_a_page_of_its_own(
    kept: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert found(kept) is None


def test_only_so_many_are_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_station(kept) as station:
        for columns in range(100, 101 + MOST):
            monkeypatch.setenv("COLUMNS", str(columns))
            kept_by(station)
        assert 0 < int(station.view.rows("SELECT count(*) FROM kept")[0][0]) <= MOST
    assert found(kept)


def test_what_a_change_has_thrown_away_is_made_anew_for_the_same_terminal(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_station(kept) as station:
        assert not station.misses_pages()
        declare(station, title="another", severity="SEV1")
        assert station.misses_pages()
        assert found(kept) is None
        monkeypatch.setenv("COLUMNS", "200")  # a command may run elsewhere, or on no terminal at all
        monkeypatch.setenv("NO_COLOR", "1")
        remake_pages(station)
        assert not station.misses_pages()
        assert found(kept) is None
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.delenv("NO_COLOR")
        page = found(kept)
        assert page is not None
        assert "another" in page
        assert page == kept_by(station)


def test_one_that_no_start_asks_for_is_given_up(kept: Path) -> None:
    with open_station(kept) as station:
        declare(station, title="another")
        (kept / "config.toml").write_text("[look]\n", "utf-8")  # the settings are not those of the page
        sql(kept, "view.db", "INSERT INTO kept VALUES ('2\n9999x9999\nTERM', '', NULL), ('odd', '', NULL)")
        remake_pages(station)
        assert station.view.rows("SELECT count(*) FROM kept") == [(0,)]


def test_what_is_set_not_to_be_shown_does_not_stand_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for safe in ("false", "true"):
        open_station(home).close()
        (home / "config.toml").write_text(f"[care]\nsafe = {safe}\n", "utf-8")
        page_in(home)
        with open_station(home) as station:
            note(
                station, incident=str(station.view.rows("SELECT id FROM incident")[0][0]), text="called back"
            )
            remake_pages(station)
        page = found(home)
        assert page is not None
        assert (TITLE in page) is (safe == "false")


def test_a_page_of_another_state_is_not_kept(kept: Path) -> None:
    with open_station(kept) as station:
        station.view.keep_page("key", "page", station.view.state._replace(applied=1))
        assert read_page(str(kept), "key") is None
        station.view.keep_page("key", "page", station.view.state)
        assert read_page(str(kept), "key") == "page"


def test_keeping_it_waits_for_nobody(kept: Path) -> None:
    with (
        open_station(kept) as station,
        closing(engine.connect(kept / "view.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        station.view.keep_page("key", "page", station.view.state)
        other.rollback()
        assert read_page(str(kept), "key") is None


def test_ages_are_as_old_as_they_are_now(kept: Path) -> None:
    page = str(found(kept))
    since = next(
        int(run.split(FIELD)[2]) for run in page.replace("\n", RUN).split(RUN) if run.count(FIELD) == 2
    )
    assert since <= NOON_US + HOUR_US
    assert " 2h " in painted(page, since + 2 * HOUR_US)
    assert " 3d " in painted(page, since + 3 * 24 * HOUR_US)


@pytest.mark.parametrize(
    "page",
    [
        f"{FIELD}wrong \x1b]52;c;cHduZWQ=\x07 dose",
        f"1m\x1b]52;c;cHduZWQ=\x07{FIELD}wrong dose",
        f"1{FIELD}wrong \x9b5n\u202edose{FIELD}x\x1b[5n",
        f"{FIELD}3\x1b]0;m\x07{FIELD}1",
        "\x1b]52;c;cHduZWQ=\x07",
    ],
)
def test_a_page_that_somebody_has_changed_is_inert(page: str) -> None:
    shown = painted(page, NOON_US)
    for ours in ("\x1b[1;1H", "\x1b[1m", "\x1b[0m"):
        shown = shown.replace(ours, "")
    assert shown.isprintable()


@pytest.mark.parametrize(
    "names",
    [
        {"IRCOCKPIT_HOME": "~/record"},
        {"IRCOCKPIT_HOME": "/srv/record"},
        {"XDG_DATA_HOME": "/srv/data"},
        {"XDG_DATA_HOME": "  "},
        {},
    ],
)
def test_the_profile_is_looked_for_where_it_is(
    monkeypatch: pytest.MonkeyPatch, names: dict[str, str]
) -> None:
    for name in ("IRCOCKPIT_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert usual_home() in (str(default_home()), "")
    assert usual_home()
