"""JSON lines of a person's or tool's own making: one object a row, with any of a few plain fields."""

from collections.abc import Iterator
from typing import Any

from ircockpit.features.intake.formats.found import Bad, Found
from ircockpit.features.intake.formats.records import Record, Source, reason
from ircockpit.features.intake.formats.values import (
    TITLE_CHARS,
    Unreadable,
    content_digest,
    decimal_text,
    labels_of,
    load,
    message_text,
    one_line,
    word,
)

WANTED = ("title", "prompt", "output")
"""A row without any of these says nothing that could be reviewed."""


def read(source: Source, facts: dict[str, Any]) -> Iterator[Found | Bad | None]:
    """Findings and bad rows in the order of the file.

    A row has at least one of ``title``, ``prompt``, ``output``, and may have ``detector``, ``probe``,
    ``score``, ``severity``, ``source``, ``model``, ``observed_at`` and ``labels`` (an object of plain
    values). Other fields stay in the raw record. ``prompt`` and ``output`` are text, or messages as chat
    interfaces take them. Fact: ``rows``, the rows that were findings.
    """
    facts["rows"] = 0
    for record in source.records():
        try:
            yield _found(record)
            facts["rows"] += 1
        except Unreadable as error:
            yield Bad(record.line, reason(record, error))


def _found(record: Record) -> Found:
    raw = record.content()
    row = load(raw)
    if not isinstance(row, dict):
        raise Unreadable("the row is not a JSON object")
    title, prompt, output = _title(row.get("title")), _words(row, "prompt"), _words(row, "output")
    if not (title or prompt or output):
        raise Unreadable("the row has no title, no prompt and no output")
    detector, probe = word(row.get("detector"), "detector"), word(row.get("probe"), "probe")
    model, severity = word(row.get("model"), "model"), word(row.get("severity"), "severity")
    score = _score(row.get("score"))
    if score is None and isinstance(row.get("score"), str):
        severity = severity or word(row["score"], "score")
    labels = {"detector": detector, "model": model, "probe": probe} | _labels(row.get("labels"))
    return Found(
        key=f"jsonl/{content_digest(row)}",
        title=title or _untitled(detector, probe),
        source=word(row.get("source"), "source") or "jsonl",
        detector=detector,
        probe=probe,
        score=score,
        severity_word=severity or None,
        model=model,
        labels=tuple(sorted((name, value) for name, value in labels.items() if value)),
        observed=word(row.get("observed_at"), "observed_at") or None,
        line=record.line,
        locator=f"line {record.line}",
        offset=record.offset,
        length=len(raw),
        prompt=prompt,
        output=output,
        resolved=False,
    )


def _title(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise Unreadable("its title is not text")
    return one_line(value or "", TITLE_CHARS)


def _words(row: dict[str, Any], name: str) -> str | None:
    words = message_text(row.get(name))
    if words is None and row.get(name) is not None:
        raise Unreadable(f"its {name} is neither text nor messages")
    return words


def _score(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))):
        raise Unreadable("its score is not a number")
    return decimal_text(value)


def _labels(value: object) -> dict[str, str]:
    return {} if value is None else labels_of(value)


def _untitled(detector: str, probe: str) -> str:
    # A title is indexed and shown; so it is never made from prompt or output.
    named = detector or probe
    return one_line(f"finding of {named}", TITLE_CHARS) if named else "finding without a title"
