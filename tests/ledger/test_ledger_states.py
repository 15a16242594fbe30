"""What sets of events come to, as vectors for whoever writes another reader, and by two readers that share no code.

In ``states.json`` an event is what docs/format.md, sections 8 and 9, ask of it: fields of its envelope, its ``id``, its
``verdict`` (null without a receipt), and its parts: objects, or ``withheld`` or ``erased`` where one is not there. A field
that it does not have stands in ``default``.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.ledger import second_state

from ircockpit.core.adoption import adopts, doubt_left
from ircockpit.core.ids import entity_id, shared_id
from ircockpit.core.reduce import Happening, Picture, is_stray, shown_value
from ircockpit.features.membership.rules import role_of
from ircockpit.features.table import events as event_table
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import make_parts
from ircockpit.ledger.revocation import Cuts, gathered
from ircockpit.ledger.signing import SigningKey
from ircockpit.ledger.stream import stream_id
from ircockpit.ledger.withdrawal import DIRECTIVES, Directive, fold

STATES = Path(__file__).parent / "golden" / "states.json"
HERE, ELSEWHERE = (stream_id("ab" * 32, "incident", bytes([i]) * 16) for i in range(2))
CASE, OTHER, HOLD, HOLD2, NARROW, MEMBER = (entity_id(HERE, bytes([i]).__mul__) for i in range(6))
PERSON = shared_id("person", "one")
DEVICE, ACTOR = shared_id("device", "one"), shared_id("person", "two")


def named(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


DEFAULT: dict[str, Any] = {
    "stream": HERE, "device": DEVICE, "actor": ACTOR, "lam": 1, "tv": 1, "ent": CASE, "field": None, "base": [],
    "scope": "team", "verdict": "accepted",
}  # fmt: skip


def event(ident: str, type_: str, *parts: Any, **over: Any) -> dict[str, Any]:
    base = [named(word) for word in over.pop("base", ())]
    return {**DEFAULT, "id": named(ident), "type": type_, "base": base, "parts": list(parts), **over}


MADE = event("made", "incident.declared", {"title": "t", "owner": ""})


def wrote(ident: str, said: Any, *more: Any, field: str | None = "owner", **over: Any) -> dict[str, Any]:
    first = said if isinstance(said, dict) or said in ("withheld", "erased") else {"value": said}
    return event(ident, "incident.set", first, *more, field=field, **over)


def word(role: str, **over: Any) -> dict[str, Any]:
    type_ = "member.role" if role else "member.removed"
    return event(f"role {role}", type_, {"value": role}, ent=MEMBER, field="role", **over)


def merges() -> dict[str, list[dict[str, Any]]]:
    joined = event("joined", "member.added", {"role": "responder"}, ent=MEMBER)
    doubted = wrote("doubted", "b", lam=3, verdict="quarantined:role")
    adopting = event("adopting", "event.adopted", {"event": doubted["id"]}, ent=HERE, lam=4)
    return {
        "a fact is no head": [MADE, wrote("a", "ann", lam=2)],
        "what a write replaces is gone, counting or not": [
            MADE, wrote("a", "a", lam=2), doubted, wrote("b", "b", lam=4, base=["a", "doubted"]),
            {**adopting, "lam": 5},
        ],
        "two heads: the higher number is displayed": [MADE, wrote("a", "z", lam=2), wrote("b", "y", lam=3)],
        "two heads of one number: the higher id is displayed": [MADE, wrote("a", 1, lam=2), wrote("b", 2, lam=2)],
        "two heads of one value are no conflict": [MADE, wrote("a", [1], lam=2), wrote("b", [1], lam=3)],
        "true is not 1": [MADE, wrote("a", True, lam=2), wrote("b", 1, lam=3)],
        "a write that names both settles it": [
            MADE, wrote("a", "z", lam=2), wrote("b", "y", lam=3), wrote("c", "x", lam=4, base=["a", "b"]),
        ],
        "a base of another field replaces nothing here": [
            MADE, wrote("a", "a", lam=2), wrote("b", "b", lam=3, base=["a"], field="title"),
        ],
        "no value is null": [MADE, wrote("a", {"why": "x"}, lam=2)],
        "no field is nothing": [MADE, wrote("a", "a", lam=2, field=None)],
        "a value that is withheld": [MADE, wrote("a", "a", lam=2), wrote("b", "withheld", lam=3, base=["a"])],
        "a value that is erased": [MADE, wrote("a", "erased", {"why": "x"}, lam=2)],
        "an erased reason leaves the value": [MADE, wrote("a", "a", "erased", lam=2)],
        "a value that is withheld is one": [MADE, wrote("a", "withheld", lam=2), wrote("b", "b", lam=3)],
        "a fact that is withheld": [event("made", "incident.declared", {"title": "t"}, "withheld"), wrote("a", "a", lam=2)],
        "of two creations the lowest": [event("second", "incident.declared", {"title": "u"}, lam=2), MADE],
        "an unknown type, a later version": [
            MADE, event("a", "incident.weighed", {"value": "a"}, field="owner"), wrote("b", "b", tv=2),
        ],
        "a thing of another stream": [MADE, wrote("a", "a", stream=ELSEWHERE)],
        "a thing of no stream where one must be": [MADE, event("a", "incident.declared", {"title": "x"}, ent=PERSON)],
        "a thing of a stream where none must be": [event("a", "person.named", {"name": "x"}, ent=CASE)],
        "a person is written to from any stream": [
            event("a", "person.named", {"name": "x"}, ent=PERSON),
            event("b", "person.set", {"value": "y"}, ent=PERSON, field="name", stream=ELSEWHERE),
        ],
        "what has no receipt counts": [MADE, wrote("a", "a", lam=2, verdict=None)],
        "what is in quarantine does not, nor what it replaces": [MADE, wrote("a", "a", lam=2), {**doubted, "base": [named("a")]}],
        "what is adopted does": [MADE, doubted, adopting],
        "not by an event of another stream": [MADE, doubted, {**adopting, "stream": ELSEWHERE, "ent": ELSEWHERE}],
        "not by one in quarantine, adopted or not": [
            MADE, doubted, {**adopting, "verdict": "quarantined:role"},
            event("more", "event.adopted", {"event": adopting["id"]}, ent=HERE, lam=5),
        ],
        "not for another reason": [MADE, {**doubted, "verdict": "quarantined:entity"}, adopting],
        "not for a reason nobody knows": [MADE, {**doubted, "verdict": "quarantined:of_tomorrow"}, adopting],
        "of two words about a role the one that gives less": [
            joined, *(word(role, lam=2) for role in ("lead", "auditor")),
        ],
        "and removed is the least": [
            joined, word("", lam=2), word("observer", lam=3),
        ],
        "a role that nobody knows gives nothing": [
            joined, *(word(role, lam=2) for role in ("king", "observer")),
        ],
    }  # fmt: skip


NOTE = event("note", "incident.noted", {"a": 1}, {"b": 2}, {"c": 3})


def says(ident: str, type_: str, ent: str = OTHER, **stated: Any) -> dict[str, Any]:
    return event(ident, type_, stated, ent=ent)


def withdrawals() -> dict[str, tuple[list[dict[str, Any]], dict[str, Any]]]:
    note = NOTE["id"]
    order = says("order", "erasure.ordered", events=[[note, [0, 2, 9, True]]])
    hold = says("hold", "hold.placed", HOLD, events=[[note, None]])
    narrow = says("narrow", "scope.narrowed", NARROW, events=[[note, [1]]], scope="restricted")
    everything = says("order", "erasure.ordered", events=[[note, None]])
    joined = event("joined", "member.added", {"role": "lead"}, {"name": "x"}, ent=MEMBER)
    of_member = says("order", "erasure.ordered", events=[[joined["id"], None]])
    return {
        "some parts": ([order], NOTE),
        "all parts": ([everything], NOTE),
        "another order for other parts": ([order, says("o2", "erasure.ordered", events=[[note, [1]]])], NOTE),
        "what is of no such form names nothing": (
            [says("order", "erasure.ordered", events=[note, [note], [note, 1], [note, None, 2], {"a": 1}])], NOTE,
        ),
        "held": ([everything, hold], NOTE),
        "the whole record held": ([everything, says("hold", "hold.placed", HOLD)], NOTE),
        "a hold that cannot be read keeps everything": ([everything, says("hold", "hold.placed", HOLD, events="all")], NOTE),
        "another event held": ([everything, says("hold", "hold.placed", HOLD, events=[[named("x"), None]])], NOTE),
        "released": ([everything, hold, says("rel", "hold.released", HOLD, value="released")], NOTE),
        "one of two released": (
            [everything, hold, says("rel", "hold.released", HOLD), says("h2", "hold.placed", HOLD2)], NOTE,
        ),
        "what decides about members stays, a name goes": ([of_member], joined),
        "what opens a lane stays": (
            [says("order", "erasure.ordered", events=[[named("lane"), None]])],
            event("lane", "lane.opened", {}, ent=HERE, scope="privileged"),
        ),
        "the reason of an order goes, the order stays": (
            [says("order", "erasure.ordered", events=[[named("why"), None]])],
            event("why", "erasure.ordered", {"events": []}, {"why": "x"}, ent=HERE, scope="privileged"),
        ),
        "what stands behind part 0 decides nothing": (
            [event("order", "erasure.ordered", {}, {"events": [[note, None]]}, ent=OTHER)], NOTE,
        ),
        "narrowed": ([narrow], NOTE),
        "narrowed twice": (
            [narrow, says("n2", "scope.narrowed", HOLD, events=[[note, None]], scope="privileged")], NOTE,
        ),
        "a scope that nobody knows is the narrowest": (
            [narrow, says("n2", "scope.narrowed", HOLD, events=[[note, [1]]], scope="of_tomorrow")], NOTE,
        ),
        "widened without lifting": ([narrow, says("w", "scope.widened", events=[[note, None]], scope="team", lifts=[])], NOTE),
        "widened and lifted": (
            [narrow, says("w", "scope.widened", events=[[note, None]], scope="team", lifts=[NARROW])],
            {**NOTE, "scope": "privileged"},
        ),
        "lifted for another event": (
            [narrow, says("w", "scope.widened", events=[[named("x"), None]], scope="team", lifts=[NARROW])], NOTE,
        ),
    }  # fmt: skip


def chain(epoch: str, *words: str, after: str | None = None, n: int = 1) -> list[dict[str, Any]]:
    found = []
    for place, word in enumerate(words, n):
        made = event(word, "incident.noted", {}, epoch=epoch * 16, n=place, prev=after and named(after))
        found.append(made)
        after = word
    return found


def revocations() -> dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    one, two = chain("1", "a1", "a2", "a3"), chain("2", "b1", "b2")
    rival = chain("1", "x2", "x3", after="a1", n=2)
    places = {
        "a1": ("1", 1), "a2": ("1", 2), "a3": ("1", 3), "x3": ("1", 3), "b1": ("2", 1), "b2": ("2", 2),
    }  # fmt: skip
    ends = {
        word: {"stream": HERE, "epoch": epoch * 16, "n": n, "event_id": named(word)}
        for word, (epoch, n) in places.items()
    }

    def act(op: int, *words: str, device: str = DEVICE) -> dict[str, Any]:
        said = {"device": device, "lanes": [ends[word] for word in words], "reason": "", "by": ""}
        return event(f"revoked {op} {words}", "device.revoked", said, op=shared_id("op", str(op)))

    return {
        "one end": ([act(1, "a2")], one),
        "a lane that is not named": ([act(1, "a3")], [*one, *two]),
        "no lane at all": ([act(1)], one),
        "one act in two events": ([act(1, "a3"), act(1, "b1")], [*one, *two]),
        "two acts: each must let it stand": ([act(1, "a3", "b2"), act(2, "a1", "b1")], [*one, *two]),
        "two acts that name other lanes": ([act(1, "a3"), act(2, "b2")], [*one, *two]),
        "a rival that the chain does not reach": ([act(1, "a3")], [*one, *rival]),
        "both branches named": ([act(1, "a3", "x3")], [*one, *rival]),
        "a chain that is not held": ([act(1, "a3")], [one[0], one[2]]),
        "an end that is not held": ([act(1, "a3")], one[:2]),
        "another device": ([act(1, "a1", device=shared_id("device", "two"))], one),
    }


# The program's answers


def happening(given: dict[str, Any]) -> Happening:
    body = second_state.objects(given)
    return Happening(
        given["id"], given["stream"], given["device"], given["lam"], given["actor"], given["type"], given["tv"],
        given["ent"], given["field"], tuple(given["base"]), None, 0, body, second_state.missing(given),
    )  # fmt: skip


def folded(given: list[dict[str, Any]]) -> dict[str, Any]:
    """What the program shows, by its own fold and its own rule for adoption."""
    table = event_table()
    doubts = {each["id"]: "" if each["verdict"] in (None, "accepted") else each["verdict"] for each in given}
    adopted = set()
    for each in map(happening, given):
        stray = is_stray(table, each.type, each.stream, each.ent)
        adopted.add(
            (each.stream, adopts(each.type, doubts[each.event_id] or ("stray" if stray else ""), each.body))
        )
    picture = Picture(table)
    for each in map(happening, given):
        if not doubt_left(doubts[each.event_id], (each.stream, each.event_id) in adopted):
            picture.apply(each)
    found: dict[str, Any] = {}
    for ent in {each["ent"] for each in given}:
        entity = picture.entity(ent)
        if entity is None:
            continue
        fields = {*entity.facts} | {each["field"] for each in given if each["field"] and each["ent"] == ent}
        registers = {field: picture.register(ent, field) for field in sorted(fields)}
        shown = {field: shown_value(entity, register, field) for field, register in registers.items()}
        if entity.kind == "membership":
            heads = registers["role"].heads
            shown["role"] = role_of(str(entity.facts["role"]), [head.value for head in heads])
        disputed = [field for field, register in registers.items() if register.in_conflict]
        known = {
            field: each
            for field, each in shown.items()
            if each is not None or registers[field].heads or field in entity.facts
        }
        found[ent] = {"kind": entity.kind, "fields": known, "disputed": disputed, "missing": entity.missing}
    return found


def withdrawn(directives: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    found = fold(
        Directive(each["id"], each["type"], each["ent"], second_state.decision(each), True)
        for each in directives
    )
    count = len(given["parts"])
    return {
        "gone": sorted(found.to_go(given["id"], given["type"], count)),
        "scopes": [found.scope(given["id"], given["type"], given["scope"], i) for i in range(count)],
    }


def stating(act: dict[str, Any]) -> SignedEvent:
    """The event, as the authority signs it."""
    envelope = Envelope(
        FORMAT, HERE, DEVICE, "0" * 16, 1, None, 1, act["op"], ACTOR, act["type"], 1, CASE, None, (), "team", None, 0, 0,
        "none", DEVICE, 0, None, "",
    )  # fmt: skip
    return seal(envelope, SigningKey.from_raw(bytes(32)), make_parts(act["parts"], bytes))


def cut(acts: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[str]:
    cuts = Cuts(gathered(map(stating, acts)))
    before = {each["id"]: each["prev"] or "" for each in given}
    return sorted(
        each["id"]
        for each in given
        if cuts.doubt(each["stream"], each["device"], each["epoch"], each["n"], each["id"], before.get)
    )


def made() -> dict[str, Any]:
    return {
        "merge": [
            {"name": name, "events": given, "state": folded(given)} for name, given in merges().items()
        ],
        "withdrawal": [
            {"name": name, "directives": directives, "event": given, **withdrawn(directives, given)}
            for name, (directives, given) in withdrawals().items()
        ],
        "revocation": [
            {"name": name, "revocations": acts, "events": given, "not_counting": cut(acts, given)}
            for name, (acts, given) in revocations().items()
        ],
    }


def whole(value: Any) -> Any:
    """The same with every event's fields."""
    if isinstance(value, dict):
        inner = {key: whole(each) for key, each in value.items()}
        return {**DEFAULT, **inner} if {"id", "type", "parts"} <= inner.keys() else inner
    return [whole(each) for each in value] if isinstance(value, list) else value


def brief(value: Any) -> Any:
    """The same without what an event has by default."""
    if isinstance(value, dict):
        is_event = {"id", "type", "parts"} <= value.keys()
        return {
            key: brief(each)
            for key, each in value.items()
            if not (is_event and key in DEFAULT and json.dumps(each) == json.dumps(DEFAULT[key]))
        }
    return [brief(each) for each in value] if isinstance(value, list) else value


def written() -> Any:
    given = json.loads(STATES.read_text("ascii"))
    assert given.pop("default") == DEFAULT
    return whole(given)


def test_the_states_are_what_they_were() -> None:
    text = f'{{\n"default": {json.dumps(DEFAULT, sort_keys=True)},\n' + ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(brief(each), sort_keys=True) for each in cases) + "\n]"
        for name, cases in made().items()
    ) + "\n}\n"  # fmt: skip
    if os.environ.get("GOLDEN") == "write":
        STATES.write_text(text, "ascii")
    assert STATES.read_text("ascii") == text


@pytest.mark.parametrize("name", merges())
def test_a_second_reader_comes_to_the_same_state_in_any_order(name: str) -> None:
    case = next(each for each in written()["merge"] if each["name"] == name)
    given = case["events"]
    for order in (given, given[::-1], sorted(given, key=lambda each: each["id"]), [*given, *given]):
        assert second_state.state(order) == folded(order) == case["state"]
    assert folded([MADE]) != folded([*given, MADE, wrote("last", "q", lam=9)]), (
        "a state depends on its events"
    )


@pytest.mark.parametrize("name", withdrawals())
def test_a_second_reader_takes_the_same_away(name: str) -> None:
    case = next(each for each in written()["withdrawal"] if each["name"] == name)
    directives, given = case["directives"], case["event"]
    assert {each["type"] for each in directives} <= set(DIRECTIVES)
    scopes = [second_state.scope_of(directives, given, i) for i in range(len(given["parts"]))]
    assert (second_state.taken_away(directives, given), scopes) == (case["gone"], case["scopes"])


@pytest.mark.parametrize("name", revocations())
def test_a_second_reader_cuts_at_the_same_place(name: str) -> None:
    case = next(each for each in written()["revocation"] if each["name"] == name)
    assert second_state.revoked(case["revocations"], case["events"]) == case["not_counting"]


def test_the_cases_tell_the_rules_apart() -> None:
    given = written()
    assert {tuple(each["gone"]) for each in given["withdrawal"]} >= {(), (0, 2), (0, 1, 2), (1,)}
    assert {scope for each in given["withdrawal"] for scope in each["scopes"]} >= {
        "team",
        "restricted",
        "privileged",
    }
    assert {len(each["not_counting"]) for each in given["revocation"]} >= {0, 1, 2, 3}
    assert any(each["disputed"] for case in given["merge"] for each in case["state"].values())
