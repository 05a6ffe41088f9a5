"""``ugmcl calibrate``: fit a model's uncertainty on validation cases, report on test cases."""

from __future__ import annotations

import argparse

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal
from ugmcl.errors import UserError


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("model", metavar="M", help="folder of the model, for instance RUN/model")
    parser.add_argument("--dataset", required=True, metavar="D", help="folder or manifest with roles")
    parser.add_argument(
        "--passes",
        type=options.at_least(2),
        default=8,
        metavar="T",
        help="Monte-Carlo passes that are calibrated and become the model's default (default 8)",
    )
    parser.add_argument(
        "--report-only", action="store_true", help="fit nothing; measure the test cases and renew the card"
    )
    parser.add_argument(
        "--output", type=options.folder, metavar="DIR", help="write evaluation.json, cases.csv and plots"
    )
    options.add_device(parser)
    options.add_output_style(parser)
    parser.epilog = (
        "Validation cases fit temperature, rim profile and expected Dice, and judge the confidence, on "
        "degraded versions too. Test cases, where the data set has any, only report: their figures, the best "
        "and the worst case go into card.md."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Calibrates, reports, and prints the figures that the card now holds."""
    from dataclasses import replace
    from pathlib import Path

    from ugmcl.data.dataset import load_dataset
    from ugmcl.evaluation.calibrate import calibrate
    from ugmcl.evaluation.card_report import report_on_card
    from ugmcl.models.package import read_package, update_package

    package, dataset = read_package(arguments.model, verify=True), load_dataset(arguments.dataset)
    place = Path(arguments.output) if arguments.output else None
    has_test = any(case.uses_label for case in dataset.with_role("test"))
    if arguments.report_only and not has_test:
        raise UserError("no case has the role test", arguments.dataset, "Give some labelled cases that role")
    with terminal(quiet=arguments.quiet) as reporter:
        if not arguments.report_only:
            command = f"ugmcl calibrate RUN/model --dataset DATASET --passes {arguments.passes}"
            found = calibrate(
                package,
                dataset,
                passes=arguments.passes,
                device=arguments.device,
                command=command,
                output=place / "calibration" if place else None,
                reporter=reporter,
            )
            kept = [f for f in package.figures if f.get("metric") == "Dice"]
            package = replace(package, uncertainty=found.uncertainty, figures=[*kept, *found.figures])
            package = update_package(package)
        if has_test:
            output = place / "test" if place else None
            package, _ = report_on_card(package, dataset, output=output, reporter=reporter)
    printing.result(
        {"model": package.id, "uncertainty": package.uncertainty, "figures": package.figures},
        _text(package.figures, str(package.path)),
        as_json=arguments.json,
    )


def _text(figures: list[dict], path: str) -> str:
    rows = [
        [f["metric"], f.get("segment") or "all", f["value"], f.get("sd"), f["split"], f.get("note")]
        for f in figures
    ]
    return f"{printing.table(['metric', 'segment', 'value', 'SD', 'role', ''], rows)}\n\nRenewed: {path}"
