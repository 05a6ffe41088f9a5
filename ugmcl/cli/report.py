"""``ugmcl report``: what a training brought."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal

if TYPE_CHECKING:
    from ugmcl.outcome.record import Outcome


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("run", metavar="RUN", help="folder of a finished training")
    parser.add_argument(
        "--control",
        action="store_true",
        default=None,
        help="also train on the labelled cases alone, in RUN/control, and compare",
    )
    parser.add_argument("--device", metavar="D", help="auto, cpu, cuda, cuda:1 or mps; default: the run's")
    options.add_output_style(parser)
    parser.epilog = (
        "Calibrates the model on the validation cases, measures the starting model, the new model and the "
        "control on the test cases (without any: on the validation cases), and writes RUN/outcome.json and "
        "RUN/report.html. What is done already is left as it is."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Concludes, and prints verdict and table."""
    from ugmcl import api

    with terminal(quiet=arguments.quiet) as reporter:
        found = api.report(
            arguments.run, control=arguments.control, device=arguments.device, reporter=reporter
        )
    printing.result(found, _text(found, Path(arguments.run)), as_json=arguments.json)


def _text(found: Outcome, run: Path) -> str:
    lines = [found.sentence]
    if found.control is not None and found.control["sentence"]:
        lines.append(found.control["sentence"])
    lines += [text for text in found.warnings if text != found.sentence]
    if found.paired:
        heads = [
            "pair",
            "segment",
            "cases",
            "first",
            "second",
            "difference",
            "95 % interval",
            "p",
            "p (Holm)",
        ]
        cells = [
            [
                row["pair"],
                row["segment"],
                row["n"],
                row["first"],
                row["second"],
                f"{row['difference']:+.4f}",
                f"{row['low']:+.4f} to {row['high']:+.4f}",
                row["p_wilcoxon"],
                row["p_holm"],
            ]
            for row in found.paired
        ]
        lines += ["", printing.table(heads, cells), ""]
    return "\n".join([*lines, f"Report: {run / 'report.html'}"])
