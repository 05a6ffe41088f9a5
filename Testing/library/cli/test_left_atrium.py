"""A real left-atrium scan goes the whole way by the same commands: trained on, then segmented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.cli import main as program

ROLES = {"la_001": "labelled", "la_002": "labelled", "la_020": "unlabelled", "la_021": "unlabelled"}


@pytest.fixture
def left_atrium(left_atrium_reader: Any, tmp_path: Path) -> Path:
    """A data set of two labelled and two unlabelled scans, written without this library's code."""
    folder, cases = tmp_path / "Vorhöfe links", []
    folder.mkdir()
    for case in left_atrium_reader.cases():
        if case["id"] not in ROLES:
            continue
        labelled = ROLES[case["id"]] == "labelled"
        for kind, array in zip(("image", "label"), left_atrium_reader.read_case(case), strict=True):
            if kind == "image" or labelled:
                volume = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
                volume.SetSpacing(case["spacing_mm"])
                sitk.WriteImage(volume, str(folder / f"{case['id']}_{kind}.nrrd"), True)
        label = f"{case['id']}_label.nrrd" if labelled else None
        entry = {"id": case["id"], "image": f"{case['id']}_image.nrrd", "label": label}
        cases.append({**entry, "role": ROLES[case["id"]], "patient": None})
    manifest = {"labels": {"1": {"name": "left atrium"}}, "channels": ["LGE MRI"], "cases": cases}
    (folder / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder / "dataset.json"


@pytest.mark.slow
def test_a_left_atrium_scan_trains_and_segments(
    left_atrium: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    wishes = {
        "width": "2", "patch": "64,64,48", "spacing_mm": "1.25,1.25,1.25", "iterations": "6",
        "recalibration_patches": "4", "validate_every": "1000", "model_name": "left-atrium-trial",
    }  # fmt: skip
    words = [word for name, value in wishes.items() for word in ("--set", f"{name}={value}")]
    assert program.main(["train", str(left_atrium), "--output", str(run), "--quiet", *words]) == 0
    capsys.readouterr()

    scan, results = left_atrium.parent / "la_020_image.nrrd", tmp_path / "results"
    call = ["segment", str(scan), "--model", str(run / "model"), "--output", str(results), "--passes", "2"]
    assert program.main([*call, "--quiet"]) == 0
    source = sitk.ReadImage(str(scan))
    for name in ("la_020_image.seg.nrrd", "la_020_image_uncertainty.nrrd"):
        written = sitk.ReadImage(str(results / name))
        assert written.GetSize() == source.GetSize()
        assert written.GetSpacing() == source.GetSpacing()
        assert written.GetOrigin() == source.GetOrigin()
    uncertainty = sitk.GetArrayFromImage(sitk.ReadImage(str(results / "la_020_image_uncertainty.nrrd")))
    assert uncertainty.dtype == np.float32 and 0 <= uncertainty.min() < uncertainty.max() <= 1
