"""What the user decides: states of the regions and rows of the log, always both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.result_nodes import CORRECTED as COPY
from ugmcl.slicer.result_nodes import INPUT, ResultNodes
from UGMCLSegmentationLib.review import log
from UGMCLSegmentationLib.review.corrections import Change
from UGMCLSegmentationLib.review.masks import changes, region_mask
from UGMCLSegmentationLib.review.region_table import (
    ACCEPTED,
    CORRECTED,
    OPEN,
    RegionRow,
    region_rows,
    set_state,
)


@dataclass(frozen=True)
class Noted:
    """Changes ``inside`` the region (anywhere, without one) and ``elsewhere``, outside of all regions."""

    inside: list[Change]
    elsewhere: list[Change]


def accept_or_open(nodes: ResultNodes, report: dict[str, Any], row: RegionRow) -> str:
    """Accept a region, or open it again where it is accepted already; returns its new state."""
    state = OPEN if row.state == ACCEPTED else ACCEPTED
    set_state(nodes, report, row.rank, state)
    about = [Change(", ".join(row.segments), 0, 0)]
    log.write_down(nodes.segmentation, report, row.rank, log.OPENED if state == OPEN else state, about)
    return state


def accept_whole(nodes: ResultNodes, report: dict[str, Any]) -> None:
    """Everything was looked through: what was open is accepted."""
    for row in region_rows(nodes, report):
        if row.state == OPEN:
            set_state(nodes, report, row.rank, ACCEPTED)
    log.write_down(nodes.segmentation, report, log.WHOLE, ACCEPTED, [])


def note_corrections(nodes: ResultNodes, report: dict[str, Any], rank: int) -> Noted:
    """Compare the corrected copy with the automatic result and write the difference down.

    Args:
        nodes: the result.
        report: its report.
        rank: of the region that was corrected; 0 for the whole result.

    Raises:
        UserError: the image or the corrected copy is gone.
    """
    automatic = nodes.segmentation
    copy, image = automatic.GetNodeReference(COPY), automatic.GetNodeReference(INPUT)
    if image is None:
        raise UserError(_("the image of this result is gone"), automatic.GetName(), _("Load it again"))
    if copy is None:
        raise UserError(_("there is no corrected copy"), automatic.GetName(), _("Correct something first"))
    if not rank or nodes.regions is None:
        inside, elsewhere = _changed(automatic, copy, image), []
    else:
        inside = _changed(automatic, copy, image, region_mask(nodes.regions, rank))
        elsewhere = _changed(automatic, copy, image, region_mask(nodes.regions, 0))
    rows = log.log_rows(automatic)
    elsewhere = [change for change in elsewhere if not log.already_noted(rows, log.ELSEWHERE, change)]
    if inside:
        if rank:
            set_state(nodes, report, rank, CORRECTED)
        log.write_down(automatic, report, rank or log.WHOLE, CORRECTED, inside)
    if elsewhere:
        log.write_down(automatic, report, log.ELSEWHERE, CORRECTED, elsewhere)
    return Noted(inside, elsewhere)


def _changed(automatic: Any, copy: Any, image: Any, within: Any = None) -> list[Change]:
    return [change for change in changes(automatic, copy, image, within) if change.any]


def words(noted: Noted) -> str:
    """The corrections as a sentence for the panel."""
    if not noted.inside and not noted.elsewhere:
        return _("Nothing was changed here.")
    parts = [_counted(noted.inside)] if noted.inside else [_("Nothing was changed in this region")]
    if noted.elsewhere:
        parts.append(_("outside of the regions: {changes}").format(changes=_counted(noted.elsewhere)))
    return "; ".join(parts) + "."


def _counted(found: list[Change]) -> str:
    return ", ".join(
        _("{name}: {added} voxels added, {removed} removed").format(
            name=change.segment, added=change.added, removed=change.removed
        )
        for change in found
    )
