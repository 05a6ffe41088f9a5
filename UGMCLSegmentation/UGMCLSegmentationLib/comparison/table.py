"""The figures of a comparison as a table node, kept with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from UGMCLSegmentationLib.comparison.figures import Row, mean_row

ROLE = "UGMCL.comparison"


def columns() -> list[tuple[str, str, str]]:
    """Key, title and form of every column."""
    return [
        ("segment", _("Structure"), ""),
        ("dice", _("Dice"), "{:.3f}"),
        ("jaccard", _("Jaccard"), "{:.3f}"),
        ("surface_dice_1mm", _("Surface Dice at 1 mm"), "{:.3f}"),
        ("hd95_mm", _("95 % Hausdorff (mm)"), "{:.2f}"),
        ("assd_mm", _("Mean surface distance (mm)"), "{:.2f}"),
        ("asd_mm", _("One-way surface distance (mm)"), "{:.2f}"),
        ("volume_ml", _("Volume (mL)"), "{:.2f}"),
        ("reference_volume_ml", _("Reference volume (mL)"), "{:.2f}"),
        ("matched_by", _("Matched by"), ""),
    ]


def comparison_table(result: Any, rows: Sequence[Row]) -> Any:
    """The table of this result, made once and filled anew; texts, so that every digit is meant."""
    node = result.GetNodeReference(ROLE)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", f"{result.GetName()} comparison")
        node.SetAttribute("UGMCL.Role", "comparison")
        result.SetNodeReferenceID(ROLE, node.GetID())
    shown = [*rows, mean_row(rows)] if len(rows) > 1 else list(rows)
    table = vtk.vtkTable()
    for key, title, form in columns():
        array = vtk.vtkStringArray()
        array.SetName(title)
        for row in shown:
            array.InsertNextValue(_text(row, key, form))
        table.AddColumn(array)
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
    return node


def _text(row: Row, key: str, form: str) -> str:
    value = row.get(key)
    if key == "segment" and row.get("empty"):
        missing = {
            "prediction": _("not found by the model"),
            "reference": _("not in the reference"),
            "both": _("in neither"),
        }[row["empty"]]
        return f"{value} ({missing})"
    if value is None:
        return "–"
    return form.format(value) if form else str(value)
