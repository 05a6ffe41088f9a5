"""What the module can do, with or without a panel: the button and a script run the same lines."""

from __future__ import annotations

import time
from dataclasses import replace as changed
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from ugmcl.errors import Stopped, UserError
from ugmcl.models.library import find_model, list_models
from ugmcl.slicer.result_nodes import CREATED, INPUT, ResultNodes, all_results
from UGMCLSegmentationLib.parameters import UGMCLSegmentationParameterNode
from UGMCLSegmentationLib.request import SegmentationRequest, checked
from UGMCLSegmentationLib.segmentation_run import Listener, SegmentationRun


class NeedsSetUp(UserError):
    """No interpreter here can compute yet."""


class SegmentationLogic(ScriptedLoadableModuleLogic):
    """Segments volumes of the scene."""

    def getParameterNode(self) -> UGMCLSegmentationParameterNode:  # Slicer's name
        """The settings in the scene."""
        return UGMCLSegmentationParameterNode(super().getParameterNode())

    def can_compute(self) -> bool:
        """Whether an interpreter with torch is known; imports and starts nothing."""
        from ugmcl.slicer.interpreter import find_interpreter

        return find_interpreter().interpreter is not None

    def start(self, request: SegmentationRequest, listener: Listener) -> SegmentationRun:
        """Begin a segmentation and return at once.

        Raises:
            NeedsSetUp: nothing here can compute.
            UserError: the region lies outside of the image, or there is no place for the job.
        """
        from ugmcl.slicer.warm_worker import shared_worker

        if not self.can_compute():
            raise NeedsSetUp(
                _("the computation is not set up on this computer yet"),
                None,
                _("See Set-up below; it is done once"),
            )
        earlier = earlier_result(request.volumes[0]) if request.replace else None
        run = SegmentationRun(request, shared_worker(), listener, earlier)
        run.start()
        return run

    def segment(
        self,
        volumeNode: Any,  # Slicer's way of naming
        model: str = "",
        wait: bool = True,
        listener: Listener | None = None,
        **options: Any,
    ) -> Any:
        """Segment a volume of the scene.

        Args:
            volumeNode: vtkMRMLScalarVolumeNode, or a list of them for a model with several channels.
            model: "name" or "name@version"; empty takes the only one there is.
            wait: return when it is done; the window stays alive meanwhile.
            listener: is told how far it is.
            options: fields of `SegmentationRequest`: ``region``, ``passes``, ``device``, ``segments``, …

        Returns:
            The ResultNodes; the `SegmentationRun` without ``wait``.

        Raises:
            UserError: it cannot be done, or failed. Stopped: somebody cancelled it.
        """
        volumes = tuple(volumeNode) if isinstance(volumeNode, list | tuple) else (volumeNode,)
        request = SegmentationRequest(volumes, find_model(model or _only_model()))
        unknown = set(options) - set(SegmentationRequest.__dataclass_fields__)
        if unknown:
            raise UserError(
                f"there is no option {min(unknown)!r}",
                "segment",
                f"Choose from {', '.join(SegmentationRequest.__dataclass_fields__)}",
            )
        run = self.start(checked(changed(request, **options)), listener or Listener())
        if not wait:
            return run
        while not run.ended:
            slicer.app.processEvents()
            time.sleep(0.005)
        if run.state == "failed":
            raise UserError(run.error.rstrip("."))
        if run.state == "cancelled":
            raise Stopped("cancelled")
        return run.nodes


def earlier_result(volume: Any) -> ResultNodes | None:
    """The newest result of this volume, or None."""
    found = [node for node in all_results() if node.GetNodeReference(INPUT) is volume]
    if not found:
        return None
    return ResultNodes.of(max(found, key=lambda node: node.GetAttribute(CREATED) or ""))


def _only_model() -> str:
    ids = {entry.id for entry in list_models() if entry.package}
    if len(ids) == 1:
        return ids.pop()
    raise UserError(
        "no model is named", "segment", f"Choose one: {', '.join(sorted(ids)) or 'none is installed'}"
    )
