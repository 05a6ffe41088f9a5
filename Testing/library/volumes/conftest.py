"""Scenes: a small volume with a few bright voxels at known places in the patient, 48 orientations."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

SPACING = (0.7, 1.3, 2.9)
ORIGIN = (-33.1, 47.7, 12.3)
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
PLACES = {1000: (0, 1, 2), 2000: (4, 2, 5), 3000: (1, 5, 0), 4000: (3, 0, 6)}  # value: voxel (x, y, z)


@dataclass(frozen=True)
class Scene:
    """An image (x, y, z) int16 and the affine of its voxels to LPS, made without the library's code."""

    image: np.ndarray
    affine: np.ndarray

    @property
    def ras(self) -> np.ndarray:
        return RAS @ self.affine

    def points(self) -> dict[int, np.ndarray]:
        """LPS place of each landmark."""
        return {value: self.affine[:3, :3] @ voxel + self.affine[:3, 3] for value, voxel in PLACES.items()}

    def assert_in_place(self, array_zyx: np.ndarray, affine: np.ndarray, tolerance_mm: float = 1e-4) -> None:
        """Every landmark of the array lies, by the affine, where the scene has it."""
        for value, point in self.points().items():
            found = np.argwhere(array_zyx == value)
            assert len(found) == 1, value
            place = affine[:3, :3] @ found[0][::-1] + affine[:3, 3]
            assert np.abs(place - point).max() < tolerance_mm, (value, place, point)


def make_scene(number: int, oblique: bool = True) -> Scene:
    """Scene ``number`` of 48: axes permuted and flipped, turned obliquely, anisotropic."""
    orders = list(itertools.permutations(range(3)))
    signs = list(itertools.product((1.0, -1.0), repeat=3))
    axes = np.eye(3)[:, orders[number // 8]] * signs[number % 8]
    if oblique:
        axes = Rotation.from_euler("xyz", [12, -23, 31], degrees=True).as_matrix() @ axes
    affine = np.eye(4)
    affine[:3, :3] = axes * SPACING
    affine[:3, 3] = ORIGIN
    image = np.random.default_rng(number).integers(0, 100, (5, 6, 7)).astype(np.int16)
    for value, voxel in PLACES.items():
        image[voxel] = value
    return Scene(image, affine)


@pytest.fixture
def scene() -> Callable[..., Scene]:
    """``scene(number, oblique=True)``: one of 48."""
    return make_scene


class DicomWriter:
    """DICOM files by pydicom."""

    def dataset(self, uid: str, kind: str, pixels: np.ndarray, **elements: Any) -> Any:
        """A file of a modality ("CT", "MR") with pixels (row, column) or (frame, row, column) of 16 bits."""
        from pydicom.dataset import FileDataset, FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian, generate_uid

        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = uid
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        data.SOPClassUID, data.SOPInstanceUID = uid, meta.MediaStorageSOPInstanceUID
        data.Modality, data.PatientID, data.PatientName = kind, "MRN 12345", "Doe^Jane"
        data.StudyInstanceUID, data.SeriesInstanceUID, data.SeriesDescription = "1.2.3", "1.2.3.4", "T1 axial"
        data.Rows, data.Columns = pixels.shape[-2:]
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, int(pixels.dtype.kind == "i")
        data.PixelData = pixels.astype("<i2" if pixels.dtype.kind == "i" else "<u2").tobytes()
        for name, value in elements.items():
            setattr(data, name, value)
        return data

    def slices(self, image: np.ndarray, affine: np.ndarray, kind: str = "MR", **elements: Any) -> list[Any]:
        """One data set a slice of an image (x, y, z): columns are x, rows are y."""
        from pydicom.uid import CTImageStorage, MRImageStorage

        axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        made = []
        for k in range(image.shape[2]):
            data = self.dataset(CTImageStorage if kind == "CT" else MRImageStorage, kind, image[:, :, k].T)
            data.ImageOrientationPatient = [round(v, 12) for v in (*axes[:, 0], *axes[:, 1])]
            data.ImagePositionPatient = [round(v, 9) for v in affine[:3, 3] + k * affine[:3, 2]]
            data.PixelSpacing = [float(spacing[1]), float(spacing[0])]
            data.InstanceNumber = k + 1
            for name, value in elements.items():
                setattr(data, name, value)
            made.append(data)
        return made

    def save(self, folder: Path, slices: list[Any], prefix: str = "IM") -> Path:
        """Files without an ending, named in the order of the list."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(slices):
            data.save_as(folder / f"{prefix}{number:04d}", enforce_file_format=True)
        return folder

    def series(self, folder: Path, scene: Scene, **elements: Any) -> Path:
        """The scene as a series of slices."""
        return self.save(folder, self.slices(scene.image, scene.affine, **elements))

    def enhanced(
        self,
        image: np.ndarray,
        affine: np.ndarray,
        order: list[int],
        rescale: dict[int, tuple[float, float]] | None = None,
        shared: tuple[float, float] | None = None,
    ) -> Any:
        """One multi-frame MR whose frames are the slices k of ``order``; rescaling by slice or shared."""
        from pydicom.dataset import Dataset
        from pydicom.uid import EnhancedMRImageStorage

        def group(**elements: Any) -> list[Any]:
            item = Dataset()
            for name, value in elements.items():
                setattr(item, name, value)
            return [item]

        axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        stored = np.stack([image[:, :, k].T for k in order])
        data = self.dataset(EnhancedMRImageStorage, "MR", stored, NumberOfFrames=len(order))
        common, frames = Dataset(), []
        common.PixelMeasuresSequence = group(PixelSpacing=[spacing[1], spacing[0]], SliceThickness=2.9)
        orientation = [round(v, 12) for v in (*axes[:, 0], *axes[:, 1])]
        common.PlaneOrientationSequence = group(ImageOrientationPatient=orientation)
        if shared:
            common.PixelValueTransformationSequence = group(
                RescaleSlope=shared[0], RescaleIntercept=shared[1]
            )
        for k in order:
            frame = Dataset()
            position = [round(v, 9) for v in affine[:3, 3] + k * affine[:3, 2]]
            frame.PlanePositionSequence = group(ImagePositionPatient=position)
            if rescale:
                slope, intercept = rescale[k]
                frame.PixelValueTransformationSequence = group(RescaleSlope=slope, RescaleIntercept=intercept)
            frames.append(frame)
        data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = [common], frames
        return data


@pytest.fixture
def dicom() -> DicomWriter:
    """Writes DICOM with pydicom."""
    pytest.importorskip("pydicom")
    return DicomWriter()
