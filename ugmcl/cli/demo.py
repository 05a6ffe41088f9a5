"""``ugmcl demo``: the bundled MRI through the bundled model, beside the expert's outline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal

if TYPE_CHECKING:
    from ugmcl.samples import Sample
    from ugmcl.segmentation.result import SegmentationResult


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "--output",
        type=options.folder,
        default="demo",
        metavar="DIR",
        help="folder of the results (default: demo)",
    )
    parser.add_argument("--model", metavar="M", help="another model than the sample's own")
    parser.add_argument(
        "--passes", type=options.at_least(1), metavar="T", help="Monte-Carlo passes; default: the model's"
    )
    options.add_device(parser)
    options.add_output_style(parser)
    parser.epilog = "The MRI is a test case: no model that comes with the software has seen it in training."
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Segments the demo case, prints the comparison and what to open."""
    from ugmcl import api
    from ugmcl.cli.findings import findings_text
    from ugmcl.samples import demo_sample, verify

    sample = verify(demo_sample())
    model = api.find_model(arguments.model or sample.model)
    with terminal(quiet=arguments.quiet) as reporter:
        result = api.segment(
            sample.image, model, passes=arguments.passes, device=arguments.device, reporter=reporter
        )
        files = result.save(arguments.output)
    dice = dice_with_reference(result, sample)
    text = "\n\n".join(
        [findings_text(result.report, files), _comparison(dice, sample), _what_to_open(files, sample)]
    )
    printing.result({"dice": dice, "report": result.report, "files": files}, text, as_json=arguments.json)


def dice_with_reference(result: SegmentationResult, sample: Sample) -> dict[str, float | None]:
    """Dice of every segment with the expert's label; None where both are empty."""
    from ugmcl.metrics.overlap import dice
    from ugmcl.volumes.reading import read_label

    found, reference = result.label.array[0], read_label(sample.reference).array[0]
    return {
        segment.name: dice(found == segment.value, reference == segment.value) for segment in result.segments
    }


def _comparison(dice: dict[str, float | None], sample: Sample) -> str:
    rows: list[tuple[str, float | None]] = list(dice.items())
    known = [value for value in dice.values() if value is not None]
    if known:
        rows.append(("mean", sum(known) / len(known)))
    return f"Compared with the expert's outline of {sample.id}:\n" + printing.table(["segment", "Dice"], rows)


def _what_to_open(files: dict[str, Path], sample: Sample) -> str:
    shown: list[Any] = [files[kind] for kind in ("preview",) if kind in files]
    lines = [f"Open first: {path}" for path in shown]
    lines.append(
        f"In 3D Slicer: {sample.image}\n  with {files['segmentation']}\n  and {files['uncertainty']}"
    )
    lines.append(f"Data: {sample.attribution}.")
    return "\n".join(lines)
