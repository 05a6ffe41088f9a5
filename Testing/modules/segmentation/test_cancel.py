"""Cancel works in every stage, leaves nothing behind, and the next click works."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize(
    "stage",
    [
        "Handing over the image",
        "Starting the computation (longer the first time)",
        "Segmenting",
        "Reading the results",
        "Showing the results",
    ],
)
def test_cancel_in_a_stage(panel: Any, stage: str) -> None:
    import slicer

    from ugmcl.slicer.warm_worker import shared_worker

    if stage.startswith("Starting"):
        shared_worker().stop()
    panel.parameters.passes = 64 if stage == "Segmenting" else 0
    before = slicer.mrmlScene.GetNumberOfNodes()
    section, clicked = panel.section("RunSection"), []

    def tell_and_click(words: str, share: float, remaining_s: float | None) -> None:
        progress(words, share, remaining_s)
        if words == stage and not clicked and panel.section("RunSection").running:
            clicked.append(True)
            panel.host.click(panel.ui.segmentButton)

    progress, section._progress = section._progress, tell_and_click
    run = panel.start()
    job = run.job
    panel.finish()
    assert clicked, f"the stage {stage!r} was not seen"
    assert run.state == "cancelled", run.error
    assert panel.message == "Cancelled. Nothing was changed."
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert panel.parameters.segmentation is None
    panel.usable()
    panel.host.wait_until(lambda: not job.path.exists(), 20, "the removal of the job's folder")

    section._progress = progress
    panel.parameters.passes = 0
    panel.segment()
