"""A file of signals: kept raw and hashed before it is read, resolved with a reason, and harmless to take in twice."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import NOON_US, StandingClock, open_station

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features.catalogue import events
from ircockpit.features.intake import actions
from ircockpit.features.intake.queries import group, groups_to_review, signals
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

DAY_US = 86_400_000_000


def lines(tmp_path: Path, *rows: dict[str, Any] | str, name: str = "signals.jsonl") -> str:
    path = tmp_path / name
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8"
    )
    return str(path)


def row(title: str = "refund given", **more: Any) -> dict[str, Any]:
    return {"title": title, "source": "monitor", "model": "gpt-prod", **more}


def later(station: Workstation, us: int) -> Workstation:
    """The same profile, opened again at a later time."""
    return Workstation(Profile(station.profile.folder), events(), clock=StandingClock(NOON_US + us))


def test_signals_group_and_resolve_to_a_system_with_the_reason(station: Workstation, tmp_path: Path) -> None:
    add_system(station, name="refund-agent", match=["source=monitor"])
    data = actions.intake(
        station, file=lines(tmp_path, row(prompt="a"), row(prompt="b"), row("other", source="probe"))
    ).data
    assert (data["found"], data["added"], data["bad"]) == (3, 3, [])
    known = {each["title"]: each for each in data["groups"]}
    assert known["refund given"]["count"] == 2
    assert known["refund given"]["system"] == "refund-agent"
    assert known["refund given"]["reason"] == "source=monitor matches rule 1 of refund-agent"
    assert known["other"]["system"] == ""
    assert known["other"]["reason"] == "no system's rules match its labels"


def test_a_system_recorded_later_applies_and_a_hand_decides_above_rules(
    station: Workstation, tmp_path: Path
) -> None:
    short = actions.intake(station, file=lines(tmp_path, row())).data["groups"][0]["short"]
    add_system(station, name="late", match=["source=monitor"])
    assert group(station.view, short).system_name == "late"
    add_system(station, name="other")
    assert actions.assign(station, target=short, system="other").data["reason"] == "assigned by hand"
    with pytest.raises(NotFound):
        actions.assign(station, target=short, system="no-such")


def test_the_system_of_a_whole_file_may_be_said(station: Workstation, tmp_path: Path) -> None:
    add_system(station, name="bot")
    file = lines(tmp_path, row(), row("other"))
    data = actions.intake(station, file=file, system="bot").data
    assert {each["system"] for each in data["groups"]} == {"bot"}
    count = station.log.count()
    actions.intake(station, file=file, system="bot")
    assert station.log.count() == count
    with pytest.raises(NotFound):
        actions.intake(station, file=lines(tmp_path, row("third"), name="b.jsonl"), system="no-such")
    assert station.log.count() == count


@pytest.mark.parametrize("wait_us", [0, 2 * DAY_US])
def test_the_same_file_again_adds_nothing_whenever_that_is(
    station: Workstation, tmp_path: Path, wait_us: int
) -> None:
    file = lines(tmp_path, row(), row("other"), "not json")
    first = actions.intake(station, file=file).data
    count, dump = station.log.count(), station.view.dump()
    with later(station, wait_us) as again:
        second = actions.intake(again, file=file)
        assert (second.data["found"], second.data["added"]) == (2, 0)
        assert second.data["sha256"] == first["sha256"]
        assert "nothing was added" in second.said
        assert again.log.count() == count
        assert again.view.dump() == dump


def test_a_file_that_grew_adds_what_is_new(station: Workstation, tmp_path: Path) -> None:
    actions.intake(station, file=lines(tmp_path, row(prompt="a")))
    data = actions.intake(station, file=lines(tmp_path, row(prompt="a"), row(prompt="b"))).data
    assert (data["found"], data["added"]) == (2, 1)
    assert data["groups"][0]["count"] == 2


def test_after_a_day_signals_open_a_record_of_their_own(station: Workstation, tmp_path: Path) -> None:
    actions.intake(station, file=lines(tmp_path, row()))
    with later(station, DAY_US // 2) as same:
        actions.intake(same, file=lines(tmp_path, row("b"), name="b.jsonl"))
        assert len(same.view.rows("SELECT id FROM stream WHERE kind='intake'")) == 1
    with later(station, DAY_US + DAY_US // 2) as next_day:
        actions.intake(next_day, file=lines(tmp_path, row("c"), name="c.jsonl"))
        assert len(next_day.view.rows("SELECT id FROM stream WHERE kind='intake'")) == 2


def test_bad_rows_are_told_by_their_line_and_the_others_go_in(station: Workstation, tmp_path: Path) -> None:
    secret = "sk-live-0123456789abcdef0123"
    file = lines(tmp_path, row(), f"broken {secret}", "", row("b"), json.dumps({"title": 5}), '{"other": 1}')
    result = actions.intake(station, file=file)
    assert [bad["line"] for bad in result.data["bad"]] == [2, 5, 6]
    assert result.data["added"] == 2
    shown = "\n".join(plain(line) for line in result.lines)
    assert "line 5: " in shown
    assert secret not in shown + json.dumps(result.data)


def test_raw_bytes_are_kept_and_hashed_before_they_are_read(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    raw = b'{"title": "x"} trailing\n\xff\xfe not utf-8\n'
    path.write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    count = station.log.count()
    with pytest.raises(BadInput, match="line 1") as refused:
        actions.intake(station, file=str(path), format="jsonl")
    assert digest[:12] in refused.value.safe
    with FileBlobs(station.profile.blobs).open(digest, open_to_all, verify=True) as kept:
        assert kept.read() == raw
    assert station.log.count() == count, "what could not be read is not on record as received"


def test_each_signal_says_where_its_raw_record_stands(station: Workstation, tmp_path: Path) -> None:
    data = actions.intake(station, file=lines(tmp_path, row(prompt="a"), "bad", row(prompt="b"))).data
    with FileBlobs(station.profile.blobs).open(data["sha256"], open_to_all) as kept:
        raw = kept.read()
    found = signals(station.view, data["groups"][0]["id"])
    assert [each.place for each in found] == ["line 1", "line 3"]
    for each, prompt in zip(found, "ab", strict=True):
        assert each.raw == data["sha256"]
        assert json.loads(raw[each.offset : each.offset + each.length])["prompt"] == prompt


def test_keys_of_a_later_tool_are_let_pass(station: Workstation, tmp_path: Path) -> None:
    strange = row(prompt="a", new_field={"deep": [1, None]}, another=1.5)
    assert actions.intake(station, file=lines(tmp_path, strange)).data["added"] == 1


SECRETS = {
    "key": "sk-live-0123456789abcdef0123", "mail": "jane.roe@example.org", "number": "4929123456781234",
    "password": "hunter2hunter2",
}  # fmt: skip


def everywhere(secret: str) -> dict[str, Any]:
    """A row that holds a secret in every field there is."""
    said = f"see {secret} there" if secret != SECRETS["password"] else f"password: {secret}"
    plain_fields = ("title", "detector", "probe", "severity", "source", "model", "prompt", "output")
    return {
        **dict.fromkeys(plain_fields, said),
        "labels": {"service": said, "note": said},
        "observed_at": said,
    }


def at_rest(station: Workstation, name: str) -> bytes:
    """The bytes of a database as they lie on the disk, its log of changes included."""
    return b"".join(path.read_bytes() for path in sorted(station.profile.folder.glob(f"{name}*")))


@pytest.mark.parametrize("kind", SECRETS)
def test_only_the_redacted_summary_is_recorded_and_indexed(
    station: Workstation, tmp_path: Path, kind: str
) -> None:
    secret = SECRETS[kind]
    data = actions.intake(
        station, file=lines(tmp_path, everywhere(secret), name=f"{kind}={secret}.jsonl")
    ).data
    short = data["groups"][0]["short"]
    incident = actions.promote(station, signal=short, title=f"leak, {kind}={secret}").data
    for database in ("view.db", "log.db"):
        assert secret.encode() not in at_rest(station, database), f"{kind} in {database}"
    assert secret not in json.dumps(data["groups"]) + json.dumps(incident)
    assert b"see " in at_rest(station, "view.db") or kind == "password", (
        "the words around it are there to be found"
    )
    raw = FileBlobs(station.profile.blobs).path(data["sha256"]).read_bytes()
    assert secret.encode() in raw, "the raw record keeps it, where it was received"


def test_words_of_prompt_and_output_are_nowhere_but_in_the_raw_file(
    station: Workstation, tmp_path: Path
) -> None:
    words = "xylophone quicksand"
    actions.intake(station, file=lines(tmp_path, row(prompt=f"say {words}", output=f"{words} indeed")))
    for database in ("view.db", "log.db"):
        assert b"xylophone" not in at_rest(station, database)


def test_a_hostile_row_is_inert_on_the_page_and_in_the_record(station: Workstation, tmp_path: Path) -> None:
    trick = "x\x1b]52;c;cHduZWQ=\x07\u202ey\x9b2J"
    file = lines(
        tmp_path, row(trick, detector=trick, probe=trick, labels={trick: trick}), name="a\x1b[2Jb.jsonl"
    )
    result = actions.intake(station, file=file)
    shown = "\n".join(plain(line) for line in result.lines) + result.said
    for char in "\x1b\x07\u202e\x9b":
        assert char not in shown
    kept = at_rest(station, "view.db")
    assert "\u202e".encode() not in kept
    assert b"\\u001b" not in kept


def test_a_review_needs_a_reason_to_dismiss_and_new_signals_bring_it_back(
    station: Workstation, tmp_path: Path
) -> None:
    short = actions.intake(station, file=lines(tmp_path, row(prompt="a"))).data["groups"][0]["short"]
    before = station.log.count()
    for why in (None, "", "  "):
        with pytest.raises(RefusedError, match="needs a reason"):
            actions.review(station, signal=short, verdict="dismiss", why=why)
    assert actions.review(station, signal=short).data["state"] == "new"
    assert station.log.count() == before, "looking is not deciding"
    actions.review(station, signal=short, verdict="dismiss", why="test traffic")
    assert groups_to_review(station.view) == []
    actions.intake(station, file=lines(tmp_path, row(prompt="b"), name="b.jsonl"))
    back = groups_to_review(station.view)
    assert [each.short for each in back] == [short]
    assert back[0].fresh == 1


def test_what_is_confirmed_for_later_is_not_lost_from_sight(station: Workstation, tmp_path: Path) -> None:
    data = actions.intake(station, file=lines(tmp_path, row(), row("other"))).data["groups"]
    by_title = {each["title"]: each["short"] for each in data}
    actions.review(station, signal=by_title["refund given"], verdict="confirm")
    left = groups_to_review(station.view)
    assert [(each.title, each.state) for each in left] == [("other", "new"), ("refund given", "confirmed")]
    actions.promote(station, signal=by_title["refund given"])
    assert [each.title for each in groups_to_review(station.view)] == ["other"]


def test_a_promotion_is_one_step_with_its_evidence_and_is_made_once(
    station: Workstation, tmp_path: Path
) -> None:
    add_system(station, name="refund-agent", match=["source=monitor"])
    got = actions.intake(station, file=lines(tmp_path, row(prompt="a"), row(prompt="b"))).data
    short = got["groups"][0]["short"]
    incident = actions.promote(station, signal=short, impact="212 acts").data
    assert (incident["system"], incident["owner_name"], incident["impact"]) == (
        "refund-agent",
        "mira",
        "212 acts",
    )
    assert incident["provisional"] is True
    exhibits = station.view.rows("SELECT incident, sha256, number FROM exhibit")
    assert exhibits == [(incident["id"], got["sha256"], 1)]
    count = station.log.count()
    again = actions.promote(station, signal=short)
    assert again.data["id"] == incident["id"]
    with pytest.raises(RefusedError, match="is an incident already"):
        actions.review(station, signal=short, verdict="dismiss", why="late")
    assert station.log.count() == count


def test_two_devices_that_take_in_the_same_file_have_one_group(station: Workstation, tmp_path: Path) -> None:
    file = lines(tmp_path, row(prompt="a"), row(prompt="b"))
    actions.intake(station, file=file)
    with open_station(tmp_path / "jo") as other:
        mine = actions.intake(other, file=file).data["groups"]
        with other.log.writing() as writer:
            for stream in station.log.streams():
                for stored in station.log.of_stream(stream):
                    writer.add(stored.event)
        other.refresh()
        assert len(groups_to_review(other.view)) == 1
        assert group(other.view, mine[0]["id"]).signals == 2


# Real files of other people


def test_a_real_red_team_run(station: Workstation, shared_data: Path) -> None:
    data = actions.intake(station, file=str(shared_data / "garak" / "support_bot.hitlog.jsonl")).data
    raw = (shared_data / "garak" / "support_bot.hitlog.jsonl").read_bytes()
    assert data["sha256"] == hashlib.sha256(raw).hexdigest()
    assert data["format"] == "garak"
    assert data["bad"] == []
    assert sum(each["count"] for each in data["groups"]) == data["added"] == data["found"]
    assert len(data["groups"]) < data["found"] / 4
    kept = at_rest(station, "view.db")
    goals = [json.loads(each) for each in raw.splitlines()[:200]]
    for hit in goals:
        words = hit["output"]["text"].encode()
        assert len(words) < 24 or words not in kept
    count = station.log.count()
    assert (
        actions.intake(station, file=str(shared_data / "garak" / "support_bot.hitlog.jsonl")).data["added"]
        == 0
    )
    assert station.log.count() == count


def test_a_real_alert_fires_and_is_over(station: Workstation, shared_data: Path) -> None:
    add_system(station, name="support-chat", match=["service=support-chat"])
    fired = actions.intake(station, file=str(shared_data / "alertmanager" / "firing.json")).data
    assert fired["added"] == 1
    assert fired["groups"][0]["system"] == "support-chat"
    assert fired["groups"][0]["severity"] == "critical"
    resolved = str(shared_data / "alertmanager" / "resolved.json")
    told, again = (actions.intake(station, file=resolved) for _ in range(2))
    over = told.data
    assert "1 signal is over, says its monitor" in told.said
    assert "nothing was added" not in told.said
    assert "is over" not in again.said, "control: it was over already"
    assert (over["added"], over["over"], again.data["over"]) == (0, 1, 0)
    assert over["groups"][0]["id"] == fired["groups"][0]["id"]
    assert [each.resolved for each in signals(station.view, fired["groups"][0]["id"])] == [True]
    assert group(station.view, fired["groups"][0]["id"]).signals == 1
