"""Slicer's own template of a scripted module runs in the host, driven by real clicks."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

SOURCES = os.environ.get("SLICER_PYTHON_DIR")
TEMPLATE = Path(SOURCES or ".").parents[1] / "Utilities/Templates/Modules/Scripted" if SOURCES else Path()


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The template with its key replaced, as Slicer's extension wizard does it."""
    if not SOURCES or not (TEMPLATE / "TemplateKey.py").is_file():
        pytest.skip("needs SLICER_PYTHON_DIR in a checkout of Slicer with Utilities/Templates")
    folder = tmp_path / "HostedTemplate"
    for file in TEMPLATE.rglob("TemplateKey.*"):
        target = folder / str(file.relative_to(TEMPLATE)).replace("TemplateKey", "HostedTemplate")
        target.parent.mkdir(parents=True, exist_ok=True)
        data = file.read_bytes()
        target.write_bytes(data.replace(b"TemplateKey", b"HostedTemplate") if file.suffix != ".png" else data)
    return folder / "HostedTemplate.py"


def threshold(module: Any, node: Any, parameters: dict[str, Any], **settings: Any) -> Any:
    """What the command-line module does that the template starts; the wheel has no command-line modules."""
    import slicer

    voxels = slicer.util.arrayFromVolume(slicer.util.getNode(parameters["InputVolume"]))
    clipped = np.where(voxels > parameters["ThresholdValue"], 0, voxels)
    slicer.util.updateVolumeFromArray(slicer.util.getNode(parameters["OutputVolume"]), clipped)
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")


@pytest.mark.timeout(120)
def test_the_template_applies_its_threshold(
    host: Any, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    monkeypatch.setattr(slicer, "cli", SimpleNamespace(run=threshold), raising=False)
    monkeypatch.setattr(slicer.modules, "thresholdscalarvolume", None, raising=False)
    host.load_module(template)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Ramp")
    slicer.util.updateVolumeFromArray(volume, np.arange(125, dtype=np.float32).reshape(5, 5, 5))
    volume.CreateDefaultDisplayNodes()
    ui = host.open("HostedTemplate").ui
    assert not ui.applyButton.enabled
    output = ui.outputSelector.addNode()
    assert ui.inputSelector.currentNode() is volume
    assert ui.applyButton.enabled
    host.type_text(ui.imageThresholdSliderWidget, "50")
    host.click(ui.applyButton)
    assert slicer.util.arrayFromVolume(output).max() == 50
    assert host.errors() == []
