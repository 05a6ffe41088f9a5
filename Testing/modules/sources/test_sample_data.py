"""Sample Data: registering, fetching by file address, checking, trying again, loading."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def cache(host: Any, tmp_path: Path) -> Path:
    """A new cache folder, and no samples registered."""
    import slicer

    folder = tmp_path / "cache é"
    folder.mkdir()
    slicer.mrmlScene.GetCacheManager().SetRemoteCacheDirectory(str(folder))
    slicer.modules.sampleDataSources = {}
    return folder


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """An image and its label map in a folder outside the cache."""
    folder = tmp_path / "origin with space"
    folder.mkdir()
    paths = {"image": folder / "image.nrrd", "labels": folder / "labels.nii.gz"}
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    sitk.WriteImage(sitk.GetImageFromArray(values), str(paths["image"]))
    sitk.WriteImage(sitk.GetImageFromArray((values > 30).astype(np.uint8)), str(paths["labels"]))
    return paths


def checksum(path: Path) -> str:
    return "SHA256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def arguments(files: dict[str, Path]) -> dict[str, Any]:
    return {
        "category": "Examples",
        "sampleName": "both",
        "uris": [path.as_uri() for path in files.values()],
        "fileNames": ["both.nrrd", "both_labels.nii.gz"],
        "nodeNames": ["both", "both labels"],
        "loadFileTypes": ["VolumeFile", "SegmentationFile"],
        "checksums": [checksum(path) for path in files.values()],
    }


def test_a_registered_sample_is_found_once(cache: Path, files: dict[str, Path]) -> None:
    from SampleData import SampleDataLogic, SampleDataSource

    given = arguments(files)
    for _time in range(2):
        SampleDataLogic.registerCustomSampleDataSource(**given)
    assert [source.sampleName for source in SampleDataLogic.sampleDataSourcesByCategory("Examples")] == [
        "both"
    ]
    source = SampleDataLogic().sourceForSampleName("both")
    assert isinstance(source, SampleDataSource)
    assert (source.uris, source.nodeNames) == (given["uris"], given["nodeNames"])
    assert SampleDataLogic().categoryForSource(source) == "Examples"
    assert SampleDataLogic().sourceForSampleName("none such") is None
    assert SampleDataLogic.sampleDataSourcesByCategory("None such") == []


def test_a_category_has_a_title(cache: Path) -> None:
    from SampleData import SampleDataLogic

    SampleDataLogic.registerCustomSampleDataCategory("Examples", title="Our examples")
    assert SampleDataLogic.categoryTitle("Examples") == "Our examples"
    assert SampleDataLogic.categoryTitle("Untitled") == "Untitled"


def test_image_and_segmentation_are_loaded(cache: Path, files: dict[str, Path]) -> None:
    import SampleData
    import slicer

    SampleData.SampleDataLogic.registerCustomSampleDataSource(**arguments(files))
    image, labels = SampleData.SampleDataLogic().downloadSamples("both")
    assert (image.GetName(), labels.GetName()) == ("both", "both labels")
    assert (image.GetClassName(), labels.GetClassName()) == (
        "vtkMRMLScalarVolumeNode",
        "vtkMRMLSegmentationNode",
    )
    assert slicer.util.arrayFromVolume(image).sum() == sum(range(60))
    assert labels.GetSegmentation().GetNumberOfSegments() == 1
    assert image.GetStorageNode() is None
    assert {"both.nrrd", "both_labels.nii.gz"} <= {path.name for path in cache.iterdir()}
    assert SampleData.downloadSample("both").GetClassName() == "vtkMRMLScalarVolumeNode"
    assert SampleData.SampleDataLogic().downloadSamples("none such") == []


def test_one_file_by_its_address(cache: Path, files: dict[str, Path]) -> None:
    import SampleData

    nodes = SampleData.downloadFromURL(
        uris=files["image"].as_uri(),
        fileNames="one.nrrd",
        nodeNames="one",
        checksums=checksum(files["image"]),
    )
    assert [node.GetName() for node in nodes] == ["one"]
    assert (cache / "one.nrrd").is_file()


def test_without_names_the_addresss_own_is_taken(cache: Path, files: dict[str, Path]) -> None:
    import SampleData

    (node,) = SampleData.downloadFromURL(uris=files["image"].as_uri())
    assert node.GetName() == "image"


def test_files_that_are_not_to_be_loaded_give_their_paths(cache: Path, files: dict[str, Path]) -> None:
    import SampleData

    paths = SampleData.downloadFromURL(
        uris=[files["image"].as_uri()], fileNames=["kept.nrrd"], loadFiles=[False]
    )
    assert [Path(path) for path in paths] == [cache / "kept.nrrd"]


def test_a_cached_file_is_used_again_unless_its_checksum_differs(cache: Path, files: dict[str, Path]) -> None:
    import SampleData

    address, kept = files["image"].as_uri(), cache / "kept.nrrd"
    kept.write_bytes(b"old")
    logic = SampleData.SampleDataLogic()
    logic.downloadFileIntoCache(address, "kept.nrrd")
    assert kept.read_bytes() == b"old"
    logic.downloadFileIntoCache(address, "kept.nrrd", checksum(files["image"]))
    assert kept.read_bytes() == files["image"].read_bytes()


def test_a_wrong_checksum_is_tried_again_and_nothing_is_loaded(
    cache: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import urllib.request

    import SampleData
    import slicer

    fetched = []
    fetch = urllib.request.urlretrieve
    monkeypatch.setattr(
        urllib.request, "urlretrieve", lambda uri, *rest: fetched.append(uri) or fetch(uri, *rest)
    )
    monkeypatch.setattr(SampleData.SampleDataLogic, "logMessage", lambda *_arguments: None)
    given = {**arguments(files), "checksums": ["SHA256:" + "0" * 64, None]}
    del given["category"]
    before = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    nodes = SampleData.SampleDataLogic().downloadFromSource(SampleData.SampleDataSource(**given))
    assert fetched.count(given["uris"][0]) == 3
    assert [node.GetName() for node in nodes] == ["both labels"]
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == before
    assert not (cache / "both.nrrd").exists()


def test_a_missing_file_gives_nothing(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import SampleData

    monkeypatch.setattr(SampleData.SampleDataLogic, "logMessage", lambda *_arguments: None)
    missing = (tmp_path / "missing.nrrd").as_uri()
    assert SampleData.downloadFromURL(uris=missing, fileNames="missing.nrrd", nodeNames="missing") == []


def test_lists_of_unequal_length_are_refused(cache: Path, files: dict[str, Path]) -> None:
    from SampleData import SampleDataLogic

    with pytest.raises(ValueError, match=r"length|members"):
        SampleDataLogic.registerCustomSampleDataSource(**{**arguments(files), "fileNames": ["one.nrrd"]})
