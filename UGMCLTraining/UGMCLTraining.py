"""Training on the site's own volumes in 3D Slicer: the module's classes, which Slicer finds by their names.

Everything they do is in `UGMCLTrainingLib`; the library `ugmcl` lies beside this file when installed, and in
the repository's root when the module is loaded from source.
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

from UGMCLTrainingLib.logic import TrainingLogic
from UGMCLTrainingLib.panel import TrainingPanel

__all__ = ["UGMCLTraining", "UGMCLTrainingLogic", "UGMCLTrainingTest", "UGMCLTrainingWidget"]


class UGMCLTraining(ScriptedLoadableModule):
    """What Slicer shows of the module in its list."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("UG-MCL Training")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["UGMCLSegmentation"]
        self.parent.contributors = ["The UG-MCL for Slicer developers"]
        self.parent.helpText = _(
            "Makes a model better with your own volumes: a few that are labelled and many that are not. "
            "The training runs in the background, also after Slicer is closed, and ends with a report that "
            "compares the old model with the new one. Research software, not for clinical decisions. "
            "Version {version}."
        ).format(version=ugmcl.__version__)
        self.parent.acknowledgementText = _(
            "The method is uncertainty-guided mutual consistency learning (UG-MCL), published by its authors "
            "for semi-supervised segmentation of medical images."
        )


class UGMCLTrainingWidget(TrainingPanel):
    """The panel."""

    def make_logic(self) -> UGMCLTrainingLogic:
        return UGMCLTrainingLogic()


class UGMCLTrainingLogic(TrainingLogic):
    """For scripts: ``UGMCLTrainingLogic().train(project, start="hippocampus")``."""


class UGMCLTrainingTest(ScriptedLoadableModuleTest):
    """Runs in a real Slicer, and in the test host."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)

    def runTest(self) -> None:
        """From labelled volumes to a model in the list."""
        self.setUp()
        self.test_cases_to_model()

    def test_cases_to_model(self) -> None:
        from UGMCLTrainingLib.module_test import run_module_test

        run_module_test(self.delayDisplay)
