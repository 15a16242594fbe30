"""Two readers of one bundle, written apart: whatever is made wrong by the seed, both must judge it alike.

What was changed is signed, hashed and sealed anew as far as the maker's key reaches, so that only a deeper look tells.
``.venv/bin/python -m pytest tests/features/bundles/test_bundles_differential.py -m long`` runs more of them.
"""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.features.bundles.conftest import Crew
from tests.features.bundles.insider import Alone, make_alone
from tests.support.bundles import Rows, run
from tests.support.forger import Forger, envelope_of, sign
from tests.support.hub import Made, station
from tests.support.mutations import Mutator, dumped

from ircockpit.bundle import ircockpit_verify, layout
from ircockpit.bundle.ircockpit_verify import Unjudged
from ircockpit.core.errors import CockpitError
from ircockpit.features.bundles.survey import look
from ircockpit.features.incidents.actions import note
from ircockpit.ledger.envelope import LEAP
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.workstation import Workstation

SEED = 20_264_000

ONLY_THE_VERIFIER = {
    "dropped",
    "certificate",
    "signature",
    "extra",
    "receipt",
    "opening",
    "history",
    "checkpoint",
}
"""What a workstation takes over and judges where it must count: gaps in lanes, devices and certificates nobody knows, files
no entry names, receipts and checkpoints that count for nobody here, an opening that is withheld."""
WORDS = (
    "has not the fields", "must be", "other sizes than were written", "beyond 2^53-1", "nested too deep",
)  # fmt: skip
"""What the program alone minds in the statement, in bag-info.txt, and around certificates: words that prove nothing."""
AROUND = ("statement", "stated", "certificate", "bytes")
"""Changes that can end in such words."""


class Specimen(NamedTuple):
    """A sound bundle, who made it with which key, and the profile of who reads it."""

    name: str
    folder: Path
    key: SigningKey
    device: str
    org: str


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return make_alone(tmp_path_factory.mktemp("alone"))


class Pair(NamedTuple):
    """Specimens that one profile can read."""

    reader: Workstation
    specimens: tuple[Specimen, ...]


@pytest.fixture(scope="module")
def pairs(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pair, ...]]:
    folder = tmp_path_factory.mktemp("pair")
    made = Made(tmp_path_factory.mktemp("made"))
    with (
        made.copy("a", folder / "a") as a, made.copy("b", folder / "b") as b, made.copy("c", folder / "c") as c,
        station(alone.reader) as reader,
    ):  # fmt: skip
        hub = made.hub(a, folder / "hub")
        crew = Crew(a, b, c, hub, folder)
        ident = crew.incident(a)
        for who in (b, a, b):
            crew.sync(who)
        note(b, incident=ident, text="from the other")
        crew.sync(b)
        hub.hub.members.authority.revoke(b.identity.device, by="", why="stolen")
        crew.sync(a)
        note(a, incident=ident, text="not confirmed yet")
        of = (a.key(), a.identity.device, a.identity.org)
        whole = Specimen("hub", crew.bundle(a, "whole"), *of)
        chosen = Specimen("extract", crew.bundle(a, "chosen", incidents=[ident], extract=True), *of)
        hub.close()
        own = Specimen("alone", alone.folder, alone.key, alone.device, alone.org)
        yield Pair(a, (whole, chosen)), Pair(reader, (own,))


def program(reader: Workstation, folder: Path) -> list[str]:
    """What the program says against a bundle."""
    try:
        seen = look(reader, folder)
    except CockpitError as error:
        return [error.what]
    return [each for each in (seen.refused, *(damage.what for damage in seen.damages)) if each]


def verifier(folder: Path, org: str) -> list[tuple[str, str, str]]:
    """What the verifier finds."""
    try:
        return run(folder, org).findings
    except Unjudged as error:
        return [("unjudged", "", str(error))]


class Fuzz:
    """One change to one copy."""

    def __init__(self, forger: Forger, seed: int) -> None:
        self.forger, self.make = forger, Mutator(seed)
        self.rng: random.Random = self.make.rng
        stated = sorted(forger.statement["streams"], key=lambda each: (each["kind"], each["rows"]))
        self.streams = [str(each["stream"]) for each in stated]
        """Not by their ids, which are other ones in each run."""

    def change(self) -> str:
        """Make one thing wrong and everything above it right again; says what was changed."""
        way = self.rng.choice((
            "envelope", "envelope", "envelope", "part", "part", "row", "receipt", "certificate", "statement", "stated",
            "checkpoint", "order", "bytes",
        ))  # fmt: skip
        getattr(self, f"_{way}")()
        return way

    def _stream(self) -> tuple[str, Rows]:
        stream = self.rng.choice(self.streams)
        return stream, self.forger.rows(stream)

    def _put(self, stream: str, rows: Rows) -> None:
        anchor = next(each["anchor"] for each in self.forger.statement["streams"] if each["stream"] == stream)
        if anchor == "device":
            self.forger.anchor(stream, rows)
        else:
            self.forger.put(stream, rows)

    def _envelope(self) -> None:
        stream, rows = self._stream()
        own = [at for at, row in enumerate(rows) if envelope_of(row).get("device") == self.forger.device]
        at = self.rng.choice(own or range(len(rows)))
        stated = envelope_of(rows[at])
        if self.rng.random() < 0.7:
            field = self.rng.choice(list(stated))
            text = dumped({**stated, field: self.make.value(stated[field])}).decode()
        else:
            text = self.make.text(stated).decode("utf-8", "replace")
        sign(rows[at], text, self.forger.key)
        self._put(stream, rows)

    def _part(self) -> None:
        stream, rows = self._stream()
        row = self.rng.choice(rows)
        if row["p"]:
            at = self.rng.randrange(len(row["p"]))
            row["p"][at] = self.make.value(row["p"][at])
            if not isinstance(row["p"][at], dict):
                row["p"][at] = {}
        if envelope_of(row).get("device") == self.forger.device and self.rng.random() < 0.5:
            with suppress(ValueError, KeyError, TypeError, AttributeError):  # no body can be made of some
                sign(row, envelope_of(row), self.forger.key)
        self._put(stream, rows)

    def _row(self) -> None:
        stream, rows = self._stream()
        at = self.rng.randrange(len(rows))
        field = self.rng.choice(("s", "i", "p", "x", "r"))
        rows[at] = {**rows[at], field: self.make.value(rows[at].get(field))}
        path = self.forger.folder / layout.events_of(stream)
        path.write_bytes(b"".join(dumped(each) + b"\n" for each in rows))
        self.forger.seal()

    def _receipt(self) -> None:
        stream, rows = self._stream()
        held = [row for row in rows if row["r"]]
        if held:
            row = self.rng.choice(held)
            row["r"] = self.make.text(json.loads(row["r"])).decode("utf-8", "replace")
        self.forger.put(stream, rows)

    def _certificate(self) -> None:
        path = self.forger.folder / layout.CERTIFICATES
        lines = path.read_bytes().splitlines()
        at = self.rng.randrange(len(lines))
        row = json.loads(lines[at])
        if self.rng.random() < 0.5:
            row["raw"] = self.make.text(json.loads(row["raw"])).decode("utf-8", "replace")
            lines[at] = dumped(row)
        else:
            lines[at] = dumped(self.make.value(row))
        path.write_bytes(b"\n".join(lines) + b"\n")
        self.forger.seal()

    def _statement(self) -> None:
        path = self.forger.folder / layout.STATEMENT
        path.write_bytes(self.make.text(json.loads(path.read_bytes())))
        self.forger.seal()

    def _stated(self) -> None:
        path = self.forger.folder / layout.STATEMENT
        said = json.loads(path.read_bytes())
        name = self.rng.choice(("org", "root", "made_by", "streams", "shape", "v", "format"))
        path.write_bytes(dumped({**said, name: self.make.value(said[name])}))
        self.forger.seal()

    def _checkpoint(self) -> None:
        stream, _ = self._stream()
        path = self.forger.folder / layout.checkpoints_of(stream)
        path.write_bytes(self.make.raw(path.read_bytes()))
        self.forger.seal()

    def _order(self) -> None:
        stream, rows = self._stream()
        at, to = self.rng.randrange(len(rows)), self.rng.randrange(len(rows))
        match self.rng.randrange(3):
            case 0:
                rows.insert(to, rows.pop(at))
            case 1:
                rows.insert(to, rows[at])
            case _:
                del rows[at]
        self._put(stream, rows)

    def _bytes(self) -> None:
        names = ["events.ndjson", "checkpoints.txt"]
        below = [f"data/streams/{stream}/{name}" for stream in self.streams for name in names]
        tops = [*layout.TAGS, layout.TAG_MANIFEST, layout.SIGNATURE, layout.STATEMENT, layout.CERTIFICATES]
        path = self.forger.folder / self.rng.choice([*below, *tops])
        path.write_bytes(self.make.raw(path.read_bytes()))
        if self.rng.random() < 0.5:
            self.forger.seal()


def disagreement(pair: Pair, specimen: Specimen, folder: Path, seed: int) -> str:
    """What one of the two says and the other should; nothing where they agree."""
    forger = Forger(specimen.folder, folder, specimen.key, specimen.device)
    way = Fuzz(forger, seed).change()
    said, found = program(pair.reader, folder), verifier(folder, specimen.org)
    if said and not found and not (way in AROUND and any(each in said[0] for each in WORDS)):
        return f"seed {seed}, {specimen.name}, {way}: the program alone says {said[:2]}"
    alone = {kind for kind, _, _ in found} - ONLY_THE_VERIFIER
    if (
        alone and not said and way not in ("certificate", "bytes")
    ):  # who reads it has certificates of their own
        return f"seed {seed}, {specimen.name}, {way}: the verifier alone finds {found[:3]}"
    return ""


def compare(pairs: tuple[Pair, ...], tmp_path: Path, rounds: int) -> None:
    wrong: list[str] = []
    for seed in range(SEED, SEED + rounds):
        rng: Any = random.Random(seed)  # noqa: S311 - to be the same again
        pair = rng.choice(pairs)
        folder = tmp_path / "forged"
        wrong.append(disagreement(pair, rng.choice(pair.specimens), folder, seed))
        shutil.rmtree(folder)
    print(f"seeds {SEED} to {SEED + rounds - 1}")  # noqa: T201 - what to run again
    assert not any(wrong), "\n".join(filter(None, wrong))


def test_control_both_find_nothing_wrong_where_nothing_is(pairs: tuple[Pair, ...]) -> None:
    for pair in pairs:
        for each in pair.specimens:
            assert (each.name, program(pair.reader, each.folder), verifier(each.folder, each.org)) == (
                each.name,
                [],
                [],
            )


def test_control_a_verifier_that_looks_away_is_noticed(
    pairs: tuple[Pair, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ircockpit_verify.Verifier, "check", lambda *_: None)
    with pytest.raises(AssertionError, match="the program alone"):
        compare(pairs, tmp_path, 10)


def test_both_know_the_same_versions_and_limits() -> None:
    assert (ircockpit_verify.VERSION, ircockpit_verify.LAYOUT) == (FORMAT, layout.VERSION)
    assert (ircockpit_verify.LINE, ircockpit_verify.SMALL) == (layout.MAX_LINE, layout.MAX_TEXT)
    assert (ircockpit_verify.MOST_FILES, ircockpit_verify.LEAP) == (layout.MAX_FILES, LEAP)


def test_the_program_and_the_verifier_agree(pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    compare(pairs, tmp_path, 80)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_program_and_the_verifier_agree_at_length(pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    compare(pairs, tmp_path, 5_000)
