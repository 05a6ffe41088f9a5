"""``ugmcl average``: several fine-tunings of one model become one."""

from __future__ import annotations

import argparse

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names, folders of models, or runs")
    parser.add_argument(
        "--cache", required=True, metavar="CACHE", help="prepared data, to measure running statistics anew"
    )
    parser.add_argument(
        "--output", type=options.folder, required=True, metavar="DIR", help="folder of the new model"
    )
    parser.add_argument("--name", required=True, metavar="NAME", help="of the new model")
    options.add_output_style(parser)
    parser.epilog = (
        "The first model gives description and dropout. Calibrate the new one: ugmcl calibrate DIR."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Averages; prints the folder."""
    from ugmcl.models.library import find_model
    from ugmcl.training.averaging import average_models

    packages = [find_model(name) for name in arguments.models]
    with terminal(quiet=arguments.quiet) as reporter:
        folder = average_models(
            packages, arguments.cache, arguments.output, name=arguments.name, reporter=reporter
        )
    printing.result(
        {"model": folder}, f"The average of {len(packages)} models: {folder}", as_json=arguments.json
    )
    return 0
