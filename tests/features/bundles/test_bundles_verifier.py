"""The one-file verifier: what was tampered with is caught and located, what is whole passes, and nothing makes it fall over."""

import ast
import base64
import copy
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.features.bundles.conftest import Crew
from tests.support.bundles import Rows, put_rows, reseal, restate, rows_of
from tests.support.hub import DirectTransport, LocalHub, Made, sync

from ircockpit.bundle import ircockpit_verify, layout, sshsig
from ircockpit.bundle.ircockpit_verify import Tools, Unjudged, Verifier
from ircockpit.core.errors import CockpitError
from ircockpit.features.incidents.actions import note
from ircockpit.ledger.signing import SigningKey, verify_foreign

FILE = Path(ircockpit_verify.__file__)
POSITIONS = 50
"""Of each kind of tampering; a thousand in the long suite."""


class QuickTools(Tools):
    """The same answers from a library, so that thousands of runs fit; a few runs use the real programs."""

    def __init__(self) -> None:
        return

    def ed25519(self, public: bytes, message: bytes, sig: bytes) -> bool:
        return verify_foreign(public, message, sig)

    def sshsig(self, message: bytes, sig: bytes, signers: bytes) -> bool:
        public = base64.b64decode(signers.split()[2])[-32:]
        try:
            sshsig.check(message, sig.decode("ascii", "replace"), layout.NAME, public)
        except CockpitError:
            return False
        return True


class Specimen(NamedTuple):
    """A small bundle with everything in it, the key of its maker, and what came later."""

    folder: Path
    extract: Path
    key: SigningKey
    org: str
    stream: str
    later: str
    withheld: int
    """A line with a part that was taken away."""


@pytest.fixture(scope="module")
def specimen(tmp_path_factory: pytest.TempPathFactory) -> Specimen:
    folder = tmp_path_factory.mktemp("specimen")
    made = Made(tmp_path_factory.mktemp("made"))
    with (
        made.copy("a", folder / "a") as a,
        made.copy("b", folder / "b") as b,
        made.copy("c", folder / "c") as c,
    ):
        hub: LocalHub = made.hub(a, folder / "hub")
        crew = Crew(a, b, c, hub, folder)

        def together() -> None:
            for who in (b, a, b, a):
                sync(who, lambda _: DirectTransport(lambda: hub.hub))

        ident = crew.incident(a)
        together()
        for number in range(4):
            note(b, incident=ident, text=f"from b, {number}")
            note(a, incident=ident, text=f"from a, {number}")
            together()
        stream = str(a.view.rows("SELECT stream FROM incident")[0][0])
        taken = next(held for held in a.log.of_stream(stream) if held.event.envelope.type == "incident.noted")
        a.log.db.execute("UPDATE part SET salt=NULL, data=NULL WHERE event=? AND i=0", (taken.arrival,))
        note(a, incident=ident, text="not confirmed yet")
        note(a, incident=ident, text="nor this")
        key, org = a.key(), a.identity.org
        crew.bundle(a, "out")
        crew.bundle(a, "chosen", incidents=[ident], extract=True)
        together()
        crew.sync(a)
        later = a.log.checkpoints(stream)[-1][2]
        line = next(
            at
            for at, row in enumerate(rows_of(folder / "out", stream), 1)
            if any("leaf" in part for part in row["p"])
        )
        hub.close()
    return Specimen(folder / "out", folder / "chosen", key, org, stream, later, line)


def run(folder: Path, org: str, later: tuple[str, ...] = ()) -> Verifier:
    one = Verifier(folder, QuickTools(), org, b"", later)
    one.run()
    return one


class Copy:
    """The specimen to be changed, put back after each change."""

    def __init__(self, of: Path, to: Path, specimen: Specimen) -> None:
        shutil.copytree(of, to)
        self.folder, self.specimen = to, specimen
        self._before = {path: path.read_bytes() for path in to.rglob("*") if path.is_file()}
        self.rows = rows_of(to, specimen.stream)
        self.file = layout.events_of(specimen.stream)

    def restore(self) -> None:
        for path in self.folder.rglob("*"):
            if not path.is_dir() and path not in self._before:
                path.unlink()
        for path, raw in self._before.items():
            if not path.is_file() or path.read_bytes() != raw:
                path.write_bytes(raw)

    def put(self, rows: Rows) -> None:
        """Rows, the counts stated of them, and the seal, as the maker of the bundle could write them."""
        put_rows(self.folder, self.specimen.stream, rows)

        def change(said: dict[str, Any]) -> None:
            for each in said["streams"]:
                if each["stream"] == self.specimen.stream:
                    each["rows"], each["receipts"] = len(rows), sum(row["r"] is not None for row in rows)
                    heads: dict[tuple[str, str], dict[str, Any]] = {}
                    for row in rows:
                        envelope = json.loads(row["e"])
                        ident = hashlib.sha256(b"ircockpit/event/1\0" + row["e"].encode()).hexdigest()
                        lane = {key: envelope[key] for key in ("device", "epoch", "n")}
                        heads[envelope["device"], envelope["epoch"]] = {**lane, "event": ident}
                    each["heads"] = list(heads.values())

        restate(self.folder, change)
        self.seal()

    def seal(self) -> None:
        reseal(self.folder, self.specimen.key)

    def found(self, *, later: bool = False) -> Verifier:
        return run(self.folder, self.specimen.org, (self.specimen.later,) if later else ())


@pytest.fixture
def whole(specimen: Specimen, tmp_path: Path) -> Copy:
    return Copy(specimen.folder, tmp_path / "bundle", specimen)


def receipted(rows: Rows) -> int:
    return sum(row["r"] is not None for row in rows)


def lines_in(place: str) -> set[int]:
    """Line numbers that a place names, a range or ``after`` and ``before`` included."""
    if found := re.search(r"lines (\d+) to (\d+)", place):
        return set(range(int(found[1]), int(found[2]) + 1))
    if found := re.search(r"(after |before )?line (\d+)", place):
        line = int(found[2])
        return {line + 1} if found[1] == "after " else {line - 1, line} if found[1] else {line}
    return set()


def located(one: Verifier, kinds: set[str], file: str, line: int) -> bool:
    """Whether one of these kinds was found in this file on this line."""
    return any(
        kind in kinds and place.startswith(file) and (not line or line in lines_in(place))
        for kind, place, _ in one.findings
    )


# -- ten kinds of tampering, each: change the copy, say what must be found and where ----------------------

Expected = tuple[set[str], str, int]


def _payload(copy_: Copy, rng: random.Random) -> Expected:
    path = rng.choice(sorted((copy_.folder / "data/blobs").iterdir()))
    return {"changed file"}, _flip(copy_, path, rng), 0


def _flip(copy_: Copy, path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(raw))
    return path.relative_to(copy_.folder).as_posix()


def _part(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    part = rng.choice([part for part in rows[line]["p"] if "data" in part] or [{}])
    if not part:
        return _part(copy_, rng)
    which = rng.choice(["data", "salt"])
    raw = bytearray(base64.b64decode(part[which]))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    part[which] = base64.b64encode(bytes(raw)).decode()
    copy_.put(rows)
    return {"changed part"}, copy_.file, line + 1


def _manifest(copy_: Copy, rng: random.Random) -> Expected:
    name = rng.choice([layout.MANIFEST, layout.TAG_MANIFEST, layout.SIGNATURE])
    _flip(copy_, copy_.folder / name, rng)
    return {"manifest", "changed file", "missing", "extra", "bag signature", "unreadable"}, "", 0


def _extra(copy_: Copy, rng: random.Random) -> Expected:
    name = rng.choice(
        ["x", "data/x", f"data/streams/{'0' * 8}/x", "data/blobs/" + "0" * 64, "é", "a b", ".x", "run me.sh"]
    )
    path = copy_.folder / f"{name}{rng.randrange(1000)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"added")
    return {"extra"}, path.relative_to(copy_.folder).as_posix(), 0


def _dropped(copy_: Copy, rng: random.Random) -> Expected:
    line = rng.randrange(receipted(copy_.rows))
    copy_.put([row for at, row in enumerate(copy_.rows) if at != line])
    return {"dropped", "history", "cut"}, copy_.file, line + 1


def _reordered(copy_: Copy, rng: random.Random) -> Expected:
    one, other = sorted(rng.sample(range(receipted(copy_.rows)), 2))
    rows = list(copy_.rows)
    rows[one], rows[other] = rows[other], rows[one]
    copy_.put(rows)
    return {"reordered", "dropped"}, copy_.file, one + 1


def _resigned(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    row = rows[line]
    if rng.random() < 0.5:  # the words are changed as well, so that the event is another one
        row["e"] = re.sub(r'"wall":\d', f'"wall":{rng.randrange(1, 10)}', row["e"])
    ident = hashlib.sha256(b"ircockpit/event/1\0" + row["e"].encode()).digest()
    sig = SigningKey.from_raw(rng.randbytes(32)).sign("event", ident)
    row["s"] = base64.b64encode(sig).decode()
    if row["r"] is not None:
        stated = json.loads(row["r"]) | {"event_id": ident.hex(), "sig_hash": hashlib.sha256(sig).hexdigest()}
        row["r"] = json.dumps(stated, separators=(",", ":"))
    copy_.put(rows)
    return {"signature"}, copy_.file, line + 1


def _cut(copy_: Copy, rng: random.Random) -> Expected:
    keep = rng.randrange(1, receipted(copy_.rows))
    points = copy_.folder / layout.checkpoints_of(copy_.specimen.stream)
    kept = [text for text in points.read_text().split("\n\n") if text]
    notes = ["\n\n".join(pair) for pair in zip(kept[::2], kept[1::2], strict=True)]
    fitting = [text for text in notes if int(text.split("\n")[1]) <= keep]
    size = max((int(text.split("\n")[1]) for text in fitting), default=0)
    if not size:
        return _cut(copy_, rng)
    points.write_text("\n".join(text.rstrip("\n") + "\n" for text in fitting))
    copy_.put(copy_.rows[:size])
    return {"cut"}, copy_.file, size + 1


def _checkpoint(copy_: Copy, rng: random.Random) -> Expected:
    path = copy_.folder / layout.checkpoints_of(copy_.specimen.stream)
    text = path.read_text()
    kind = rng.randrange(3)
    if kind == 0:  # that of another record, as good as any
        others = [each for each in copy_.folder.glob("data/streams/*/checkpoints.txt") if each != path]
        text = rng.choice(sorted(others)).read_text()
    elif kind == 1:  # signed by somebody
        from ircockpit.ledger.checkpoint import Origin, make

        size = rng.randrange(1, 30)
        origin = Origin(copy_.specimen.org, copy_.specimen.stream, int(text.split("\n")[0].rsplit("/", 1)[1]))
        text = make(origin, size, rng.randbytes(32), SigningKey.from_raw(rng.randbytes(32)))
    else:
        at = rng.randrange(text.index("\n") + 1, text.index("\n\n"))
        text = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
    path.write_text(text)
    copy_.seal()
    return {"checkpoint"}, path.relative_to(copy_.folder).as_posix(), 0


def _redaction(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    part = rng.randrange(len(rows[line]["p"]))
    rows[line]["p"][part] = {"leaf": base64.b64encode(rng.randbytes(32)).decode()}
    copy_.put(rows)
    return {"changed part"}, copy_.file, line + 1


KINDS: dict[str, Callable[[Copy, random.Random], Expected]] = {
    "payload": _payload, "part": _part, "manifest": _manifest, "extra file": _extra, "dropped event": _dropped,
    "re-ordered": _reordered, "re-signed": _resigned, "cut tail": _cut, "swapped checkpoint": _checkpoint,
    "forged redaction": _redaction,
}  # fmt: skip


def tamper(whole: Copy, kind: str, positions: int) -> None:
    for position in range(positions):
        rng = random.Random(f"{kind} {position}")  # noqa: S311 - to be the same again
        kinds, file, line = KINDS[kind](whole, rng)
        one = whole.found(later=kind == "cut tail")
        assert located(one, kinds, file, line), (kind, position, file, line, one.findings)
        if kind == "cut tail":  # without the later checkpoint it says that it cannot tell
            blind = whole.found()
            assert not blind.findings
            assert any("end of record not provable" in note for note in blind.notes)
        whole.restore()
    one = whole.found()
    assert not one.findings


@pytest.mark.parametrize("kind", list(KINDS))
def test_tampering_is_caught_and_located(whole: Copy, kind: str) -> None:
    tamper(whole, kind, POSITIONS)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", list(KINDS))
def test_tampering_is_caught_and_located_everywhere(whole: Copy, kind: str) -> None:
    tamper(whole, kind, 1000)


def test_what_is_whole_passes_and_says_what_it_cannot_prove(whole: Copy, specimen: Specimen) -> None:
    one = whole.found()
    assert one.findings == []
    assert any("1 parts are withheld or erased" in note for note in one.notes)
    assert any("end of record not provable" in note for note in one.notes)
    rows = copy.deepcopy(whole.rows)
    leaf = hashlib.sha256(
        b"\0" + base64.b64decode(rows[2]["p"][0]["salt"]) + base64.b64decode(rows[2]["p"][0]["data"])
    ).digest()
    rows[2]["p"][0] = {"leaf": base64.b64encode(leaf).decode()}
    whole.put(rows)  # one more part taken away as it should be
    assert whole.found().findings == []


def test_an_extract_passes_and_a_wrong_proof_does_not(specimen: Specimen, tmp_path: Path) -> None:
    chosen = Copy(specimen.extract, tmp_path / "chosen", specimen)
    one = chosen.found()
    assert one.findings == []
    assert any("what was not chosen" in note for note in one.notes)
    for line, row in enumerate(chosen.rows):
        for change in (
            {"i": row["i"][:-1]} if row["i"] else {"r": None},
            {"i": [*(row["i"] or ()), "A" * 43 + "="]},
        ):
            if row["r"] is None:
                continue
            rows = copy.deepcopy(chosen.rows)
            rows[line] |= change
            chosen.put(rows)
            assert located(chosen.found(), {"proof", "unreadable"}, chosen.file, line + 1)


def test_a_device_that_nobody_certified_vouches_for_nothing(whole: Copy) -> None:
    path = whole.folder / layout.CERTIFICATES
    lines = path.read_text().splitlines(keepends=True)
    for leave in range(len(lines)):
        path.write_text("".join(line for at, line in enumerate(lines) if at != leave))
        whole.seal()
        one = whole.found()
        stated = json.loads(json.loads(lines[leave])["raw"])
        if stated["org"] == whole.specimen.org and stated["purpose"] in (
            "device",
            "hub-log",
            "hub-authority",
        ):
            assert one.findings, stated["purpose"]
    whole.restore()
    assert run(whole.folder, "0" * 64).findings[0][0] == "root"


def strange(value: Any, rng: random.Random) -> Any:
    """The value with one place in it replaced by something else."""
    others: list[Any] = [
        None,
        True,
        -1,
        2**70,
        1.5,
        "",
        "é\x1b[2J",
        "0" * 64,
        [],
        {},
        [[]],
        {"leaf": 3},
        "A" * 9,
    ]
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(sorted(value))
        if rng.random() < 0.1:
            return {each: held for each, held in value.items() if each != key}
        if isinstance(value[key], str) and value[key].startswith("{") and rng.random() < 0.7:
            return {**value, key: json.dumps(strange(json.loads(value[key]), rng))}
        return {**value, key: strange(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        return [*value[:at], strange(value[at], rng), *value[at + 1 :]]
    return rng.choice(others)


def fall_over(whole: Copy, rounds: int) -> None:
    """Strange bytes and strange values, sealed as if they were right: any word of it, and never a traceback."""
    names = sorted(path for path in whole.folder.rglob("*") if path.is_file())
    for number in range(rounds):
        rng = random.Random(f"strange {number}")  # noqa: S311 - to be the same again
        path = rng.choice(names)
        raw = path.read_bytes()
        if path.suffix in (".json", ".ndjson") and rng.random() < 0.7:
            lines = [raw] if path.suffix == ".json" else raw.splitlines()
            at = rng.randrange(len(lines))
            lines[at] = json.dumps(strange(json.loads(lines[at]), rng)).encode()
            path.write_bytes(b"\n".join(lines) + b"\n")
        else:
            at = rng.randrange(len(raw))
            path.write_bytes(raw[:at] + rng.randbytes(rng.randrange(9)) + raw[at + rng.randrange(40) :])
        if rng.random() < 0.8 and not path.name.startswith(("manifest", "tagmanifest")):
            whole.seal()
        try:
            one = whole.found(later=rng.random() < 0.3)
        except Unjudged:
            whole.restore()
            continue
        assert one.findings or path.name in layout.TAGS or raw == path.read_bytes() or one.notes
        whole.restore()


def test_nothing_makes_it_fall_over(whole: Copy) -> None:
    fall_over(whole, 300)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_nothing_makes_it_fall_over_at_length(whole: Copy) -> None:
    fall_over(whole, 10_000)


# -- as a stranger runs it ----------------------------------------------------------------------------------


def stranger(*words: object, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the file by itself: no package of ours, no site-packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", *map(str, words)],
        capture_output=True, text=True, check=False, cwd="/", env={"PATH": path or os.environ["PATH"]},
    )  # fmt: skip


@pytest.fixture
def programs(need_program: Callable[[str, str], str]) -> None:
    need_program("ssh-keygen", "apt install openssh-client")
    need_program("openssl", "apt install openssl")


@pytest.mark.usefixtures("programs")
def test_a_stranger_can_run_the_copy_beside_the_bundle(
    whole: Copy, specimen: Specimen, tmp_path: Path
) -> None:
    (tmp_path / "later").write_text(specimen.later)
    beside = whole.folder / layout.VERIFIER
    done = stranger(beside, whole.folder, "--root", specimen.org)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith("all holds\n")
    signers = ("--allowed-signers", whole.folder / layout.SIGNERS)
    assert stranger(beside, whole.folder, *signers).returncode == 0
    assert stranger(beside, specimen.extract, "--root", specimen.org).returncode == 0
    assert stranger(beside, whole.folder).returncode == 2  # nobody was named to trust
    assert stranger(beside, whole.folder, "--root", "0" * 64).returncode == 1
    assert stranger(beside, tmp_path).returncode == 2
    assert stranger(beside, whole.folder, "--root", specimen.org, path="/nowhere").returncode == 2
    cut = stranger(beside, whole.folder, "--root", specimen.org, "--checkpoint", tmp_path / "later")
    assert cut.returncode == 1
    assert "FOUND cut" in cut.stdout
    other = tmp_path / "others"
    other.write_text(f"somebody {sshsig.public_line(SigningKey.generate().public)}\n")
    assert stranger(beside, whole.folder, "--allowed-signers", other).returncode == 1
    for kind in ("part", "re-signed", "dropped event"):
        KINDS[kind](whole, random.Random(kind))  # noqa: S311 - to be the same again
        done = stranger(FILE, whole.folder, "--root", specimen.org)
        assert (done.returncode, done.stderr) == (1, "")
        assert (
            f"FOUND {'changed part' if kind == 'part' else 'signature' if kind == 're-signed' else 'dropped'}"
            in done.stdout
        )
        whole.restore()


@pytest.mark.usefixtures("programs")
def test_what_a_stranger_reads_is_fit_for_a_terminal(whole: Copy, specimen: Specimen) -> None:
    (whole.folder / "\x1b[2Jall holds\n").write_text("x")
    done = stranger(FILE, whole.folder, "--root", specimen.org)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii()


def test_it_stands_by_itself_and_is_short() -> None:
    text = FILE.read_text()
    assert text.count("\n") < 400
    names = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        )
    }
    assert names <= set(sys.stdlib_module_names)


def test_its_hash_is_the_one_in_the_docs(repository: Path) -> None:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest in (repository / "docs" / "bundles.md").read_text()
