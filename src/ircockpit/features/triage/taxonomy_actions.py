"""Taxonomies at the command line: what there is, one of them, and a publisher's own file taken in."""

from pathlib import Path

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.features.triage import codes
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Workstation

WIDTH = 74


def listed(station: Workstation) -> Result:
    """Every taxonomy here, shipped or imported."""
    shelf = codes.taxonomies_in(station.profile.folder)
    lines: list[Line] = []
    for each in shelf.taxonomies:
        origin = "imported, with texts" if each.imported else "ids and names"
        lines.append(
            (
                Span(f"{clean(each.name):22}", "key"), Span(clean(each.title)),
                Span(f"  {counted(len(each.codes), 'code')}, {origin}", "dim"),
            )
        )  # fmt: skip
    lines += [(Span(clean(error.what), "bad"),) for error in shelf.refused]
    data = [
        {
            "scheme": each.scheme, "version": each.version, "title": each.title, "source": each.source,
            "licence": each.licence, "codes": len(each.codes), "imported": each.imported,
        }
        for each in shelf.taxonomies
    ]  # fmt: skip
    return Result(data, tuple(lines))


def show(station: Workstation, *, taxonomy: str, find: str | None = None) -> Result:
    """The codes of a taxonomy, all or those in which some words stand; with its texts where one code is left."""
    found = codes.taxonomy(codes.taxonomies_in(station.profile.folder), taxonomy)
    rows = [each.code for each in codes.search((found,), find or "")]
    lines: list[Line] = [(Span(clean(found.title), "title"), Span(f"  {clean(found.licence)}", "dim"))]
    if found.note:
        lines.append((Span(clean(found.note), "warn"),))
    for row in rows:
        group = f"  {clean(row.group)}" if row.group else ""
        lines.append((Span(f"{clean(row.code):14} ", "key"), Span(clean(row.name)), Span(group, "dim")))
    if len(rows) == 1 and rows[0].text:
        lines.append(())
        for text in clean(rows[0].text, newline=True).split("\n"):
            lines += [(Span("  "), *piece) for piece in wrap((Span(text),), WIDTH)]
    data = {
        "scheme": found.scheme, "version": found.version, "source": found.source, "licence": found.licence,
        "codes": [{"code": r.code, "name": r.name, "group": r.group, "text": r.text} for r in rows],
    }  # fmt: skip
    return Result(data, tuple(lines), "" if rows else f"no code of {found.name} has {find!r} in it")


def take_in(station: Workstation, *, file: str) -> Result:
    """Take a publisher's own file into the profile, for its full texts; nothing of it is ever run or followed."""
    path = Path(file)
    try:
        with path.open("rb") as opened:
            raw = opened.read(codes.MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be read: {error.strerror}", safe="nothing was imported"
        ) from error
    found = codes.taken_in(raw, path.name)
    folder = station.profile.folder / "triage" / codes.FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in found:
        write_file(folder / f"{each.scheme}-{each.version}.json", codes.stored(each))
    data = [{"scheme": each.scheme, "version": each.version, "codes": len(each.codes)} for each in found]
    told = ", ".join(f"{each.name} ({counted(len(each.codes), 'code')})" for each in found)
    return Result(data, (), f"taken in, with its texts: {told}")
