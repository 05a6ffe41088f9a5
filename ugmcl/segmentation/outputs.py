"""Result files (design.md 10): written under temporary names, renamed when complete, the report last."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.segmentation.options import FORMATS
from ugmcl.segmentation.preview import PreviewSource, write_preview
from ugmcl.segmentation.result import SegmentationResult
from ugmcl.segmentation.written import STAGE, check_free, ready_output, report_path
from ugmcl.volumes.segmentation_files import write_segmentation
from ugmcl.volumes.writing import write_image


def save_result(result: SegmentationResult, folder: Path) -> dict[str, Path]:
    """Write ``result`` into ``folder``; see `SegmentationResult.save`."""
    sources = [] if result.image.path is None else [Path(result.image.path)]
    check_free(folder / _segmentation_name(result), result.name, sources)
    ready_output(folder)
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder))
    try:
        files = _write(result, stage)
        report = {**result.report, "files": {kind: path.name for kind, path in files.items()}}
        files["report"] = report_path(stage, result.name)
        text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
        files["report"].write_text(text + "\n", encoding="utf-8")
        report_path(folder, result.name).unlink(missing_ok=True)  # an old report never stands for new files
        for path in files.values():  # the report is the last one
            os.replace(path, folder / path.name)
    except OSError as error:
        raise UserError(
            f"the results cannot be written ({error.strerror})", folder, "Check free space and permissions"
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return {kind: folder / path.name for kind, path in files.items()}


def _write(result: SegmentationResult, stage: Path) -> dict[str, Path]:
    """All files but the report, in the folder ``stage``."""
    suffix, compress = FORMATS[result.options.format], result.options.compress
    files = {"segmentation": stage / _segmentation_name(result)}
    label = result.label
    write_segmentation(
        files["segmentation"], label.array[0], label.affine, result.segments, compress=compress
    )
    for kind, volume in {"uncertainty": result.uncertainty, **result.maps}.items():
        files[kind] = stage / f"{result.name}_{file_word(kind)}{suffix}"
        write_image(files[kind], volume.array[0], volume.affine, compress=compress)
    if result.options.preview:
        files["preview"] = stage / f"{result.name}_preview.png"
        write_preview(files["preview"], _preview_source(result))
    return files


def _segmentation_name(result: SegmentationResult) -> str:
    return result.name + (".seg.nrrd" if result.options.format == "nrrd" else FORMATS[result.options.format])


def file_word(text: str) -> str:
    """A segment's name as part of a file name: letters, digits, minus and underscore."""
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "segment"


def _preview_source(result: SegmentationResult) -> PreviewSource:
    model, confidence = result.report["model"], result.report["confidence"]
    words = []
    if confidence["expected_dice"] is not None:
        words.append(f"expected Dice {confidence['expected_dice']:.2f}")
    if confidence["pairwise_dice"] is not None:
        passes = result.report["way"]["passes"]
        words.append(f"confidence {confidence['pairwise_dice']:.2f} (mean pairwise Dice of {passes} passes)")
    count = len(result.regions)
    words.append("no region stands out" if count == 0 else f"{count} region{'s' * (count > 1)} to review")
    return PreviewSource(
        image=result.image.array[0],
        labels=result.label.array[0],
        uncertainty=result.uncertainty.array[0],
        affine=result.image.affine,
        segments=result.segments,
        title=f"{model['title'] or model['name']} {model['version']}  ·  {result.name}",
        subtitle="  ·  ".join(words),
        focus_ras_mm=result.regions[0].center_ras_mm if result.regions else None,
    )
