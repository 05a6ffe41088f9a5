"""The panel's sections in the order in which they are told of changes; each places itself."""

from __future__ import annotations

from UGMCLSegmentationLib.batch_section import BatchSection
from UGMCLSegmentationLib.comparison_section import ComparisonSection
from UGMCLSegmentationLib.display_section import DisplaySection
from UGMCLSegmentationLib.export_section import ExportSection
from UGMCLSegmentationLib.input_section import InputSection
from UGMCLSegmentationLib.review_section import ReviewSection
from UGMCLSegmentationLib.run_section import RunSection
from UGMCLSegmentationLib.setup_section import SetupSection

SECTIONS = (
    InputSection,
    RunSection,
    DisplaySection,
    ReviewSection,
    ComparisonSection,
    ExportSection,
    BatchSection,
    SetupSection,
)
