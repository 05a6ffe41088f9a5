"""Which passes tell the truth at what price: T, mirrored passes, and both networks of a run compared.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.uncertainty MODEL... --data DATA --output FILE

Each MODEL (a folder or a name) is judged on the validation cases of DATA at T = 1, 2, 4, 8, 16, with and
without passes that mirror the image in turn (test-time augmentation). The table is written as Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ugmcl.cli.terminal import terminal
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.record import Evaluation
from ugmcl.models.library import find_model
from ugmcl.models.package import ModelPackage

PASSES = (1, 2, 4, 8, 16)
HEAD = (
    "model", "T", "mirrored", "Dice", "AUROC of errors", "errors in top 1 %", "2 %", "5 %", "ECE before",
    "ECE", "in 5 regions", "volumes within 2 SD", "Spearman of agreement", "seconds a case",
)  # fmt: skip


def variants(package: ModelPackage) -> Iterator[tuple[int, bool, ModelPackage]]:
    """The same weights, other passes."""
    for mirrored in (False, True):
        axes = ("x",) if mirrored else ()
        for passes in PASSES:
            if passes == 1 and mirrored:
                continue  # the first pass is not mirrored
            spec = replace(package.uncertainty, passes=passes, flip_axes=axes)
            yield passes, mirrored, replace(package, uncertainty=spec)


def row(name: str, passes: int, mirrored: bool, found: Evaluation, seconds: float) -> list[str]:
    """Cells of one variant; an empty one where a figure needs several passes."""
    assert found.uncertainty is not None
    u = found.uncertainty
    top = u["errors_in_most_uncertain"]
    before = u["calibration_before"] or u["calibration"]
    sure = u["confidence"]["pairwise_dice"] or {}
    figures: list[Any] = [
        found.summary()[-1]["dice"]["mean"], u["auroc"]["mean"], *(top[key] for key in list(top)[:3]),
        before["ece"]["mean"], u["calibration"]["ece"]["mean"], u["errors_in_first_regions"]["mean"],
        u["volumes_within_two_sd"]["share"], (sure.get("spearman") or {}).get("value"),
    ]  # fmt: skip
    cells = ["" if value is None else f"{value:.3f}" for value in figures]
    return [name, str(passes), "yes" if mirrored else "no", *cells, f"{seconds:.1f}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.uncertainty", description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    lines = ["| " + " | ".join(HEAD) + " |", "| " + " | ".join("---" for _ in HEAD) + " |"]
    with terminal() as reporter:
        for name in arguments.models:
            for passes, mirrored, package in variants(find_model(name)):
                begun = time.monotonic()
                found = evaluate_model(package, arguments.data, uncertainty=True, reporter=reporter)
                seconds = (time.monotonic() - begun) / found.about["cases"]
                cells = row(Path(name).parent.name or name, passes, mirrored, found, seconds)
                lines.append("| " + " | ".join(cells) + " |")
                arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
