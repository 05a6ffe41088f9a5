"""A run's model as it is shipped: named, described, with the terms of its data.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.release RUN FOLDER --name N --version V [--twin TWIN]

`left_atrium.measure` then writes calibration, figures and pictures into it, if the model has not seen the
validation scans. One that has takes them from its development twin (TWIN, such a measured folder).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage, read_package, update_package

DATASET = "left-atrium"
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


def release(run: Path, folder: Path, *, name: str, version: str, twin: Path | None = None) -> ModelPackage:
    """Copy the run's model to ``folder`` and write its description; with ``twin`` also what that showed.

    Raises:
        UserError: the folder exists, the run has no model, or the twin was not measured.
    """
    if folder.exists():
        raise UserError("this folder exists already", folder, "Choose another one")
    package = read_package(run / "model", verify=True)
    counts = package.training["data"]["cases"]
    spacing = " × ".join(f"{side:g}" for side in package.input.spacing_mm or ())
    labelled, unlabelled = counts.get("labelled", 0), counts.get("unlabelled", 0)
    learnt = (
        f"trained by UG-MCL on {labelled} labelled and {unlabelled} unlabelled scans."
        if unlabelled
        else f"trained on {labelled} labelled scans with UG-MCL's two tasks and their consistency."
    )
    words = (
        f"Left atrium in late gadolinium-enhanced MRI. Dual-task V-Net of width "
        f"{package.network['arguments']['width']} at {spacing} mm, {learnt}"
    )
    segments = tuple(
        replace(segment, name="left atrium", color=(0.80, 0.42, 0.32), terminology=LEFT_ATRIUM)
        for segment in package.segments
    )
    measured, pictures = _of_twin(twin, package.uncertainty.source)
    shutil.copytree(run / "model", folder, ignore=shutil.ignore_patterns("*.png"))
    described = replace(
        package,
        path=folder,
        name=name,
        version=version,
        description=words,
        segments=segments,
        input=input_in_use(package),
        one_piece=True,
        training={**package.training, "data": {**package.training["data"], "name": DATASET}},
        figures=[],
        pictures=[],
        **TEXTS,
    )
    return update_package(replace(described, **measured), pictures=pictures)


def input_in_use(package: ModelPackage) -> InputSpec:
    """The training's input, ready for scans that are not cropped around the atrium.

    Padding gives no statistics (none of the 80 scans has any, so that the training's intensities are the
    same), and a volume larger than the training's is searched for the atrium first.
    """
    rule = replace(package.input.normalisation, exclude_padding=True)
    return replace(package.input, modality="MR", channels=("LGE MRI",), normalisation=rule, locates=True)


def _of_twin(twin: Path | None, source: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Calibration, figures and pictures of a measured twin; ``source`` is this model's own."""
    if twin is None:
        return {}, {}
    package = read_package(twin, verify=True)
    if not package.figures:
        raise UserError("the twin was not measured", twin, "Run left_atrium.measure on it first")
    measured = {
        "uncertainty": replace(package.uncertainty, source=source),
        "figures": [{**figure, "measured_on": TWIN} for figure in package.figures],
        "pictures": package.pictures,
    }
    return measured, {p["file"]: (twin / p["file"]).read_bytes() for p in package.pictures}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.release", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--twin", type=Path, help="the measured package of the development twin")
    given = parser.parse_args()
    try:
        package = release(given.run, given.folder, name=given.name, version=given.version, twin=given.twin)
    except UserError as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{package.id}: {package.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
