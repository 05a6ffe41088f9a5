"""The map of the regions, and result files without compression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.rim import BINS, RimProfile
from ugmcl.volumes.geometry import make_affine
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.segmentation_files import read_segmentation
from ugmcl.volumes.volume import Volume


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 1.3, 1.0)])
def test_every_region_is_found_in_the_map_by_its_rank(
    make_balls: Callable,
    ball_model: ModelPackage,
    trained_network: DualTaskVNet,
    spacing: tuple[float, float, float],
) -> None:
    image, _ = make_balls((40, 44, 48), seed=21)
    volume = Volume(500 + 90 * image, make_affine(spacing, np.diag([-1.0, 1.0, 1.0]), (20.0, 5.0, 40.0)))
    options = SegmentOptions(device="cpu", passes=4, preview=False, maps=("regions",))
    rim = RimProfile(np.zeros((2, BINS)), np.full((2, BINS), 0.02)).to_json()  # all doubt exceeds this rim
    model = replace(ball_model, uncertainty=UncertaintySpec(temperature=3.0, rim=rim))
    result = Segmenter(model, options, network=trained_network).segment(volume)
    regions, ranks = result.report["regions"], result.maps["regions"].array[0]
    assert regions and [region["rank"] for region in regions] == list(range(1, len(regions) + 1))
    assert set(np.unique(ranks)) <= set(range(len(regions) + 1))
    for region in regions:
        place = np.array([*region["center_ras_mm"], 1.0]) * [-1, -1, 1, 1]
        x, y, z = np.rint(np.linalg.solve(volume.affine, place)[:3]).astype(int)
        m = 0 if spacing == (1.0, 1.0, 1.0) else 1  # resampled, a border moves by a voxel
        assert region["rank"] in ranks[z - m : z + m + 1, y - m : y + m + 1, x - m : x + m + 1]
        volume_ml = (ranks == region["rank"]).sum() * volume.voxel_volume_ml
        assert volume_ml == pytest.approx(region["volume_ml"], rel=0.35)
    assert 0 <= result.report["surface"]["certain_share"] <= 1


def test_files_without_compression_hold_the_same(
    make_balls: Callable, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    image, _ = make_balls((20, 20, 20), seed=3)
    volume = Volume(image, make_affine((1.0, 1.0, 1.0), np.eye(3), (0.0, 0.0, 0.0)))
    files = {}
    for compress in (True, False):
        options = SegmentOptions(device="cpu", passes=2, preview=False, maps=("regions",), compress=compress)
        result = Segmenter(ball_model, options, network=trained_network).segment(volume, name="case")
        files[compress] = result.save(tmp_path / str(compress))
    for kind in ("uncertainty", "regions"):
        packed, plain = files[True][kind], files[False][kind]
        assert (
            b"encoding: raw" in plain.read_bytes()[:2000] and b"encoding: gzip" in packed.read_bytes()[:2000]
        )
        assert (read_image(packed).array == read_image(plain).array).all()
    label, segments = read_segmentation(files[False]["segmentation"])
    assert (label.array == read_segmentation(files[True]["segmentation"])[0].array).all()
    assert [segment.name for segment in segments] == ["bright ball", "dark ball"]
    assert b"encoding: raw" in files[False]["segmentation"].read_bytes()[:4000]
