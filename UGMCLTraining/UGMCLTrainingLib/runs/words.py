"""What the list says of a run, in words."""

from __future__ import annotations

import time
from typing import Any

from slicer.i18n import tr as _

from ugmcl.slicer.panel.words import size_words, time_words

AT_WORK = ("running", "queued")


def state_words(summary: Any, asked: str = "") -> str:
    """The state of a run in one or two lines.

    Args:
        summary: of the run.
        asked: what it was asked for a moment ago: paused or cancelled.
    """
    if summary.state in AT_WORK and asked:
        return _("being paused") if asked == "paused" else _("being stopped")
    if summary.state == "running" and summary.remaining_s is not None:
        return _("running,\n{time} left").format(time=time_words(summary.remaining_s))
    return {
        "queued": _("about to begin"),
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed,\ncan be resumed"),
        "paused": _("paused"),
        "stopped": _("paused"),
        "cancelled": _("stopped,\ncan be resumed"),
        "interrupted": _("interrupted,\ncan be resumed"),
    }.get(str(summary.state), str(summary.state))


def iteration_words(summary: Any) -> str:
    """Steps done of all."""
    if not summary.iterations:
        return str(summary.iteration or "–")
    return _("{done}\nof {all}").format(done=summary.iteration or 0, all=summary.iterations)


def dice_words(summary: Any) -> str:
    """The newest mean Dice of the better network, and what the starting model had."""
    values = [value for value in (summary.dice or {}).values() if value is not None]
    if not values:
        return "–"
    newest = f"{max(values):.3f}"
    if summary.start_dice is None:
        return newest
    return _("{newest}\nstart {start}").format(newest=newest, start=f"{summary.start_dice:.3f}")


def name_words(summary: Any) -> str:
    """Its name, and what its folder takes on the disk."""
    return f"{summary.name}\n{size_words(summary.disk_bytes)}"


def tip_words(summary: Any) -> str:
    """Where it lies, when it was started, on what it computes, what went wrong."""
    lines = [str(summary.folder)]
    if summary.created:
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.created))
        lines.append(_("Started {time}").format(time=started))
    if summary.device:
        lines.append(_("Computes on {device}").format(device=summary.device_name or summary.device))
    if summary.error:
        lines.append(str(summary.error))
    return "\n".join(lines)
