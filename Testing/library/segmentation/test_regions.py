"""Places worth a look: the acceptance test of the reference, and cases that a person can compute."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ugmcl.segmentation.boundary import find_boundary
from ugmcl.segmentation.excess import certain_surface_share, rim_excess
from ugmcl.segmentation.islands import absent_classes, find_islands
from ugmcl.segmentation.regions import RegionMaps, find_regions
from ugmcl.segmentation.rim import RimHistogram, RimProfile
from ugmcl.volumes.geometry import make_affine

SPACINGS = [(1.0, 1.0, 1.0), (1.0, 1.0, 2.5)]  # x, y, z
BLURS = [0.5, 1.0, 2.0, 4.0]
SCORES = {0.5: 0.74, 1.0: 0.63, 2.0: 0.38, 4.0: 0.12}  # mL, isotropic


def sphere(spacing: tuple[float, float, float], blur: float) -> tuple[RegionMaps, tuple[NDArray, ...]]:
    """A sphere of radius 18 mm with a blurred surface around the origin, and the coordinates x, y, z."""
    origin = [-31.5 * s for s in spacing]
    affine = make_affine(spacing, np.eye(3), origin)
    z, y, x = np.meshgrid(*[(np.arange(64) - 31.5) * s for s in spacing[::-1]], indexing="ij")
    p = 1 / (1 + np.exp(-(18 - np.sqrt(x**2 + y**2 + z**2)) / blur))
    q = np.clip(p, 1e-12, 1 - 1e-12)
    u = -(q * np.log(q) + (1 - q) * np.log(1 - q)) / np.log(2)
    probability = np.stack([1 - p, p]).astype(np.float32)
    return RegionMaps(u.astype(np.float32), (p > 0.5).astype(np.uint8), affine, probability), (x, y, z)


def with_doubt(
    maps: RegionMaps, coordinates: tuple[NDArray, ...], center: tuple[float, float, float], radius: float
) -> RegionMaps:
    """The same with u raised to 0.9 inside a ball."""
    ball = sum((axis - c) ** 2 for axis, c in zip(coordinates, center, strict=True)) <= radius**2
    u = np.where(ball, np.maximum(maps.uncertainty, 0.9), maps.uncertainty).astype(np.float32)
    return RegionMaps(u, maps.labels, maps.affine, maps.probability, maps.disagreement)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("blur", BLURS)
def test_a_surface_alone_is_no_region(spacing: tuple[float, float, float], blur: float) -> None:
    assert find_regions(sphere(spacing, blur)[0]) == []


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("blur", BLURS)
def test_a_doubtful_ball_is_exactly_one_region(spacing: tuple[float, float, float], blur: float) -> None:
    maps, coordinates = sphere(spacing, blur)
    regions = find_regions(with_doubt(maps, coordinates, (12.4, 0.0, 0.0), 6.2))
    assert len(regions) == 1
    right, anterior, superior = regions[0].center_ras_mm
    assert np.linalg.norm([-right - 12.4, -anterior, superior]) <= 6.2  # RAS: x and y change sign
    if spacing == SPACINGS[0]:
        assert regions[0].score_ml == pytest.approx(SCORES[blur], abs=0.012)
    assert not regions[0].rim
    assert set(regions[0].classes or ()) == {0, 1}


def test_a_case_without_foreground_has_regions_without_a_distance() -> None:
    affine = make_affine((1, 1, 1), np.eye(3), (0, 0, 0))
    u = np.full((24, 24, 24), 0.05, dtype=np.float32)
    u[8:14, 8:14, 8:14] = 0.8
    maps = RegionMaps(u, np.zeros(u.shape, np.uint8), affine)
    regions = find_regions(maps)
    assert len(regions) == 1 and regions[0].surface_distance_mm is None
    assert regions[0].volume_ml == pytest.approx(0.216)
    assert regions[0].score_ml == pytest.approx(0.216 * (0.8 - 0.05 - 2 * 0.02), rel=1e-3)
    assert rim_excess(u, maps.labels, maps.spacing_zyx).mode == "no foreground"


def test_validation_mode_finds_doubt_that_hides_in_the_case_mode() -> None:
    """Doubt over the whole surface raises the case's own medians; the model's profile is not fooled."""
    maps, (x, y, z) = sphere((1.0, 1.0, 1.0), 1.0)
    boundary = find_boundary(maps.labels, maps.spacing_zyx)
    histogram = RimHistogram()
    histogram.add(maps.uncertainty, boundary.distance_mm / boundary.h_mm, maps.labels > 0)
    profile = RimProfile.from_json(histogram.profile().to_json())
    gap = np.sqrt(x**2 + y**2 + z**2) - 18
    u = np.maximum(maps.uncertainty, 0.95 * np.exp(-((gap / 5) ** 2) / 2)).astype(np.float32)
    doubtful = RegionMaps(u, maps.labels, maps.affine)
    assert find_regions(doubtful) == []
    assert len(find_regions(doubtful, profile=profile)) > 0


def test_a_long_region_is_cut() -> None:
    affine = make_affine((1, 1, 1), np.eye(3), (0, 0, 0))
    u = np.zeros((20, 20, 100), dtype=np.float32)
    bumps = 0.5 + 0.4 * np.cos(np.arange(90) * 2 * np.pi / 30) ** 2  # maxima 15 mm apart
    u[8:12, 8:12, 5:95] = bumps
    regions = find_regions(RegionMaps(u, np.zeros(u.shape, np.uint8), affine))
    assert len(regions) >= 4
    lengths = [np.ptp(region.voxels[:, 2]) + 1 for region in regions]
    assert max(lengths) < 40
    assert sum(len(region.voxels) for region in regions) == 4 * 4 * 90  # cut, nothing lost


def test_a_thin_shell_is_marked_and_counts_half() -> None:
    """Two voxels of doubt on one part of a sharp surface."""
    maps, (x, y, z) = sphere((1.0, 1.0, 1.0), 0.5)
    r = np.sqrt(x**2 + y**2 + z**2)
    u = np.where((np.abs(r - 18) < 1) & (x > 14), 0.9, 0.0).astype(np.float32)
    profile = RimProfile(np.zeros((2, 26)), np.full((2, 26), 0.02))
    (shell,) = find_regions(RegionMaps(u, maps.labels, maps.affine), profile=profile)
    assert shell.rim
    assert shell.score_ml == pytest.approx(0.5 * shell.mean_excess * shell.volume_ml, rel=1e-3)


def test_near_centres_are_listed_once_and_the_best_ten_are_kept() -> None:
    affine = make_affine((1, 1, 1), np.eye(3), (0, 0, 0))
    u = np.zeros((12, 12, 200), dtype=np.float32)
    for i in range(14):
        u[4:8, 4:8, 4 + 13 * i : 8 + 13 * i] = 0.5 + 0.03 * i
    u[4:7, 10:12, 4 + 13 * 13 : 7 + 13 * 13] = 0.4  # 26-connected to nothing, 5 mm from the best
    regions = find_regions(RegionMaps(u, np.zeros(u.shape, np.uint8), affine))
    assert len(regions) == 10
    scores = [region.score_ml for region in regions]
    assert scores == sorted(scores, reverse=True)
    centers = np.array([region.center_ras_mm for region in regions])
    gaps = np.linalg.norm(centers[:, None] - centers[None], axis=-1) + 1e9 * np.eye(10)
    assert gaps.min() >= 5.0


def test_the_order_of_axes_in_space_does_not_move_a_region() -> None:
    """The same doubt on a grid whose axes point elsewhere lies at the same place."""
    maps, coordinates = sphere((1.0, 1.0, 1.0), 1.0)
    doubtful = with_doubt(maps, coordinates, (0.0, 12.4, 0.0), 6.2)
    (here,) = find_regions(doubtful)
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = 63
    turned = RegionMaps(doubtful.uncertainty[..., ::-1], maps.labels[..., ::-1], maps.affine @ flip)
    (there,) = find_regions(turned)
    assert there.score_ml == pytest.approx(here.score_ml, rel=1e-6)
    gap = np.subtract(here.center_ras_mm, there.center_ras_mm)
    assert np.linalg.norm(gap) <= 1.0  # ties of a symmetric ball


def test_islands_and_absent_classes_are_listed_apart() -> None:
    affine = make_affine((1, 1, 2), np.eye(3), (0, 0, 0))
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[2:10, 2:10, 2:10] = 1
    labels[15:17, 15:17, 15:17] = 1
    u = np.where(labels == 1, 0.3, 0.0).astype(np.float32)
    (island,) = find_islands(labels, u, affine, classes=3)
    assert island.class_index == 1
    assert island.volume_ml == pytest.approx(8 * 2 / 1000)
    assert island.mean_uncertainty == pytest.approx(0.3)
    assert island.center_ras_mm == pytest.approx((-15.5, -15.5, 31.0))
    assert absent_classes(labels, classes=3) == [2]


def test_the_certain_share_of_a_surface() -> None:
    """A quarter of a cube's faces in doubt beyond the rim."""
    labels = np.zeros((30, 30, 30), dtype=np.uint8)
    labels[5:25, 5:25, 5:25] = 1
    u = np.zeros(labels.shape, dtype=np.float32)
    u[5:25, 5:25, 5:10] = 1.0
    profile = RimProfile(np.zeros((2, 26)), np.full((2, 26), 0.02))
    excess = rim_excess(u, labels, (1.0, 1.0, 1.0), profile)
    surface = 20**3 - 18**3
    doubtful = 5 * (20**2 - 18**2) + 18**2  # five layers of the sides and one cap
    expected = 1 - doubtful / surface
    assert certain_surface_share(excess, labels == 1) == pytest.approx(expected)
    assert certain_surface_share(excess, labels == 2) is None
    halves = labels.copy()
    halves[5:15, 5:25, 5:25] = 2  # two segments: the surface between them counts from both sides
    both = certain_surface_share(excess, halves)
    parts = [certain_surface_share(excess, halves == c) for c in (1, 2)]
    assert both == pytest.approx(np.mean(parts)), "both halves have a surface of the same size"


def test_distances_beyond_the_box_are_far_and_inside_it_exact() -> None:
    labels = np.zeros((8, 8, 120), dtype=np.uint8)
    labels[:, :, :10] = 1
    boundary = find_boundary(labels, (1.0, 1.0, 1.0))
    assert boundary.distance_mm[4, 4, 9] == 0 and boundary.distance_mm[4, 4, 10] == 0
    assert boundary.distance_mm[4, 4, 25] == 15
    assert np.isinf(boundary.distance_mm[4, 4, 119])
