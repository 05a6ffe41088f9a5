"""A label as DICOM SEG beside the DICOM series that it was made from, written by highdicom.

Every source slice gets a frame of every segment, also where the segment is absent, each with its reference to
the slice: viewers that count frames or match by position then find the same (DICOM PS3.3, C.8.20).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ugmcl import __version__
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

if TYPE_CHECKING:
    from pydicom import Dataset

Plane = tuple[NDArray[np.float64], int, int]  # (column, row, 0, 1) to LPS mm; rows; columns
MAKER = "UG-MCL for 3D Slicer"
LARGEST_OFFSET = 0.05  # of a voxel, between a source pixel and the label's voxel
_MAY_BE_EMPTY = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime",
    "AccessionNumber", "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip
_TISSUE = {"scheme": "SCT", "value": "85756007", "meaning": "Tissue"}


def can_write_dicom_seg() -> bool:
    """Whether highdicom is there (Slicer 5.12 and newer bring it)."""
    return find_spec("highdicom") is not None


def write_dicom_seg(
    path: str | Path,
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    segments: Sequence[Segment],
    sources: Sequence[str | Path],
    *,
    model: str,
    series_number: int = 300,
    description: str = "UG-MCL segmentation",
) -> Path:
    """Write a label as DICOM SEG.

    Args:
        path: of the new .dcm file.
        labels: (z, y, x) with the segments' values, on the grid of the source series (any axis order).
        affine: (4, 4) to LPS mm.
        segments: those to write; segments without a voxel are left out, as the standard's readers expect.
        sources: the files of the series that was segmented: single slices, or one multi-frame file.
        model: name and version, written as the algorithm.
        series_number: of the new series.
        description: of the new series.

    Raises:
        UserError: highdicom is missing, the grids differ, nothing is segmented, the file cannot be written.
    """
    path = Path(path)
    if not can_write_dicom_seg():
        raise UserError(
            "DICOM SEG needs the package highdicom",
            path,
            "Use Slicer 5.12 or newer, or: pip install highdicom",
        )
    present = [segment for segment in segments if (labels == segment.value).any()]
    if not present:
        raise UserError("nothing is segmented, so there is no DICOM SEG to write", path, "Segment first")
    datasets = _read_sources(sources)
    planes = _planes(datasets)
    frames = np.stack([_on_slice(labels, affine, *plane, path) for plane in planes])
    _check_inside(frames, labels, present, path)
    masks = np.stack([frames == segment.value for segment in present], axis=-1).astype(np.uint8)
    dataset = _segmentation(datasets, planes, masks, present, model, series_number, description)
    temporary = path.with_name(f".{uuid.uuid4().hex}.dcm")
    try:
        dataset.save_as(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(
            f"cannot be written ({error.strerror})", path, "Check that the folder may be written to"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _read_sources(sources: Sequence[str | Path]) -> list[Dataset]:
    from pydicom import dcmread

    datasets = [_completed(dcmread(source)) for source in sources]
    normal = _plane_of(datasets[0], None)[0][:3, 2]
    return sorted(datasets, key=lambda dataset: float(_plane_of(dataset, None)[0][:3, 3] @ normal))


def _completed(dataset: Dataset) -> Dataset:
    """Elements that must be there but may be empty are added: tools that take names out drop them."""
    for keyword in _MAY_BE_EMPTY:
        if keyword not in dataset:
            setattr(dataset, keyword, "")
    if "SliceThickness" not in dataset:
        dataset.SliceThickness = 1.0  # asked for, but not used: `_pixel_measures` has the distance of slices
    if "FrameOfReferenceUID" not in dataset:
        dataset.FrameOfReferenceUID = str(dataset.SeriesInstanceUID)  # the same for every slice
    return dataset


def _planes(datasets: Sequence[Dataset]) -> list[Plane]:
    """Of every frame: matrix from (column, row, 0, 1) to LPS mm, rows, columns."""
    if len(datasets) == 1 and "PerFrameFunctionalGroupsSequence" in datasets[0]:
        dataset = datasets[0]
        return [_plane_of(dataset, number) for number in range(int(dataset.NumberOfFrames))]
    return [_plane_of(dataset, None) for dataset in datasets]


def _plane_of(dataset: Dataset, frame: int | None) -> Plane:
    """The plane of a slice; of a multi-frame file that of ``frame`` (of the first one where None)."""
    if "PerFrameFunctionalGroupsSequence" in dataset:
        own = dataset.PerFrameFunctionalGroupsSequence[frame or 0]
        shared = dataset.SharedFunctionalGroupsSequence[0]
        position = _group(own, shared, "PlanePositionSequence").ImagePositionPatient
        orientation = _group(own, shared, "PlaneOrientationSequence").ImageOrientationPatient
        spacing = _group(own, shared, "PixelMeasuresSequence").PixelSpacing
    else:
        position, orientation = dataset.ImagePositionPatient, dataset.ImageOrientationPatient
        spacing = dataset.PixelSpacing
    along_row, along_column = np.array(orientation[:3], float), np.array(orientation[3:], float)
    matrix = np.eye(4)
    matrix[:3, 0] = along_row * float(spacing[1])
    matrix[:3, 1] = along_column * float(spacing[0])
    matrix[:3, 2] = np.cross(along_row, along_column)
    matrix[:3, 3] = np.array(position, float)
    return matrix, int(dataset.Rows), int(dataset.Columns)


def _group(own: Dataset, shared: Dataset, name: str) -> Any:
    return (own if name in own else shared)[name].value[0]


def _on_slice(
    labels: NDArray, affine: NDArray, plane: NDArray, rows: int, columns: int, where: Path
) -> NDArray:
    """The label at a slice's pixels, (row, column); pixels beside the label's grid are background."""
    row, column = np.mgrid[:rows, :columns]
    points = np.stack([column, row, np.zeros_like(row), np.ones_like(row)]).reshape(4, -1)
    voxels = (np.linalg.inv(affine) @ plane @ points)[:3]
    nearest = np.rint(voxels)
    if np.abs(voxels - nearest).max() > LARGEST_OFFSET:
        raise UserError(
            "the segmentation does not lie on the voxels of its DICOM series",
            where,
            "Segment the series itself",
        )
    x, y, z = nearest.astype(int)
    inside = np.ones(x.shape, bool)
    for index, size in zip((z, y, x), labels.shape, strict=True):
        inside &= (index >= 0) & (index < size)
    values = np.zeros(x.shape, labels.dtype)
    values[inside] = labels[z[inside], y[inside], x[inside]]
    return values.reshape(rows, columns)


def _check_inside(frames: NDArray, labels: NDArray, segments: Sequence[Segment], where: Path) -> None:
    """No voxel may get lost on the way."""
    for segment in segments:
        if (frames == segment.value).sum() != (labels == segment.value).sum():
            raise UserError(
                f"a part of {segment.name} lies outside of the DICOM series",
                where,
                "Segment the series itself",
            )


def _segmentation(
    datasets: Sequence[Dataset],
    planes: Sequence[Plane],
    masks: NDArray[np.uint8],
    segments: Sequence[Segment],
    model: str,
    series_number: int,
    description: str,
) -> Dataset:
    import highdicom as hd

    family = hd.sr.CodedConcept("113037", "DCM", "Artificial Intelligence")
    algorithm = hd.AlgorithmIdentificationSequence(name=model[:64], family=family, version=__version__)
    descriptions = [
        _description(number, segment, algorithm) for number, segment in enumerate(segments, start=1)
    ]
    dataset: Dataset = hd.seg.Segmentation(
        source_images=list(datasets),
        pixel_array=masks,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=descriptions,
        series_instance_uid=hd.UID(),
        series_number=series_number,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MAKER,
        software_versions=__version__,
        device_serial_number="0",
        pixel_measures=_pixel_measures(planes),
        omit_empty_frames=False,
        series_description=description[:64],
    )
    return dataset


def _pixel_measures(planes: Sequence[Plane]) -> Any:
    """Spacing in the plane and from slice to slice; a single slice counts as 1 mm thick."""
    import highdicom as hd

    first = planes[0][0]
    right, down = np.linalg.norm(first[:3, :2], axis=0)
    depths = np.unique(np.round([plane[:3, 3] @ first[:3, 2] for plane, _, _ in planes], 4))
    gap = float(np.median(np.diff(depths))) if len(depths) > 1 else 1.0
    return hd.PixelMeasuresSequence(
        pixel_spacing=(float(down), float(right)), slice_thickness=gap, spacing_between_slices=gap
    )


def _description(number: int, segment: Segment, algorithm: Any) -> Any:
    import highdicom as hd

    codes = segment.terminology or {}
    category, kind = codes.get("category", _TISSUE), codes.get("type", _TISSUE)
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.name[:64],
        segmented_property_category=_coded(category),
        segmented_property_type=_coded(kind),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm,
        anatomic_regions=[_coded(codes["region"])] if "region" in codes else None,
        display_color=hd.color.CIELabColor.from_rgb(*(round(255 * c) for c in segment.color)),
    )
    if "type_modifier" in codes:
        modifier = hd.sr.CodedConcept(*_parts(codes["type_modifier"]))
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
            modifier
        ]
    return description


def _coded(entry: dict[str, str]) -> Any:
    import highdicom as hd

    return hd.sr.CodedConcept(*_parts(entry))


def _parts(entry: dict[str, str]) -> tuple[str, str, str]:
    return entry["value"], entry["scheme"], entry["meaning"]
