"""Looking for a text in every byte of a folder, and in the words that a search index keeps."""

from pathlib import Path

from ircockpit.store.sqlite import engine


def files_with(folder: Path, text: str) -> list[str]:
    """Files under a folder that hold a text, as written or case folded, also where pages cut it in two."""
    wanted = {text.encode(), text.casefold().encode(), text.upper().encode()}
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            if any(each in raw for each in wanted) or any(
                each in _pressed(raw) for each in map(_pressed, wanted)
            ):
                found.append(str(path.relative_to(folder)))
    return found


def _pressed(raw: bytes) -> bytes:
    """Without blanks, so that padding does not hide a text."""
    return raw.replace(b" ", b"")


def trigrams_of(view: Path, text: str) -> set[str]:
    """Those trigrams of a text that the view's search index still has a list for."""
    db = engine.connect(f"file:{view}?mode=ro", uri=True)
    try:
        db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'found', 'row')")
        kept = {row[0] for row in db.execute("SELECT term FROM temp.words")}
    finally:
        db.close()
    folded = text.casefold()
    return {folded[at : at + 3] for at in range(len(folded) - 2)} & kept
