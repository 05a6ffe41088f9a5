"""The left-atrium model in the panel: listed with its terms and expected time, and used on a real scan."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.models.library import find_model

pytestmark = [pytest.mark.timeout(300), pytest.mark.screenshots]
SCAN = "la_024"


@pytest.fixture
def scan(root: Path, tmp_path: Path) -> Path:
    """A left-atrium scan as a file; it is not part of the project."""
    folder = root.parent / "shared" / "data" / "left-atrium"
    if not (folder / "read.py").is_file():
        pytest.skip("the shared left-atrium scans (../shared/data/left-atrium) are not on this computer")
    specification = importlib.util.spec_from_file_location("read_left_atrium", folder / "read.py")
    assert specification is not None and specification.loader is not None
    reader = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reader)
    case = next(case for case in reader.cases() if case["id"] == SCAN)
    image, _ = reader.read_case(case)
    volume = sitk.GetImageFromArray(np.ascontiguousarray(image.transpose(2, 1, 0)))
    volume.SetSpacing(case["spacing_mm"])
    sitk.WriteImage(volume, str(tmp_path / "LGE.nrrd"), True)
    return tmp_path / "LGE.nrrd"


def test_one_click_on_a_real_scan(panel: Any, scan: Path, screenshots: Path) -> None:
    import slicer

    panel.parameters.inputVolume = slicer.util.loadVolume(str(scan))
    panel.parameters.model = find_model("left-atrium-lge").id
    panel.settle()
    text = panel.ui.modelInfoLabel.text
    assert "left atrium in MR images" in text and "Research use only" in text
    assert "Expected time: a few seconds a scan on " in text
    panel.segment()
    assert "Expected time on this computer: " in panel.ui.modelInfoLabel.text
    segmentation = panel.run.nodes.segmentation.GetSegmentation()
    assert segmentation.GetNthSegment(0).GetName() == "left atrium"
    panel.host.window.resize(1600, 1000)
    panel.host.process_events(0.5)
    panel.host.screenshot(screenshots / "segmentation_left_atrium.png")
