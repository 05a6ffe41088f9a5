"""Other crops and other surroundings: what is seen keeps its order, what is not teaches nothing."""

from __future__ import annotations

import numpy as np

from ugmcl.transforms.field_of_view import change_field_of_view, crop_inside, renormalise, synthetic_tissue


def image() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 24, 30, 28)).astype(np.float32)


def test_another_normalisation_keeps_the_order_of_intensities() -> None:
    before = image()
    after = renormalise(before, np.random.default_rng(3))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.9999
    assert 0.7 <= after.std() / before.std() <= 1.4
    assert after.dtype == np.float32


def test_a_crop_keeps_a_box_and_at_least_the_middle() -> None:
    before = image()
    shares = []
    for seed in range(40):
        after, inside = crop_inside(before, np.random.default_rng(seed))
        assert after.shape == before.shape and after.dtype == np.float32
        np.testing.assert_array_equal(after[:, inside], before[:, inside])
        rows = [np.flatnonzero(inside.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
        assert inside.sum() == np.prod([len(row) for row in rows])  # a box
        assert all(
            row[0] <= 0.36 * side and row[-1] >= 0.64 * side - 1
            for row, side in zip(rows, (24, 30, 28), strict=True)
        )
        shares.append(inside.mean())
    assert min(shares) < 0.5 < max(shares)


def test_synthetic_tissue_is_smooth_and_of_the_images_spread() -> None:
    tissue = synthetic_tissue((1, 40, 48, 40), np.random.default_rng(1))
    assert abs(tissue.mean()) < 0.4
    assert 0.5 < tissue.std() < 1.5
    assert np.abs(np.diff(tissue, axis=3)).mean() < 0.5 * tissue.std()


def test_the_draw_follows_its_probability_and_its_seed() -> None:
    before = image()
    same, visible = change_field_of_view(before, 0.0, np.random.default_rng(5))
    assert same is before and visible is None
    first, mask = change_field_of_view(before, 1.0, np.random.default_rng(5))
    again, _ = change_field_of_view(before, 1.0, np.random.default_rng(5))
    np.testing.assert_array_equal(first, again)
    assert mask is not None and not np.array_equal(first, before)
