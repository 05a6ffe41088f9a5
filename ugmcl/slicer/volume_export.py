"""A volume node to an uncompressed NRRD file in small steps, by numpy alone: exact voxels, exact geometry."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps

STEP_BYTES = 8 * 2**20
_TYPES = {
    "int8": "signed char", "uint8": "unsigned char", "int16": "short", "uint16": "unsigned short",
    "int32": "int", "uint32": "unsigned int", "int64": "long long int", "uint64": "unsigned long long int",
    "float32": "float", "float64": "double",
}  # fmt: skip


def export_volume(volume_node: Any, path: Path) -> Iterator[float]:
    """Write a volume in its own frame (its parent transform is left out); yields the share that is written.

    The file appears under its name when it is complete.

    Raises:
        UserError: colour or vector image, no voxels, or no place to write.
    """
    array = _voxels(volume_node)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(_header(array, ijk_to_lps(volume_node)))
            flat = array.reshape(-1)
            step = max(1, STEP_BYTES // array.itemsize)
            for begin in range(0, flat.size, step):
                file.write(flat[begin : begin + step].tobytes())
                yield min(1.0, (begin + step) / flat.size)
        os.replace(part, path)
    except OSError as fault:
        raise UserError(
            f"the image cannot be handed over ({fault.strerror})", path.parent, "Make room on this disk"
        ) from fault
    finally:
        part.unlink(missing_ok=True)


def _voxels(volume_node: Any) -> np.ndarray:
    """The node's voxels [k, j, i]; the array holds them even if the node goes away."""
    name = volume_node.GetName() or "volume"
    image = volume_node.GetImageData()
    if image is None or 0 in image.GetDimensions() or image.GetPointData().GetScalars() is None:
        raise UserError("this volume has no voxels", name, "Choose another volume")
    if image.GetNumberOfScalarComponents() != 1:
        raise UserError("this is a colour or vector image", name, "Choose a volume with one value a voxel")
    array: np.ndarray = slicer.util.arrayFromVolume(volume_node)
    if array.dtype.name not in _TYPES:
        raise UserError(f"voxels of type {array.dtype.name} cannot be used", name, "Cast the volume to float")
    return array


def _header(array: np.ndarray, affine: np.ndarray) -> bytes:
    """NRRD 4 header; directions are the affine's columns, written so that they read back equal."""
    directions = " ".join(_vector(affine[:3, column]) for column in range(3))
    lines = [
        "NRRD0004",
        f"type: {_TYPES[array.dtype.name]}",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {' '.join(str(n) for n in array.shape[::-1])}",
        f"space directions: {directions}",
        "kinds: domain domain domain",
        f"endian: {sys.byteorder}",
        "encoding: raw",
        f"space origin: {_vector(affine[:3, 3])}",
    ]
    return ("\n".join(lines) + "\n\n").encode("ascii")


def _vector(values: np.ndarray) -> str:
    return f"({','.join(repr(float(value)) for value in values)})"
