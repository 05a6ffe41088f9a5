"""Where a model looked in a large volume: a box that lies right, can be moved, and used again."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(150)


def test_the_box_is_shown_moved_and_used(panel: Any) -> None:
    import slicer

    from UGMCLSegmentationLib.located_region import show_located

    nodes = panel.segment()
    assert show_located(nodes, panel.parameters) == ""
    report = json.loads(nodes.report.GetText())
    bounds = [0.0] * 6
    panel.volume.GetRASBounds(bounds)
    low, high = bounds[0::2], bounds[1::2]
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    box = [*low[:2], middle[2], *high]  # the upper half
    report["located"] = {"box_ras_mm": box, "share": 0.5}
    nodes.report.SetText(json.dumps(report))
    text = show_located(nodes, panel.parameters)
    assert "50 % of the image" in text
    roi = panel.parameters.region
    found = [0.0] * 6
    roi.GetRASBounds(found)
    assert [found[0], found[2], found[4], found[1], found[3], found[5]] == pytest.approx(box, abs=1e-3)
    assert not panel.parameters.useRegion, "another volume would be cut by this one's box"
    assert show_located(nodes, panel.parameters) == text
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsROINode") == 1

    panel.parameters.useRegion = True
    again = panel.segment()
    assert json.loads(again.report.GetText())["settings"]["roi"] is not None
