"""While a training computes on the graphics card, automatic segmentations leave it alone and say so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


def test_only_the_automatic_choice_gives_way(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ugmcl.slicer.gpu_share as gpu_share

    monkeypatch.setattr(gpu_share, "gpu_holders", list)
    assert gpu_share.device_beside_trainings("auto") == ("auto", "")
    monkeypatch.setattr(gpu_share, "gpu_holders", lambda: [SimpleNamespace(name="night run")])
    device, text = gpu_share.device_beside_trainings("auto")
    assert device == "cpu" and "night run" in text and "Pause the run" in text
    assert gpu_share.device_beside_trainings("cuda") == ("cuda", "")


def test_a_request_beside_a_training_asks_for_the_processor(
    host: Any, root: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    import ugmcl.slicer.gpu_share as gpu_share

    host.load_module(root / "UGMCLSegmentation" / "UGMCLSegmentation.py")
    from ugmcl.models.library import find_model
    from ugmcl.samples import demo_sample
    from UGMCLSegmentationLib.request import SegmentationRequest

    volume = slicer.util.loadVolume(str(demo_sample().image))
    monkeypatch.setattr(gpu_share, "gpu_holders", lambda: [SimpleNamespace(name="night run")])
    request = SegmentationRequest((volume,), find_model("hippocampus"))
    assert request.job_options()["device"] == "cpu"
