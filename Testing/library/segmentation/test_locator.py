"""A volume larger than the training's: the structure is found first, and segmented in its box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ugmcl.framing.frame import frame_image
from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.locator import box_around, is_larger
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.geometry import make_affine
from ugmcl.volumes.volume import Volume

SMALL, PLACE = (40, 40, 40), (70, 20, 30)  # z, y, x
LARGE = (130, 100, 110)


@pytest.fixture(scope="module")
def scenes(make_balls: Callable) -> tuple[Volume, Volume]:
    """The balls alone, and the same in a corner of a large volume of plain noise."""
    image, _ = make_balls(SMALL, seed=21)
    small = Volume(image, make_affine((1.0, 1.0, 1.0), np.eye(3), (-20.0, 5.0, 40.0)))
    random = np.random.default_rng(4)
    quiet = np.percentile(image, 10)
    large = (quiet + 0.05 * random.standard_normal((1, *LARGE))).astype(np.float32)
    z, y, x = PLACE
    large[:, z : z + 40, y : y + 40, x : x + 40] = image
    return small, Volume(large, make_affine((1.0, 1.0, 1.0), np.eye(3), (-20.0 - x, 5.0 - y, 40.0 - z)))


def locating(model: ModelPackage) -> ModelPackage:
    known = {"extent_mm": {"low": [30.0, 30.0, 30.0], "high": [48.0, 48.0, 48.0]}}
    return replace(model, input=replace(model.input, training_range=known, locates=True))


def segment(volume: Volume, model: ModelPackage, network: DualTaskVNet, **options: object):
    settings = SegmentOptions(device="cpu", passes=2, preview=False, **options)
    return Segmenter(model, settings, network=network).segment(volume)


def test_the_box_holds_the_structure_and_little_else(
    scenes: tuple[Volume, Volume], ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    small, large = scenes
    result = segment(large, locating(ball_model), trained_network)
    located = result.report["located"]
    assert located is not None and located["share"] < 0.3
    inside = np.argwhere(result.label.array[0] > 0)
    assert len(inside) > 100
    low, high = np.array(PLACE), np.array(PLACE) + 40
    assert (inside >= low - 1).all() and (inside <= high).all()
    x0, y0, z0, x1, y1, z1 = located["box_lps_mm"]
    points = inside[:, ::-1] + large.affine[:3, 3]
    assert (points >= np.array([x0, y0, z0]) - 1).all() and (points <= np.array([x1, y1, z1]) + 1).all()
    assert located["box_ras_mm"] == [-x1, -y1, z0, -x0, -y0, z1]
    assert any("Move the box" in text for text in result.report["warnings"])


def test_only_where_the_model_says_so_and_the_user_did_not_choose(
    scenes: tuple[Volume, Volume], ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    small, large = scenes
    model = locating(ball_model)
    assert is_larger(large, model.input) and not is_larger(small, model.input)
    assert not is_larger(large, ball_model.input)
    assert segment(large, model, trained_network, locate=False).report["located"] is None
    box = (-20.0, 5.0, 40.0, 20.0, 45.0, 80.0)
    chosen = segment(large, model, trained_network, roi=box)
    assert chosen.report["located"] is None


def test_a_box_by_hand() -> None:
    """A cube of 20 mm and a speck: the cube with 15 mm around it, at least as large as a training volume."""
    affine = make_affine((2.0, 2.0, 2.0), np.eye(3), (10.0, 20.0, 30.0))
    volume = Volume(np.zeros((1, 60, 60, 60), np.float32), affine)
    spec = InputSpec("toy", ("T1",), (2.0, 2.0, 2.0), (16, 16, 16))
    framed = frame_image(Volume(np.random.default_rng(0).random((1, 60, 60, 60)), affine), spec)
    labels = np.zeros((60, 60, 60), np.uint8)
    assert box_around(labels, np.ones((2, 60, 60, 60)), framed, volume, spec) is None
    labels[20:30, 25:35, 30:40] = 1
    labels[2:4, 2:4, 2:4] = 1
    probability = np.stack([1.0 - (labels > 0), 1.0 * (labels > 0)])
    found = box_around(labels, probability, framed, volume, spec)
    assert found is not None
    # voxels 30..39 along x are 69 to 89 mm from face to face
    np.testing.assert_allclose(found.box_lps_mm, (54, 54, 54, 104, 104, 104), atol=1e-6)
    assert found.share == pytest.approx(50**3 / 120**3)
    known = {"extent_mm": {"low": [80.0, 10.0, 10.0], "high": [90.0, 90.0, 90.0]}}
    wide = box_around(labels, probability, framed, volume, replace(spec, training_range=known))
    assert wide is not None
    np.testing.assert_allclose(wide.box_lps_mm, (39, 54, 54, 119, 104, 104), atol=1e-6)


def test_what_is_sure_counts_before_what_is_large() -> None:
    """Surroundings taken for the structure, larger and touching it, but never surely: the cube is found."""
    affine = make_affine((2.0, 2.0, 2.0), np.eye(3), (0.0, 0.0, 0.0))
    volume = Volume(np.zeros((1, 60, 60, 60), np.float32), affine)
    spec = InputSpec("toy", ("T1",), (2.0, 2.0, 2.0), (16, 16, 16))
    framed = frame_image(Volume(np.random.default_rng(0).random((1, 60, 60, 60)), affine), spec)
    foreground = np.zeros((60, 60, 60))
    foreground[:, :, 45:] = 0.9  # a slab without end
    foreground[20:30, 25:35, 30:40] = 0.99
    foreground[24, 30, 40:45] = 0.6  # a bridge to the slab
    foreground[24, 30, 27:30] = 0.6  # a thin end of 6 mm on the other side
    labels = (foreground > 0.5).astype(np.uint8)
    found = box_around(labels, np.stack([1 - foreground, foreground]), framed, volume, spec)
    assert found is not None
    x0, y0, z0, x1, y1, z1 = found.box_lps_mm
    # the slab within 15 mm belongs to it (to voxel 46), so that nothing of a structure's rim is cut off
    assert (x0, x1) == pytest.approx((53 - 15, 93 + 15))
    assert z0 < 40 - 15 and y1 > 70 + 15 and x1 < 110
    unsure = np.where(foreground == 0.99, 0.94, foreground)
    all_of_it = box_around(labels, np.stack([1 - unsure, unsure]), framed, volume, spec)
    assert all_of_it is not None and all_of_it.share > 2 * found.share
