"""Cases that lie on disk: single files, folders of images, DICOM series with their patients, a Decathlon."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_cases_panel import Cases, cases  # noqa: F401 - a fixture

pytestmark = pytest.mark.timeout(600)


def write_series(folder: Path, patient: str, seed: int) -> Path:
    """A DICOM series of five small slices."""
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(parents=True)
    voxels = np.random.default_rng(seed).integers(0, 900, (5, 12, 10)).astype(np.uint16)
    for number, slice_yx in enumerate(voxels):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = f"1.2.3.{seed}.{number + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header = FileDataset(str(folder / f"{number}.dcm"), {}, file_meta=meta, preamble=b"\0" * 128)
        header.SOPClassUID, header.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
        header.Modality, header.PatientID, header.PatientName = "MR", patient, "Doe^Jane"
        header.SeriesInstanceUID, header.StudyInstanceUID = f"1.2.3.{seed}", f"1.2.4.{seed}"
        header.Rows, header.Columns, header.SamplesPerPixel = 12, 10, 1
        header.PhotometricInterpretation, header.PixelRepresentation = "MONOCHROME2", 0
        header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
        header.PixelSpacing, header.SliceThickness = [1.0, 1.0], 2.0
        header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        header.ImagePositionPatient = [0, 0, 2.0 * number]
        header.PixelData = slice_yx.tobytes()
        pydicom.dcmwrite(folder / f"{number}.dcm", header, enforce_file_format=True)
    return folder


def test_dicom_series_keep_their_patients_as_hashes(cases: Cases, tmp_path: Path) -> None:  # noqa: F811
    source = tmp_path / "export"
    for number, patient in enumerate(("HOSP-4711", "HOSP-4711", "HOSP-0815")):
        write_series(source / f"series{number}", patient, number + 1)
    cases.make_project()
    cases.add_folder(source)
    assert [row[0] for row in cases.rows()] == ["case_001", "case_002", "case_003"]
    assert {row[4] for row in cases.rows()} == {"fine"}
    first, second, third = (case.patient for case in cases.project.cases)
    assert first == second != third and first == cases.project.hash_of_patient("HOSP-4711")
    written = "".join(path.read_text() for path in cases.folder.glob("*.json"))
    assert "HOSP" not in written and "Doe" not in written


def test_a_patient_of_the_scene_and_of_a_folder_is_the_same(
    cases: Cases,  # noqa: F811
    sample_cases: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Slicer's DICOM database knows the volume's patient."""
    import slicer

    class Database:
        isOpen = True

        def instanceValue(self, uid: str, tag: str) -> str:
            return {("1.2.3", "0010,0020"): "HOSP-4711 "}.get((uid, tag), "")

    monkeypatch.setattr(slicer, "dicomDatabase", Database(), raising=False)
    cases.make_project()
    volume = slicer.util.loadVolume(str(sample_cases[0][1]))
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    cases.host.click(cases.ui.casesSceneButton)
    cases.ui.casesImageSelector.setCurrentNode(volume)
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddSceneButton)
    cases.settle()
    write_series(tmp_path / "export" / "one", "HOSP-4711", 1)
    cases.add_folder(tmp_path / "export" / "one")
    assert len({case.patient for case in cases.project.cases}) == 1
    assert cases.project.cases[0].patient is not None


def test_single_files(cases: Cases, sample_cases: Any) -> None:  # noqa: F811
    cases.make_project()
    name, image, label = sample_cases[0]
    cases.host.click(cases.ui.casesFilesButton)
    assert "Choose an image" in cases.ui.casesAddFilesButton.toolTip
    cases.ui.casesImageFileEdit.setCurrentPath(str(image))
    cases.ui.casesLabelFileEdit.setCurrentPath(str(label))
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddFilesButton)
    cases.settle()
    (row,) = cases.rows()
    assert row[:4] == [name, image.name, label.name, "labelled"]
    assert cases.project.cases[0].images == (image,), "referenced, not copied"
    cases.ui.casesImageFileEdit.setCurrentPath(str(sample_cases[1][1]))
    cases.ui.casesLabelFileEdit.setCurrentPath(str(label.parent / "gone.nii.gz"))
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddFilesButton)
    cases.settle()
    assert "no such file" in cases.said and len(cases.rows()) == 1


def test_a_folder_of_images_alone(cases: Cases, project_data: Path) -> None:  # noqa: F811
    cases.make_project()
    cases.add_folder(project_data / "images")
    assert cases.ui.casesCountsLabel.text == "6 unlabelled"
    assert "no case is labelled" in cases.ui.casesFindingsLabel.text


def test_a_decathlon_tells_names_and_splits(
    cases: Cases,  # noqa: F811
    sample_cases: Any,
    narrow_model: str,
    tmp_path: Path,
) -> None:
    """Its Anterior and Posterior are none of the model's names: asked once, for all cases."""
    root = tmp_path / "Task04"
    for folder in ("imagesTr", "labelsTr", "imagesTs"):
        (root / folder).mkdir(parents=True)
    for name, image, label in sample_cases[:2]:
        shutil.copy(image, root / "imagesTr" / f"{name}.nii.gz")
        shutil.copy(label, root / "labelsTr" / f"{name}.nii.gz")
    shutil.copy(sample_cases[2][1], root / "imagesTs" / f"{sample_cases[2][0]}.nii.gz")
    described = {
        "name": "Hippocampus",
        "labels": {"0": "background", "1": "Anterior", "2": "Posterior"},
        "modality": {"0": "MRI"},
        "numTraining": 2,
        "file_ending": ".nii.gz",
        "training": [
            {"image": f"./imagesTr/{n}.nii.gz", "label": f"./labelsTr/{n}.nii.gz"}
            for n, _i, _l in sample_cases[:2]
        ],
        "test": [f"./imagesTs/{sample_cases[2][0]}.nii.gz"],
    }
    (root / "dataset.json").write_text(json.dumps(described))
    cases.panel.parameters.startModel = narrow_model
    cases.make_project()
    cases.add_folder(root)
    table = cases.ui.casesMeaningsTable
    assert [table.item(row, 0).text() for row in range(table.rowCount)] == [
        "value 1 “Anterior”",
        "value 2 “Posterior”",
    ]
    assert table.item(0, 1).text() == "2"
    for row, words in enumerate(("anterior hippocampus", "posterior hippocampus")):
        cases.host.choose(table.cellWidget(row, 2), words)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    labelled = [case for case in cases.project.cases if case.role == "labelled"]
    assert len(labelled) == 2 and {row[4] for row in cases.rows()} <= {"fine", "note"}
    assert all(case.label == case.source for case in labelled), "equal values need no copy"
