"""Pictures of the panel's later states, light and dark, and at double scale: written to be looked at.

`make screenshots` puts them into Resources/Screenshots. What can be asserted of a picture is: it exists, is
as large as it should be, and is not empty.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.samples import demo_sample

pytestmark = [pytest.mark.timeout(300), pytest.mark.screenshots]
TALL = (1600, 1250)


def size_and_spread(path: Path) -> tuple[int, int, float]:
    """Width, height, and the standard deviation of the grey values."""
    from matplotlib.image import imread

    pixels = imread(path)
    return pixels.shape[1], pixels.shape[0], float(np.std(pixels[..., :3]))


def keep(panel: Any, screenshots: Path, name: str) -> None:
    panel.host.process_events(0.5)
    path = screenshots / f"{name}.png"
    panel.host.screenshot(path)
    width, height, spread = size_and_spread(path)
    assert width >= 1200 and height >= 900 and spread > 0.1


def show_only(panel: Any, *names: str) -> None:
    """Only these collapsible parts are open."""
    for section in panel.widget.sections:
        for name, child in vars(section.ui).items():
            if name.endswith("CollapsibleButton"):
                child.setProperty("collapsed", name not in names)
    panel.host.process_events(0.2)


@pytest.fixture
def finished(panel: Any) -> Any:
    """The bundled case, segmented."""
    panel.host.window.resize(*TALL)
    panel.segment()
    return panel


def test_review_in_both_themes(finished: Any, screenshots: Path) -> None:
    show_only(finished, "resultCollapsibleButton", "reviewCollapsibleButton")
    finished.host.press("N")
    keep(finished, screenshots, "segmentation_review")
    finished.host.theme("dark")
    try:
        keep(finished, screenshots, "segmentation_review_dark")
    finally:
        finished.host.theme("light")


def test_comparison(finished: Any, screenshots: Path) -> None:
    import slicer

    from UGMCLSegmentationLib.sample_data import load_sample

    slicer.mrmlScene.RemoveNode(finished.volume)
    sample = load_sample(demo_sample().id)
    image, reference = sample.volume, sample.reference
    finished.parameters.inputVolume = image
    finished.settle()
    finished.segment()
    show_only(finished, "resultCollapsibleButton", "comparisonCollapsibleButton")
    finished.parameters.reference = reference
    reference.GetDisplayNode().SetVisibility2DFill(False)
    finished.settle()
    section = finished.section("ComparisonSection")
    finished.host.click(section.ui.compareButton)
    finished.host.wait_until(lambda: section._work is None, 60, "the comparison")
    keep(finished, screenshots, "segmentation_comparison")


def test_batch(finished: Any, screenshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from ugmcl.samples import list_samples

    monkeypatch.chdir(tmp_path)  # so that the picture shows no path of this computer
    scans = tmp_path / "scans"
    scans.mkdir()
    for sample in list_samples()[:3]:
        shutil.copy(sample.image, scans / f"{sample.id}.nii.gz")
    (scans / "notes.nii.gz").write_bytes(b"no image")
    show_only(finished, "batchCollapsibleButton")
    section = finished.section("BatchSection")
    section.ui.batchFolderButton.setChecked(True)
    section.ui.batchFolderEdit.setCurrentPath("scans")
    section.ui.batchOutputEdit.setCurrentPath("results")
    finished.settle()
    finished.host.click(section.ui.batchButton)
    finished.host.wait_until(lambda: section.run.ended, 200, "the end of the batch")
    keep(finished, screenshots, "segmentation_batch")


def test_at_double_scale_nothing_is_clipped(root: Path, screenshots: Path) -> None:
    """In a process of its own, since Qt takes the scale once; no label is cut off at twice the size."""
    path = screenshots / "segmentation_double_scale.png"
    code = (
        "import os, sys\n"
        "sys.path[:0] = [sys.argv[1] + '/Testing', sys.argv[1]]\n"
        "from pathlib import Path\n"
        "from host.start import start_host\n"
        "host = start_host()\n"
        "import slicer\n"
        "host.load_module(Path(sys.argv[1]) / 'UGMCLSegmentation' / 'UGMCLSegmentation.py')\n"
        "from ugmcl.samples import demo_sample\n"
        "slicer.util.loadVolume(str(demo_sample().image))\n"
        "panel = host.open('UGMCLSegmentation')\n"
        "host.process_events(1)\n"
        "host.screenshot(Path(sys.argv[2]))\n"
        "narrow = [n for n, c in vars(panel.ui).items() if n.endswith('Button') and hasattr(c, 'text')\n"
        "          and c.visible and c.width < c.sizeHint().width() - 2]\n"
        "print('NARROW', narrow)\n"
        "sys.stdout.flush()\n"
        "os._exit(0)\n"
    )
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "UGMCL_HOME": str(screenshots / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(root), str(path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "NARROW []" in done.stdout
    assert size_and_spread(path)[0] >= 2000
