"""What is wrong with a file, said in one line: the checks that every reader makes before it reads a voxel."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes import geometry

MAX_VOXELS = 2**30  # a whole-body CT has 0.4e9
_DEFLATE_RATIO = 1032  # no deflate stream expands more than this
_SPACING_MM = (1e-4, 200.0)
_FARTHEST_MM = 1e5
_LEAST_VOLUME = 0.5  # of a unit cell: axes up to 60 degrees from a right angle can be straightened


@contextmanager
def reported(path: Path, kind: str) -> Iterator[None]:
    """Turn what a reader throws at a damaged file into a `UserError` that names the file."""
    try:
        yield
    except UserError:
        raise
    except MemoryError:
        raise UserError(
            "needs more memory than this computer has",
            path,
            "Crop or resample the volume, or close other programs",
        ) from None
    except FileNotFoundError:
        raise UserError("does not exist", path, "Check the path") from None
    except PermissionError:
        raise UserError("may not be read", path, "Ask for the right to read it") from None
    except (RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(
            f"cannot be read as {kind} ({_reason(error)})",
            path,
            "The file is damaged, incomplete or of another kind: copy or export it again",
        ) from error


def _reason(error: Exception) -> str:
    """The last line of a library's message, without the source line it came from."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else type(error).__name__
    return text.removeprefix("ITK ERROR: ")[:200]


def check_file(path: Path) -> int:
    """Bytes of a regular file that is not empty."""
    if not path.exists():
        raise UserError("does not exist", path, "Check the path")
    if not path.is_file():
        raise UserError("is not a regular file", path, "Give an image file")
    size = path.stat().st_size
    if size == 0:
        raise UserError("is empty (0 bytes)", path, "Copy or export it again")
    return size


def check_size(path: Path, size_xyz: Sequence[int], voxel_bytes: int, stored_bytes: int) -> None:
    """Refuse sizes that are no volume, or more than the file can hold, before anything is allocated.

    Args:
        path: for the message.
        size_xyz: as the header says; a fourth and further axes of length 1 are fine.
        voxel_bytes: bytes of one voxel in memory.
        stored_bytes: bytes of the file(s).
    """
    text = " x ".join(str(n) for n in size_xyz)
    if any(n < 1 for n in size_xyz):
        raise UserError(f"has a header that makes no sense: size {text}", path, "Export the image again")
    if any(n > 1 for n in size_xyz[3:]):
        raise UserError(
            f"holds {text} voxels, more than three axes (time points, echoes or channels)",
            path,
            "Save each three-dimensional volume as a file of its own; channels are given as several files",
        )
    if len(size_xyz) < 3 or min(size_xyz[:3]) < 2:
        raise UserError(f"is two-dimensional ({text})", path, "Give a volume with at least two slices")
    voxels = float(np.prod([float(n) for n in size_xyz]))
    if voxels > MAX_VOXELS:
        raise UserError(
            f"declares {text} voxels, more than the {MAX_VOXELS:.2g} that are read",
            path,
            "Crop or resample it first",
        )
    if voxels * voxel_bytes > stored_bytes * _DEFLATE_RATIO + 4096:
        raise UserError(
            f"declares {text} voxels, but the file is too small to hold them ({stored_bytes} bytes)",
            path,
            "It is damaged or incomplete: copy or export it again",
        )


def check_affine(path: Path, affine: np.ndarray) -> None:
    """Refuse geometry that cannot be: not finite, no spacing, two axes (nearly) in one direction."""
    remedy = "Export the image again, or correct its header"
    if not np.isfinite(affine).all():
        raise UserError("has a position in space that is not a number", path, remedy)
    spacing = geometry.spacing_mm(affine)
    text = " x ".join(f"{s:.4g}" for s in spacing)
    if min(spacing) <= 0.0:
        raise UserError(f"has zero spacing ({text} mm)", path, remedy)
    if not _SPACING_MM[0] <= min(spacing) <= max(spacing) <= _SPACING_MM[1]:
        raise UserError(
            f"has a spacing that makes no sense ({text} mm)", path, remedy + "; lengths are in mm"
        )
    if np.abs(affine[:3, 3]).max() > _FARTHEST_MM:
        raise UserError("has a position in space that makes no sense", path, remedy + "; lengths are in mm")
    if abs(np.linalg.det(geometry.direction(affine))) < _LEAST_VOLUME:
        raise UserError("has axes that do not span a volume", path, remedy)


def check_scalar(path: Path, components: int, pixel_type: str) -> None:
    """Refuse colours, vectors and complex numbers."""
    if "complex" in pixel_type.lower():
        raise UserError("holds complex numbers", path, "Save the magnitude as an image of its own")
    if components > 1:
        kind = "colours (RGB)" if components in (3, 4) and "8-bit unsigned" in pixel_type else "vectors"
        raise UserError(
            f"holds {kind}: {components} values in each voxel",
            path,
            "Save one greyscale volume a channel (in Slicer: module Vector to Scalar Volume)",
        )
