"""The rows of a model's card that tell how true its uncertainty is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCORES = {"pairwise_dice": "pairwise Dice of the passes", "mean_entropy": "mean entropy near the structure"}
LEFT_OUT = "each case with the temperature of the other cases"


def calibration_figures(
    summary: Mapping[str, Any],
    confidence_map: Mapping[str, Any] | None,
    about: Mapping[str, Any],
    *,
    fitted_here: bool = True,
) -> list[dict[str, Any]]:
    """Rows with ``metric``, ``value``, ``interval`` where there is one, ``cases``, and all of ``about``.

    Args:
        summary: of `ugmcl.evaluation.uncertainty.summarise`.
        confidence_map: the fitted map, for the error of the expected Dice.
        about: ``dataset``, ``split``, ``seed``, ``seen_in_training``, ``command``.
        fitted_here: the same cases were fitted on, each judged with what the others gave; the rows say so.
    """
    rows: list[dict[str, Any]] = []

    def add(metric: str, value: float | None, **more: Any) -> None:
        if value is not None:
            rows.append(
                {"metric": metric, "value": round(value, 4), "cases": summary["cases"], **about, **more}
            )

    if (before := summary["calibration_before"]) is not None:
        add("ECE before calibration, all voxels", before["ece"]["pooled"])
        add("ECE before calibration, mean of cases", before["ece"]["mean"])
    after = summary["calibration"]["ece"]
    left_out = {"note": LEFT_OUT} if fitted_here else {}
    add("ECE, all voxels", after["pooled"], **left_out)
    add("ECE, mean of cases", after["mean"], **left_out)
    add("AUROC of uncertainty for wrong voxels within 5 mm of the surface", summary["auroc"]["mean"])
    regions = summary["errors_in_first_regions"]
    add(
        f"wrong voxels inside the first {regions['regions']} regions",
        regions["mean"],
        **({"note": "each case with the rim profile of the other cases"} if fitted_here else {}),
    )
    for percent, share in summary["errors_in_most_uncertain"].items():
        add(f"wrong voxels inside the most uncertain {percent} %", share)
    volumes = summary["volumes_within_two_sd"]
    add("true volumes within mean ± 2 SD of the passes", volumes["share"])
    for key, name in SCORES.items():
        if (found := summary["confidence"][key]) is not None:
            for metric, row in (("Spearman with Dice", found["spearman"]), ("AURC", found["aurc"])):
                images = f"{found['images']} images" + (
                    ", clean and degraded" if summary["images"] > summary["cases"] else ""
                )
                add(f"{metric} of {name}", row["value"], **_interval(row, images))
    if confidence_map is not None:
        add(
            "error of the expected Dice",
            confidence_map["mean_error"],
            note="mean absolute difference, each case left out of the fit",
        )
    return rows


def _interval(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Interval and what it means, in words."""
    if "chance" in row:
        text += f", chance {row['chance']:.3f}"
    if row["interval"] is None:
        return {"note": f"{text}; too few cases for an interval, {row['verdict']}"}
    low, high = (round(value, 4) for value in row["interval"])
    return {
        "interval": [low, high],
        "note": f"{text}; 95 % interval {low:.3f} to {high:.3f}, {row['verdict']}",
    }
