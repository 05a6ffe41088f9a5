"""Figures in words, as a panel says them."""

from __future__ import annotations

from slicer.i18n import tr as _

HOUR = 3600.0


def time_words(seconds: float) -> str:
    """A duration for people: rounded to what one can trust."""
    if seconds < 5:
        return _("a few seconds")
    if seconds < 90:
        return _("{count} s").format(count=int(5 * round(seconds / 5)))
    if seconds < 1.5 * HOUR:
        return _("{count} min").format(count=round(seconds / 60))
    return _("{count} h").format(count=f"{seconds / HOUR:.1f}")


def size_words(size: float) -> str:
    """Bytes for people, in powers of ten."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1e3:.0f} kB"
