"""The figures of a comparison as a table node, kept with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from UGMCLSegmentationLib.comparison.figures import Row, mean_row

ROLE = "UGMCL.comparison"


def figures() -> list[tuple[str, str, str]]:
    """Key, title and form of every figure, in the order of the table's rows."""
    return [
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
    """The table of this result, made once and filled anew: a column a structure."""
    node = result.GetNodeReference(ROLE)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", f"{result.GetName()} comparison")
        node.SetAttribute("UGMCL.Role", "comparison")
        node.SetLocked(True)
        result.SetNodeReferenceID(ROLE, node.GetID())
    shown = [*rows, mean_row(rows)] if len(rows) > 1 else list(rows)
    table = vtk.vtkTable()
    table.AddColumn(_column(_("Figure"), [title for _key, title, _form in figures()]))
    for row in shown:
        table.AddColumn(_column(_title(row), [_text(row, key, form) for key, _name, form in figures()]))
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
    return node


def _column(title: str, texts: Sequence[str]) -> Any:
    array = vtk.vtkStringArray()
    array.SetName(title)
    for text in texts:
        array.InsertNextValue(text)
    return array


def _title(row: Row) -> str:
    """The structure's name, with what is missing of it."""
    if not row.get("empty"):
        return str(row["segment"])
    missing = {
        "prediction": _("not found by the model"),
        "reference": _("not in the reference"),
        "both": _("in neither"),
    }[row["empty"]]
    return f"{row['segment']} ({missing})"


def _text(row: Row, key: str, form: str) -> str:
    value = row.get(key)
    if value is None:
        return "–"
    return form.format(value) if form else str(value)
