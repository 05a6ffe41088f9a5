"""``ugmcl train``: a new run, a fine-tuning, or the rest of a run."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import duration, terminal
from ugmcl.errors import Stopped, UserError

if TYPE_CHECKING:
    from ugmcl.training.run import RunResult
    from ugmcl.training.settings import TrainingSettings


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "data",
        nargs="?",
        metavar="DATASET|CACHE",
        help="a data set, or what ugmcl prepare made; not needed to resume",
    )
    parser.add_argument(
        "--output",
        type=options.folder,
        required=True,
        metavar="RUN",
        help="folder of the run; the model will be RUN/model",
    )
    parser.add_argument("--method", metavar="NAME", help="ug-mcl (default), supervised, …")
    parser.add_argument(
        "--start",
        "--start-model",  # torchrun takes --start for one of its own options
        metavar="M",
        help="begin with a model: name, name@version or folder; under torchrun write --start-model",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN")
    parser.add_argument(
        "--max-minutes", type=options.positive, metavar="N", help="end in order after N minutes"
    )
    parser.add_argument(
        "--control",
        action="store_true",
        default=None,
        help="also train on the labelled cases alone, in RUN/control, and compare; takes as long again",
    )
    options.add_allow_outside(parser)
    options.add_settings(parser)
    parser.add_argument(
        "--device", metavar="D", help="auto, cpu, cuda, cuda:1 or mps; short for --set device=D"
    )
    options.add_output_style(parser)
    parser.epilog = _settings_list()
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Trains, and says what came out of it."""
    from ugmcl import api

    if arguments.data is None and not arguments.resume:
        raise UserError("no data are named", "ugmcl train", "Name a data set, or add --resume")
    with terminal(quiet=arguments.quiet) as reporter:
        try:
            result = api.train(
                arguments.data,
                arguments.output,
                settings=settings_of(arguments),
                start=arguments.start,
                resume=arguments.resume,
                max_minutes=arguments.max_minutes,
                control=arguments.control,
                allow_outside=arguments.allow_outside,
                reporter=reporter,
            )
        except Stopped as stopped:
            raise Stopped(
                f"{stopped.reason}; go on with: ugmcl train --output {arguments.output} --resume"
            ) from stopped
    if os.environ.get("RANK", "0") == "0":  # under torchrun one process speaks for all
        printing.result(result, _text(result), as_json=arguments.json)


def settings_of(arguments: argparse.Namespace) -> TrainingSettings | None:
    """The settings that the command line chooses; None when it says nothing about them."""
    from ugmcl.training.loading import DEFAULT_PRESET, load_settings, parse_overrides

    overrides = parse_overrides(arguments.overrides)
    for name in ("method", "device"):
        if getattr(arguments, name, None):
            overrides[name] = getattr(arguments, name)
    if not overrides and arguments.settings is None and arguments.preset is None:
        return None
    return load_settings(arguments.preset or DEFAULT_PRESET, arguments.settings, overrides)


def _text(result: RunResult) -> str:
    lines = [f"{result.iterations} iterations in {duration(result.seconds)}: {result.folder}"]
    if result.validation is not None:
        of = f"{result.validation.cases} {result.validation.role} cases"
        for source, found in result.validation.sources.items():
            dice = ", ".join(f"{name} {value:.3f}" for name, value in found.dice.items() if value is not None)
            lines.append(f"Dice of the {source} on {of}: {dice or 'none'}")
    lines += [f"Alarm: {text}" for text in result.alarms]
    if result.model is not None:
        lines.append(f"Model: {result.model}   (ugmcl segment IMAGE --model {result.model} --output DIR)")
    lines += _brought(result.folder)
    return "\n".join(lines)


def _brought(run: Path) -> list[str]:
    """The outcome's sentences, where the run was compared."""
    from ugmcl.outcome.record import OUTCOME, load_outcome

    if not (run / OUTCOME).is_file():
        return []
    outcome = load_outcome(run)
    more = [] if outcome.control is None else [outcome.control["sentence"]]
    return [outcome.sentence, *more, f"Report: {run / 'report.html'}"]


def _settings_list() -> str:
    """Every setting with its default and its meaning, from the schema, which needs no pydantic."""
    schema = Path(__file__).parents[1] / "training" / "settings.schema.json"
    lines = ["settings (the paper's values in brackets; presets change some of them):"]
    for name, entry in json.loads(schema.read_text(encoding="utf-8"))["properties"].items():
        default = entry.get("default")
        value = ",".join(map(str, default)) if isinstance(default, list) else default
        lines.append(f"  {name} [{value}]\n      {entry.get('description', '')}")
    return "\n".join(lines)
