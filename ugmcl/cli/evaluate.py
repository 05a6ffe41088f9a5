"""``ugmcl evaluate``: a model on a data set, or finished segmentations, against references."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal
from ugmcl.errors import UserError

if TYPE_CHECKING:
    from ugmcl.evaluation.record import Evaluation

SHOWN = {  # of the metrics, in the table; all of them are in the files
    "dice": "Dice",
    "jaccard": "Jaccard",
    "asd_mm": "ASD mm",
    "hd95_mm": "95HD mm",
    "surface_dice_1mm": "surface Dice 1 mm",
}


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("--model", metavar="M", help="name, name@version or folder; with --dataset")
    parser.add_argument("--dataset", metavar="D", help="folder or manifest")
    parser.add_argument(
        "--role",
        default="validation",
        choices=["validation", "test", "labelled"],
        help="whose cases (default validation)",
    )
    parser.add_argument("--predictions", metavar="DIR", help="finished segmentations; with --references")
    parser.add_argument("--references", metavar="DIR", help="references, files of the same names")
    parser.add_argument("--uncertainty", action="store_true", help="also judge the model's uncertainty")
    parser.add_argument(
        "--perturbed",
        action="store_true",
        help="segment every case cropped, surrounded, rescaled, turned, respaced as well: how much changes?",
    )
    parser.add_argument(
        "--passes", type=options.at_least(1), metavar="T", help="Monte-Carlo passes; default: the model's"
    )
    options.add_allow_outside(parser)
    options.add_device(parser)
    parser.add_argument(
        "--output", type=options.folder, metavar="DIR", help="write evaluation.json, cases.csv and plots"
    )
    options.add_output_style(parser)
    parser.epilog = (
        "Distances compare surfaces in mm (ASD from prediction to reference, 95HD pooled). Two empty masks "
        "are left out and counted; where one is empty, Dice is 0 and distances are the volume's diagonal."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Evaluates and prints the table."""
    from ugmcl import api

    if arguments.perturbed:
        _perturbed(arguments)
        return
    with terminal(quiet=arguments.quiet) as reporter:
        found = api.evaluate(
            model=arguments.model,
            dataset=arguments.dataset,
            role=arguments.role,
            predictions=arguments.predictions,
            references=arguments.references,
            uncertainty=arguments.uncertainty,
            passes=arguments.passes,
            device=arguments.device,
            output=arguments.output,
            allow_outside=arguments.allow_outside,
            reporter=reporter,
        )
    data = {
        "about": found.about,
        "summary": found.summary(),
        "uncertainty": found.uncertainty,
        "skipped": found.skipped,
        "rows": found.rows,
    }
    printing.result(data, _text(found, arguments.output), as_json=arguments.json)


def _perturbed(arguments: argparse.Namespace) -> None:
    """The table of changes, and how well confidence and entropy tell the failures among all these images."""
    from ugmcl.data.dataset import load_dataset
    from ugmcl.evaluation.robustness import measure_robustness
    from ugmcl.models.library import find_model

    if not arguments.model or not arguments.dataset:
        raise UserError("--perturbed needs a model and a data set", "evaluate", "Add --model and --dataset")
    with terminal(quiet=arguments.quiet) as reporter:
        found = measure_robustness(
            find_model(arguments.model),
            load_dataset(arguments.dataset, allow_outside=arguments.allow_outside),
            role=arguments.role,
            passes=arguments.passes,
            device=arguments.device,
            reporter=reporter,
        )
    if arguments.output:
        Path(arguments.output).mkdir(parents=True, exist_ok=True)
        found.save(Path(arguments.output) / "perturbations.csv")
        from ugmcl.evaluation.plots import draw_robustness

        draw_robustness(Path(arguments.output) / "perturbations.png", found.rows)
    table, detection = found.table(), found.failure_detection()
    columns = {
        "perturbation": "perturbation", "cases": "cases", "dice": "Dice", "change": "change",
        "worst_change": "worst", "confidence": "confidence",
    }  # fmt: skip
    rows = [[_cell(row[name]) for name in columns] for row in table]
    lines = [f"  {name}: {value}" for name, value in _flat(detection)]
    text = printing.table(list(columns.values()), rows) + "\n\nFailures told apart:\n" + "\n".join(lines)
    printing.result({"table": table, "failure_detection": detection}, text, as_json=arguments.json)


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)


def _text(found: Evaluation, output: str | None) -> str:
    about = found.about
    what = (
        f"{about['model']} {about['version']} on {about['dataset']}, role {about['role']}"
        if "model" in about
        else (f"{about['predictions']} against {about['references']}")
    )
    parts = [f"{what}: {about['cases']} cases, mean ± SD", _table(found)]
    parts += [f"Left out: {case}: {reason}" for case, reason in found.skipped.items()]
    if found.uncertainty is not None:
        lines = [
            f"  {name}: {value}" for name, value in _flat(found.uncertainty.get("summary", found.uncertainty))
        ]
        parts.append("Uncertainty:\n" + "\n".join(lines))
    if output:
        parts.append(f"Files: {output}")
    return "\n\n".join(parts)


def _table(found: Evaluation) -> str:
    rows = []
    for row in found.summary():
        cells = [_mean_and_sd(row[metric]) for metric in SHOWN]
        rows.append([row["segment"], *cells, row["cases"], row["one empty"], row["left out (both empty)"]])
    return printing.table(["segment", *SHOWN.values(), "cases", "one empty", "left out"], rows)


def _mean_and_sd(figure: Mapping[str, Any]) -> str:
    if figure["mean"] is None:
        return ""
    return f"{figure['mean']:.3f}" + (f" ± {figure['sd']:.3f}" if figure["sd"] is not None else "")


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Figures by a path of words; lists (bins, single cases) are for the files."""
    for name, value in values.items():
        words = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{words}, ")
        elif isinstance(value, float):
            yield words, f"{value:.4f}"
        elif isinstance(value, str | int):
            yield words, str(value)
