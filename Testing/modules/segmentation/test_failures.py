"""Whatever goes wrong ends in a clear sentence and a usable panel."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ugmcl.models.library import find_model

MODEL = find_model("hippocampus").id  # the bundled one
pytestmark = pytest.mark.timeout(240)


def wait_for(panel: Any, stage: str) -> None:
    panel.host.wait_until(
        lambda: panel.ui.stageLabel.text.startswith(stage) or panel.run.ended, 100, f"the stage {stage}"
    )


def test_an_interpreter_that_cannot_start(panel: Any, tmp_path: Path) -> None:
    from ugmcl.slicer import settings

    broken = tmp_path / "python"
    broken.write_text("#!/bin/false\n", encoding="ascii")
    broken.chmod(0o755)
    settings.set_own_python(str(broken))
    try:
        panel.start()
        panel.finish()
        assert panel.run.state == "failed"
        assert panel.message
        panel.usable()
    finally:
        settings.set_own_python("")
    panel.segment()


def test_the_volume_is_deleted_meanwhile(panel: Any) -> None:
    import slicer

    panel.parameters.passes = 64
    panel.start()
    wait_for(panel, "Segmenting")
    slicer.mrmlScene.RemoveNode(panel.volume)
    panel.finish()
    assert panel.run.state == "failed"
    assert panel.message == "The volume was removed from the scene; the segmentation was stopped."
    panel.usable()
    assert not panel.ui.segmentButton.enabled
    assert panel.ui.segmentButton.toolTip == "Choose a volume first."


def test_the_scene_is_closed_meanwhile(panel: Any, load_image: Any) -> None:
    import slicer

    panel.parameters.passes = 64
    run = panel.start()
    wait_for(panel, "Segmenting")
    panel.host.close_scene()
    assert run.ended
    load_image()
    panel.host.process_events(2.0)
    assert not slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert panel.message == "The scene was closed; the segmentation was stopped."
    panel.usable()
    panel.parameters.inputVolume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    panel.segment()


@pytest.mark.parametrize("stage", ["Starting", "Segmenting"])
def test_the_process_is_killed(panel: Any, stage: str) -> None:
    from ugmcl.slicer.warm_worker import shared_worker

    if stage == "Starting":
        shared_worker().stop()
    panel.parameters.passes = 64
    panel.start()
    wait_for(panel, stage)
    begin = time.monotonic()
    os.kill(shared_worker().launched.pid, signal.SIGKILL)
    panel.finish()
    assert time.monotonic() - begin < 10.0
    assert panel.run.state == "failed"
    assert panel.message
    panel.usable()
    panel.parameters.passes = 0
    panel.segment()


def test_a_damaged_and_a_missing_model(panel: Any, root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "models" / "hippocampus"
    shutil.copytree(root / "Resources" / "Models" / "hippocampus", folder)
    description = folder / "model.json"
    version = MODEL.partition("@")[2]
    text = description.read_text(encoding="utf-8").replace(f'"version": "{version}"', '"version": "9.9"')
    description.write_text(text, encoding="utf-8")
    monkeypatch.setenv("UGMCL_MODELS", str(tmp_path / "models"))
    panel.section("InputSection").reload_models()
    panel.parameters.model = "hippocampus@9.9"
    panel.settle()
    with (folder / "weights.safetensors").open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00" * 64)
    panel.start()
    panel.finish()
    assert "damaged" in panel.message
    panel.usable()

    shutil.rmtree(folder)
    panel.host.click(panel.ui.segmentButton)
    panel.settle()
    assert "there is no model hippocampus@9.9" in panel.message
    panel.usable()
    panel.parameters.model = MODEL
    panel.segment()


def test_the_module_is_closed_and_slicer_quits_meanwhile(panel: Any) -> None:
    from ugmcl.slicer.warm_worker import shared_worker

    panel.parameters.passes = 64
    run = panel.start()
    wait_for(panel, "Segmenting")
    worker = shared_worker().pid
    panel.widget.cleanup()
    panel.host.wait_until(lambda: run.ended, 30, "the end of the run")
    shared_worker().stop()
    panel.host.wait_until(lambda: not _alive(worker), 30, "the end of the worker")


def _alive(pid: int) -> bool:
    if sys.platform.startswith("linux"):
        try:
            return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
        except OSError:
            return False
    return True


def test_a_region_outside_of_the_volume(panel: Any) -> None:
    import slicer

    roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    roi.SetCenterWorld([5000.0, 0.0, 0.0])
    roi.SetSize([10.0, 10.0, 10.0])
    panel.parameters.region = roi
    panel.parameters.useRegion = True
    panel.start()
    panel.settle()
    assert panel.message
    panel.usable()


def test_a_silent_process_is_told_of(panel: Any) -> None:
    from ugmcl.jobs.follow import Progress, Update

    panel.parameters.passes = 64
    run = panel.start()
    wait_for(panel, "Segmenting")
    run._job_says(Update("running", progress=Progress(stage="Segmenting"), silent_s=75.0))
    assert panel.ui.stageLabel.text == "No sign of life for 75 s (stage: Segmenting); Cancel ends it"
    panel.host.click(panel.ui.segmentButton)
    assert panel.finish().state == "cancelled"
