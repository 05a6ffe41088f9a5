"""The stages of a segmentation in the user's words, and how far each is along the bar."""

from __future__ import annotations

from slicer.i18n import tr as _

EXPORT, START, READ, NODES = "export", "start", "read", "nodes"
_ENDS = {  # share of the bar at which a stage ends; those in between are the job's own words
    EXPORT: 0.05,
    START: 0.10,
    "Loading the model": 0.15,
    "Reading the image": 0.17,
    "Preparing the image": 0.20,
    "Segmenting": 0.75,
    "Looking for uncertain regions": 0.80,
    "Bringing the result back to the image's grid": 0.86,
    "Writing the results": 0.90,
    READ: 0.93,
    NODES: 1.0,
}
_NAMES = list(_ENDS)


def words(stage: str) -> str:
    """The stage as the panel shows it; the job's own words where they are not known."""
    return {
        EXPORT: _("Handing over the image"),
        START: _("Starting the computation (longer the first time)"),
        "Loading the model": _("Loading the model"),
        "Reading the image": _("Reading the image"),
        "Preparing the image": _("Preparing the image"),
        "Segmenting": _("Segmenting"),
        "Looking for uncertain regions": _("Looking for uncertain regions"),
        "Bringing the result back to the image's grid": _("Bringing the result back to the image's grid"),
        "Writing the results": _("Writing the results"),
        READ: _("Reading the results"),
        NODES: _("Showing the results"),
    }.get(stage, stage)


def overall(stage: str, fraction: float, before: float) -> float:
    """Share of the whole, 0..1, which never goes back.

    Args:
        stage: the present one.
        fraction: of this stage, 0..1.
        before: what was shown last.
    """
    if stage not in _ENDS:
        return before
    place = _NAMES.index(stage)
    begin = _ENDS[_NAMES[place - 1]] if place else 0.0
    return max(before, begin + min(1.0, max(0.0, fraction)) * (_ENDS[stage] - begin))
