"""No word of an incident leaves in a notice, and names that attack the receiver arrive as plain letters."""

import json
from collections.abc import Iterator

import pytest
from tests.features.notices.stage import address, channels, receiver
from tests.features.notices.test_notices_templates import ACTING
from tests.store.profiles import declare, note
from tests.support.hostile import EVERYTHING, MARK, dangers

from ircockpit.core.ids import random_uuid
from ircockpit.features.impact import actions as impact
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.features.notices.facts import facts_of
from ircockpit.features.notices.form import FACTS, MOST
from ircockpit.features.notices.reading import ORDER, TEST, Notice, render, shipped
from ircockpit.features.notices.sending import channels_of, deliver, prepare
from ircockpit.store.workstation import Draft, Workstation

WORD = "zzunspeakable"
SYSTEM = "<!channel> @everyone [x](http://evil.example) <script>\x1b[2J\u202e`rm`"
PERSON = "@here <!here> *Ann* \x1b]52;c;cm0=\x07"


def spoken(word: str) -> str:
    """What may not leave: a word nobody else says, with every trick there is."""
    return f"{WORD} {word} {EVERYTHING[:300]}"


@pytest.fixture
def row(station: Workstation) -> IncidentRow:
    """An incident in which everything anybody can say is hostile: the system's name and the people's too."""
    ident, stream = declare(station, spoken("title"))
    system = random_uuid()
    path = [{"who": PERSON, "how": spoken("how"), "minutes": 15}]
    described = {"name": SYSTEM, "owner": spoken("owner"), "escalation": json.dumps(path), "fallback": spoken("fallback"),
                 "affected": spoken("affected"), "on_call": spoken("call")}  # fmt: skip
    station.append([Draft(station.identity.org_stream, "system.recorded", system, (described,))])
    station.append(
        [
            station.set_field(stream, "incident.set", ident, field, value, why=spoken("why"))
            for field, value in (
                ("impact", spoken("impact")),
                ("system", system),
                ("severity", spoken("severity")),
            )
        ]
    )
    note(station, stream, ident, spoken("note"))
    action = {"incident": ident, "title": spoken("control"), "state": spoken("state"), "summary": spoken("summary"),
              "control": spoken("name"), "expires": spoken("expires"), "answers": spoken("answers")}  # fmt: skip
    station.append([Draft(stream, "containment.planned", station.new_id(stream), (action,))])
    impact.group(station, incident=ident, people=4000, label="zzunspeakable group")
    station.rename(PERSON)
    return incident(station.view, ident)


def notices_of(station: Workstation, row: IncidentRow) -> Iterator[tuple[str, Notice]]:
    facts = facts_of(station, row)
    for name in (*ORDER, TEST):
        yield name, render(shipped()[name].template, facts)


def test_no_template_lets_a_word_of_the_incident_out(station: Workstation, row: IncidentRow) -> None:
    for name, made in notices_of(station, row):
        assert WORD not in made.whole, name
        assert MARK not in made.whole, name
        assert len(made.whole) < MOST
        assert not dangers(made.whole, newline=True), name
        assert not ACTING - set(":") & set(made.whole), name
    assert WORD in row.title
    assert WORD in row.impact
    leaking = shipped()["declared"].template
    control = render(leaking, {**facts_of(station, row), "system": row.title})
    assert WORD in control.whole, "control: a title that stood in a fact would be seen"


def test_every_fact_is_as_short_as_it_says(station: Workstation, row: IncidentRow) -> None:
    found = facts_of(station, row)
    assert set(found) == set(FACTS)
    assert not [name for name, value in found.items() if not 0 < len(value) <= FACTS[name].most]
    assert found["system"] == "channel everyone x (http evil-ex"
    assert found["severity"] == "SEV?"
    assert found["people"] == "4,000 people"


def test_hostile_names_arrive_inert_on_the_wire(station: Workstation, row: IncidentRow) -> None:
    with receiver() as server:
        channels(station, slack={"url": address(server)})
        for name in ("declared", "escalation"):
            deliver(station, prepare(station, row, shipped()[name], channels_of(station).find("slack")))
    assert len(server.received) == 2
    for each in server.received:
        body = json.loads(each.body)
        words = body["title"] + "\n" + body["message"]
        assert "channel everyone" in words
        assert not dangers(words, newline=True)
        for attack in ("<", ">", "@", "`", "http:", "evil.example", "\x1b", WORD):
            assert attack not in words
    assert all(attack in SYSTEM for attack in ("<", "@", "`", "http:", "evil.example", "\x1b")), "control"


def test_the_clock_of_a_notice_is_the_short_name_of_its_file(station: Workstation) -> None:
    ident, _ = declare(station)
    made = facts_of(station, incident(station.view, ident))
    assert made["clock"] == "not decided"
    incidents.close(station, incident=ident, why="over")
    assert facts_of(station, incident(station.view, ident))["status"] == "closed"
