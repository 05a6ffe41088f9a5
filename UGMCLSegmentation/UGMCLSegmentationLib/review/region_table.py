"""The uncertain regions as a table node, and what was decided about each; saved with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from ugmcl.slicer.result_nodes import ResultNodes

REVIEW = "UGMCL.review"
OPEN, ACCEPTED, CORRECTED = "open", "accepted", "corrected"
STATES = (OPEN, ACCEPTED, CORRECTED)
_COLUMNS = ("rank", "segment", "volume", "uncertainty", "score", "state")


@dataclass(frozen=True)
class RegionRow:
    """One region: ``rank`` from 1, doubtful ``segments``, ``volume_ml``, mean ``uncertainty``, ``score_ml``.

    ``center_ras_mm`` is in the frame of the image; ``state`` is one of STATES.
    """

    rank: int
    segments: tuple[str, ...]
    volume_ml: float
    uncertainty: float
    score_ml: float
    center_ras_mm: tuple[float, float, float]
    state: str


def region_rows(nodes: ResultNodes, report: dict[str, Any]) -> list[RegionRow]:
    """The regions of a report with their states from the scene."""
    table = nodes.segmentation.GetNodeReference(REVIEW)
    found = []
    for index, region in enumerate(report.get("regions", [])):
        state = table.GetCellText(index, _COLUMNS.index("state")) if table is not None else ""
        doubtful = tuple(name for name in region.get("classes") or () if name != "background")
        found.append(
            RegionRow(
                int(region.get("rank", index + 1)),
                doubtful,
                float(region["volume_ml"]),
                float(region["mean_uncertainty"]),
                float(region["score_ml"]),
                tuple(region["center_ras_mm"]),
                state if state in STATES else OPEN,
            )
        )
    return found


def review_table(nodes: ResultNodes, report: dict[str, Any]) -> Any:
    """The table node of a result, made when first asked for; locked, since states change by buttons."""
    table = nodes.segmentation.GetNodeReference(REVIEW)
    if table is None:
        table = slicer.mrmlScene.AddNewNodeByClass(
            "vtkMRMLTableNode", f"{nodes.segmentation.GetName()} review"
        )
        table.SetAttribute("UGMCL.Role", "review")
        table.SetLocked(True)
        _fill(table, region_rows(nodes, report))
        nodes.segmentation.SetNodeReferenceID(REVIEW, table.GetID())
    return table


def set_state(nodes: ResultNodes, report: dict[str, Any], rank: int, state: str) -> None:
    """Write down what was decided about a region."""
    if state not in STATES:
        raise ValueError(f"{state!r} is none of {', '.join(STATES)}")
    table = review_table(nodes, report)
    table.SetCellText(rank - 1, _COLUMNS.index("state"), state)  # not in words: they change with the language
    table.Modified()


def state_words(state: str) -> str:
    """A state in the user's words."""
    return {OPEN: _("to look at"), ACCEPTED: _("accepted"), CORRECTED: _("corrected")}[state]


def next_open(rows: Sequence[RegionRow], current: int, step: int = 1) -> int:
    """Rank of the next region, round and round, regions to look at before decided ones; 0 without regions."""
    ranks = [row.rank for row in rows if row.state == OPEN] or [row.rank for row in rows]
    if not ranks:
        return 0
    if step > 0:
        return next((rank for rank in ranks if rank > current), ranks[0])
    return next((rank for rank in reversed(ranks) if rank < current), ranks[-1])


def _fill(node: Any, rows: Sequence[RegionRow]) -> None:
    titles = (
        _("Rank"), _("Structure"), _("Volume (mL)"), _("Mean uncertainty"), _("Score (mL)"), _("State"),
    )  # fmt: skip
    values = [
        (
            str(row.rank),
            ", ".join(row.segments) or _("background"),
            f"{row.volume_ml:.3f}",
            f"{row.uncertainty:.2f}",
            f"{row.score_ml:.3f}",
            row.state,
        )
        for row in rows
    ]
    table = vtk.vtkTable()
    for column, title in enumerate(titles):
        array = vtk.vtkStringArray()
        array.SetName(title)
        for row in values:
            array.InsertNextValue(row[column])
        table.AddColumn(array)
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
