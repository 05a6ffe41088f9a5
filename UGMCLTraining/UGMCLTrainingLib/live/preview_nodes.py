"""The preview in the scene: one volume and one segmentation, whose voxels change as the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.slicer.background import Background
from UGMCLTrainingLib.live.look import preview_iteration

ROLE = "UGMCL.Role"
IMAGE_ROLE, SEGMENTATION_ROLE = "training preview image", "training preview"
IMAGE = "image.nrrd"
FILL = 0.3  # opacity of the segments inside of their outlines


@dataclass(frozen=True)
class Picture:
    """What was read: the image's (z, y, x) array and affine (index to LPS mm), the labels, the segments."""

    image_zyx: np.ndarray
    affine: np.ndarray
    labels_zyx: np.ndarray
    segments: tuple[Any, ...]


class Preview:
    """Shows previews of one run at a time.

    Args:
        on_shown: gets the training steps of the preview that is shown. on_fault: gets why it cannot be.
    """

    def __init__(self, on_shown: Callable[[int], None], on_fault: Callable[[BaseException], None]) -> None:
        self._on_shown, self._on_fault = on_shown, on_fault
        self._image: Any = None
        self._segmentation: Any = None
        self._work: Background | None = None
        self.file: Path | None = None

    @property
    def busy(self) -> bool:
        """A preview is being read."""
        return self._work is not None

    @property
    def shown(self) -> bool:
        """Whether it is in the scene; a user may have deleted it."""
        nodes = (self._image, self._segmentation)
        return all(node is not None and node.GetScene() is not None for node in nodes)

    def show(self, file: Path) -> None:
        """Read this preview in a thread, then show it."""
        if self._work is None and not (file == self.file and self.shown):
            self._work = Background(
                lambda: _read(file), lambda picture: self._read(file, picture), self._failed
            )

    def remove(self) -> None:
        """Take it out of the scene."""
        self.stop()
        for node in (self._segmentation, self._image):
            if node is not None and node.GetScene() is not None:
                node.GetScene().RemoveNode(node)
        self._image = self._segmentation = None
        self.file = None

    def stop(self) -> None:
        """Drop what is being read."""
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _read(self, file: Path, picture: Picture) -> None:
        self._work = None
        other_run = self.file is None or self.file.parent != file.parent
        if other_run or not self.shown or not _fits(self._segmentation, picture):
            self.remove()
            self._image, self._segmentation = _new_nodes(picture)
            slicer.util.setSliceViewerLayers(background=self._image, fit=True)
        else:
            _change_voxels(self._segmentation, picture.labels_zyx)
        self.file = file
        steps = preview_iteration(file)
        self._segmentation.SetName(_("Preview after {steps} steps").format(steps=steps))
        self._on_shown(steps)

    def _failed(self, fault: BaseException) -> None:
        self._work = None
        self._on_fault(fault)


def _read(file: Path) -> Picture:
    """For a thread.

    Raises:
        UserError: a file is missing, damaged, or they do not fit each other.
    """
    from ugmcl.errors import UserError
    from ugmcl.volumes.reading import read_image
    from ugmcl.volumes.segmentation_files import read_segmentation

    image = read_image(file.with_name(IMAGE))
    label, segments = read_segmentation(file)
    array = np.ascontiguousarray(image.array[0], dtype=np.float32)
    labels = np.ascontiguousarray(label.array[0].astype(np.uint8))
    if array.shape != labels.shape:
        raise UserError("the preview does not fit its image", file, "Wait for the next one")
    return Picture(array, label.affine, labels, tuple(segments))


def _new_nodes(picture: Picture) -> tuple[Any, Any]:
    from ugmcl.slicer import node_making as making
    from ugmcl.slicer.geometry import set_ijk_to_lps
    from ugmcl.slicer.result_files import ResultArrays

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", _("Preview: validation case"))
    slicer.util.updateVolumeFromArray(volume, picture.image_zyx)
    set_ijk_to_lps(volume, picture.affine)
    volume.CreateDefaultDisplayNodes()
    arrays = ResultArrays(picture.labels_zyx, picture.affine, picture.segments, None)
    segmentation = making.segmentation(_("Preview"), arrays, volume)
    segmentation.GetDisplayNode().SetVisibility2DFill(True)
    segmentation.GetDisplayNode().SetOpacity2DFill(FILL)
    for node, role in ((volume, IMAGE_ROLE), (segmentation, SEGMENTATION_ROLE)):
        node.SetAttribute(ROLE, role)
        node.SetSaveWithScene(False)
    return volume, segmentation


def _labels(segmentation: Any) -> Any:
    """The image that all segments share; None where somebody changed that."""
    parts = segmentation.GetSegmentation()
    images = [
        parts.GetNthSegment(number).GetRepresentation("Binary labelmap")
        for number in range(parts.GetNumberOfSegments())
    ]
    return images[0] if images and all(image is images[0] for image in images) else None


def _fits(segmentation: Any, picture: Picture) -> bool:
    """Whether new labels can take the place of those in the node."""
    image, parts = _labels(segmentation), segmentation.GetSegmentation()
    names = [parts.GetNthSegment(number).GetName() for number in range(parts.GetNumberOfSegments())]
    same = names == [segment.name for segment in picture.segments]
    return same and image is not None and image.GetDimensions() == picture.labels_zyx.shape[::-1]


def _change_voxels(segmentation: Any, labels_zyx: np.ndarray) -> None:
    from vtk.util.numpy_support import vtk_to_numpy

    image = _labels(segmentation)
    scalars = image.GetPointData().GetScalars()
    vtk_to_numpy(scalars)[:] = labels_zyx.reshape(-1)
    scalars.Modified()
    image.Modified()
