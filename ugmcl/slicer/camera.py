"""The 3D views' cameras."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

_DISTANCE = 2.2  # diagonals of what is looked at


def look_at(node: Any) -> None:
    """Turn every 3D view to a node, from the side it looks from now; a node without extent changes nothing.

    Args:
        node: displayable; its bounds in the world (RAS, mm) are fitted into the views.
    """
    bounds = np.zeros(6)
    node.GetRASBounds(bounds)
    low, high = bounds[0::2], bounds[1::2]
    diagonal = float(np.linalg.norm(high - low))
    if not np.all(high >= low) or not 0 < diagonal < 1e6:
        return
    centre = (low + high) / 2
    for camera in slicer.util.getNodesByClass("vtkMRMLCameraNode"):
        way = np.array(camera.GetPosition()) - np.array(camera.GetFocalPoint())
        length = np.linalg.norm(way)
        way = way / length if length > 0 else np.array([0.0, 1.0, 0.0])
        camera.SetFocalPoint(*centre)
        camera.SetPosition(*(centre + _DISTANCE * diagonal * way))
        camera.ResetClippingRange()
