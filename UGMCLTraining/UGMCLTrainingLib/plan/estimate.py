"""What a training would take on this computer, measured by a job of its own with real steps."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.slicer.panel.words import size_words
from ugmcl.slicer.short_job import ShortJob
from UGMCLTrainingLib.plan.request import TrainingRequest

CACHE = "prepared"  # folder of the project: prepared data that estimates use again
SECONDS = 10.0  # of steps


def estimate_job(
    request: TrainingRequest,
    on_done: Callable[[dict[str, Any]], None],
    on_failed: Callable[[str], None],
    on_update: Callable[[Any], None] = lambda _update: None,
) -> ShortJob:
    """The measurement, to be started; the panel and segmentations stay free.

    Args:
        request: of the training.
        on_done: gets `ugmcl.training.estimate.Estimate` as JSON. on_failed: one sentence, "" when cancelled.
        on_update: every look.
    """
    given = request.arguments()
    arguments = {
        "dataset": given["data"],
        "preset": given["preset"],
        "settings": given["settings"],
        "start": given["start"],
        "output": str(request.project.folder / CACHE),
        "seconds": SECONDS,
        "allow_outside": True,
    }
    return ShortJob("estimate", arguments, on_done, on_failed, on_update, own_process=True)


def budget_rows(estimate: dict[str, Any], own: int | None) -> list[tuple[str, str, int, float]]:
    """Key, words, iterations and seconds of each choice."""
    words = {"quick": _("Quick"), "standard": _("Standard"), "thorough": _("Thorough")}
    rows = [
        (key, words.get(key, key), int(found["iterations"]), float(found["seconds"]))
        for key, found in estimate["budgets"].items()
    ]
    if own is not None:
        asked = estimate["asked"]
        rows.append(("own", _("Own number"), int(asked["iterations"]), float(asked["seconds"])))
    return rows


def need_words(estimate: dict[str, Any], project_folder: Path) -> tuple[str, bool]:
    """Device, memory and disk in a sentence, and whether they suffice."""
    memory, free = estimate["memory_bytes"], estimate["free_memory_bytes"]
    disk = estimate["disk_bytes"]
    free_disk = shutil.disk_usage(project_folder).free
    patch = " × ".join(str(side) for side in estimate["patch"])
    text = _(
        "{device}, {precision}, patches of {patch} voxels: {rate} steps a second, {memory} of memory "
        "({free} free), {disk} of disk ({free_disk} free)."
    ).format(
        device=_("Processor") if estimate["device"] in ("cpu", platform.machine()) else estimate["device"],
        precision=estimate["precision"],
        patch=patch,
        rate=f"{1 / max(estimate['seconds_per_iteration'], 1e-9):.2g}",
        memory=size_words(memory),
        free=size_words(free),
        disk=size_words(disk),
        free_disk=size_words(free_disk),
    )
    enough = disk < free_disk and free > 0
    if disk >= free_disk:
        text += " " + _("The disk does not suffice: make room, or move the project.")
    return text, enough
