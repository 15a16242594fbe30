"""The matrix is read whole or not at all, and one function decides what goes out: for every class and audience."""

from pathlib import Path

import pytest

import ircockpit.features.disclosure.rules as rules
from ircockpit.core.errors import BadInput
from ircockpit.features.catalogue import events
from ircockpit.features.disclosure.events import AUDIENCES, CLASSES, INTERNAL, MARKINGS
from ircockpit.features.disclosure.queries import shipped
from ircockpit.features.disclosure.rules import (
    UNKNOWN,
    Piece,
    Said,
    classes_of,
    combined,
    goes,
    live,
    markings,
    rank,
    read_matrix,
    release,
)

RAW = Path(rules.__file__).with_name("matrix.yaml").read_bytes()
PIECES = [Piece((name,), name) for name in CLASSES]


def line_of(words: str) -> int:
    return RAW.decode().splitlines().index(words) + 1


def test_the_public_hears_that_it_is_dealt_with_and_nothing_else() -> None:
    found = release(PIECES, "public", shipped(), {})
    assert (found.pieces, found.tlp) == (("standing",), "CLEAR")
    assert found.number == len(CLASSES) - 1
    assert set(found.held) == set(CLASSES) - {"standing"}
    assert found.words().startswith(
        f"TLP:CLEAR. Held back for public: {len(CLASSES) - 1} pieces (counts, names,"
    )


def test_control_whoever_is_inside_is_given_everything() -> None:
    found = release([*PIECES, Piece((UNKNOWN,), "?"), Piece((), "none")], INTERNAL, shipped(), {})
    assert (len(found.pieces), found.number, found.tlp) == (len(CLASSES) + 2, 0, "RED")


@pytest.mark.parametrize("audience", [each for each in AUDIENCES if each != INTERNAL])
def test_words_of_the_model_data_of_users_and_ids_go_to_nobody_outside(audience: str) -> None:
    lowest = dict.fromkeys(CLASSES, "CLEAR")
    for marks in ({}, lowest):
        found = release(PIECES, audience, shipped(), marks)
        assert not {"raw_words", "user_data", "affected_ids", "legal", "responders"} & set(found.pieces)


@pytest.mark.parametrize("audience", [each for each in AUDIENCES if each != INTERNAL])
def test_what_nobody_has_classified_stays_inside(audience: str) -> None:
    for piece in (Piece((UNKNOWN,), "x"), Piece((), "x"), Piece(("standing", "later"), "x")):
        assert release([piece], audience, shipped(), {}).pieces == ()
    assert not goes("standing", "everybody", shipped(), {}), "an audience that is none is given nothing"


def test_a_piece_of_two_classes_needs_both() -> None:
    piece = [Piece(("standing", "containment"), "x")]
    assert release(piece, "partners", shipped(), {}).pieces == ("x",)
    assert release(piece, "affected", shipped(), {}).held == {"containment": 1}
    assert release(piece, "partners", shipped(), {"containment": "RED"}).pieces == ()


def test_the_marking_of_what_goes_out_is_the_highest_of_what_is_in_it() -> None:
    assert release(PIECES, "affected", shipped(), {}).tlp == "GREEN"
    assert release(PIECES, "regulators", shipped(), {}).tlp == "AMBER"
    assert release([], "regulators", shipped(), {}).tlp == "CLEAR"


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("  standing:\n    marking: CLEAR", "  standing:\n    marking: CLAER", line_of("  standing:") + 1, "'CLAER' is none of"),
        ("  root_cause:", "  root_cuase:", line_of("  root_cause:"), "did you mean root_cause"),
        ("  public: CLEAR", "  pubic: CLEAR", line_of("  public: CLEAR"), "did you mean public"),
        ("version: 1", "version: 2", line_of("version: 1"), "the version of the file is 1"),
        ("[affected, partners,", "[affected, partner,", line_of("  counts:") + 2, "'partner' is none"),
        ("audiences: [affected, partners,", "audiences: [affected, affected,", line_of("  counts:") + 2, "stands twice"),
        ("audiences: [affected,", "audiences: [public, affected,", line_of("  counts:") + 2, "handed TLP:CLEAR at most"),
        ("  counts:\n    marking: GREEN\n", "  counts:\n", line_of("  counts:"), "classes.counts has no marking"),
        ("  internal: RED", "  internal: AMBER", line_of("  internal: RED"), "is handed RED"),
        ("    why: numbers", "    whhy: numbers", line_of("  counts:") + 3, "did you mean why"),
        ("why: the words are the harm, and notes may quote them", "why: 7", line_of("  raw_words:") + 3, "a reason in words"),
        ("  legal:\n    marking: RED\n    audiences: [internal]", "  legal:\n    marking: RED\n    audiences: []",
         line_of("  legal:") + 2, "internal is missing"),
        ("  legal:\n    marking: RED\n    audiences: [internal]", "  legal:\n    marking: RED\n    audiences: internal",
         line_of("  legal:") + 2, "is a list"),
    ],
)  # fmt: skip
def test_a_typo_is_refused_with_file_line_and_reason(old: str, new: str, line: int, why: str) -> None:
    changed = RAW.decode().replace(old, new, 1)
    assert changed != RAW.decode()
    with pytest.raises(BadInput) as told:
        read_matrix(changed.encode(), "disclosure.yaml")
    assert told.value.what.startswith(f"disclosure.yaml, line {line}: "), told.value.what
    assert why in told.value.what


def test_what_is_no_yaml_or_no_table_is_refused() -> None:
    for raw in (
        b"",
        b"[]",
        b"version: 1",
        b"version: [",
        b"\xff",
        b"classes: &a {}",
        b"version: 1\nversion: 1",
    ):
        with pytest.raises(BadInput, match=r"^disclosure\.yaml"):
            read_matrix(raw, "disclosure.yaml")


def raised(ident: str, about: str, tlp: str) -> Said:
    return Said(ident, about, tlp, lowered=False, over=())


def lowered(ident: str, about: str, tlp: str, *over: str) -> Said:
    return Said(ident, about, tlp, lowered=True, over=over)


def test_what_was_raised_stays_until_somebody_who_saw_it_lowers_it() -> None:
    matrix = shipped()
    up, down = raised("1", "names", "RED"), lowered("2", "names", "GREEN", "1")
    assert markings(matrix, [up])["names"] == "RED"
    for said in ([up, down], [down, up]):
        assert markings(matrix, said)["names"] == "GREEN"
    # One that was raised beside it, with the cable out, was not seen by whoever lowered.
    assert markings(matrix, [up, down, raised("3", "names", "AMBER+STRICT")])["names"] == "AMBER+STRICT"
    assert live([up, down], "names") == ("2",)


def test_nobody_lowers_by_raising() -> None:
    forged = Said("9", "names", "CLEAR", lowered=False, over=("1",))
    assert markings(shipped(), [forged])["names"] == "AMBER", "below the matrix"
    assert markings(shipped(), [raised("1", "names", "RED"), forged])["names"] == "RED", (
        "below what was raised"
    )


def test_a_word_that_is_no_marking_counts_as_the_highest() -> None:
    for said in (raised("1", "names", "\x1b[31m"), lowered("1", "names", "PURPLE")):
        assert markings(shipped(), [said])["names"] == "RED"
    assert rank("?") == len(MARKINGS) - 1


def test_a_marking_of_the_whole_holds_for_every_class() -> None:
    found = markings(shipped(), [raised("1", "everything", "AMBER+STRICT"), lowered("2", "names", "CLEAR")])
    assert {found["standing"], found["names"], found["counts"]} == {"AMBER+STRICT"}
    assert found["legal"] == "RED"
    assert combined([found, {}], shipped())["standing"] == "AMBER+STRICT"


def test_every_type_of_event_is_classified() -> None:
    unknown = sorted(name for name in events().types if UNKNOWN in classes_of(name))
    assert unknown == ["cockpit.armed", "event.adopted", "exposure.summed"], (
        "what these say is for those inside"
    )
    assert classes_of("later.thing") == (UNKNOWN,)
    assert classes_of("evidence.cleared") == ("timeline", "legal"), "it says what counsel holds of a file"
    assert classes_of("evidence.added") == ("timeline", "evidence")
