"""Draws the pictures that Slicer's Sample Data module shows for the bundled cases.

    python Resources/Icons/draw_thumbnails.py

For each case the sagittal slice with most of the reference, its outlines in the registry's colours, 260 x 280
pixels, into UGMCLSegmentation/Resources/Icons/<case>.png. The pictures show the CC BY-SA 4.0 images of
Resources/SampleData and stand under the same licence.
"""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import numpy as np
import SimpleITK as sitk

from ugmcl.samples import list_samples, sample_folder

matplotlib.use("Agg")
from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 260, 280, 100  # pixels, pixels, pixels per inch
FOLDER = Path(__file__).resolve().parents[2] / "UGMCLSegmentation" / "Resources" / "Icons"


def oriented(path: Path) -> tuple[np.ndarray, tuple[float, float, float]]:
    """Array (z, y, x) with x to the left, y to the back, z to the head, and its spacing (x, y, z) in mm."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    return sitk.GetArrayFromImage(image), image.GetSpacing()


def draw(image: Path, reference: Path, colours: dict[int, list[float]], path: Path) -> None:
    """Writes the thumbnail of one case."""
    voxels, spacing = oriented(image)
    labels, _ = oriented(reference)
    x = int((labels > 0).sum(axis=(0, 1)).argmax())
    picture, outline = voxels[:, :, x], labels[:, :, x]
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="black")
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set_axis_off()
    low, high = np.percentile(voxels, (1, 99.5))
    aspect = spacing[2] / spacing[1]
    axes.imshow(
        picture, cmap="gray", vmin=low, vmax=high, origin="lower", aspect=aspect, interpolation="bicubic"
    )
    for value, colour in colours.items():
        axes.contour(outline == value, levels=[0.5], colors=[colour], linewidths=2)
    figure.savefig(path, dpi=DPI, facecolor="black", metadata={"Software": None})


def main() -> None:
    """Writes every thumbnail."""
    registry = json.loads((sample_folder() / "samples.json").read_text(encoding="utf-8"))
    colours = {int(value): segment["color"] for value, segment in registry["segments"].items()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for sample in list_samples():
        draw(sample.image, sample.reference, colours, FOLDER / f"{sample.id}.png")


if __name__ == "__main__":
    main()
