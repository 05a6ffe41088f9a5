"""Compare with a reference: choose it, press the button, read the table."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import set_enabled, set_text
from UGMCLSegmentationLib.comparison.matching import Matching


class ComparisonSection(AddedSection):
    """Comparison; the figures stay with the result in the scene."""

    layout_file = "UGMCLSegmentationComparison.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self._work: Any = None
        self._shown: Any = None
        self.ui.compareButton.connect("clicked(bool)", self.compare)

    def disconnect(self) -> None:
        self._stop()
        self.ui.comparisonTableView.setMRMLTableNode(None)
        super().disconnect()

    def cleanup(self) -> None:
        self._stop()

    def refresh(self) -> None:
        from UGMCLSegmentationLib.comparison.table import ROLE

        nodes = self.widget.result()
        set_enabled(self.ui.compareButton, self._reason(nodes))
        table = nodes.segmentation.GetNodeReference(ROLE) if nodes else None
        self.ui.comparisonTableView.setVisible(table is not None)
        if table is not self._shown:
            self.ui.comparisonTableView.setMRMLTableNode(table)
            self._shown = table
            if table is None:
                set_text(self.ui.comparisonHintLabel, "")

    def compare(self, *_args: Any) -> None:
        """Takes the masks now and computes beside the window."""
        from ugmcl.slicer.background import Background
        from UGMCLSegmentationLib.comparison.figures import prepared_comparison

        nodes, reference = self.widget.result(), self.parameters.reference
        corrected = nodes.segmentation.GetNodeReference("UGMCL.corrected")
        shown = corrected if corrected is not None and corrected is not reference else nodes.segmentation
        volume = nodes.segmentation.GetNodeReference("UGMCL.input")
        try:
            matching, compute = prepared_comparison(shown, reference, volume)
        except UserError as fault:
            set_text(self.ui.comparisonHintLabel, str(fault))
            return
        result = nodes.segmentation

        def done(rows: list[dict[str, Any]]) -> None:
            self._done(result, rows, matching, second_opinions(shown, reference, volume, matching))

        set_text(self.ui.comparisonHintLabel, _("Comparing…"))
        self._work = Background(compute, done, self._failed)
        self.refresh()

    def _reason(self, nodes: Any) -> str:
        """Why nothing can be compared now."""
        if self._work is not None:
            return _("A comparison is being computed.")
        if not nodes:
            return _("There is no result yet.")
        if self.parameters.reference is None:
            return _("Choose a reference segmentation first.")
        return ""

    def _done(self, result: Any, rows: list[dict[str, Any]], matching: Matching, second: str) -> None:
        from UGMCLSegmentationLib.comparison.table import comparison_table

        self._work = None
        comparison_table(result, rows)
        self.refresh()
        set_text(self.ui.comparisonHintLabel, " ".join(filter(None, [_unmatched(matching), second])))

    def _failed(self, fault: BaseException) -> None:
        self._work = None
        self.refresh()
        set_text(self.ui.comparisonHintLabel, _("The comparison failed: {fault}").format(fault=fault))

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None


def _unmatched(matching: Matching) -> str:
    """Structures that only one side has are said, never silently left out."""
    parts = []
    if matching.only_result:
        parts.append(_("Only in the result: {names}.").format(names=", ".join(matching.only_result)))
    if matching.only_reference:
        parts.append(_("Only in the reference: {names}.").format(names=", ".join(matching.only_reference)))
    return " ".join(parts)


def second_opinions(result: Any, reference: Any, volume: Any, matching: Matching) -> str:
    """SlicerRT's figures in one sentence; "" where it is not installed."""
    from UGMCLSegmentationLib.comparison.slicer_rt import has_slicer_rt, second_opinion

    if not has_slicer_rt():
        return ""
    words = []
    for pair in matching.pairs:
        found = second_opinion(result, reference, volume, pair)
        if "fault" in found:
            words.append(_("{name}: {fault}").format(name=pair.name, fault=found["fault"]))
        else:
            words.append(
                _("{name}: Dice {dice:.3f}, 95 % Hausdorff {distance:.2f} mm").format(
                    name=pair.name, dice=found["dice"], distance=found["hausdorff_95_mm"]
                )
            )
    return _("SlicerRT finds: {figures}.").format(figures="; ".join(words))
