"""Results as files: exact places, names that nobody chose badly, DICOM SEG from a real series, hints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.errors import UserError

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def small(host: Any) -> Any:
    """An image turned obliquely with a two-part segmentation of it."""
    import slicer
    import vtk

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Ünïcode / name")
    slicer.util.updateVolumeFromArray(volume, np.zeros((6, 7, 8), np.float32))
    transform = vtk.vtkTransform()
    transform.Translate(10, -20, 30)
    transform.RotateX(25)
    transform.RotateZ(-40)
    transform.Scale(1.5, -1, 2)
    volume.SetIJKToRASMatrix(transform.GetMatrix())
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Ünïcode / name segmentation 10:00")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    masks = np.zeros((2, 6, 7, 8), np.uint8)
    masks[0, 1:3, 2:5, 3:6], masks[1, 4, 5, 6] = 1, 1
    for name, mask in zip(("one", "two"), masks, strict=True):
        segment_id = node.GetSegmentation().AddEmptySegment(name, name, [0.1, 0.9, 0.3])
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, segment_id, volume)
    return volume, node, masks[0] + 2 * masks[1]


@pytest.mark.parametrize("form", ["nrrd", "nifti"])
@pytest.mark.parametrize("transformed", [False, True])
def test_files_hold_every_voxel_in_its_place(
    module: Any, small: Any, tmp_path: Path, form: str, transformed: bool
) -> None:
    """Read back by SimpleITK; a linear transform of the scene is part of the place."""
    import SimpleITK as sitk
    import slicer
    import vtk

    from UGMCLSegmentationLib.export.files import export_files

    volume, node, label = small
    world = vtk.vtkMatrix4x4()
    if transformed:
        parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        world.SetElement(0, 3, 12.5)
        world.SetElement(1, 1, -1.0)
        world.SetElement(2, 2, -1.0)
        parent.SetMatrixTransformToParent(world)
        for item in (volume, node):
            item.SetAndObserveTransformNodeID(parent.GetID())
    files = export_files(node, volume, volume, tmp_path, form)
    assert [file.name for file in files] == {
        "nrrd": [
            "Unicode_name_segmentation_10_00.seg.nrrd",
            "Unicode_name_segmentation_10_00_uncertainty.nrrd",
        ],
        "nifti": [
            "Unicode_name_segmentation_10_00.nii.gz",
            "Unicode_name_segmentation_10_00_uncertainty.nii.gz",
        ],
    }[form]
    image = sitk.ReadImage(str(files[0]))
    assert (sitk.GetArrayFromImage(image) == label).all()
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(ijk_to_ras)
    for i, j, k in ((0, 0, 0), (7, 6, 5), (3, 2, 1)):
        x, y, z, _one = world.MultiplyPoint(ijk_to_ras.MultiplyPoint((i, j, k, 1.0)))
        place = image.TransformIndexToPhysicalPoint((i, j, k))
        assert place == pytest.approx((-x, -y, z), abs=1e-4)
    again = export_files(node, volume, None, tmp_path, form)
    assert again[0].name.startswith("Unicode_name_segmentation_10_00_2"), "nothing is replaced"


def test_overlapping_or_bent_results_are_refused(module: Any, small: Any, tmp_path: Path) -> None:
    import slicer

    from UGMCLSegmentationLib.export.files import export_files

    volume, node, _label = small
    bent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
    volume.SetAndObserveTransformNodeID(bent.GetID())
    node.SetAndObserveTransformNodeID(bent.GetID())
    if not bent.IsTransformToWorldLinear():
        with pytest.raises(UserError, match="non-linear"):
            export_files(node, volume, None, tmp_path, "nrrd")
    volume.SetAndObserveTransformNodeID(None)
    node.SetAndObserveTransformNodeID(None)
    everything = np.ones((6, 7, 8), np.uint8)
    extra = node.GetSegmentation().AddEmptySegment("all", "all")
    slicer.util.updateSegmentBinaryLabelmapFromArray(everything, node, extra, volume)
    with pytest.raises(UserError, match="overlap"):
        export_files(node, volume, None, tmp_path, "nrrd")
    assert not list(tmp_path.iterdir())


def dicom_series(folder: Path, image: np.ndarray, spacing: tuple[float, float, float]) -> Path:
    """An axial MR series (z, y, x) by pydicom."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

    folder.mkdir()
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    for k, pixels in enumerate(image):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        data.SOPClassUID, data.SOPInstanceUID, data.Modality = (
            MRImageStorage,
            meta.MediaStorageSOPInstanceUID,
            "MR",
        )
        data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study, series, frame
        data.PatientID, data.PatientName, data.InstanceNumber = "1", "Nobody", k + 1
        data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        data.ImagePositionPatient = [5.0, -7.0, 3.0 + k * spacing[2]]
        data.PixelSpacing, data.SliceThickness = [spacing[1], spacing[0]], spacing[2]
        data.Rows, data.Columns = pixels.shape
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, 0
        data.PixelData = pixels.astype("<u2").tobytes()
        data.save_as(folder / f"{k:03d}.dcm", enforce_file_format=True)
    return folder


def test_dicom_seg_of_a_result_in_the_scene(module: Any, host: Any, tmp_path: Path) -> None:
    """From DICOM through MRML to DICOM SEG: Dice 1 by dcmqi, every slice present."""
    import subprocess
    import sys

    import pydicom
    import SimpleITK as sitk
    import slicer

    from ugmcl.slicer.geometry import set_ijk_to_lps
    from ugmcl.volumes.reading import read_image
    from UGMCLSegmentationLib.export.dicom import export_dicom_seg

    tool = Path(sys.executable).with_name("segimage2itkimage")
    if not tool.exists():
        pytest.skip("dcmqi is not installed on this computer")
    image = np.random.default_rng(0).integers(0, 500, (9, 12, 10))
    series = dicom_series(tmp_path / "series", image, (0.8, 1.2, 2.5))
    read = read_image(series)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "from DICOM")
    slicer.util.updateVolumeFromArray(volume, np.ascontiguousarray(read.array[0], dtype=np.float32))
    set_ijk_to_lps(volume, read.affine)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "result")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    mask = np.zeros(image.shape, np.uint8)
    mask[2:6, 3:9, 4:7] = 1
    node.GetSegmentation().AddEmptySegment("a", "atrium")
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, "a", volume)
    path = export_dicom_seg(node, volume, tmp_path / "seg.dcm", series=series, model="test 1.0")
    assert pydicom.dcmread(path).NumberOfFrames == len(image)
    subprocess.run(
        [tool, "-t", "nrrd", "--inputDICOM", path, "--outputDirectory", tmp_path], check=True, timeout=60
    )
    (file,) = tmp_path.glob("*.nrrd")
    back = sitk.GetArrayFromImage(sitk.ReadImage(str(file)))
    assert back.sum() == mask.sum() and (back.reshape(mask.shape) == mask).all()


def test_without_dicom_or_a_writer_it_is_said_why(
    module: Any, small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from UGMCLSegmentationLib.export import dicom

    volume, node, _label = small
    with pytest.raises(UserError, match="not loaded from DICOM"):
        dicom.export_dicom_seg(node, volume, tmp_path / "a.dcm", series=None, model="m")
    with pytest.raises(UserError, match="SlicerRT"):
        dicom.export_rtstruct(node, volume, tmp_path)
    monkeypatch.setattr(dicom, "can_write_dicom_seg", lambda: False)
    assert "5.12" in dicom.dicom_seg_hint()
    with pytest.raises(UserError, match="QuantitativeReporting"):
        dicom.export_dicom_seg(node, volume, tmp_path / "a.dcm", series=None, model="m")


def test_clicks_write_the_files(panel: Any, tmp_path: Path) -> None:
    section = panel.section("ExportSection")
    section.ui.exportCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    assert not section.ui.exportFilesButton.enabled and "no result" in section.ui.exportFilesButton.toolTip
    panel.segment()
    section.ui.exportFolderEdit.setCurrentPath(str(tmp_path))
    panel.settle()
    panel.host.click(section.ui.exportFilesButton)
    panel.settle()
    assert len(list(tmp_path.glob("*.seg.nrrd"))) == 1 and len(list(tmp_path.glob("*_uncertainty.nrrd"))) == 1
    assert (
        "wrote" in section.ui.exportMessageLabel.text and str(tmp_path) in section.ui.exportMessageLabel.text
    )
    panel.host.click(section.ui.exportSegButton)
    panel.settle()
    assert "not loaded from DICOM" in section.ui.exportMessageLabel.text
    assert not section.ui.exportRtButton.enabled and "SlicerRT" in section.ui.exportRtButton.toolTip
