"""A training computes on the graphics card: segmentations go to the processor meanwhile."""

from __future__ import annotations

from slicer.i18n import tr as _

from ugmcl.jobs.runs import gpu_holders


def device_beside_trainings(wish: str) -> tuple[str, str]:
    """The device to segment on, and a sentence where it is another one than wished; "" where it is not.

    Only the automatic choice gives way: who asks for the card gets it.
    """
    if wish != "auto":
        return wish, ""
    holders = gpu_holders()
    if not holders:
        return wish, ""
    text = _(
        "The run {name} computes on the graphics card: this segmentation uses the processor. Pause the run, "
        "or choose the graphics card under Advanced, to have it faster."
    )
    return "cpu", text.format(name=holders[0].name)
