"""``ugmcl segment``: one volume or a cohort."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal
from ugmcl.errors import UserError

if TYPE_CHECKING:
    from ugmcl.segmentation.cohort import CohortResult
    from ugmcl.segmentation.options import SegmentOptions


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="NRRD, NIfTI, MetaImage, a DICOM folder, or a folder of volumes; several make a cohort",
    )
    parser.add_argument(
        "--model", required=True, metavar="M", help="name, name@version or folder; see ugmcl models list"
    )
    parser.add_argument(
        "--output", type=options.folder, required=True, metavar="DIR", help="folder of the results"
    )
    parser.add_argument(
        "--passes", type=options.at_least(1), metavar="T", help="Monte-Carlo passes; default: the model's"
    )
    options.add_device(parser)
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"])
    place = parser.add_mutually_exclusive_group()
    box = ("XMIN", "YMIN", "ZMIN", "XMAX", "YMAX", "ZMAX")
    place.add_argument(
        "--roi", nargs=6, type=float, metavar=box, help="segment inside this box only, LPS in mm"
    )
    place.add_argument(
        "--roi-ras", nargs=6, type=float, metavar=box, help="the same in RAS, as 3D Slicer shows it"
    )
    parser.add_argument(
        "--maps", metavar="LIST", help="further maps: probability,mutual_information,disagreement,regions"
    )
    parser.add_argument("--segments", metavar="LIST", help="only these segments, names separated by commas")
    pieces = parser.add_mutually_exclusive_group()
    pieces.add_argument(
        "--largest", action="store_true", help="keep the largest connected piece of every segment"
    )
    pieces.add_argument(
        "--all-pieces", action="store_true", help="keep every piece (else as the model's card says)"
    )
    parser.add_argument("--fill-holes", action="store_true", help="fill holes that a segment encloses")
    parser.add_argument(
        "--format", choices=["nrrd", "nifti"], default="nrrd", help="of the results (default nrrd)"
    )
    parser.add_argument("--no-preview", action="store_true", help="draw no NAME_preview.png")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="only part I of N of a cohort, counted from 1; torchrun sets it by itself",
    )
    options.add_output_style(parser)
    parser.epilog = (
        "A cohort goes on past a bad case, skips what is finished when called again, and adds summary.csv. "
        "Coordinates of regions are RAS in mm, as 3D Slicer shows them."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Segments; 0 when every case is done, 2 when a case could not be read, 1 when we failed on one."""
    from ugmcl import api
    from ugmcl.segmentation.cohort_inputs import collect_cases, parse_shard
    from ugmcl.segmentation.written import ready_output

    chosen = segment_options(arguments)
    model = api.find_model(arguments.model)
    shard = parse_shard(arguments.shard)
    cases = collect_cases(arguments.inputs, len(model.input.channels))
    with terminal(quiet=arguments.quiet) as reporter:
        if len(cases) > 1 or shard.count > 1:
            cohort = api.segment_cohort(
                arguments.inputs, model, arguments.output, options=chosen, shard=shard, reporter=reporter
            )
            return _tell_cohort(cohort, as_json=arguments.json)
        ready_output(Path(arguments.output))
        paths = cases[0].paths
        result = api.segment(paths if len(paths) > 1 else paths[0], model, options=chosen, reporter=reporter)
        files = result.save(arguments.output)
    from ugmcl.cli.findings import findings_text

    printing.result(
        {"report": result.report, "files": files}, findings_text(result.report, files), as_json=arguments.json
    )
    return 0


def segment_options(arguments: argparse.Namespace) -> SegmentOptions:
    """The options as the library takes them."""
    from ugmcl.segmentation.options import SegmentOptions

    roi = arguments.roi
    if arguments.roi_ras:
        x0, y0, z0, x1, y1, z1 = arguments.roi_ras
        roi = (-x1, -y1, z0, -x0, -y0, z1)  # both signs change, so the least becomes the greatest
    segments = options.names(arguments.segments)
    if segments == []:
        raise UserError(
            "no segment is named", "--segments", "Give names separated by commas, or leave it out"
        )
    return SegmentOptions(
        passes=arguments.passes,
        device=arguments.device,
        precision=arguments.precision,
        roi=None if roi is None else tuple(roi),
        segments=None if segments is None else tuple(segments),
        largest_component=True if arguments.largest else False if arguments.all_pieces else None,
        fill_holes=arguments.fill_holes,
        maps=tuple(options.names(arguments.maps) or ()),
        format=arguments.format,
        preview=not arguments.no_preview,
    )


def _tell_cohort(cohort: CohortResult, *, as_json: bool) -> int:
    lines = [
        f"{len(cohort.done)} segmented, {len(cohort.skipped)} finished before, {len(cohort.failed)} failed"
    ]
    lines += [f"  {name}: {reason}" for name, reason in cohort.failed.items()]
    if cohort.summary:
        lines.append(f"Summary: {cohort.summary}")
    printing.result(cohort, "\n".join(lines), as_json=as_json)
    ours = any(reason.startswith("internal error") for reason in cohort.failed.values())
    return 1 if ours else 2 if cohort.failed else 0
