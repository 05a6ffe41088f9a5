"""The bundled cases in Sample Data: registered once, loaded offline, checked, named and coloured."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl import samples as bundled
from ugmcl.errors import UserError

pytestmark = pytest.mark.timeout(120)
DEMO = "hippocampus_335"


@pytest.fixture
def sample_data(host: Any, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module under test, with Sample Data's cache in a folder of its own."""
    import slicer

    monkeypatch.syspath_prepend(str(root / "UGMCLSegmentation"))
    cache = tmp_path / "cache é"
    cache.mkdir()
    slicer.mrmlScene.GetCacheManager().SetRemoteCacheDirectory(str(cache))
    from UGMCLSegmentationLib import sample_data as module

    slicer.modules.sampleDataSources = {}
    return module


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection fails."""

    def refuse(*arguments: object, **further: object) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def sources(sample_data: Any) -> list[Any]:
    import slicer

    sample_data.register_sample_data()
    return slicer.modules.sampleDataSources[sample_data.CATEGORY]


def test_every_bundled_case_is_registered_with_files_sums_and_picture(sample_data: Any) -> None:
    found = {source.sampleName: source for source in sources(sample_data)}
    assert list(found) == [sample.id for sample in bundled.list_samples()]
    for source in found.values():
        assert Path(source.thumbnailFileName).is_file()
        assert source.loadFileTypes == ["VolumeFile", "SegmentationFile"]
        for address, checksum in zip(source.uris, source.checksums, strict=True):
            assert address.startswith("file:///")
            path = Path(url2pathname(urlsplit(address).path))
            assert checksum == "SHA256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_registering_again_adds_nothing(sample_data: Any) -> None:
    before = len(sources(sample_data))
    assert len(sources(sample_data)) == before == len(bundled.list_samples())


def test_a_case_loads_without_a_network(sample_data: Any, no_network: None) -> None:
    import slicer

    nodes = sample_data.load_sample()
    sample = bundled.demo_sample()
    assert nodes.volume.GetName() == sample.id == DEMO
    expected = sitk.GetArrayFromImage(sitk.ReadImage(str(sample.image)))
    assert np.array_equal(slicer.util.arrayFromVolume(nodes.volume), expected)
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(sample.reference)))
    for value, (name, colour) in sample.segments.items():
        segment_id = nodes.reference.GetSegmentation().GetSegmentIdBySegmentName(name)
        assert nodes.reference.GetSegmentation().GetSegment(segment_id).GetColor() == pytest.approx(colour)
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.reference, segment_id, nodes.volume)
        assert np.array_equal(voxels > 0, labels == value)


def test_every_case_loads(sample_data: Any, no_network: None) -> None:
    for sample in bundled.list_samples():
        nodes = sample_data.load_sample(sample.id)
        assert nodes.reference.GetSegmentation().GetNumberOfSegments() == len(sample.segments)


def test_sample_datas_own_download_works(sample_data: Any, no_network: None) -> None:
    from SampleData import SampleDataLogic

    sources(sample_data)
    volume, reference = SampleDataLogic().downloadSamples(DEMO)
    assert volume.IsA("vtkMRMLScalarVolumeNode")
    assert reference.IsA("vtkMRMLSegmentationNode")


def test_a_click_loads_the_case(sample_data: Any) -> None:
    source = next(source for source in sources(sample_data) if source.sampleName == "hippocampus_050")
    volume, reference = source.customDownloader(source)
    assert volume.GetName() == "hippocampus_050"
    assert reference.GetName() == "hippocampus_050 reference"


def test_a_damaged_file_is_named_and_not_loaded(
    sample_data: Any, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    copy = tmp_path / "SampleData"
    shutil.copytree(root / "Resources" / "SampleData", copy)
    damaged = copy / "images" / f"{DEMO}.nii.gz"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(bundled, "sample_folder", lambda: copy)
    before = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    with pytest.raises(UserError, match=f"{DEMO}.*SHA-256"):
        sample_data.load_sample(DEMO)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == before


def test_an_older_file_in_the_cache_is_replaced(sample_data: Any) -> None:
    import slicer

    cache = Path(slicer.mrmlScene.GetCacheManager().GetRemoteCacheDirectory())
    sample = bundled.demo_sample()
    stale = cache / sample_data.source_arguments(sample)["fileNames"][0]
    stale.write_bytes(b"from an older version")
    sample_data.load_sample()
    assert stale.read_bytes() == sample.image.read_bytes()


def test_an_unknown_case_lists_those_there_are(sample_data: Any) -> None:
    with pytest.raises(UserError, match=DEMO):
        sample_data.load_sample("liver")


def test_without_the_data_or_sample_data_slicer_starts_all_the_same(
    sample_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    def missing() -> Path:
        raise UserError("the sample data are missing", tmp_path, "Install again")

    with monkeypatch.context() as patch:
        patch.setattr(bundled, "sample_folder", missing)
        sample_data.register_sample_data()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "SampleData", None)
        sample_data.register_sample_data()
    assert slicer.modules.sampleDataSources.get(sample_data.CATEGORY, []) == []


def test_the_registry_names_every_segment_of_the_references(root: Path) -> None:
    registry = json.loads((root / "Resources" / "SampleData" / "samples.json").read_text(encoding="utf-8"))
    for sample in bundled.list_samples():
        labels = sitk.GetArrayFromImage(sitk.ReadImage(str(sample.reference)))
        assert {str(value) for value in np.unique(labels) if value} == set(registry["segments"])
