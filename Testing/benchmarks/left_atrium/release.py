"""A run's model as it is shipped: named, described, with the terms of its data, calibrated, measured.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.release RUN MEASURED FOLDER --name N --version V

MEASURED is the folder of `left_atrium.measure`: of this very model, where it has not seen the validation
scans, else of its development twin (``--twin``): then calibration and figures are the twin's, and say so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from left_atrium.measure import RECORD
from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage, UncertaintySpec, read_package, update_package

CHOSEN = "settings were chosen and calibrations fitted on these scans"
TWIN = "the development twin of this model, which has not seen the scans it was measured on"
LEFT_ATRIUM = {
    "context": "Segmentation category and type - DICOM master list",
    "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
    "type": {"scheme": "SCT", "value": "82471001", "meaning": "Left atrium"},
}
TEXTS = {
    "title": "Left atrium in LGE MRI",
    "intended_use": "Research on late gadolinium-enhanced MRI of the heart, cropped around the left atrium "
    "or showing the chest around it. Research use only, not for clinical decisions. Not for cine or "
    "angiographic MRI, CT, or hearts after surgery, which the training data do not show.",
    "licence": "Research use only, not for clinical decisions (terms of the training data)",
    "attribution": "Trained on scans of the 2018 Atrial Segmentation Challenge (University of Utah, "
    "NIH/NIGMS Center for Integrative Biomedical Computing).",
    "citation": "Xiong Z. et al., A global benchmark of algorithms for segmenting the left atrium from late "
    "gadolinium-enhanced cardiac magnetic resonance imaging, Medical Image Analysis 67:101832 (2021). Zhang "
    "Y. et al., Uncertainty-guided mutual consistency learning for semi-supervised medical image "
    "segmentation, Artificial Intelligence in Medicine 138:102476 (2023).",
}


def release(
    run: Path, measured: Path, folder: Path, *, name: str, version: str, twin: bool, locates: bool
) -> ModelPackage:
    """Copy the run's model to ``folder`` and write description, calibration, figures and pictures.

    Raises:
        UserError: the folder exists, or the run has no model.
    """
    if folder.exists():
        raise UserError("this folder exists already", folder, "Choose another one")
    package = read_package(run / "model", verify=True)
    record = json.loads((measured / RECORD).read_text(encoding="utf-8"))
    counts = package.training["data"]["cases"]
    spacing = " × ".join(f"{side:g}" for side in package.input.spacing_mm or ())
    words = (
        f"Left atrium in late gadolinium-enhanced MRI. Dual-task V-Net of width "
        f"{package.network['arguments']['width']} at {spacing} mm, trained by UG-MCL on "
        f"{counts.get('labelled', 0)} labelled and {counts.get('unlabelled', 0)} unlabelled scans."
    )
    segments = tuple(
        replace(segment, name="left atrium", color=(0.80, 0.42, 0.32), terminology=LEFT_ATRIUM)
        for segment in package.segments
    )
    shutil.copytree(run / "model", folder, ignore=shutil.ignore_patterns("*.png"))
    pictures = {p["file"]: (measured / p["file"]).read_bytes() for p in record["pictures"]}
    fitted: dict[str, Any] = record["uncertainty"]
    conditions = {"condition": CHOSEN, **({"measured_on": TWIN} if twin else {})}
    source = package.uncertainty.source  # of this model, whichever the twin's was
    return update_package(
        replace(
            package,
            path=folder,
            name=name,
            version=version,
            description=words,
            segments=segments,
            input=replace(package.input, modality="MR", channels=("LGE MRI",), locates=locates),
            uncertainty=UncertaintySpec(
                **{**fitted, "flip_axes": tuple(fitted["flip_axes"]), "source": source}
            ),
            figures=[{**figure, **conditions} for figure in record["figures"]],
            pictures=record["pictures"],
            **TEXTS,
        ),
        pictures=pictures,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.release", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("measured", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--twin", action="store_true", help="MEASURED is of the development twin")
    parser.add_argument("--locates", action="store_true", help="the locator was tried with this model")
    given = parser.parse_args()
    try:
        package = release(
            given.run, given.measured, given.folder,
            name=given.name, version=given.version, twin=given.twin, locates=given.locates,
        )  # fmt: skip
    except UserError as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{package.id}: {package.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
