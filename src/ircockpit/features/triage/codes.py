"""Taxonomies: lists of codes by scheme and version, shipped as ids and names, imported with their publisher's texts."""

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.datafile import read_typed, refusal

SHIPPED = (
    "llama-guard",
    "ailuminate",
    "owasp-llm-2026",
    "owasp-llm-2025",
    "mitre-atlas",
    "cset-v1",
    "mit-domains",
)
FOLDER = "taxonomies"
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 20
MAX_CODES = 5000
MAX_TEXT = 20_000
_LISTS = ("tactics", "techniques", "mitigations")

Scheme = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
Version = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """One code with its name; with its publisher's text where that was imported."""

    code: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$")]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    group: Annotated[str, Meta(max_length=60)] = ""
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""


class TaxonomyFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file: a scheme whose codes mean the same in each of these versions."""

    form: Literal[1]
    scheme: Scheme
    versions: Annotated[list[Version], Meta(min_length=1, max_length=8)]
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    source: Annotated[str, Meta(max_length=200)]
    licence: Annotated[str, Meta(max_length=120)]
    note: Annotated[str, Meta(max_length=300)] = ""
    codes: Annotated[list[Code], Meta(min_length=1, max_length=MAX_CODES)]


class Taxonomy(NamedTuple):
    """The codes of one version of a scheme."""

    scheme: str
    version: str
    title: str
    source: str
    licence: str
    note: str
    codes: tuple[Code, ...]
    imported: bool = False

    @property
    def name(self) -> str:
        """``owasp-llm 2026``: no code is ever named without it."""
        return f"{self.scheme} {self.version}"


class Picked(NamedTuple):
    """A code with the scheme and version it means something in."""

    scheme: str
    version: str
    code: Code

    @property
    def value(self) -> dict[str, str]:
        """As it is recorded: scheme, version, code."""
        return {"scheme": self.scheme, "version": self.version, "code": self.code.code}


def read_taxonomy(raw: bytes, name: str) -> tuple[Taxonomy, ...]:
    """A file of ours, one taxonomy for each version. Raises :class:`BadInput` with file, line and reason."""
    file, lines = read_typed(raw, name, TaxonomyFile)
    seen: set[str] = set()
    for at, code in enumerate(file.codes):
        if code.code.lower() in seen:
            raise refusal(name, lines, f"$.codes[{at}].code", f"the code {code.code!r} stands twice")
        seen.add(code.code.lower())
    return tuple(_taxonomy(file, version) for version in file.versions)


@cache
def shipped() -> tuple[Taxonomy, ...]:
    """Those that come with the program."""
    from importlib.resources import files

    folder = files("ircockpit.features.triage.taxonomies")
    return tuple(
        each
        for name in SHIPPED
        for each in read_taxonomy(folder.joinpath(f"{name}.yaml").read_bytes(), f"{name}.yaml")
    )


class Shelf(NamedTuple):
    """The taxonomies here, and the imported files that are not used, with the reason."""

    taxonomies: tuple[Taxonomy, ...]
    refused: tuple[BadInput, ...] = ()


def taxonomies_in(profile: Path) -> Shelf:
    """Those imported into a profile in place of the shipped ones of the same scheme and version, and the others."""
    folder = profile / "triage" / FOLDER
    own, refused = [], []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            state = path.stat()
            own.append(_imported(path, state.st_mtime_ns, state.st_size))
        except (OSError, BadInput) as error:
            what = error.what if isinstance(error, BadInput) else str(error.strerror)
            refused.append(
                BadInput(f"triage/{FOLDER}/{path.name} is not used: {what}", fix="import it again")
            )
    have = {each.name for each in own}
    return Shelf((*own, *(each for each in shipped() if each.name not in have)), tuple(refused))


def taxonomy(shelf: Shelf, name: str) -> Taxonomy:
    """One by ``scheme version`` (also with - between), or by its scheme where there is one version of it."""
    word = name.strip().lower().replace(" ", "-")
    found = [each for each in shelf.taxonomies if f"{each.scheme}-{each.version}".lower() == word]
    found = found or [each for each in shelf.taxonomies if each.scheme == word]
    if len(found) == 1:
        return found[0]
    there = ", ".join(each.name for each in found or shelf.taxonomies)
    reason = "has several versions, whose codes may mean other things" if found else "is no taxonomy here"
    raise NotFound(f"{name!r} {reason}", fix=f"there is: {there}")


def search(taxonomies: tuple[Taxonomy, ...], typed: str) -> list[Picked]:
    """The codes in which every typed word stands: in the code, its name, its group or its scheme; as they are listed.

    A code typed whole comes first.
    """
    words = typed.casefold().split()
    found: list[tuple[bool, Picked]] = []
    for each in taxonomies:
        for code in each.codes:
            said = f"{each.name} {code.code} {code.name} {code.group}".casefold()
            if all(word in said for word in words):
                found.append((code.code.casefold() not in words, Picked(each.scheme, each.version, code)))
    return [picked for _, picked in sorted(found, key=lambda pair: pair[0])]


def picked(taxonomies: tuple[Taxonomy, ...], typed: str) -> Picked:
    """The one code that typed words mean. Raises :class:`BadInput` naming some where they mean none or several."""
    found = search(taxonomies, typed)
    words = typed.casefold().split()
    exact = [each for each in found if each.code.code.casefold() in words]
    if len(exact) == 1 or (not exact and len(found) == 1):
        return (exact or found)[0]
    some = ", ".join(f"{each.scheme} {each.version} {each.code.code}" for each in (exact or found)[:5])
    if found:
        raise BadInput(
            f"{typed!r} can be several codes", safe="nothing was recorded", fix=f"for example {some}"
        )
    there = ", ".join(each.name for each in taxonomies)
    raise BadInput(
        f"{typed!r} is no code of {there}", safe="nothing was recorded", fix="type a part of its name"
    )


def named(shelf: Shelf, value: dict[str, Any]) -> str:
    """A recorded code with its name, where its taxonomy is here; else as it was recorded."""
    code = f"{value.get('scheme')} {value.get('version')} {value.get('code')}"
    for each in shelf.taxonomies:
        if (each.scheme, each.version) == (value.get("scheme"), value.get("version")):
            return next((f"{code} {c.name}" for c in each.codes if c.code == value.get("code")), code)
    return code


def taken_in(raw: bytes, name: str) -> tuple[Taxonomy, ...]:
    """The taxonomies of a file somebody brings: a publisher's own, or one in the form of ours. Raises :class:`BadInput`."""
    ours = raw.startswith(b"scheme:") or b"\nscheme:" in raw
    return read_taxonomy(raw, name) if ours else (publishers(raw, name),)


def publishers(raw: bytes, name: str) -> Taxonomy:
    """What ATLAS publishes, with its texts; entries whose form is not as it should be lose only what is wrong in them.

    Raises :class:`BadInput` for another file.
    """
    data = _bounded(raw, name)
    matrices = data.get("matrices") if isinstance(data, dict) else None
    if data is None or not isinstance(matrices, list) or data.get("id") != "ATLAS":
        raise BadInput(
            f"{name} is no ATLAS.yaml", safe="nothing was imported",
            fix="import dist/ATLAS.yaml of mitre-atlas/atlas-data, or write a file of your own: docs/triage.md",
        )  # fmt: skip
    codes: dict[str, Code] = {}
    for matrix in matrices[:4]:
        for kind in _LISTS:
            rows = matrix.get(kind) if isinstance(matrix, dict) else None
            for row in (rows if isinstance(rows, list) else [])[:MAX_CODES]:
                if code := _entry(row, kind[:-1]):
                    codes.setdefault(code.code, code)
    file = {
        "form": 1, "scheme": "mitre-atlas", "versions": [str(data.get("version", ""))],
        "title": "MITRE ATLAS tactics, techniques and mitigations", "source": "https://github.com/mitre-atlas/atlas-data",
        "licence": "Apache-2.0, The MITRE Corporation", "codes": list(codes.values()),
    }  # fmt: skip
    try:
        made = msgspec.convert(msgspec.to_builtins(file), TaxonomyFile)
    except msgspec.ValidationError as error:
        raise BadInput(f"{name}: {error}", safe="nothing was imported") from None
    return _taxonomy(made, made.versions[0])._replace(imported=True)


def stored(found: Taxonomy) -> bytes:
    """An imported taxonomy as its file in the profile."""
    rows = [msgspec.to_builtins(code) for code in found.codes]
    file = {**found._asdict(), "form": 1, "versions": [found.version], "codes": rows}
    for name in ("version", "imported"):
        del file[name]
    return json.dumps(file, ensure_ascii=False, indent=1).encode()


@lru_cache(16)
def _imported(path: Path, changed_ns: int, size: int) -> Taxonomy:
    del changed_ns
    if size > MAX_BYTES:
        raise BadInput(f"it is larger than {MAX_BYTES} bytes")
    try:
        file = msgspec.json.decode(path.read_bytes(), type=TaxonomyFile)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(str(error)) from None
    return _taxonomy(file, file.versions[0])._replace(imported=True)


def _taxonomy(file: TaxonomyFile, version: str) -> Taxonomy:
    return Taxonomy(file.scheme, version, file.title, file.source, file.licence, file.note, tuple(file.codes))


def _entry(row: Any, group: str) -> Code | None:
    """A code of a publisher's list, of which only what is text in its place is taken."""
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("id"), str)
        or not isinstance(row.get("name"), str)
    ):
        return None
    text = row.get("description")
    found = {"code": row["id"], "name": row["name"][:200], "group": group}
    try:
        return msgspec.convert({**found, "text": text[:MAX_TEXT] if isinstance(text, str) else ""}, Code)
    except msgspec.ValidationError:
        return None


def _bounded(raw: bytes, name: str) -> Any:
    """A publisher's YAML, read only once it is seen to be small and flat enough to be read."""
    import yaml

    if len(raw) > MAX_BYTES:
        raise BadInput(f"{name} is larger than {MAX_BYTES} bytes", safe="nothing was imported")
    try:
        if max(_depths(raw), default=0) > MAX_DEPTH:
            raise BadInput(f"{name} has more than {MAX_DEPTH} levels", safe="nothing was imported")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(raw, Loader=loader)  # noqa: S506 - both are safe ones, the first is ten times as fast
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark is not None else ""
        raise BadInput(f"{name} is not YAML{place}", safe="nothing was imported") from None


def _depths(raw: bytes) -> Iterator[int]:
    import yaml

    depth = 0
    for event in yaml.parse(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield depth
