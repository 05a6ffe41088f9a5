"""A volume: voxels, read when first asked for, and where they lie in the patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ugmcl.volumes import geometry


class Volume:
    """An image or label on a regular grid.

    Args:
        array: (channel, z, y, x), or (z, y, x) for one channel; or a function without arguments that
            returns it, called on the first access to `array`.
        affine: (4, 4), voxel index (x, y, z, 1) to LPS in mm.
        shape_zyx: size of the grid; needed with a function, taken from the array otherwise.
        channels: number of channels; needed with a function when it is not 1.
        path: file or folder it was read from.
        source_hash: SHA-256 of the file(s), hexadecimal, or a function that computes it when asked.
        notes: remarks of one line that the user should see ("gantry tilt of 12 degrees: resampled").
    """

    def __init__(
        self,
        array: np.ndarray | Callable[[], np.ndarray],
        affine: np.ndarray,
        *,
        shape_zyx: Iterable[int] | None = None,
        channels: int | None = None,
        path: Path | None = None,
        source_hash: str | Callable[[], str] | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        self.affine = np.array(affine, dtype=np.float64)
        self.affine.setflags(write=False)
        self.path = Path(path) if path is not None else None
        self.notes = tuple(notes)
        self._source_hash = source_hash
        self._array: np.ndarray | None = None
        self._load: Callable[[], np.ndarray] | None = None
        if callable(array):
            if shape_zyx is None:
                raise ValueError("a volume that is read later needs its shape_zyx")
            self._load = array
            z, y, x = (int(n) for n in shape_zyx)
            self.channels = 1 if channels is None else int(channels)
        else:
            self._array = _four_dimensional(np.asarray(array))
            _, z, y, x = self._array.shape
            self.channels = self._array.shape[0]
        self.shape_zyx: tuple[int, int, int] = (z, y, x)

    @property
    def array(self) -> np.ndarray:
        """Voxels (channel, z, y, x) as stored (rescaled where the file says so); read once, then kept."""
        if self._array is None:
            assert self._load is not None
            loaded = _four_dimensional(np.asarray(self._load()))
            if loaded.shape != (self.channels, *self.shape_zyx):
                raise ValueError(
                    f"{self.path}: header says {(self.channels, *self.shape_zyx)}, file holds {loaded.shape}"
                )
            self._array, self._load = loaded, None
        return self._array

    @property
    def source_hash(self) -> str | None:
        """SHA-256 of the source file(s), hexadecimal; None for a volume that came from no file."""
        if callable(self._source_hash):
            self._source_hash = self._source_hash()
        return self._source_hash

    @property
    def lazy_hash(self) -> str | Callable[[], str] | None:
        """The source's hash as it was given, for a volume made from this one: computed when asked for."""
        return self._source_hash

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along x, y, z."""
        return geometry.spacing_mm(self.affine)

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Size of the volume along its own x, y, z axes, from outer face to outer face."""
        x, y, z = (n * s for n, s in zip(self.shape_zyx[::-1], self.spacing_mm, strict=True))
        return (x, y, z)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def __repr__(self) -> str:
        spacing = " x ".join(f"{s:.4g}" for s in self.spacing_mm)
        size = " x ".join(str(n) for n in self.shape_zyx[::-1])
        return f"Volume({self.channels} channel(s), {size} voxels of {spacing} mm, {self.path})"


def _four_dimensional(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4:
        raise ValueError(f"a volume is (channel, z, y, x) or (z, y, x), not {array.shape}")
    return array
