"""Numbers and names that scripts and people rely on: to change one of these files breaks what they wrote down."""

from pathlib import Path

from tests.support.golden import check_golden_json

from ircockpit.core.errors import CockpitError, ExitCode, StoreError, TrustError
from ircockpit.core.ids import companion_id, entity_id, named_uuid, shared_id, shorten, spoken_form

GOLDEN = Path(__file__).parent / "golden"
NUMBERS = (0, 1, 2, 240, 340, 447)
"""0 and 240 share two syllables, 340 and 447 three."""


def test_exit_codes() -> None:
    # A script tests for the number. A changed number makes it take one failure for another; only new ones may come.
    check_golden_json({code.name: int(code) for code in ExitCode}, GOLDEN / "exit_codes.json")


def test_every_error_has_a_documented_code() -> None:
    kinds = {each.__name__: each.code.name for each in sorted(_below(CockpitError), key=lambda e: e.__name__)}
    # What an error exits with is part of the commands' contract: a row that changes needs a line in CHANGELOG.md.
    check_golden_json(kinds, GOLDEN / "errors.json")
    assert StoreError.code is ExitCode.DAMAGED
    assert TrustError.code is ExitCode.REFUSED


def test_short_ids() -> None:
    # A short id was said on the phone and written on paper: for the same UUID it must never come out otherwise.
    idents = [named_uuid("golden", str(number)) for number in NUMBERS]
    spoken = {ident: spoken_form(ident) for ident in idents}
    table = {
        ident: {
            "spoken": spoken[ident],
            "alone": shorten(spoken[ident], ()),
            "among these": shorten(spoken[ident], [other for each, other in spoken.items() if each != ident]),
        }
        for ident in idents
    }
    check_golden_json(table, GOLDEN / "short_ids.json")
    lengths = [len(row["among these"]) for row in table.values()]
    assert lengths == [6, 4, 4, 6, 8, 8], "those that collide are longer, the others are not"


def test_ids_made_from_names() -> None:
    # Two devices apart give the same thing the same id by these; a change splits every group and triage in two.
    names = (
        ("signal", "jsonl/00"), ("group", "garak", "dan.Ablation"), ("intake", "ab"), ("empty",), ("unicode", "被害者"),
    )  # fmt: skip
    made = {" / ".join(words): shared_id(*words) for words in names}
    # Those of one stream say so: a tag that came out otherwise would hide everything recorded before.
    stream, incident = "3f0c2d1e-5b6a-8c7d-9e8f-0a1b2c3d4e5f", "3a44c42b-e38c-8ce7-9f4e-c49386fa5ce1"
    for words in (("triage",), ("exhibit", "ab"), ("answer", "privacy-leak", "left")):
        made[" / ".join((incident, *words))] = companion_id(incident, *words)
    made[f"tag of {stream}"] = entity_id(stream)[:22]
    check_golden_json(made, GOLDEN / "named_ids.json")


def _below(kind: type[CockpitError]) -> set[type[CockpitError]]:
    own = {each for each in kind.__subclasses__() if each.__module__ == "ircockpit.core.errors"}
    return own | {each for sub in own for each in _below(sub)}
