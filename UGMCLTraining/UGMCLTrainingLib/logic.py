"""What the module can do, with or without a panel: the buttons and a script run the same lines."""

from __future__ import annotations

from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from UGMCLTrainingLib.parameters import UGMCLTrainingParameterNode


class TrainingLogic(ScriptedLoadableModuleLogic):
    """Trains models in the background."""

    def getParameterNode(self) -> UGMCLTrainingParameterNode:  # Slicer's name
        """The settings in the scene."""
        return UGMCLTrainingParameterNode(super().getParameterNode())

    def can_compute(self) -> bool:
        """Whether an interpreter with torch is known; imports and starts nothing."""
        from ugmcl.slicer.interpreter import find_interpreter

        return find_interpreter().interpreter is not None
