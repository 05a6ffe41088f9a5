"""What a segmentation found, as text: volumes, confidence, the places worth a look, what to open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.cli import printing


def findings_text(report: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    """A screen of text from a segmentation's report; its warnings went to standard error already."""
    model = report["model"]
    parts = [f"{report['name']}, segmented by {model['name']} {model['version']}", _segments(report)]
    confidence = report["confidence"]
    if confidence["pairwise_dice"] is not None:
        passes = report["way"]["passes"]
        line = f"Confidence {confidence['pairwise_dice']:.3f} (mean pairwise Dice of {passes} passes)"
        if confidence["expected_dice"] is not None:
            line += f", which stood for a Dice of about {confidence['expected_dice']:.2f} on held-out cases"
        parts.append(line)
    parts.append(_regions(report["regions"]))
    parts.append("Files:\n" + "\n".join(f"  {kind:<14} {path}" for kind, path in files.items()))
    parts.append("Research software, not a medical device.")
    return "\n\n".join(parts)


def _segments(report: Mapping[str, Any]) -> str:
    rows = []
    for segment in report["segments"]:
        mean, spread = segment["passes_mean_ml"], segment["passes_sd_ml"]
        passes = "" if mean is None else f"{mean:.3f} ± {spread or 0.0:.3f}"
        rows.append([segment["name"], segment["volume_ml"], passes, segment["pairwise_dice"]])
    heads = ["segment", "volume mL", "passes mL", "confidence"]
    expected = [segment["expected_dice"] for segment in report["segments"]]
    if any(value is not None for value in expected):  # the model has been calibrated
        heads.append("expected Dice")
        rows = [[*row, value] for row, value in zip(rows, expected, strict=True)]
    return printing.table(heads, rows)


def _regions(regions: list[Mapping[str, Any]]) -> str:
    if not regions:
        return "No place stands out beyond the usual rim of uncertainty."
    rows = []
    for number, region in enumerate(regions, 1):
        x, y, z = region["center_ras_mm"]
        between = " or ".join(region["classes"] or [])
        shape = "thin rim" if region["rim"] else ""
        where = f"{x:.1f}  {y:.1f}  {z:.1f}"
        rows.append(
            (number, where, f"{region['volume_ml']:.3f}", f"{region['max_uncertainty']:.2f}", between, shape)
        )
    heads = ["", "R  A  S  (mm)", "mL", "highest", "between", ""]
    return "Places worth a look, the most doubtful first:\n" + printing.table(heads, rows)
