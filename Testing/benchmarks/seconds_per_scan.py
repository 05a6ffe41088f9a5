"""Measure on this computer how long a model takes for one scan, and write it on its card.

    python Testing/benchmarks/seconds_per_scan.py MODEL_FOLDER DATA [--role validation] [--cases 4]

The weights are loaded before the clock starts; the first scan is not counted, as it warms everything up.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from ugmcl.cli.diagnostics import processor
from ugmcl.data.dataset import load_dataset
from ugmcl.models.package import ModelPackage, read_package, update_package
from ugmcl.models.time_per_scan import time_figure, with_time
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.reading import read_image


def measure(package: ModelPackage, images: list[Path]) -> list[float]:
    """Seconds of each image after the first, with the model's own number of passes."""
    segmenter = Segmenter(package, SegmentOptions(device="cpu", preview=False))
    seconds = []
    for image in images:
        volume = read_image(image)
        begin = time.perf_counter()
        segmenter.segment(volume, name="case")
        seconds.append(time.perf_counter() - begin)
    return seconds[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--role", default="validation")
    parser.add_argument("--cases", type=int, default=4)
    given = parser.parse_args()
    package = read_package(given.model, verify=True)
    dataset = load_dataset(given.data, allow_outside=True)
    images = [case.images[0] for case in dataset.with_role(given.role)][: given.cases + 1]
    about = {
        "dataset": dataset.name, "split": given.role, "seen_in_training": False,
        "command": f"python Testing/benchmarks/seconds_per_scan.py MODEL DATASET --role {given.role}",
    }  # fmt: skip
    passes = f", {package.uncertainty.passes} passes"
    figure = time_figure(measure(package, images), processor() + passes, about)
    update_package(replace(package, figures=with_time(package, figure)))
    print(f"{package.id}: {figure['value']:g} s per scan {figure['note']}")


if __name__ == "__main__":
    main()
