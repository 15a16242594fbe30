"""Codes never stand without scheme and version, publishers' files are read as they are, and their words stay inert."""

import json
import os
from pathlib import Path

import pytest

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.triage import codes
from ircockpit.features.triage.taxonomy_actions import listed, show, take_in
from ircockpit.inert.gate import clean
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

OWN = b"""\
form: 1
scheme: house
versions: ["7"]
title: House rules
source: the house
licence: ours
codes:
  - {code: H1, name: "no \\e[31mred\\u202e words"}
  - {code: H2, name: nothing else}
"""


def names(found: list[codes.Picked]) -> list[str]:
    return [f"{each.scheme} {each.version} {each.code.code}" for each in found]


def test_one_code_means_other_things_in_other_versions() -> None:
    shelf = codes.Shelf(codes.shipped())
    by_year = {
        year: codes.picked((codes.taxonomy(shelf, f"owasp-llm {year}"),), "LLM03")
        for year in ("2025", "2026")
    }
    assert {year: found.code.name for year, found in by_year.items()} == {
        "2025": "Supply Chain", "2026": "Excessive Agency",
    }  # fmt: skip
    assert by_year["2026"].value == {"scheme": "owasp-llm", "version": "2026", "code": "LLM03"}
    with pytest.raises(NotFound, match="several versions"):
        codes.taxonomy(shelf, "owasp-llm")
    with pytest.raises(BadInput, match="several codes"):
        codes.picked(shelf.taxonomies, "LLM03")
    assert codes.named(shelf, by_year["2025"].value) == "owasp-llm 2025 LLM03 Supply Chain"
    assert codes.named(shelf, {"scheme": "x", "version": "1", "code": "y"}) == "x 1 y"


def test_a_search_narrows_with_every_letter_and_takes_a_whole_code_first() -> None:
    guard = (codes.taxonomy(codes.Shelf(codes.shipped()), "llama-guard-4"),)
    counts = [len(codes.search(guard, typed)) for typed in ("", "s", "sex", "sexual", "sexual cont")]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1
    assert names(codes.search(guard, "s1"))[0] == "llama-guard 4 S1"
    assert codes.picked(guard, "S1").code.name == "Violent Crimes"
    with pytest.raises(BadInput, match="no code"):
        codes.picked(guard, "zzz")


def test_every_shipped_taxonomy_has_ids_and_names_alone() -> None:
    counted = {each.name: len(each.codes) for each in codes.shipped()}
    assert counted == {
        "llama-guard 4": 14, "llama-guard 3": 14, "ailuminate 1.0": 15, "owasp-llm 2026": 10, "owasp-llm 2025": 10,
        "mitre-atlas 5.6.0": 221, "cset 1": 18, "mit-domains 2024": 30,
    }  # fmt: skip
    assert not any(code.text for each in codes.shipped() for code in each.codes)


def test_the_publishers_own_file_is_read_with_its_two_malformed_mitigations(
    station: Workstation,
) -> None:
    shared = os.environ.get("IRCOCKPIT_SHARED")
    if not shared:
        pytest.skip("needs IRCOCKPIT_SHARED")
    take_in(station, file=str(Path(shared) / "data" / "atlas" / "ATLAS.yaml"))
    shelf = codes.taxonomies_in(station.profile.folder)
    atlas = codes.taxonomy(shelf, "mitre-atlas")
    assert (atlas.imported, len(atlas.codes)) == (True, 221), "it takes the place of the one with names alone"
    for code in ("AML.M0018", "AML.M0034"):
        found = codes.picked((atlas,), code)
        assert len(found.code.text) > 50
    shipped = codes.taxonomy(codes.Shelf(codes.shipped()), "mitre-atlas")
    assert {code.code for code in shipped.codes} == {code.code for code in atlas.codes}
    lines = show(station, taxonomy="mitre-atlas", find="AML.M0018").lines
    assert any("Educate" in plain(line) for line in lines)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a: [", "not YAML"),
        (b"just words", "no ATLAS"),
        (b"id: ATLAS\nmatrices: 5\n", "no ATLAS"),
        (b"id: ATLAS\nversion: 1\nmatrices: [{techniques: [{id: 7, name: x}]}]\n", "length >= 1"),
        (b"[" * 50 + b"]" * 50, "levels"),
        (b"id: !!python/object/apply:os.system [true]\n", "not YAML"),
        (OWN.replace(b"H2", b"h1"), "twice"),
        (OWN.replace(b"title", b"titel"), "line 4: object contains unknown field"),
    ],
)
def test_another_file_is_refused_and_nothing_is_kept(
    station: Workstation, tmp_path: Path, raw: bytes, reason: str
) -> None:
    file = tmp_path / "brought.yaml"
    file.write_bytes(raw)
    with pytest.raises(BadInput, match=reason):
        take_in(station, file=str(file))
    assert not any(each.imported for each in codes.taxonomies_in(station.profile.folder).taxonomies)
    file.write_bytes(OWN)
    take_in(station, file=str(file))
    assert any(each.imported for each in codes.taxonomies_in(station.profile.folder).taxonomies)


def test_hostile_words_of_a_file_stay_inert_and_a_broken_one_is_named(
    station: Workstation, tmp_path: Path
) -> None:
    file = tmp_path / "brought.yaml"
    file.write_bytes(OWN)
    take_in(station, file=str(file))
    said = "\n".join(plain(line) for line in show(station, taxonomy="house").lines)
    assert "red" in said
    assert "\x1b" not in said
    assert clean(said, newline=True) == said
    (path,) = (station.profile.folder / "triage" / "taxonomies").iterdir()
    stated = json.loads(path.read_text())
    path.write_text(json.dumps({**stated, "codes": 5}))
    said = "\n".join(plain(line) for line in listed(station).lines)
    assert f"triage/taxonomies/{path.name} is not used" in said
    assert "owasp-llm 2026" in said
