"""Segmentation with uncertainty in 3D Slicer: the module's classes, which Slicer finds by their names.

Everything they do is in `UGMCLSegmentationLib`; the library `ugmcl` lies beside this file when installed, and
in the repository's root when the module is loaded from source.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleTest

try:
    import ugmcl
except ImportError:
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    import ugmcl

from UGMCLSegmentationLib.logic import SegmentationLogic
from UGMCLSegmentationLib.panel import SegmentationPanel

__all__ = ["UGMCLSegmentation", "UGMCLSegmentationLogic", "UGMCLSegmentationTest", "UGMCLSegmentationWidget"]
LEAST_SLICER = (5, 10)


class UGMCLSegmentation(ScriptedLoadableModule):
    """What Slicer shows of the module in its list."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("UG-MCL Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
        self.parent.contributors = ["The UG-MCL for Slicer developers"]
        self.parent.helpText = _(
            "Segments a volume with a model that was trained from few labelled images, shows where it is "
            "unsure, and leads you to the places that need a look. Research software, not for clinical "
            "decisions. Version {version}."
        ).format(version=ugmcl.__version__)
        self.parent.acknowledgementText = _(
            "The method is uncertainty-guided mutual consistency learning (UG-MCL), published by its authors "
            "for semi-supervised segmentation of medical images."
        )
        slicer.app.connect("startupCompleted()", self.started)

    def started(self) -> None:
        """Slicer is up: the bundled cases appear in Sample Data. Nothing is loaded or fetched."""
        from UGMCLSegmentationLib.sample_data import register_sample_data

        register_sample_data()


class UGMCLSegmentationWidget(SegmentationPanel):
    """The panel."""

    def make_logic(self) -> UGMCLSegmentationLogic:
        return UGMCLSegmentationLogic()


class UGMCLSegmentationLogic(SegmentationLogic):
    """For scripts: ``UGMCLSegmentationLogic().segment(volumeNode, model="hippocampus")``."""


class UGMCLSegmentationTest(ScriptedLoadableModuleTest):
    """Runs in a real Slicer, and in the test host."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)

    def runTest(self) -> None:
        """From the sample to a corrected copy."""
        self.setUp()
        self.test_sample_to_correction()

    def test_sample_to_correction(self) -> None:
        from UGMCLSegmentationLib.module_test import run_module_test

        run_module_test(self.delayDisplay)
