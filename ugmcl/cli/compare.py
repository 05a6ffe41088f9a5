"""``ugmcl compare``: two evaluations of the same cases, paired."""

from __future__ import annotations

import argparse

from ugmcl.cli import printing


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "first", metavar="A", help="folder of ugmcl evaluate --output, or its evaluation.json"
    )
    parser.add_argument("second", metavar="B", help="the same")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.epilog = (
        "Differences are B minus A over the cases of both, with a bootstrap interval of 95 %. p is of "
        "Wilcoxon's signed-rank test, two-sided; p (Holm) corrects it over the table. Six cases at least."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Compares and prints the table."""
    from ugmcl import api

    rows = api.compare(arguments.first, arguments.second)
    cells = [
        (
            row["segment"],
            row["metric"],
            row["n"],
            row["one_side"],
            row["first"],
            row["second"],
            f"{row['difference']:+.4f}",
            f"{row['low']:+.4f} to {row['high']:+.4f}",
            row["p_wilcoxon"],
            row["p_holm"],
        )
        for row in rows
    ]
    heads = [
        "segment",
        "metric",
        "cases",
        "one side only",
        "A",
        "B",
        "B - A",
        "95 % interval",
        "p",
        "p (Holm)",
    ]
    printing.result(rows, printing.table(heads, cells), as_json=arguments.json)
