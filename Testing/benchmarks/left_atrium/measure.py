"""Everything that is measured of a model on the validation scans that it has not seen, in one folder.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.measure MODEL DATA OUTPUT

MODEL is a folder that `left_atrium.release` wrote, of a run that has not seen those scans. Its calibration is
fitted; figures and pictures are put into it. OUTPUT gets what `ugmcl evaluate`, `ugmcl calibrate` and
`ugmcl evaluate --perturbed` print (cases.csv, evaluation.json, perturbations.csv, plots), pictures of the
worst scan and of the worst perturbed one, and measured.json: the tables of perturbations, of the locator and
of failures found.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.cli.terminal import terminal
from ugmcl.data.dataset import Dataset, load_dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.calibrate import calibrate
from ugmcl.evaluation.card_report import accuracy_figures
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.perturbations import perturbations, surround
from ugmcl.evaluation.plots import draw_robustness
from ugmcl.evaluation.references import matched_classes, on_grid_of, read_reference
from ugmcl.evaluation.robustness import UNCHANGED, Robustness, measure_robustness
from ugmcl.metrics.case import case_metrics
from ugmcl.models.library import find_model
from ugmcl.models.package import ModelPackage, update_package
from ugmcl.outcome.planes_figure import draw_panels, panels_around
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.volume import Volume

RECORD = "measured.json"
LOCATED_MM = 80.0
COMMAND = "ugmcl evaluate --model MODEL --dataset DATASET --role validation"
CHOSEN = "settings were chosen and calibrations fitted on these scans"


def measure(package: ModelPackage, dataset: Dataset, output: Path, reporter: Any) -> dict[str, Any]:
    """Calibrate, evaluate, perturb, draw, write the card; returns what is written into ``measured.json``."""
    output.mkdir(parents=True, exist_ok=True)
    about: dict[str, Any] = {
        "dataset": "left-atrium",
        "split": "validation",
        "seed": package.training["settings"]["seed"],
        "seen_in_training": False,
    }
    fitted = calibrate(
        package, dataset, passes=package.uncertainty.passes, output=output, reporter=reporter,
        command="ugmcl calibrate MODEL --dataset DATASET",
    )  # fmt: skip
    package = replace(package, uncertainty=fitted.uncertainty)
    evaluation = evaluate_model(package, dataset, output=output / "evaluation", reporter=reporter)
    changed = measure_robustness(package, dataset, reporter=reporter)
    changed.save(output / "perturbations.csv")
    draw_robustness(output / "perturbations.png", changed.rows)
    figures = [
        *accuracy_figures(evaluation, {**about, "command": COMMAND}),
        *({**figure, "dataset": about["dataset"]} for figure in fitted.figures),
        *changed.figures({**about, "command": f"{COMMAND} --perturbed"}),
    ]
    pictures = _failures(package, dataset, changed, output, reporter)
    update_package(
        replace(package, figures=[{**f, "condition": CHOSEN} for f in figures], pictures=pictures),
        pictures={p["file"]: (output / p["file"]).read_bytes() for p in pictures},
    )
    record = {
        "table": changed.table(),
        "locator": locator_table(package, dataset, reporter),
        "failure_detection": changed.failure_detection(),
    }
    (output / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def locator_table(package: ModelPackage, dataset: Dataset, reporter: Any) -> list[dict[str, Any]]:
    """Scans inside of much larger volumes, segmented whole and by way of the locator; T = 2 for both.

    One row a kind of surroundings: mean and lowest Dice of either way, and how many boxes held the reference.
    """
    matched = matched_classes(package.segments, dataset.segments)
    cases = [case for case in dataset.with_role("validation") if case.label is not None]
    table = []
    reporter.stage("Locating")
    for kind in ("dark", "synthetic"):
        dice: dict[bool, list[float]] = {False: [], True: []}
        inside = 0
        for number, case in enumerate(cases):
            reporter.progress(number, len(cases), "cases")
            image = read_image(case.images[0])
            assert case.label is not None
            label = on_grid_of(read_reference(case.label, dataset.segments, matched), image)
            wide, reference = surround(image, Volume(label, image.affine), LOCATED_MM, kind)
            for located in (False, True):
                spec = replace(package.input, locates=located)
                segmenter = Segmenter(replace(package, input=spec), SegmentOptions(passes=2, preview=False))
                found = segmenter.segment(wide, name="case")
                spacing = tuple(reversed(wide.spacing_mm))
                rows = case_metrics(found.label.array[0], reference.array[0], package.segments, spacing)
                dice[located].append(float(np.mean([row["dice"] for row in rows])))
                if box := found.report.get("located"):
                    inside += _holds(box["box_lps_mm"], reference)
        table.append(
            {
                "surroundings": f"{kind}, {LOCATED_MM:g} mm on every side",
                "cases": len(cases),
                "dice_whole": float(np.mean(dice[False])),
                "worst_whole": min(dice[False]),
                "dice_located": float(np.mean(dice[True])),
                "worst_located": min(dice[True]),
                "boxes_with_all_of_it": inside,
            }
        )
    return table


def _holds(box: list[float], label: Volume) -> bool:
    """Whether the box in LPS mm holds every labelled voxel's centre."""
    index = np.argwhere(label.array[0] > 0)[:, ::-1]
    places = index @ label.affine[:3, :3].T + label.affine[:3, 3]
    return bool((places >= np.array(box[:3])).all() and (places <= np.array(box[3:])).all())


def _failures(
    package: ModelPackage, dataset: Dataset, changed: Robustness, output: Path, reporter: Any
) -> list[dict[str, str]]:
    """The worst scan as it is and the worst under a perturbation, the model's border over the reference."""
    known = [row for row in changed.rows if row["dice"] is not None]
    plain = min((r for r in known if r["perturbation"] == UNCHANGED), key=lambda r: r["dice"])
    worse = min((r for r in known if r["perturbation"] != UNCHANGED), key=lambda r: r["dice"])
    changes = dict(perturbations())
    matched = matched_classes(package.segments, dataset.segments)
    segmenter = Segmenter(package, SegmentOptions(preview=False))
    listed = []
    for file, row in (("worst.png", plain), ("worst_perturbed.png", worse)):
        reporter.stage(f"Drawing {file}")
        case = next(case for case in dataset.cases if case.id == row["case"])
        assert case.label is not None
        image = read_image(case.images[0])
        label = Volume(on_grid_of(read_reference(case.label, dataset.segments, matched), image), image.affine)
        if row["perturbation"] in changes:
            image, label = changes[row["perturbation"]](image, label)
        found = segmenter.segment(image, name="case").label.array[0]
        maps = {"reference": label.array[0], "model": found}
        panels = panels_around(np.asarray(image.array[0], np.float32), maps, image.affine)
        draw_panels(output / file, panels, package.segments, {"model": f"Dice {row['dice']:.3f}"})
        how = "as it is" if row["perturbation"] == UNCHANGED else row["perturbation"]
        of = "the validation scans" if row is plain else "the perturbed validation scans"
        sure = "" if row["confidence"] is None else f", confidence {row['confidence']:.3f}"
        caption = f"The worst of {of}: {row['case']}, {how}, Dice {row['dice']:.3f}{sure}."
        listed.append({"file": file, "caption": caption})
    return listed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.measure", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    try:
        with terminal() as reporter:
            dataset = load_dataset(arguments.data, allow_outside=True)
            measure(find_model(arguments.model), dataset, arguments.output, reporter)
    except UserError as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
