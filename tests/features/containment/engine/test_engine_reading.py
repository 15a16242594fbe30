"""How a control is read: in its own format, absent where it says so, and with the version that changes compare."""

from collections.abc import Iterator

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Bench, says
from tests.support.scripted import answer

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.features.containment.engine import expression, tables
from ircockpit.features.containment.engine.journal import Outcome
from ircockpit.features.containment.engine.plan import leads_as_shown
from ircockpit.features.containment.engine.request import shown
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.template import fill

STATS = (
    b'# pxname,svname,qcur,status,\nllm,prod,0,UP,\nllm,"odd, name",0,MAINT (via a/b),\nllm,BACKEND,0,UP,\n'
)
# As HAProxy writes it, a version first.
SERVERS = "1\n# be_id be_name srv_id srv_name srv_admin_state\n3 llm 1 prod 0\n3 llm 2 fallback 1\n\n"


def with_read(read: bytes, *, contained: bytes = b"starts_with(state, 'MAINT')") -> bytes:
    source = FLAG.replace(
        b'{method: GET, path: "/flags/${p.flag}", state: body.flag.enabled, timeout_s: 1}', read
    )
    assert source != FLAG
    return source.replace(b"contained: state == `false`", b"contained: " + contained, 1)


def test_a_table_in_csv_is_read_by_the_names_of_its_columns() -> None:
    found = tables.rows(STATS.decode(), "csv")
    assert found[0] == {"pxname": "llm", "svname": "prod", "qcur": "0", "status": "UP"}
    assert found[1]["svname"] == "odd, name"


def test_a_table_parted_by_blanks_begins_at_its_line_of_names() -> None:
    assert [row["srv_name"] for row in tables.rows(SERVERS, "table")] == ["prod", "fallback"]


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_no_value_makes_a_row_of_its_own(end: str) -> None:
    said = f"name,last,state\r\nprod,said{end}prod{end},up\r\n"
    assert [row["state"] for row in tables.rows(said, "csv")] == ["up"]
    assert tables.rows('name,last\na,"two\nlines"\n', "csv") == [{"name": "a", "last": "two\nlines"}]
    listed = f"0x1 sk-one{end}0x2 sk-two\n0x3 sk-three\n"
    assert len(tables.rows(f"# id key\n{listed}", "table")) == 2
    assert len(expression.evaluate("lines(text)", {"text": listed})) == 2


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "csv"),
        ("\n\n", "table"),
        ("a,a\n1,2\n", "csv"),
        (",\n1,2\n", "csv"),
        ('a,b\n"open', "csv"),
        ("a\n" + "1\n" * (tables.MAX_ROWS + 1), "csv"),
    ],
    ids=["nothing", "blank", "twice", "no names", "open quote", "too many"],
)
def test_what_is_no_table_is_refused(text: str, form: tables.Form) -> None:
    with pytest.raises(BadInput):
        tables.rows(text, form)


CSV_READ = (
    b"{method: GET, path: /stats, parse: csv,"
    b" state: \"where(where(body, 'pxname', 'llm'), 'svname', p.flag) | [0].status\"}"
)


def test_a_control_is_read_from_csv() -> None:
    with Bench(with_read(CSV_READ)) as bench:
        bench.gateway.lies["GET", "/stats"] = says(200, STATS)
        assert bench.runner.read(bench.measure(flag="prod")).state == "UP"
        reading = bench.runner.read(bench.measure(flag="backend"))
        assert (reading.state, reading.contained) == (None, False)
        bench.gateway.lies["GET", "/stats"] = says(200, b"")
        with pytest.raises(BadInput, match="did not answer with a table"):
            bench.runner.read(bench.measure(flag="prod"))


ABSENT = with_read(
    b'{method: GET, path: "/flags/${p.flag}", state: body.flag.enabled,'
    b" absent_when: \"status == `404` && body.message == 'no such flag'\"}",
    contained=b"state != `true`",
)


def test_absence_is_a_state_where_the_connector_recognises_it() -> None:
    with Bench(ABSENT) as bench:
        assert bench.runner.read(bench.measure(flag="none.such")).state is None
        assert bench.runner.read(bench.measure()).state is True
        bench.gateway.lies["GET", FLAG_PATH] = says(404, {"message": "no such route"})
        with pytest.raises(RefusedError):  # another 404 is no absence
            bench.runner.read(bench.measure())


DELETING = ABSENT.replace(
    b'      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: "${before}"}, timeout_s: 1}\n',
    b'      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: "${before}"}, when: "before != `null`"}\n'
    b'      - {method: DELETE, path: "/flags/${p.flag}", when: "before == `null`"}\n',
)


def test_a_step_is_only_planned_when_its_condition_holds() -> None:
    assert DELETING != ABSENT
    with Bench(DELETING) as bench:
        there = bench.plan()
        absent = bench.plan(bench.measure(flag="none.such"))
        assert [request.method for request in there.way_back] == ["PUT"]
        assert [request.method for request in absent.way_back] == ["DELETE"]


def test_without_any_step_of_the_way_back_nothing_is_planned() -> None:
    source = DELETING.replace(b'when: "before == `null`"', b'when: "before == `7`"')
    nothing_set = source.replace(b"contained: state != `true`", b"contained: state == `false`")
    with Bench(nothing_set) as bench, pytest.raises(BadInput, match="no way back"):
        bench.plan(bench.measure(flag="none.such"))


# Redirects


SEE_OTHER = FLAG.replace(
    b"json: {enabled: false}, timeout_s: 1}",
    b"json: {enabled: false}, ok: \"status == `303` && ends_with(headers.location, 'st=DONE')\"}",
)


@pytest.mark.parametrize(("done", "state"), [("DONE", State.EFFECTIVE), ("ERRP", State.FAILED)])
def test_a_redirect_is_an_answer_to_judge_and_is_never_followed(done: str, state: State) -> None:
    with Bench(SEE_OTHER) as bench:

        def script(received: object, line: object) -> None:
            if done == "DONE":
                bench.gateway.set("chat.enabled", False)
            line.send(answer(303, b"", {"location": f"{bench.gateway.server.url}/stats;st={done}"}))  # type: ignore[attr-defined]

        bench.gateway.lies["PUT", FLAG_PATH] = script
        outcome = bench.go()
        assert outcome.state is state, outcome.reason
        assert not [each for each in bench.gateway.server.received if "stats" in each.target]
        if done == "ERRP":
            assert "answered 303, not as its connector expects" in outcome.reason


# Versions

VERSIONED = FLAG.replace(
    b"state: body.flag.enabled, timeout_s: 1}", b"state: body.flag.enabled, version: headers.etag}"
).replace(
    b"json: {enabled: false}, timeout_s: 1}",
    b"json: {enabled: false}, headers: {If-Match: '${version}'}, guard: status == `412`}",
)


def etag(name: str, *, trailer: bool) -> bytes:
    body = b'{"flag": {"enabled": true}}'
    if not trailer:
        return answer(200, body, {"etag": name})
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n"
    head = b"HTTP/1.1 200 OK\r\ntrailer: ETag\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + chunk + f"Etag: {name}\r\n\r\n".encode()


@pytest.fixture(params=[False, True], ids=["header", "trailer"])
def versioned(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(VERSIONED) as bench:
        bench.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(
            etag('"/flags 057a289b"', trailer=request.param)
        )
        yield bench


def test_a_version_is_sent_along_and_is_part_of_what_is_approved(versioned: Bench) -> None:
    plan = versioned.plan()
    assert plan.version == '"/flags 057a289b"'
    assert ("if-match", '"/flags 057a289b"') in [header[:2] for header in plan.requests[0].headers]
    versioned.gateway.lies["PUT", FLAG_PATH] = says(412, {"error": "stale"})
    outcome = versioned.go(plan)
    assert outcome.state is State.DRIFTED
    assert "somebody else changed it" in outcome.reason
    [sent] = versioned.gateway.changes
    assert sent.headers["if-match"] == '"/flags 057a289b"'


COMPARED_BACK = VERSIONED.replace(
    b'json: {enabled: "${before}"}, timeout_s: 1}',
    b"json: {enabled: '${before}'}, headers: {If-Match: '${version}'}, guard: status == `412`}",
)


def test_the_way_back_shows_a_hole_for_the_version_that_is_read_then() -> None:
    with Bench(COMPARED_BACK) as bench:
        bench.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(etag('"one"', trailer=False))
        plan = bench.plan()
        assert ("if-match", '"one"') in [header[:2] for header in plan.requests[0].headers]
        assert "if-match: <version read then>" in shown(plan.way_back[0])
        bench.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(etag('"two"', trailer=False))
        back = bench.back(plan, Outcome(State.UNKNOWN, "", None, 0, 0, (), None, {}, ()))
        assert 'if-match: "two"' in shown(back.requests[0])
        assert leads_as_shown(plan, back)
        another = plan._replace(way_back=plan.requests)
        assert not leads_as_shown(another, back), "the control: one that shows something else"


def test_a_query_and_a_form_show_the_hole_as_it_is_and_hold_every_other_value_encoded() -> None:
    put = b'{method: PUT, path: "/flags/${p.flag}", json: {enabled: "${before}"}'
    post = "{method: POST, path: /back, query: {at: 'no. ${version}'}, form: {to: '${before} & é', at: '${version}'}"
    with Bench(VERSIONED.replace(put, post.encode())) as bench:
        bench.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(etag("<a b>", trailer=False))
        plan = bench.plan()
        first, *_, form = shown(plan.way_back[0])
        assert first.endswith("/back?at=no.%20<version read then>")
        assert form == "to=true%20%26%20%C3%A9&at=<version read then>"
        back = bench.back(plan, Outcome(State.UNKNOWN, "", None, 0, 0, (), None, {}, ()))
        assert shown(back.requests[0])[0].endswith("/back?at=no.%20%3Ca%20b%3E")
        assert leads_as_shown(plan, back)


def test_a_changed_version_stops_before_sending_although_the_state_is_the_same(versioned: Bench) -> None:
    plan = versioned.plan()
    versioned.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(etag('"new"', trailer=True))
    outcome = versioned.go(plan)
    assert outcome.state is State.DRIFTED
    assert versioned.gateway.changes == []


LOST = FLAG.replace(
    b"json: {enabled: false}, timeout_s: 1}",
    b"json: {enabled: false}, ok: 'status == `200` && body.succeeded == `true`',"
    b" guard: 'status == `200` && body.succeeded != `true`'}",
)


def test_a_comparison_that_failed_within_a_200_is_somebody_elses_change() -> None:
    with Bench(LOST) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = says(200, {"header": {"revision": "3"}})  # as etcd answers
        outcome = bench.go()
        assert outcome.state is State.DRIFTED
        assert "somebody else changed it" in outcome.reason


# Functions


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b64e('true')", "dHJ1ZQ=="),
        ("b64d('dHJ1ZQ==')", "true"),
        ("lines(text)[0]", "one"),
        ("split('a  b', ' ')", ["a", "b"]),
        ("split('a,b', ',')[1]", "b"),
        ("lower('Bearer X')", "bearer x"),
        ("from_json('{\"a\": 1}').a", 1),
        ("where(rows, 'n', 'x')[0].v", 1),
        ("where(rows, 'n', `1`)", []),
    ],
)
def test_the_functions(text: str, value: object) -> None:
    scope = {"text": "one\n\ntwo\n", "rows": [{"n": "x", "v": 1}, {"n": True}, "x"]}
    assert expression.check(text) is not None
    assert expression.evaluate(text, scope) == value
    assert fill({"a": f"${{{text}}}"}, scope) == {"a": value} or "{" in text


@pytest.mark.parametrize(
    "text", ["b64d('%%%')", "b64d('/w==')", "from_json('{')", "b64e(`1`)", "lines(none)"]
)
def test_a_function_that_cannot_do_it_is_an_error_and_a_no(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be evaluated"):
        expression.evaluate(text, {})
    assert expression.holds(f"{text} == 'x'", {}).warning


def test_what_a_model_said_is_read_out_of_its_answer() -> None:
    body = {
        "id": "c1",
        "object": "x" * 200,
        "choices": [{"message": {"role": "assistant", "content": "[fallback] no\nmore"}}],
    }
    with Bench() as bench:
        for given, said in (
            (body, "[fallback] no more"),
            ({"choices": [{"text": "old"}]}, ""),
            ({"choices": None}, ""),
        ):
            bench.gateway.lies["GET", FLAG_PATH] = says(200, {"flag": {"enabled": True}, **given})
            exchange = bench.runner.read(bench.measure()).exchange
            assert exchange.words == said
            assert exchange.excerpt.startswith('{"flag"')
