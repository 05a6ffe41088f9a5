"""The tutorial's way, step by step with real clicks, and its pictures (docs/slicer-tutorial.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(240)
PATIENCE_S = 100.0


@pytest.fixture
def opened(host: Any, module: Any) -> Any:
    """Steps 1 and 2: the sample is in the scene by a click in Sample Data, the module is open."""
    import slicer

    module.UGMCLSegmentation.started(None)
    sources = slicer.modules.sampleDataSources["UG-MCL"]
    source = next(source for source in sources if source.sampleName == "hippocampus_335")
    volume, reference = source.customDownloader(source)
    reference.CreateDefaultDisplayNodes()
    reference.GetDisplayNode().SetVisibility(False)
    widget = host.open("UGMCLSegmentation")
    host.process_events(0.2)
    assert widget.parameters.inputVolume is volume
    return widget


@pytest.mark.screenshots
def test_choose_segment_and_read(host: Any, opened: Any, screenshots: Path) -> None:
    ui = opened.ui
    assert ui.modelCombo.currentText.startswith("Hippocampus in T1 MRI")
    assert ui.segmentButton.enabled
    host.click(ui.segmentButton)
    host.wait_until(
        lambda: ui.stageLabel.text.startswith("Segmenting"), PATIENCE_S, "the segmentation itself"
    )
    assert ui.segmentButton.text == "Cancel"
    host.screenshot(screenshots / "segmentation_running.png")
    host.wait_until(lambda: ui.segmentButton.text == "Segment", PATIENCE_S, "the end of the segmentation")
    host.process_events(0.5)
    assert "of the surface is certain" in ui.summaryLabel.text
    assert opened.parameters.segmentation is not None
