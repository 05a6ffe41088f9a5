"""Which passes tell the truth at what price: T, mirrored passes, dropout places, both networks of a run.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.uncertainty RUN --data DATA --output FILE

The model of RUN is judged on the validation cases of DATA at T = 1, 2, 4, 8, 16, with and without passes that
mirror the image in turn (test-time augmentation); then, at T = 8 mirrored, with dropout elsewhere than in the
training, and the weights of student and teacher. The table is written as Markdown, row by row.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from left_atrium.sources import both_networks
from ugmcl.cli.terminal import terminal
from ugmcl.data.dataset import load_dataset
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.record import Evaluation
from ugmcl.models.package import ModelPackage, read_package

PASSES = (1, 2, 4, 8, 16)
HEAD = (
    "weights", "dropout", "T", "mirrored", "Dice", "AUROC of errors", "errors in top 1 %", "2 %", "5 %",
    "ECE before", "ECE", "in 5 regions", "volumes within 2 SD", "Spearman of agreement", "seconds a case",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One way of making passes: whose weights, where channels drop (with which probability), how many."""

    package: ModelPackage
    dropout: str
    passes: int
    mirrored: bool


def variants(models: dict[str, ModelPackage], shipped: str) -> Iterator[Variant]:
    """T and mirroring with the weights that the run packaged; then dropout places; then the other network."""
    own = models[shipped]
    for mirrored in (False, True):
        for passes in PASSES:
            if passes == 1 and mirrored:
                continue  # the first pass is not mirrored
            yield _variant(own, passes, mirrored)
    for dropout, places in ((0.1, ("bottleneck", "last")), (0.5, ("bottleneck", "last")), (0.5, ("last",))):
        for mirrored in (False, True):
            yield _variant(own, 8, mirrored, dropout, places)
    for name, package in models.items():
        if name != shipped:
            yield _variant(package, 1, False)
            yield _variant(package, 8, True)


def _variant(
    package: ModelPackage,
    passes: int,
    mirrored: bool,
    dropout: float | None = None,
    places: tuple[str, ...] | None = None,
) -> Variant:
    known = package.network["arguments"]
    dropout = known["dropout"] if dropout is None else dropout
    places = tuple(known["dropout_at"]) if places is None else places
    arguments = {**known, "dropout": dropout, "dropout_at": list(places)}
    spec = replace(package.uncertainty, passes=passes, flip_axes=("x",) if mirrored else ())
    changed = replace(package, uncertainty=spec, network={**package.network, "arguments": arguments})
    return Variant(changed, f"{dropout:g} at {' and '.join(places)}", passes, mirrored)


def row(variant: Variant, found: Evaluation, seconds: float) -> list[str]:
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
    source, mirrored = variant.package.uncertainty.source, "yes" if variant.mirrored else "no"
    return [source, variant.dropout, str(variant.passes), mirrored, *cells, f"{seconds:.1f}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.uncertainty", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    lines = ["| " + " | ".join(HEAD) + " |", "| " + " | ".join("---" for _ in HEAD) + " |"]
    with terminal() as reporter:
        dataset = load_dataset(arguments.data, allow_outside=True)
        shipped = read_package(arguments.run / "model").uncertainty.source
        for variant in variants(both_networks(arguments.run), shipped):
            begun = time.monotonic()
            found = evaluate_model(variant.package, dataset, uncertainty=True, reporter=reporter)
            seconds = (time.monotonic() - begun) / found.about["cases"]
            lines.append("| " + " | ".join(row(variant, found, seconds)) + " |")
            arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
