"""Ages as a tired person reads them; imports nothing, for the first frame has them too."""


def age(seconds: float) -> str:
    """A time span in its largest whole unit: ``45s``, ``3m``, ``2h``, ``5d``; ``-3m`` lies ahead."""
    sign = "-" if seconds <= -1 else ""
    whole = int(abs(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if whole >= size:
            return f"{sign}{whole // size}{unit}"
    return f"{sign}{whole}s"
