"""What was decided and when: a table in the scene, and a CSV file of it.

The input is named by the first digits of its checksum (as in the report), never by its node's name, in
which DICOM may have put a patient's.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from UGMCLSegmentationLib.review.corrections import Change

LOG = "UGMCL.reviewLog"
COLUMNS = ("when", "model", "input", "region", "segment", "decision", "voxels_added", "voxels_removed")
WHOLE, ELSEWHERE = "all", "elsewhere"
OPENED = "opened again"


def write_down(
    segmentation: Any, report: dict[str, Any], region: int | str, decision: str, changes: Sequence[Change]
) -> None:
    """Add a row for each segment that the decision is about.

    Args:
        segmentation: the automatic result; its attribute names model and version.
        report: of the result; has the input's checksum.
        region: rank, WHOLE or ELSEWHERE (outside of all regions).
        decision: accepted, corrected or OPENED.
        changes: of the segments; none where the decision is about no segment in particular.
    """
    table = log_table(segmentation)
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    model = segmentation.GetAttribute("UGMCL.Model") or ""
    checksum = str((report.get("input") or {}).get("sha256", ""))[:16]
    for change in changes or (Change("", 0, 0),):
        row = table.AddEmptyRow()
        values = (
            now, model, checksum, region, change.segment, decision, change.added, change.removed,
        )  # fmt: skip
        for column, value in enumerate(values):
            table.SetCellText(row, column, str(value))
    table.Modified()


def log_table(segmentation: Any) -> Any:
    """The log of a result, made when first asked for."""
    table = segmentation.GetNodeReference(LOG)
    if table is None:
        table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", f"{segmentation.GetName()} review log")
        table.SetAttribute("UGMCL.Role", "review log")
        table.SetLocked(True)
        columns = vtk.vtkTable()
        for name in COLUMNS:
            array = vtk.vtkStringArray()
            array.SetName(name)
            columns.AddColumn(array)
        table.SetAndObserveTable(columns)
        segmentation.SetNodeReferenceID(LOG, table.GetID())
    return table


def log_rows(segmentation: Any) -> list[dict[str, str]]:
    """The log as dictionaries."""
    table = segmentation.GetNodeReference(LOG)
    count = table.GetNumberOfRows() if table is not None else 0
    return [
        {name: table.GetCellText(row, column) for column, name in enumerate(COLUMNS)} for row in range(count)
    ]


def whole_accepted(rows: Sequence[dict[str, str]]) -> bool:
    """Whether the whole result stands as accepted: nothing was opened again since."""
    whole = False
    for row in rows:
        if row["decision"] == OPENED:
            whole = False
        elif row["region"] == WHOLE and row["decision"] == "accepted":
            whole = True
    return whole


def already_noted(rows: Sequence[dict[str, str]], region: int | str, change: Change) -> bool:
    """Whether the latest correction of this segment there has the same numbers."""
    place = (str(region), change.segment, "corrected")
    latest = [row for row in rows if (row["region"], row["segment"], row["decision"]) == place][-1:]
    return any(
        (row["voxels_added"], row["voxels_removed"]) == (str(change.added), str(change.removed))
        for row in latest
    )


def export_log(segmentation: Any, path: Path) -> Path:
    """Write the log as CSV; a file of this name is replaced in one step.

    Raises:
        UserError: nothing was decided yet, or the file cannot be written.
    """
    rows = log_rows(segmentation)
    if not rows:
        raise UserError(
            _("nothing was decided yet"), segmentation.GetName(), _("Accept or correct a region first")
        )
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(part, path)
    except OSError as fault:
        raise UserError(
            _("the log cannot be written ({fault})").format(fault=fault.strerror),
            path,
            _("Choose another place"),
        ) from fault
    finally:
        part.unlink(missing_ok=True)
    return path
