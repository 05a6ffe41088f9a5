"""The outcome as a table node of the scene, one for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from UGMCLTrainingLib.outcome.figures import rows, titles

ROLE, KIND, RUN = "UGMCL.Role", "training outcome", "UGMCL.Run"


def outcome_table(folder: Path, outcome: Mapping[str, Any]) -> Any:
    """The table of this run, made once and filled anew."""
    node = _known(folder)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass(
            "vtkMRMLTableNode", _("{run}: result").format(run=folder.name)
        )
        node.SetAttribute(ROLE, KIND)
        node.SetAttribute(RUN, str(folder))
        node.SetLocked(True)
    table = vtk.vtkTable()
    cells = rows(outcome)
    for number, title in enumerate(titles(outcome)):
        table.AddColumn(_column(title, [row[number] for row in cells]))
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
    return node


def _known(folder: Path) -> Any:
    found = slicer.util.getNodesByClass("vtkMRMLTableNode")
    wanted = (KIND, str(folder))
    return next((n for n in found if (n.GetAttribute(ROLE), n.GetAttribute(RUN)) == wanted), None)


def _column(title: str, texts: Sequence[str]) -> Any:
    array = vtk.vtkStringArray()
    array.SetName(title)
    for text in texts:
        array.InsertNextValue(text)
    return array
