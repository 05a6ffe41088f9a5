"""What the user decides: states of the regions and rows of the log, always both."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.result_nodes import CORRECTED as COPY
from ugmcl.slicer.result_nodes import INPUT, ResultNodes
from UGMCLSegmentationLib.review import log
from UGMCLSegmentationLib.review.corrections import Change, change_of
from UGMCLSegmentationLib.review.masks import region_mask, segment_changes
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


def correction_steps(nodes: ResultNodes, report: dict[str, Any], rank: int) -> Generator[float, None, Noted]:
    """Compare the corrected copy with the automatic result and write the difference down.

    Args:
        nodes: the result.
        report: its report.
        rank: of the region that was corrected; 0 for the whole result.

    Yields:
        The share that is done, segment by segment; returns what was found.

    Raises:
        UserError: the image or the corrected copy is gone.
    """
    automatic = nodes.segmentation
    copy, image = automatic.GetNodeReference(COPY), automatic.GetNodeReference(INPUT)
    if image is None:
        raise UserError(_("the image of this result is gone"), automatic.GetName(), _("Load it again"))
    if copy is None:
        raise UserError(_("there is no corrected copy"), automatic.GetName(), _("Correct something first"))
    regional = bool(rank) and nodes.regions is not None
    inside, elsewhere = [], []
    yield 0.0
    zone = region_mask(nodes.regions, rank) if regional else None
    outside = region_mask(nodes.regions, 0) if regional else None
    for found in segment_changes(automatic, copy, image):
        inside.append(change_of(found.name, found.before, found.after, zone))
        if outside is not None:
            elsewhere.append(change_of(found.name, found.before, found.after, outside))
        yield 0.5
    noted = Noted([change for change in inside if change.any], _new(automatic, elsewhere))
    if noted.inside:
        if rank:
            set_state(nodes, report, rank, CORRECTED)
        log.write_down(automatic, report, rank or log.WHOLE, CORRECTED, noted.inside)
    if noted.elsewhere:
        log.write_down(automatic, report, log.ELSEWHERE, CORRECTED, noted.elsewhere)
    return noted


def _new(automatic: Any, elsewhere: list[Change]) -> list[Change]:
    """Those outside of the regions that an earlier region's correction has not written down already."""
    rows = log.log_rows(automatic)
    return [
        change for change in elsewhere if change.any and not log.already_noted(rows, log.ELSEWHERE, change)
    ]


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
