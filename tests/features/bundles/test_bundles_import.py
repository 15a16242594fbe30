"""Bundles in: shown before anything is accepted, then taken over as a pull would, in any order, again without effect."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.features.bundles.conftest import Crew
from tests.support.bundles import put_rows, reseal, restate, rows_of
from tests.support.copies import copy_unnoticed
from tests.support.hub import ids, station

from ircockpit.bundle import layout
from ircockpit.core.errors import BadInput, ExitCode, StoreError, TrustError
from ircockpit.features.bundles.actions import show, take
from ircockpit.features.incidents.actions import note
from ircockpit.ledger.envelope import decode
from ircockpit.ledger.event import seal, to_wire
from ircockpit.ledger.parts import seal_part
from ircockpit.ledger.signing import SigningKey
from ircockpit.render.span import plain


def text_of(result: object) -> str:
    return "\n".join(plain(line) for line in result.lines)  # type: ignore[attr-defined]


def test_work_goes_over_on_a_stick_and_to_the_hub_from_whoever_reaches_it(crew: Crew) -> None:
    crew.incident(crew.a)
    before = ids(crew.b)
    out = crew.bundle(crew.a)
    shown = take(crew.b, folders=[str(out)])
    assert ids(crew.b) == before
    assert "--yes" in shown.said
    words = text_of(shown)
    assert "certified by this organisation" in words
    assert "1 evidence file, 1 new here" in words
    done = take(crew.b, folders=[str(out)], yes=True)
    assert done.data["taken"]["new"] == len(ids(crew.a) - before)
    assert ids(crew.a) <= ids(crew.b)
    assert crew.b.view.rows("SELECT title FROM incident") == [("wrong dose",)]
    (sha,) = [row[0] for row in crew.b.view.rows("SELECT sha256 FROM exhibit")]
    assert (crew.b.profile.blobs / sha[:2] / sha).read_bytes() == b"what the bot said: wrong dose\n"
    crew.sync(crew.b)
    assert crew.b.log.unconfirmed_count() == 0
    crew.sync(crew.a)
    assert crew.a.log.unconfirmed_count() == 0
    crew.sync(crew.b)
    assert crew.a.view.dump() == crew.b.view.dump()


def test_what_the_hub_has_confirmed_is_carried_with_its_word(crew: Crew) -> None:
    crew.incident(crew.a)
    crew.sync(crew.a)
    note(crew.a, incident=str(crew.a.view.rows("SELECT id FROM incident")[0][0]), text="since then")
    out = crew.bundle(crew.a)
    shown = show(crew.b, folder=str(out))
    assert shown.code == ExitCode.OK
    assert any(each["anchored"] for each in shown.data[0]["streams"])
    take(crew.b, folders=[str(out)], yes=True)
    assert crew.a.view.dump() == crew.b.view.dump()
    crew.sync(crew.b)
    crew.sync(crew.a)
    crew.sync(crew.b)
    assert crew.a.view.dump() == crew.b.view.dump()
    assert not crew.b.log.unconfirmed_count()


def test_the_same_again_and_any_order_end_in_the_same(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    one = crew.bundle(crew.a, "one")
    note(crew.a, incident=ident, text="later")
    crew.incident(crew.a, "other case")
    two = crew.bundle(crew.a, "two")
    take(crew.b, folders=[str(two)], yes=True)
    dump = crew.b.view.dump()
    assert dump == crew.a.view.dump()
    for again in ([one], [two, one], [one, two, two]):
        done = take(crew.b, folders=[str(each) for each in again], yes=True)
        assert done.data["taken"]["new"] == 0
        assert crew.b.view.dump() == dump


def test_any_of_several_folders_can_be_used(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    from ircockpit.features.evidence.actions import add

    for name in "xyz":
        (crew.folder / name).write_bytes(name.encode() * 700_000)
        add(crew.a, file=str(crew.folder / name), incident=ident)
    crew.bundle(crew.a, "out", max_size="1200K")
    places = sorted(crew.folder.glob("out-*"))
    assert len(places) == 3
    done = take(crew.b, folders=[str(places[2])], yes=True)
    assert crew.a.view.dump() == crew.b.view.dump()
    taken = done.data["taken"]["files"]
    done = take(crew.b, folders=[str(places[0]), str(places[1])], yes=True)
    assert done.data["taken"]["new"] == 0
    assert taken + done.data["taken"]["files"] == 4


def test_another_organisation_is_refused_and_nothing_is_kept(crew: Crew) -> None:
    crew.incident(crew.c)
    out = crew.bundle(crew.c)
    before = ids(crew.a), len(crew.a.log.certificates())
    shown = show(crew.a, folder=str(out))
    assert shown.code == ExitCode.REFUSED
    assert "unknown: not accepted" in text_of(shown)
    with pytest.raises(TrustError, match="another organisation"):
        take(crew.a, folders=[str(out)], yes=True)
    assert (ids(crew.a), len(crew.a.log.certificates())) == before
    assert not [path for path in crew.a.profile.blobs.rglob("*") if path.is_file()]


def test_a_bundle_sealed_by_somebody_else_is_refused(crew: Crew) -> None:
    crew.incident(crew.a)
    out = crew.bundle(crew.a)
    reseal(out, SigningKey.generate())
    assert show(crew.b, folder=str(out)).code == ExitCode.REFUSED
    with pytest.raises(TrustError, match="another key"):
        take(crew.b, folders=[str(out)], yes=True)
    reseal(out, crew.b.key())  # a colleague's device did not make it either
    with pytest.raises(TrustError, match="another key"):
        take(crew.b, folders=[str(out)], yes=True)
    reseal(out, crew.a.key())
    take(crew.b, folders=[str(out)], yes=True)
    assert ids(crew.a) <= ids(crew.b)


@pytest.mark.parametrize("which", ["data/blobs", "data/streams", layout.CERTIFICATES, layout.INSTRUCTIONS])
def test_a_changed_byte_is_told_with_its_place_and_nothing_is_kept(crew: Crew, which: str) -> None:
    crew.incident(crew.a)
    out = crew.bundle(crew.a)
    path = (
        out / which
        if (out / which).is_file()
        else sorted(p for p in (out / which).rglob("*") if p.is_file())[0]
    )
    raw = path.read_bytes()
    path.write_bytes(raw[:9] + bytes((raw[9] ^ 1,)) + raw[10:])
    before = ids(crew.b)
    shown = show(crew.b, folder=str(out))
    assert shown.code == ExitCode.DAMAGED
    assert path.relative_to(out).as_posix() in text_of(shown)
    with pytest.raises(StoreError, match="damaged or was changed"):
        take(crew.b, folders=[str(out)], yes=True)
    assert ids(crew.b) == before


def test_one_damaged_bundle_among_several_stops_all(crew: Crew) -> None:
    crew.incident(crew.a)
    good, bad = crew.bundle(crew.a, "good"), crew.bundle(crew.a, "bad")
    (bad / layout.INSTRUCTIONS).write_text("changed")
    before = ids(crew.b)
    with pytest.raises(StoreError, match="bad is damaged"):
        take(crew.b, folders=[str(good), str(bad)], yes=True)
    assert ids(crew.b) == before


def test_its_own_maker_cannot_change_what_others_wrote(crew: Crew) -> None:
    """The bag is sealed anew by the device that made it: only what authors and hub signed stands against it."""
    ident = crew.incident(crew.b)
    crew.sync(crew.b)
    crew.sync(crew.a)
    note(crew.a, incident=ident, text="from a")
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    out = crew.bundle(crew.a)
    rows = rows_of(out, stream)

    def refused(change: "list[dict[str, object]]", expect: str) -> None:
        put_rows(out, stream, change)
        restate(out, lambda said: _count(said, stream, change))
        reseal(out, crew.a.key())
        shown = show(crew.b, folder=str(out))
        assert shown.code == ExitCode.DAMAGED, expect
        assert expect in text_of(shown)

    other = {**rows[3], "p": rows[2]["p"]}
    refused([*rows[:3], other, *rows[4:]], "parts")
    refused([*rows[:3], *rows[4:]], "receipt")
    refused([*rows[:2], rows[3], rows[2], *rows[4:]], "receipt")
    refused([*rows[:3], {**rows[3], "s": rows[2]["s"]}, *rows[4:]], "signature")
    refused([*rows, rows[-1]], "the same entry")
    refused(
        [*rows[:3], {**rows[3], "e": rows[3]["e"].replace('"actor":"', '"actor":"0', 1)}, *rows[4:]], "line 4"
    )
    put_rows(out, stream, rows)
    restate(out, lambda said: _count(said, stream, rows))
    reseal(out, crew.a.key())
    assert show(crew.b, folder=str(out)).code == ExitCode.OK


def _count(said: dict[str, object], stream: str, rows: "list[dict[str, object]]") -> None:
    for each in said["streams"]:  # type: ignore[attr-defined]
        if each["stream"] == stream:
            each |= {"rows": len(rows), "receipts": sum(row["r"] is not None for row in rows)}


@pytest.mark.parametrize(
    ("data", "why"), [(b'{"text":1.5}', "numbers must be whole"), (b"[]", "not a JSON object"), (b"{}", "")]
)
def test_a_part_that_nobody_can_read_is_told_with_its_place_and_nothing_is_kept(
    crew: Crew, data: bytes, why: str
) -> None:
    ident = crew.incident(crew.a)
    crew.sync(crew.a)
    note(crew.a, incident=ident, text="the last one")
    out, stream = crew.bundle(crew.a), str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    rows = rows_of(out, stream)
    envelope = decode(rows[-1]["e"].encode())
    parts = (seal_part(bytes(16), data.ljust(64)),)
    event = seal(envelope._replace(body=""), crew.a.key(), parts)
    put_rows(out, stream, [*rows[:-1], {**to_wire(event), "r": None}])

    def end_there(said: dict[str, Any]) -> None:
        for head in next(each for each in said["streams"] if each["stream"] == stream)["heads"]:
            head["event"] = event.id if head["n"] == envelope.n else head["event"]

    restate(out, end_there)
    reseal(out, crew.a.key())
    before = ids(crew.b)
    if not why:  # a control: what can be read, though nobody would write it, is no damage
        take(crew.b, folders=[str(out)], yes=True)
        assert event.id in ids(crew.b)
        return
    with pytest.raises(StoreError) as refused:
        take(crew.b, folders=[str(out)], yes=True)
    assert f"line {len(rows)}" in str(refused.value.what)
    assert why in str(refused.value.what)
    assert ids(crew.b) == before


def test_an_extract_is_shown_and_never_taken_over(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    out = crew.bundle(crew.a, incidents=[ident], extract=True)
    assert show(crew.b, folder=str(out)).code == ExitCode.OK
    with pytest.raises(BadInput, match="extract"):
        take(crew.b, folders=[str(out)], yes=True)
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    rows = rows_of(out, stream)
    rows[0]["i"] = rows[0]["i"][:-1]
    put_rows(out, stream, rows)
    reseal(out, crew.a.key())
    assert "proof" in text_of(show(crew.b, folder=str(out)))


def test_a_copied_device_raises_its_alarm_and_both_branches_are_kept(crew: Crew) -> None:
    from ircockpit.sync.alarms import alarms

    ident = crew.incident(crew.a)
    copy_unnoticed(crew.folder / "a", crew.folder / "copy")
    with station(crew.folder / "copy") as copy:
        note(crew.a, incident=ident, text="one branch")
        note(copy, incident=ident, text="the other")
        take(crew.b, folders=[str(crew.bundle(crew.a, "one"))], yes=True)
        take(crew.b, folders=[str(crew.bundle(copy, "two"))], yes=True)
        assert ids(crew.a) | ids(copy) <= ids(crew.b)
    assert any(each.kind == "copied" for each in alarms(crew.b.log))


def test_a_cut_end_is_told(crew: Crew) -> None:
    crew.incident(crew.a)
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    out = crew.bundle(crew.a)
    put_rows(out, stream, rows_of(out, stream)[:-1])
    reseal(out, crew.a.key())
    shown = show(crew.b, folder=str(out))
    assert shown.code == ExitCode.DAMAGED
    assert "cut off" in text_of(shown)


def test_files_that_no_entry_names_stay_where_they_are(crew: Crew) -> None:
    import hashlib

    crew.incident(crew.a)
    out = crew.bundle(crew.a)
    raw = b"smuggled"
    (out / layout.blob_of(hashlib.sha256(raw).hexdigest())).write_bytes(raw)
    restate(out, lambda said: said.update(files=2))
    reseal(out, crew.a.key())
    done = take(crew.b, folders=[str(out)], yes=True)
    assert done.data["taken"]["files_unnamed"] == 1
    names = {path.name for path in crew.b.profile.blobs.rglob("*") if path.is_file()}
    assert hashlib.sha256(raw).hexdigest() not in names
    assert len(names) == 1


def test_a_bundle_that_is_not_finished_or_none_is_refused(crew: Crew, tmp_path: Path) -> None:
    from ircockpit.core.errors import NotFound

    with pytest.raises(NotFound):
        show(crew.b, folder=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match=r"bagit\.txt"):
        show(crew.b, folder=str(tmp_path / "empty"))
    crew.incident(crew.a)
    out = crew.bundle(crew.a)
    out.rename(tmp_path / "out.part")
    with pytest.raises(BadInput, match="cut off"):
        take(crew.b, folders=[str(tmp_path / "out.part")], yes=True)


def test_words_that_were_kept_back_come_with_a_later_bundle_and_erased_ones_do_not(crew: Crew) -> None:
    from ircockpit.features.erasure import actions as erasure
    from ircockpit.features.erasure import scopes

    ident = crew.incident(crew.a)
    words = [str(note(crew.a, incident=ident, text=f"words {number}").data["event"]) for number in range(2)]
    scopes.narrow(crew.a, entry=words, reason="names a patient")
    take(crew.b, folders=[str(crew.bundle(crew.a, "kept-back"))], yes=True)
    assert shown_of(crew, words[0]) == ""
    full = crew.bundle(crew.a, "full", restricted=True)
    done = take(crew.b, folders=[str(full)], yes=True)
    assert done.data["taken"]["filled"] == 2
    assert "words 0" in shown_of(crew, words[0])
    assert crew.a.view.dump() == crew.b.view.dump()
    erasure.erase(crew.a, entry=[words[1]], reason="asked for", yes=True, confirm=words[1][:12])
    for who in (crew.a, crew.b):  # the order counts once the hub has accepted it
        crew.sync(who)
    assert shown_of(crew, words[1]) == ""
    assert not take(crew.b, folders=[str(full)], yes=True).data["taken"]["filled"]
    assert shown_of(crew, words[1]) == ""
    assert "words 0" in shown_of(crew, words[0])


def shown_of(crew: Crew, event: str) -> str:
    stored = crew.b.log.get(event)
    assert stored is not None
    return b"".join(part.data or b"" for part in stored.event.parts).decode()


def exchange(crew: Crew, seed: int, steps: int) -> None:
    """Two people write, carry bundles to each other and reach the hub, in an order that chance decides."""
    rng = random.Random(seed)  # noqa: S311 - to be the same again
    ident = crew.incident(crew.a, f"case {seed}")
    kept: list[Path] = []
    written = set(ids(crew.a))
    for step in range(steps):
        who, other = rng.sample([crew.a, crew.b], 2)
        match rng.randrange(5):
            case 0 | 1 if who.view.rows("SELECT 1 FROM incident WHERE id=?", (ident,)):
                note(who, incident=ident, text=f"step {step}")
                written |= ids(who)
            case 2:
                kept.append(crew.bundle(who, f"{seed}-{step}"))
            case 3 if kept:
                take(other, folders=[str(rng.choice(kept)) for _ in range(rng.randrange(1, 3))], yes=True)
            case 4:
                crew.sync(who)
    for who in (crew.a, crew.b, crew.a, crew.b):
        crew.sync(who)
    assert ids(crew.a) == ids(crew.b) >= written
    assert crew.a.view.dump() == crew.b.view.dump()
    assert not crew.a.log.unconfirmed_count()
    assert not crew.a.log.db.execute("SELECT count(*) FROM doubt").fetchone()[0]


def test_bundles_in_any_order_between_people_and_hub_end_in_the_same(crew: Crew) -> None:
    for seed in range(4):
        exchange(crew, seed, 15)


@pytest.mark.long
def test_bundles_in_many_orders_end_in_the_same(crew: Crew) -> None:
    for seed in range(12):
        exchange(crew, 1000 + seed, 30)
